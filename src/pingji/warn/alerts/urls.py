from django.urls import path

from pingji.warn.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.waiting, name="list"),
    path("runs/", views.runs, name="runs"),
    path("runs/start/", views.start_run, name="start_run"),
    path("<int:alert_id>/", views.detail, name="detail"),
    path("<int:alert_id>/decide/", views.decide, name="decide"),
    path("<int:alert_id>/chart.json", views.chart, name="chart"),
]
