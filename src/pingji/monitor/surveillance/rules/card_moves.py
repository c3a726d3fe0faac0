"""The life of a report card, and who may move it."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair

State = CaseReport.State

# The table is the state machine. Correcting a card that was checked sends it again.
MOVES: dict[State, set[State]] = {
    State.DRAFT: {State.SENT, State.WITHDRAWN},
    State.SENT: {
        State.CHECKED,
        State.RETURNED,
        State.REVIEWED,
        State.WITHDRAWN,
        State.MERGED,
    },
    State.CHECKED: {
        State.SENT,
        State.RETURNED,
        State.REVIEWED,
        State.WITHDRAWN,
        State.MERGED,
    },
    State.RETURNED: {State.SENT, State.WITHDRAWN, State.MERGED},
    State.REVIEWED: {State.SENT, State.RETURNED, State.WITHDRAWN, State.MERGED},
    State.WITHDRAWN: set(),
    State.MERGED: set(),
}
ENDED = {State.WITHDRAWN, State.MERGED}


def check_can_move(card: CaseReport, to: State) -> None:
    """Raise Refused unless a card in this state may become `to`."""
    if to not in MOVES[State(card.state)]:
        raise Refused(
            _("This card is “%(now)s” and cannot become “%(to)s”.")
            % {"now": card.get_state_display(), "to": to.label}
        )


def check_can_write(user: User) -> None:
    """Raise Refused unless the user may fill in report cards."""
    if not user.holds(Permission.REPORT_WRITE):
        raise Refused(
            _("Your role does not fill in report cards. Ask a doctor, a laboratory or the CDC.")
        )


def check_can_see_person(user: User) -> None:
    """Raise Refused unless the user may see a patient's name and numbers in clear."""
    if not user.holds(Permission.PERSONAL_DATA_VIEW):
        raise Refused(_("Your role sees the names and numbers of patients starred only."))


def check_can_edit(user: User, card: CaseReport) -> None:
    """Raise Refused unless the user may change what this card says."""
    check_can_write(user)
    check_can_see_person(user)
    if card.state in ENDED:
        raise Refused(
            _("This card is “%(now)s” and stays as it was.") % {"now": card.get_state_display()}
        )
    if not _is_own(user, card) and not user.holds(Permission.REPORT_REVIEW):
        raise Refused(_("Only whoever reported this card, or the CDC, may change it."))


def check_version(card: CaseReport, version: int | None) -> None:
    """Raise Refused where somebody else has changed the card since it was opened."""
    if version is not None and version != card.version:
        raise Refused(
            _(
                "Somebody changed this card while you had it open; nothing of yours is lost. "
                "Look at what changed, then save again."
            ),
            field="version",
        )


def check_can_check(user: User, card: CaseReport, *, others: bool) -> None:
    """Raise Refused unless the user may check this card for the hospital.

    Args:
        user: Who checks.
        card: What is checked.
        others: Whether anybody else of the organisation could check it.
    """
    check_can_write(user)
    if not _is_own(user, card):
        raise Refused(_("Only the organisation that reported a card checks it."))
    if others and card.filled_by_id == user.pk:
        raise Refused(
            _("You filled this card in yourself: a colleague of your organisation checks it.")
        )
    check_can_move(card, State.CHECKED)


def check_can_review(user: User, card: CaseReport | None = None, *, others: bool = False) -> None:
    """Raise Refused unless the user may review cards for the CDC, this one in particular.

    Args:
        user: Who reviews.
        card: What is reviewed; None asks about the role alone.
        others: Whether somebody of the reporting organisation could have checked it first.
    """
    if not user.holds(Permission.REPORT_REVIEW):
        raise Refused(_("Only the CDC reviews report cards."))
    if card is None:
        return
    if card.state == State.SENT and others and not _is_own(user, card):
        raise Refused(_("The hospital has not checked this card yet."))
    check_can_move(card, State.REVIEWED)


def check_can_return(user: User, card: CaseReport, *, others: bool) -> None:
    """Raise Refused unless the user may send this card back for correction."""
    if not user.holds(Permission.REPORT_REVIEW):
        check_can_check(user, card, others=others)
    check_can_move(card, State.RETURNED)


def check_can_withdraw(user: User, card: CaseReport) -> None:
    """Raise Refused unless the user may withdraw this card.

    The organisation withdraws its own until the CDC has reviewed it; afterwards only the CDC does.
    """
    if not user.holds(Permission.REPORT_REVIEW):
        check_can_write(user)
        if not _is_own(user, card):
            raise Refused(_("Only whoever reported this card, or the CDC, may withdraw it."))
        if card.state == State.REVIEWED:
            raise Refused(_("The CDC has reviewed this card: ask the CDC to withdraw it."))
    check_can_move(card, State.WITHDRAWN)


def check_reason(reason: str, sentence: str, *, field: str = "reason") -> None:
    """Raise Refused with `sentence` unless a reason is given."""
    if not reason.strip():
        raise Refused(sentence, field=field)


def check_can_decide(user: User, pair: DuplicatePair) -> None:
    """Raise Refused unless the user may say whether two cards are one case."""
    check_can_review(user)
    if pair.state != DuplicatePair.State.OPEN:
        raise Refused(
            _("This pair is already decided: “%(state)s”.") % {"state": pair.get_state_display()}
        )


def check_can_unmerge(user: User, pair: DuplicatePair) -> None:
    """Raise Refused unless the user may take the merge of two cards back."""
    check_can_review(user)
    if pair.state != DuplicatePair.State.SAME:
        raise Refused(_("These two cards are not merged."))
    if not pair.merged:
        raise Refused(_("It was not kept how the cards stood before this merge."))


def _is_own(user: User, card: CaseReport) -> bool:
    return (
        card.organisation_id is not None and card.organisation_id == user.organisation_id
    ) or card.filled_by_id == user.pk
