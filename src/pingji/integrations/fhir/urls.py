"""Addresses of the FHIR endpoint. Who sends is known by a token, not by a sign-in."""

from django.urls import path

from pingji.integrations.fhir import views

app_name = "fhir"
# Included as "fhir": programs post bundles to the base address with or without its last slash.
urlpatterns = [
    path("", views.resources, name="base"),
    path("/", views.resources, name="bundle"),
    path("/metadata", views.metadata, name="metadata"),
    path("/<path:kind>", views.resources, name="resource"),
]
