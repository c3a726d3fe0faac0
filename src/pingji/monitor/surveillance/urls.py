from django.urls import path

from pingji.monitor.surveillance import views

app_name = "surveillance"
urlpatterns = [
    path("", views.overview, name="series"),
    path("chart.json", views.chart, name="chart"),
    path("cases/", views.cases, name="cases"),
    path("imports/", views.imports, name="imports"),
    path("imports/<int:import_id>/", views.import_detail, name="import"),
    path("imports/<int:import_id>/answers.csv", views.answers, name="answers"),
    path("diseases/", views.diseases, name="diseases"),
]
