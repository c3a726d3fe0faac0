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
    path("plan/<slug:name>.toml", views.export, name="export"),
    path("plan/<slug:name>/", views.one, name="one"),
    path("plan/<slug:name>/<str:key>/", views.figure, name="figure"),
]
