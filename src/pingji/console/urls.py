from django.urls import path

from pingji.console import views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/", views.tasks, name="tasks"),
    path("map/", views.map_page, name="map"),
    path("map/list/", views.map_list, name="map_list"),
    path("map/part/", views.map_part, name="map_part"),
    path("map.json", views.map_data, name="map_data"),
    path("leader/read/", views.read_changes, name="read_changes"),
    path("leader/<int:incident_id>/", views.leader, name="leader"),
    path("leader/<int:incident_id>/read/", views.read_incident, name="read_incident"),
    path("leader/nudge/<int:order_id>/", views.nudge, name="nudge"),
    path("wall/", views.wall, name="wall"),
    path("wall/map.json", views.wall_map, name="wall_map"),
    path("wall/join/", views.join_wall, name="join_wall"),
    path("search/", views.search, name="search"),
    path("language/", views.choose_language, name="language"),
    path("density/", views.choose_density, name="density"),
    path("theme/", views.choose_theme, name="theme"),
]
