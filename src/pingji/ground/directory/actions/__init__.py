"""What happens in the directory."""

from pingji.ground.directory.actions.areas import (
    draw_schematic_cells,
    import_outlines,
    load_areas,
)
from pingji.ground.directory.actions.demo import make_demo_county
from pingji.ground.directory.actions.duty import put_on_duty, take_off_duty
from pingji.ground.directory.actions.experts import name_expert, withdraw_expert
from pingji.ground.directory.actions.organisations import (
    add_facility,
    add_organisation,
    add_staff,
    close_facility,
    close_organisation,
    edit_facility,
    edit_organisation,
    edit_staff,
    staff_left,
)
from pingji.ground.directory.actions.residents import add_resident, edit_resident
from pingji.ground.directory.actions.screens import (
    add_wall_screen,
    join_wall_screen,
    revoke_wall_screen,
)
from pingji.ground.directory.actions.settling import settle_county
from pingji.ground.directory.actions.users import (
    add_user,
    change_own_password,
    choose_language,
    deactivate_user,
    edit_user,
    ensure_system_user,
    locked_out,
    reactivate_user,
    set_password,
    signed_in,
    signed_out,
)

__all__ = [
    "add_facility",
    "add_organisation",
    "add_resident",
    "add_staff",
    "add_user",
    "add_wall_screen",
    "change_own_password",
    "choose_language",
    "close_facility",
    "close_organisation",
    "deactivate_user",
    "draw_schematic_cells",
    "edit_facility",
    "edit_organisation",
    "edit_resident",
    "edit_staff",
    "edit_user",
    "ensure_system_user",
    "import_outlines",
    "join_wall_screen",
    "load_areas",
    "locked_out",
    "make_demo_county",
    "name_expert",
    "put_on_duty",
    "reactivate_user",
    "revoke_wall_screen",
    "set_password",
    "settle_county",
    "signed_in",
    "signed_out",
    "staff_left",
    "take_off_duty",
    "withdraw_expert",
]
