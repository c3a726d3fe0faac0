"""The directory's screens."""

from pingji.ground.directory.views.access import own_password, sign_in, sign_out
from pingji.ground.directory.views.areas import (
    area,
    area_cells,
    area_facilities,
    area_options,
    areas,
    outlines,
    redraw_cells,
)
from pingji.ground.directory.views.duty import add_shift, duty, remove_shift
from pingji.ground.directory.views.experts import experts, name_expert, withdraw_expert
from pingji.ground.directory.views.organisations import (
    add_organisation,
    close_organisation,
    edit_organisation,
    organisation,
    organisation_map,
    organisation_options,
    organisations,
)
from pingji.ground.directory.views.parts import (
    add_facility,
    add_staff,
    close_facility,
    edit_facility,
    edit_staff,
    staff_left,
)
from pingji.ground.directory.views.residents import (
    add_resident,
    edit_resident,
    resident,
    residents,
)
from pingji.ground.directory.views.screens import revoke_wall_screen, wall_screens
from pingji.ground.directory.views.users import (
    add_user,
    deactivate_user,
    edit_user,
    reactivate_user,
    set_password,
    user,
    users,
)

__all__ = [
    "add_facility",
    "add_organisation",
    "add_resident",
    "add_shift",
    "add_staff",
    "add_user",
    "area",
    "area_cells",
    "area_facilities",
    "area_options",
    "areas",
    "close_facility",
    "close_organisation",
    "deactivate_user",
    "duty",
    "edit_facility",
    "edit_organisation",
    "edit_resident",
    "edit_staff",
    "edit_user",
    "experts",
    "name_expert",
    "organisation",
    "organisation_map",
    "organisation_options",
    "organisations",
    "outlines",
    "own_password",
    "reactivate_user",
    "redraw_cells",
    "remove_shift",
    "resident",
    "residents",
    "revoke_wall_screen",
    "set_password",
    "sign_in",
    "sign_out",
    "staff_left",
    "user",
    "users",
    "wall_screens",
    "withdraw_expert",
]
