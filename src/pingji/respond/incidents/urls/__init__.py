from pingji.respond.incidents.urls import (
    consultations,
    field,
    groups,
    handovers,
    incidents,
    joint,
    modes,
    orders,
    plans,
    reports,
    responses,
    timeline,
)

app_name = "incidents"
urlpatterns = [
    *incidents.urlpatterns,
    *consultations.urlpatterns,
    *reports.urlpatterns,
    *orders.urlpatterns,
    *plans.urlpatterns,
    *groups.urlpatterns,
    *handovers.urlpatterns,
    *responses.urlpatterns,
    *timeline.urlpatterns,
    *joint.urlpatterns,
    *field.urlpatterns,
    *modes.urlpatterns,
]
