from django.urls import path

from pingji.ground.standards import views

app_name = "standards"
urlpatterns = [
    path("", views.profiles, name="profiles"),
    path("plan/", views.mine, name="profile"),
    path("compare/", views.compare, name="compare"),
    path("load/", views.load, name="load"),
    path("deadlines/", views.deadlines, name="deadlines"),
    path("deadlines/<int:deadline_id>/", views.deadline, name="deadline"),
    path("<slug:name>.toml", views.export, name="export"),
    path("<slug:name>/", views.one, name="one"),
    path("<slug:name>/<str:key>/", views.figure, name="figure"),
]
