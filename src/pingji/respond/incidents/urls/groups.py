from django.urls import path

from pingji.respond.incidents.views.groups import answer, call, groups, incident_groups, leave, seat

urlpatterns = [
    path("groups/", groups, name="groups"),
    path("groups/seats/", seat, name="seat"),
    path("groups/seats/<int:seat_id>/leave/", leave, name="leave_seat"),
    path("calls/<int:callout_id>/", call, name="call"),
    path("calls/<int:callout_id>/answer/", answer, name="answer_call"),
    path("<int:incident_id>/groups/", incident_groups, name="incident_groups"),
]
