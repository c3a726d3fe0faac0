from django.urls import path

from pingji.evaluate.exercises import views

app_name = "exercises"
urlpatterns = [
    path("", views.control, name="control"),
    path("mark/", views.mark, name="mark"),
    path("tour/<slug:what>/", views.tour, name="tour"),
    path("curve/", views.curve, name="curve"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("finish/", views.finish, name="finish"),
    path("speed/", views.speed, name="speed"),
    path("step/", views.step, name="step"),
    path("role/", views.role, name="role"),
    path("checkpoint/", views.checkpoint, name="checkpoint"),
    path("rewind/", views.rewind, name="rewind"),
]
