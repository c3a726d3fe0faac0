"""Addresses of the directory."""

from django.urls import path

from pingji.ground.directory import views

app_name = "directory"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.own_password, name="own_password"),
    path("users/", views.users, name="users"),
    path("users/add/", views.add_user, name="add_user"),
    path("users/<int:user_id>/", views.user, name="user"),
    path("users/<int:user_id>/edit/", views.edit_user, name="edit_user"),
    path("users/<int:user_id>/password/", views.set_password, name="set_password"),
    path("users/<int:user_id>/deactivate/", views.deactivate_user, name="deactivate_user"),
    path("users/<int:user_id>/reactivate/", views.reactivate_user, name="reactivate_user"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/add/", views.add_organisation, name="add_organisation"),
    path("organisations/options/", views.organisation_options, name="organisation_options"),
    path("organisations/<int:organisation_id>/", views.organisation, name="organisation"),
    path(
        "organisations/<int:organisation_id>/map.json",
        views.organisation_map,
        name="organisation_map",
    ),
    path(
        "organisations/<int:organisation_id>/edit/",
        views.edit_organisation,
        name="edit_organisation",
    ),
    path(
        "organisations/<int:organisation_id>/close/",
        views.close_organisation,
        name="close_organisation",
    ),
    path(
        "organisations/<int:organisation_id>/facilities/add/",
        views.add_facility,
        name="add_facility",
    ),
    path("organisations/<int:organisation_id>/staff/add/", views.add_staff, name="add_staff"),
    path("facilities/<int:facility_id>/edit/", views.edit_facility, name="edit_facility"),
    path("facilities/<int:facility_id>/close/", views.close_facility, name="close_facility"),
    path("staff/<int:staff_id>/edit/", views.edit_staff, name="edit_staff"),
    path("staff/<int:staff_id>/left/", views.staff_left, name="staff_left"),
    path("wall-screens/", views.wall_screens, name="wall_screens"),
    path(
        "wall-screens/<int:screen_id>/revoke/",
        views.revoke_wall_screen,
        name="revoke_wall_screen",
    ),
    path("duty/", views.duty, name="duty"),
    path("duty/add/", views.add_shift, name="add_shift"),
    path("duty/<int:shift_id>/remove/", views.remove_shift, name="remove_shift"),
    path("experts/", views.experts, name="experts"),
    path("experts/add/", views.name_expert, name="name_expert"),
    path("experts/<int:expertise_id>/remove/", views.withdraw_expert, name="withdraw_expert"),
    path("areas/", views.areas, name="areas"),
    path("areas/options/", views.area_options, name="area_options"),
    path("areas/<str:code>/", views.area, name="area"),
    path("areas/<str:code>/cells.json", views.area_cells, name="area_cells"),
    path("areas/<str:code>/facilities.json", views.area_facilities, name="area_facilities"),
    path("areas/<str:code>/outlines/", views.outlines, name="outlines"),
    path("areas/<str:code>/redraw/", views.redraw_cells, name="redraw_cells"),
    path("residents/", views.residents, name="residents"),
    path("residents/add/", views.add_resident, name="add_resident"),
    path("residents/<int:resident_id>/", views.resident, name="resident"),
    path("residents/<int:resident_id>/edit/", views.edit_resident, name="edit_resident"),
]
