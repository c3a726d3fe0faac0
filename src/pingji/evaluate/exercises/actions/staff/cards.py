"""Report cards finished and checked by the hospital and reviewed by the CDC."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting.cards import is_returned
from pingji.evaluate.exercises.rules.conduct import drawn
from pingji.ground.directory.models import Permission, Role, User
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries.card_checks import facts_of

State = CaseReport.State
CONFIRMED = "地址已补全，其余内容无误。"
MOST_HOUSES = 60


def check(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """A colleague of who filled it in checks a card."""
    card = CaseReport.objects.select_related("organisation", "filled_by").get(pk=due.subject)
    if card.state != State.SENT:
        return None
    colleagues = (
        User.objects.holding(Permission.REPORT_WRITE)
        .filter(organisation=card.organisation)
        .exclude(pk=card.filled_by_id)
    )
    by = colleagues.order_by("username").first()
    if by is None:
        return None
    actions.check_card(card=card, by=by, at=at)
    return in_both(lambda: _("%(who)s checked card %(card)s.") % {"who": by, "card": card.key})


def review(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The CDC reviews a card."""
    card = CaseReport.objects.get(pk=due.subject)
    if card.state not in (State.SENT, State.CHECKED):
        return None
    by = one_of(Role.EPIDEMIOLOGIST, card.area_id)
    actions.review_card(card=card, by=by, at=at)
    return in_both(lambda: _("%(who)s reviewed card %(card)s.") % {"who": by, "card": card.key})


def send_back(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The CDC sends a card back, saying what has to be corrected."""
    card = CaseReport.objects.get(pk=due.subject)
    if card.state not in (State.SENT, State.CHECKED) or not is_returned(exercise, card):
        return None
    by = one_of(Role.EPIDEMIOLOGIST, card.area_id)
    reason = _("The address does not say the house.")
    actions.return_card(card=card, reason=reason, by=by, at=at)
    return in_both(lambda: _("%(who)s sent card %(card)s back.") % {"who": by, "card": card.key})


def correct(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Whoever filled it in completes it, and sends it again."""
    card = CaseReport.objects.select_related("filled_by__organisation").get(pk=due.subject)
    by = card.filled_by
    if card.state != State.RETURNED or by is None or not by.is_active:
        return None
    house = int(drawn(exercise.seed, "house", card.key) * MOST_HOUSES) + 1
    facts = facts_of(card) | {"address": f"{card.address} {house} 号".strip()}
    actions.send_card(card=card, facts=facts, confirmed=CONFIRMED, by=by, at=at)
    return in_both(lambda: _("%(who)s corrected card %(card)s.") % {"who": by, "card": card.key})


def finish(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Whoever began a card sends it; one that only a message began, and lacks who it is, is dropped."""
    card = CaseReport.objects.select_related("filled_by__organisation").get(pk=due.subject)
    if card.state != State.DRAFT:
        return None
    by = card.filled_by
    if by is None:
        by = one_of(Role.EPIDEMIOLOGIST, card.area_id)
        reason = _("It cannot be found out who the patient is.")
        actions.withdraw_card(card=card, reason=reason, by=by, at=at)
        return in_both(lambda: _("%(who)s dropped card %(card)s.") % {"who": by, "card": card.key})
    if not by.is_active:
        return None
    actions.send_card(card=card, facts=facts_of(card), confirmed=CONFIRMED, by=by, at=at)
    return in_both(lambda: _("%(who)s sent card %(card)s.") % {"who": by, "card": card.key})


HANDLERS = {
    "card.finish": finish,
    "card.check": check,
    "card.review": review,
    "card.return": send_back,
    "card.correct": correct,
}
