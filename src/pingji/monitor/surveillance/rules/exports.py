"""Who may take the line list away as a file, and who may see names."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import Export, SavedSearch

# The table is the life of an exported file. One that broke off is written anew from its beginning.
EXPORT_MOVES = {
    Export.State.WAITING: {Export.State.RUNNING, Export.State.FAILED},
    Export.State.RUNNING: {Export.State.RUNNING, Export.State.DONE, Export.State.FAILED},
    Export.State.DONE: set(),
    Export.State.FAILED: set(),
}
SHORTEST_REASON = 4  # characters: a word, not a dot


def check_can_see_names(user: User) -> None:
    """Raise Refused unless the user may see and look for patients' names."""
    if not user.holds(Permission.PERSONAL_DATA_VIEW):
        raise Refused(_("Your role sees names starred."))


def check_can_export(user: User, *, unmasked: bool = False, reason: str = "") -> None:
    """Raise Refused unless the user may have this line list as a file."""
    if not user.holds(Permission.REPORT_EXPORT):
        raise Refused(_("Your role does not export case lists. Ask the CDC to do it."))
    if unmasked:
        check_can_see_names(user)
        if len(reason.strip()) < SHORTEST_REASON:
            raise Refused(
                _("Say what names in full are needed for; it is put on record."), field="reason"
            )


def check_can_move_export(export: Export, to: Export.State) -> None:
    """Raise Refused unless the export may become `to` now."""
    if to not in EXPORT_MOVES[Export.State(export.state)]:
        raise Refused(_("This file is already %(state)s.") % {"state": export.get_state_display()})


def check_can_fetch(user: User, export: Export) -> None:
    """Raise Refused unless this user asked for the file and it is there."""
    if export.asked_by_id != user.pk:
        raise Refused(_("Only the person who asked for a file may fetch it."))
    if export.unmasked:
        check_can_see_names(user)
    if export.deleted_at is not None:
        raise Refused(_("The file was deleted after the time it is kept. Export it again."))
    if export.state != Export.State.DONE:
        raise Refused(_("The file is not ready yet."))


def check_name(name: str) -> str:
    """The name of a saved search, or Refused."""
    name = name.strip()
    if not name:
        raise Refused(_("Give the search a name."), field="name")
    if len(name) > SavedSearch._meta.get_field("name").max_length:  # type: ignore[union-attr, operator]
        raise Refused(_("The name is too long."), field="name")
    return name
