from pingji.respond.incidents.urls import (
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
    *timeline.urlpatterns,
]
