"""Who may hand in reports, and what one row of a file must say."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import Import

# The table is the life of a file.
MOVES = {
    Import.State.WAITING: {Import.State.RUNNING, Import.State.ASKS, Import.State.UNREADABLE},
    Import.State.RUNNING: {
        Import.State.RUNNING,
        Import.State.ASKS,
        Import.State.DONE,
        Import.State.UNREADABLE,
    },
    Import.State.ASKS: {Import.State.WAITING},
    Import.State.DONE: {Import.State.WAITING},
    Import.State.UNREADABLE: set(),
}


def check_can_import(user: User) -> None:
    """Raise Refused unless the user may hand in reports."""
    if not user.holds(Permission.REPORT_IMPORT):
        raise Refused(
            _("Your role does not hand in reports. Ask a hospital reporter or the CDC to do it.")
        )


def check_can_view(user: User) -> None:
    """Raise Refused unless the user may see reports and counts."""
    if not user.holds(Permission.REPORT_VIEW):
        raise Refused(_("Your role does not include surveillance reports."))


def check_can_move(file: Import, to: Import.State) -> None:
    """Raise Refused unless the file may become `to` now."""
    if to not in MOVES[Import.State(file.state)]:
        raise Refused(_("This file is already %(state)s.") % {"state": file.get_state_display()})
