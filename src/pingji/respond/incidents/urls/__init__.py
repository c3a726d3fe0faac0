from pingji.respond.incidents.urls import (
    groups,
    handovers,
    incidents,
    orders,
    plans,
    timeline,
)

app_name = "incidents"
urlpatterns = [
    *incidents.urlpatterns,
    *orders.urlpatterns,
    *plans.urlpatterns,
    *groups.urlpatterns,
    *handovers.urlpatterns,
    *timeline.urlpatterns,
]
