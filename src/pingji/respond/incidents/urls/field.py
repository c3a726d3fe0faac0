from django.urls import path

from pingji.respond.incidents.views import field

urlpatterns = [
    path("<int:incident_id>/map/", field.incident_map, name="incident_map"),
    path("<int:incident_id>/map/risk/", field.set_risk, name="set_risk"),
    path("<int:incident_id>/map/checkpoint/", field.set_checkpoint, name="set_checkpoint"),
    path("risk/<int:risk_id>/", field.change_risk, name="change_risk"),
    path("risk/<int:risk_id>/lift/", field.lift_risk, name="lift_risk"),
    path("checkpoints/<int:checkpoint_id>/close/", field.close_checkpoint, name="close_checkpoint"),
    path(
        "checkpoints/<int:checkpoint_id>/reopen/", field.reopen_checkpoint, name="reopen_checkpoint"
    ),
    path("free/", field.free, name="free"),
    path("free/facilities/<int:facility_id>/", field.tell_facility, name="tell_facility"),
    path("free/resources/<int:resource_id>/", field.tell_resource, name="tell_resource"),
]
