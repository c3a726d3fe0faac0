from django.urls import path

from pingji.respond.incidents import views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
]
