"""What the public writes: checked by the CDC, answered by the press office."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.ground.directory.models import Role, User
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.models import Rumour

State, Verdict = Rumour.State, Rumour.Verdict


def check(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Ask the doctors of the place whether there are patients; what is true goes on to the desk."""
    rumour = Rumour.objects.get(pk=due.subject)
    if rumour.verdict or rumour.state not in (State.FOUND, State.CHECKING):
        return None
    by = one_of(Role.EPIDEMIOLOGIST, rumour.area_id)
    patients = Illness.objects.filter(area__code__startswith=rumour.area_id).count()
    if rumour.state == State.FOUND:
        rumour = actions.take(rumour=rumour, by=by, at=at)
    rumour = actions.check(
        rumour=rumour,
        verdict=Verdict.TRUE if patients else Verdict.UNFOUNDED,
        findings=_found(patients),
        by=by,
        at=at,
    )
    if patients:
        actions.hand_over(rumour=rumour, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s checked the rumour “%(rumour)s”: %(verdict)s.")
            % (_words(rumour, by) | {"verdict": rumour.get_verdict_display()})
        )
    )


def _found(patients: int) -> str:
    if patients:
        return _("Asked the doctors of the place: %(number)s patients have been seen.") % {
            "number": patients
        }
    return _("Asked the doctors of the place: nobody has been seen with such an illness.")


def reply(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The press office tells the public what is known."""
    rumour = Rumour.objects.get(pk=due.subject)
    if not rumour.verdict or rumour.state != State.CHECKING:
        return None
    by = one_of(Role.PRESS_OFFICER, rumour.area_id)
    text = (
        _("The health authorities know of it and are looking into it; see a doctor early when ill.")
        if rumour.verdict in Rumour.SOUND
        else _("The health authorities have looked into it and found no such illness.")
    )
    actions.reply(rumour=rumour, reply=text, reply_url="", by=by, at=at)
    return in_both(lambda: _("%(who)s answered the public on “%(rumour)s”.") % _words(rumour, by))


def close(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Nothing is left to be said."""
    rumour = Rumour.objects.get(pk=due.subject)
    if rumour.state != State.REPLIED:
        return None
    by = one_of(Role.PRESS_OFFICER, rumour.area_id)
    actions.close(rumour=rumour, closing_reason=_("Checked and answered."), by=by, at=at)
    return in_both(lambda: _("%(who)s closed the rumour “%(rumour)s”.") % _words(rumour, by))


def _words(rumour: Rumour, by: User) -> dict[str, object]:
    return {"who": by, "rumour": rumour.title}


HANDLERS = {"opinion.check": check, "opinion.reply": reply, "opinion.close": close}
