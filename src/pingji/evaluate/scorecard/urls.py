from django.urls import path

from pingji.evaluate.scorecard import views

app_name = "scorecard"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("deadlines/", views.deadlines, name="deadlines"),
    path("institutions/", views.institutions, name="institutions"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/<int:task_id>/", views.task, name="task"),
    path("ledger.csv", views.ledger_csv, name="ledger_csv"),
]
