"""Report cards that wait to be finished, checked or reviewed."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, named
from pingji.evaluate.exercises.rules.conduct import conduct_of, drawn
from pingji.ground.directory.models import Role
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries.card_checks import others_who_could_check

State = CaseReport.State


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Cards that people filled in: the hospital's, then the CDC's; older ones since it began."""
    cards = list(
        CaseReport.objects.filter(
            Q(state__in=[State.SENT, State.CHECKED, State.RETURNED], filled_by__isnull=False)
            | Q(state=State.DRAFT)
        )
        .select_related("filled_by")
        .order_by("known_at", "key")
    )
    others = others_who_could_check([card for card in cards if card.state == State.SENT])
    for card in cards:
        if card.state == State.DRAFT:  # what a laboratory's message began, the CDC sees to
            filler = card.filled_by.role if card.filled_by else Role.EPIDEMIOLOGIST.value
            kind, role, since = "card.finish", filler, card.known_at
        elif card.state == State.RETURNED:
            kind, role, since = "card.correct", card.filled_by.role, at
        elif card.state == State.SENT and others[card.pk]:
            kind, role, since = "card.check", card.filled_by.role, card.changed_at or card.known_at
        else:
            comes_back = is_returned(exercise, card)
            kind = "card.return" if comes_back else "card.review"
            role = Role.EPIDEMIOLOGIST.value
            since = card.checked_at or card.changed_at or card.known_at
        key = named(card.key, card.version)
        yield Waiting(kind, key, card.area_id, role, max(since, exercise.starts_at), card.pk)


def is_returned(exercise: Exercise, card: CaseReport) -> bool:
    """Whether the CDC finds something to be corrected in a card; only in one never changed."""
    share = conduct_of(exercise.scenario).returned_share
    return card.version == 1 and drawn(exercise.seed, "card.return", card.key) < share
