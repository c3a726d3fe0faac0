"""Check, review, send back and withdraw report cards."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note
from pingji.monitor.surveillance.actions.card_clocks import let_go, review_done
from pingji.monitor.surveillance.actions.card_pairs import pairs_of_card
from pingji.monitor.surveillance.actions.cards import count, counted_as, locked, tell
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.card_checks import others_who_could_check
from pingji.monitor.surveillance.rules import card_moves

State = CaseReport.State


def _others(card: CaseReport) -> bool:
    return others_who_could_check([card])[card.pk]


@transaction.atomic
def check_card(
    *, card: CaseReport, by: User, at: datetime, version: int | None = None
) -> CaseReport:
    """The hospital has checked a card: the CDC may review it."""
    card = locked(card)
    card_moves.check_can_check(by, card, others=_others(card))
    card_moves.check_version(card, version)

    card.state, card.checked_by, card.checked_at = State.CHECKED, by, at
    card.save(update_fields=["state", "checked_by", "checked_at"])
    note("card.checked", subject=card, by=by, at=at)
    tell(card)
    return card


@transaction.atomic
def review_card(
    *, card: CaseReport, by: User, at: datetime, version: int | None = None
) -> CaseReport:
    """The CDC has reviewed a card: it is final until somebody corrects it."""
    card = locked(card)
    card_moves.check_can_review(by, card, others=_others(card))
    card_moves.check_version(card, version)

    card.state, card.reviewed_by, card.reviewed_at = State.REVIEWED, by, at
    card.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    note("card.reviewed", subject=card, by=by, at=at)
    review_done(card, by=by, at=at)
    announce("report_reviewed", at=at, card=card.pk, area=card.area_id, disease=card.disease_id)
    tell(card)
    return card


@transaction.atomic
def return_card(
    *, card: CaseReport, by: User, at: datetime, reason: str, version: int | None = None
) -> CaseReport:
    """Send a card back for correction, saying why; it stays counted meanwhile."""
    card = locked(card)
    card_moves.check_can_return(by, card, others=_others(card))
    card_moves.check_version(card, version)
    card_moves.check_reason(reason, _("Say what has to be corrected."))

    card.state, card.returned_why = State.RETURNED, reason.strip()[:300]
    card.checked_by = card.checked_at = card.reviewed_by = card.reviewed_at = None
    card.save(
        update_fields=[
            "state",
            "returned_why",
            "checked_by",
            "checked_at",
            "reviewed_by",
            "reviewed_at",
        ]
    )
    note("card.returned", subject=card, by=by, at=at, reason=card.returned_why)
    review_done(card, by=by, at=at)
    tell(card)
    return card


@transaction.atomic
def withdraw_card(
    *, card: CaseReport, by: User, at: datetime, reason: str, version: int | None = None
) -> CaseReport:
    """Withdraw a card, or throw a draft away, saying why; it is no longer counted, and stays kept."""
    card = locked(card)
    card_moves.check_can_withdraw(by, card)
    card_moves.check_version(card, version)
    card_moves.check_reason(reason, _("Say why the card is withdrawn."))
    before = counted_as(card)

    card.state, card.changed_at = State.WITHDRAWN, at
    card.save(update_fields=["state", "changed_at"])
    count((card, before), at=at)
    pairs_of_card(card).filter(state=DuplicatePair.State.OPEN).delete()
    note("card.withdrawn", subject=card, by=by, at=at, reason=reason.strip())
    let_go(card, by=by, at=at, reason=reason.strip())
    announce("report_withdrawn", at=at, card=card.pk, area=card.area_id, disease=card.disease_id)
    tell(card)
    return card
