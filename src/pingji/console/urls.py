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
    path("wall/", views.wall, name="wall"),
    path("search/", views.search, name="search"),
    path("language/", views.choose_language, name="language"),
    path("density/", views.choose_density, name="density"),
    path("theme/", views.choose_theme, name="theme"),
]
