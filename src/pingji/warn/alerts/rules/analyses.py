"""Who may draft, edit and sign an analysis, and when."""

from datetime import date

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.warn.alerts.models import Analysis

State = Analysis.State

# The table is the state machine.
MOVES = {
    State.DRAFT: {State.REVIEW, State.SUPERSEDED},
    State.REVIEW: {State.DRAFT, State.SIGNED},
    State.SIGNED: set(),
    State.SUPERSEDED: set(),
}
# Sections that a draft leaves to people.
TO_BE_WRITTEN = ("advice",)


def check_can_edit(user: User) -> None:
    """Raise Refused unless the user may have analyses drafted, and edit them."""
    if not user.holds(Permission.ANALYSIS_EDIT):
        raise Refused(_("Only an epidemiologist may draft and edit an analysis."))


def check_move(analysis: Analysis, to: str) -> None:
    """Raise Refused unless the analysis can come to this state from where it stands."""
    if State(to) not in MOVES[State(analysis.state)]:
        raise Refused(
            _("The analysis stands at “%(state)s”; look at it again.")
            % {"state": analysis.get_state_display()}
        )


def check_period(starts_on: date, today: date) -> None:
    """Raise Refused if the week or month has not begun yet."""
    if starts_on > today:
        raise Refused(_("That period has not begun yet."), field="day")


def check_can_draft_again(latest: Analysis | None) -> None:
    """Raise Refused while the latest version waits for its signature."""
    if latest is not None and latest.state == State.REVIEW:
        raise Refused(
            _("This analysis waits for its signature; have it sent back before drafting anew.")
        )


def check_can_write(user: User, analysis: Analysis) -> None:
    """Raise Refused unless the user may change the texts of this analysis now."""
    check_can_edit(user)
    if analysis.state != State.DRAFT:
        raise Refused(
            _("Texts are changed in a draft only; this one stands at “%(state)s”.")
            % {"state": analysis.get_state_display()}
        )


def check_seen(seen: int, latest: int) -> None:
    """Raise Refused if somebody else wrote this section since it was read."""
    if seen != latest:
        raise Refused(
            _(
                "Somebody else changed this section meanwhile; your text is kept here, compare them."
            ),
            field="text",
        )


def check_can_submit(user: User, analysis: Analysis, texts: dict[str, str]) -> None:
    """Raise Refused unless the draft may be handed in: what people must write is written."""
    check_can_edit(user)
    check_move(analysis, State.REVIEW)
    for section in TO_BE_WRITTEN:
        if not texts.get(section, "").strip():
            raise Refused(_("Write the judgement and the advice first: no program can."))


def check_can_sign(user: User, analysis: Analysis) -> None:
    """Raise Refused unless the user may sign this analysis now; two people stand for it."""
    check_can_answer(user, analysis, State.SIGNED)
    if analysis.submitted_by_id == user.pk:
        raise Refused(_("Somebody else than who handed it in signs it."))


def check_can_answer(user: User, analysis: Analysis, to: str) -> None:
    """Raise Refused unless the user may sign the analysis or send it back now."""
    if not user.holds(Permission.ANALYSIS_SIGN):
        raise Refused(_("Only a county leader or the duty officer signs an analysis."))
    if analysis.state != State.REVIEW:
        raise Refused(
            _("The analysis stands at “%(state)s”; look at it again.")
            % {"state": analysis.get_state_display()}
        )
    check_move(analysis, to)


def check_why(reason: str) -> None:
    """Raise Refused unless it is said why."""
    if not reason.strip():
        raise Refused(_("Say why: the reason goes on record."), field="reason")
