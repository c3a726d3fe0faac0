"""What the command knows of an event's illness from the cards that doctors sent."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import with_parts
from pingji.respond.incidents.models import Incident


@dataclass(frozen=True)
class Picture:
    """An event's illness as it is known at a moment; all cases are counted cards.

    Attributes:
        at: The moment.
        cards: When each was known, where the patient lives, school or "", class or "".
        severe: Whether a severe course or a death is among them.
        days: Days that "lately" means.
        least: Fewer cases lately are no rise.
        quiet: How long nothing new is heard before it is quiet.
    """

    at: datetime
    cards: list[tuple[datetime, str, str, str]]
    severe: bool
    days: timedelta
    least: int
    quiet: timedelta

    def since(self, back: timedelta) -> list[tuple[datetime, str, str, str]]:
        """The cards of some time back."""
        return [card for card in self.cards if card[0] > self.at - back]

    @property
    def last(self) -> datetime | None:
        """When the last case was reported."""
        return max((card[0] for card in self.cards), default=None)

    @property
    def rising(self) -> bool:
        """Whether more cases came lately than in as many days before."""
        now, both = len(self.since(self.days)), len(self.since(2 * self.days))
        return now >= self.least and now > both - now

    @property
    def spread(self) -> bool:
        """Whether more than one class, school or village has cases."""
        places = {
            (school, group) if school else (area, "") for _at, area, school, group in self.cards
        }
        return len(places) > 1

    def is_quiet(self, share: float = 1.0) -> bool:
        """Whether nothing new was heard for so long, or for a share of it."""
        return self.last is not None and self.last + self.quiet * share <= self.at

    def begins(self, conditions: Iterable[str]) -> bool:
        """Whether one of some conditions is met: "rising", "severe", "spread", "quiet"."""
        known = {
            "rising": lambda: self.rising,
            "severe": lambda: self.severe,
            "spread": lambda: self.spread,
            "quiet": self.is_quiet,
        }
        return any(known[name]() for name in conditions)

    def most_in_one_place(self, back: timedelta) -> int:
        """The most cases of one school or one village in some time back."""
        places = Counter(school or area for _at, area, school, _group in self.since(back))
        return max(places.values(), default=0)

    def in_schools(self, share: float) -> bool:
        """Whether such a share of the patients, or more, are pupils of a school that is known."""
        return sum(bool(card[2]) for card in self.cards) >= max(share * len(self.cards), 1)

    def by_township(self, back: timedelta) -> dict[str, int]:
        """How many cases of some time back live in each township, by its code."""
        towns = Counter(area[:TOWNSHIP_DIGITS] for _at, area, _school, _group in self.since(back))
        return {code: n for code, n in sorted(towns.items()) if len(code) == TOWNSHIP_DIGITS}


def picture(exercise: Exercise, incident: Incident, at: datetime) -> Picture:
    """What is known of an event's illness in its area at a moment."""
    rows = CaseReport.objects.counted().filter(
        disease__in=with_parts(incident.disease_id) if incident.disease_id else [],
        area__code__startswith=incident.area_id,
        filled_by__isnull=False,
        known_at__lte=at,
        known_at__gte=exercise.starts_at,
    )
    conduct = conduct_of(exercise.scenario)
    facts = rows.order_by("known_at", "key").values_list(
        "known_at", "area_id", "institution__code", "school_class", "severe", "died_on"
    )
    found = list(facts)
    return Picture(
        at=at,
        cards=[(known, area, school or "", group) for known, area, school, group, *_ in found],
        severe=any(severe or died for *_rest, severe, died in found),
        days=timedelta(days=conduct.rising_days),
        least=conduct.rising_cases,
        quiet=timedelta(days=conduct.quiet_days),
    )


def townships(codes: Iterable[str]) -> list[Area]:
    """The townships of some codes, in their order."""
    return list(Area.objects.filter(pk__in=list(codes)).order_by("code"))
