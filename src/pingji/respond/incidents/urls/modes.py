from django.urls import path

from pingji.respond.incidents.views.modes import (
    area_mode,
    cancel_switch,
    facility_mode,
    finish_step,
    modes,
    switch,
    switch_area,
    switch_facility,
)

urlpatterns = [
    path("modes/", modes, name="modes"),
    path("modes/areas/<str:code>/", area_mode, name="area_mode"),
    path("modes/areas/<str:code>/switch/<str:conversion>/", switch_area, name="switch_area"),
    path("modes/facilities/<int:facility_id>/", facility_mode, name="facility_mode"),
    path(
        "modes/facilities/<int:facility_id>/switch/<str:conversion>/",
        switch_facility,
        name="switch_facility",
    ),
    path("modes/switches/<int:switch_id>/", switch, name="switch"),
    path("modes/switches/<int:switch_id>/cancel/", cancel_switch, name="cancel_switch"),
    path("modes/steps/<int:step_id>/done/", finish_step, name="finish_step"),
]
