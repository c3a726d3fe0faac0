from django.urls import path

from pingji.ground.record import views

app_name = "record"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("jobs/", views.jobs, name="jobs"),
]
