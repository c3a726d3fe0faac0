from django.urls import path

from pingji.respond.incidents import views

urlpatterns = [
    path("", views.incidents, name="list"),
    path("open/", views.open_, name="open"),
    path("<int:incident_id>/", views.detail, name="detail"),
    path("<int:incident_id>/assess/", views.assess, name="assess"),
    path("<int:incident_id>/grading/", views.grading, name="grading"),
    path("<int:incident_id>/grade/", views.grade, name="grade"),
    path("<int:incident_id>/activate/", views.activate, name="activate"),
    path("<int:incident_id>/issue/", views.issue, name="issue"),
    path("<int:incident_id>/close/", views.close, name="close"),
]
