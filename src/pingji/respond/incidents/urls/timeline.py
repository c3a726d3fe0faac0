from django.urls import path

from pingji.respond.incidents import views

urlpatterns = [
    path("<int:incident_id>/timeline/", views.incident_timeline, name="incident_timeline"),
    path("<int:incident_id>/timeline/file/", views.timeline_file, name="timeline_file"),
]
