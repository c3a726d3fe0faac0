"""What sentinels report each evening of an exercise: the usual, and what the ill add to it.

The usual is what the same sentinel reported in the weeks before the exercise began. What the ill
add is decided when the day is lived, and waits in the agenda until the evening.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import Avg
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.analysis.simulate.happened import Day
from pingji.analysis.simulate.population import NOWHERE
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.rules.conduct import drawn
from pingji.evaluate.exercises.rules.reporting import Figure, shipped_reporting
from pingji.evaluate.exercises.rules.scenario import Scenario
from pingji.ground.directory.models import Permission, Role, User
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import (
    Period,
    Sentinel,
    SentinelItem,
    SentinelReport,
    SentinelValue,
)
from pingji.monitor.surveillance.queries.calendars import Calendars

if TYPE_CHECKING:
    from pingji.evaluate.exercises.actions.world import World

Outcome = tuple[str, str]
Extra = dict[str, dict[str, int]]
EVENING = time(17, 40)
A_DAY = timedelta(days=1)
WEEKS_BEFORE = timedelta(weeks=8)  # what is usual is the mean of these
LONGEST_PERIOD = 62  # days: a month is reported after it ended
DAYS_OF = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}
MEASURED = 9.0  # shape of a measured value's scatter, about a third of its mean


def plan(world: "World", happened: Day, *, at: datetime) -> None:
    """Put the evening's figures of the sentinels on the agenda, with what the ill add to them.

    Args:
        world: The outbreak.
        happened: What happened on the day.
        at: The moment of the exercise.
    """
    here = list(_sentinels(world.exercise))
    if not here:
        return
    today = timezone.localdate(world.scenario.day_begins(happened.day))
    evening = timezone.make_aware(datetime.combine(today, EVENING))
    Due.objects.create(
        kind="figures",
        key=str(happened.day),
        area_id=world.exercise.area_id,
        at=max(world.scenario.can_report_from(world.exercise.area_id, evening), at),
        payload={"day": today.isoformat(), "extra": Added(world, happened, here).all()},
    )


def _sentinels(exercise: Exercise) -> Iterable[Sentinel]:
    rows = Sentinel.objects.filter(area__code__startswith=exercise.area_id, closed_on=None)
    return rows.select_related("organisation").order_by("pk")


@dataclass
class Added:
    """What the ill of one day add to the figures of sentinels."""

    world: "World"
    happened: Day
    sentinels: list[Sentinel]

    def all(self) -> Extra:
        """By the number of the sentinel, how many are added to each item."""
        scenario = self.world.scenario
        known = shipped_reporting()
        group = known.diseases[scenario.pathogen].figures
        extra: dict[str, Counter[str]] = defaultdict(Counter)
        for number, figure in enumerate(known.figures):
            if figure.figures != group or figure.disease not in ("", scenario.pathogen):
                continue
            kind = [one for one in self.sentinels if one.type_id == figure.kind]
            for sentinel, n, positive in self._added(figure, kind, str(number)):
                for item in figure.items:
                    extra[str(sentinel.pk)][item] += n
                if figure.test:
                    extra[str(sentinel.pk)][figure.items[-1]] += positive - n
        return {pk: dict(items) for pk, items in extra.items()}

    def _added(
        self, figure: Figure, kind: list[Sentinel], number: str
    ) -> Iterator[tuple[Sentinel, int, int]]:
        """Each sentinel with how many are added, and how many of them are positive in a test."""
        if not kind:
            return
        if figure.of == "absent":
            yield from ((sentinel, n, n) for sentinel, n in self._absent(kind))
            return
        people = [
            person
            for person in self._of(figure.of)
            if drawn(self.world.exercise.seed, f"figure-{number}", str(person)) < figure.share
        ]
        positive = self._positive(people, figure.test) if figure.test else set(people)
        by_place: dict[int, list[int]] = defaultdict(list)
        for person in people:
            if figure.near == "county":
                share = drawn(self.world.exercise.seed, f"of-{number}", str(person))
                by_place[int(share * len(kind))].append(person)
                continue
            for at, sentinel in enumerate(kind):
                if self._belongs(person, figure, sentinel):
                    by_place[at].append(person)
        for at, theirs in sorted(by_place.items()):
            yield kind[at], len(theirs), len(positive.intersection(theirs))

    def _of(self, what: str) -> list[int]:
        """Whom a figure speaks of on this day."""
        if what != "shedding":
            found: list[int] = getattr(self.happened, what).tolist()
            return found
        known, cases = shipped_reporting(), self.world.outbreak.cases()
        since = self.happened.day - cases.onset.astype(int) + known.shedding_before
        sheds = (cases.onset >= 0) & (since >= 0) & (since < known.shedding_days)
        return sorted(cases.person[sheds].tolist())

    def _positive(self, people: list[int], test: str) -> set[int]:
        if not people:
            return set()
        results = self.world.outbreak.test(people, self.happened.day, test)
        return {one for one, is_so in zip(people, results.tolist(), strict=True) if is_so}

    def _belongs(self, person: int, figure: Figure, sentinel: Sentinel) -> bool:
        """Whether somebody lives where a sentinel looks: in its village, or its care home."""
        in_care = int(self.world.county.population.care_home[person]) != NOWHERE
        if figure.kind == "care_home" and not in_care:
            return False
        return self.world.persons.village(person).startswith(sentinel.area_id)

    def _absent(self, kind: list[Sentinel]) -> Iterator[tuple[Sentinel, int]]:
        """Ill pupils of each school that is a sentinel."""
        absent = self.world.absent_pupils(self.happened.day)
        for sentinel in kind:
            code = sentinel.organisation.code
            n = sum(
                ill
                for school, ill in absent.items()
                if self.world.persons.schools[school].code == code
            )
            if n:
                yield sentinel, n


def report(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """Every sentinel whose period ended reports; those whom people play report themselves."""
    today = date.fromisoformat(due.payload["day"])
    scenario = Scenario.model_validate(exercise.scenario)
    by = _who(exercise)
    if by is None:
        return None
    reporting = Evening(exercise, today, at)
    reports = [
        figures
        for sentinel in _sentinels(exercise)
        if scenario.can_report_from(sentinel.area_id, at) == at
        and (figures := reporting.figures(sentinel)) is not None
    ]
    if not reports:
        return None
    outcomes = sentinels.report_many(reports=reports, by=by, at=at)
    kept = sum(one.verdict is not sentinels.Verdict.REFUSED for one in outcomes)
    return in_both(lambda: _("%(number)s sentinels reported.") % {"number": kept})


def _who(exercise: Exercise) -> User | None:
    """Who enters them all: the CDC."""
    people = User.objects.holding(Permission.SENTINEL_REPORT).filter(role=Role.EPIDEMIOLOGIST)
    return people.filter(area__code__startswith=exercise.area_id).order_by("username").first()


class Evening:
    """What is reported on one evening."""

    def __init__(self, exercise: Exercise, today: date, at: datetime) -> None:
        """Look up what is usual, and what was added over the longest period that ends today."""
        self.exercise, self.today, self.at = exercise, today, at
        self.usual = _usual(exercise.area_id, timezone.localdate(exercise.starts_at))
        self.calendars = Calendars()
        self.items = _items()
        figures = shipped_reporting().figures
        self.shed = {one.items[-1]: one.copies for one in figures if one.copies}
        since = today - timedelta(days=LONGEST_PERIOD)
        rows = Due.objects.filter(kind="figures", at__date__gt=since)
        rows = rows.values_list("payload", flat=True)
        self.added = {
            day: row["extra"] for row in rows if (day := date.fromisoformat(row["day"])) > since
        }
        lately = SentinelReport.objects.filter(latest=True, starts_on__gte=since - A_DAY)
        self.reported = set(lately.values_list("sentinel", "starts_on"))
        played = Role.SENTINEL_REPORTER in exercise.people_play
        people = User.objects.people().filter(role=Role.SENTINEL_REPORTER, is_active=True)
        self.by_people = set(people.values_list("organisation", flat=True)) if played else set()

    def figures(self, sentinel: Sentinel) -> sentinels.Figures | None:
        """The report of one sentinel; None where none is due, or it stays away this time."""
        usual = self.usual.get(sentinel.pk)
        if usual is None or sentinel.organisation_id in self.by_people:
            return None
        rhythm = self.calendars.rhythm(sentinel.type_id, sentinel.area_id)
        start = self._start(rhythm, sentinel)
        key = f"{sentinel.pk}-{self.today}"
        silent = drawn(self.exercise.seed, "silent", key) < shipped_reporting().silent_share
        if start is None or silent:
            return None
        return sentinels.Figures(sentinel.pk, start, self._values(sentinel, usual, start))

    def _start(self, rhythm: Any, sentinel: Sentinel) -> date | None:
        """When the newest period that may be reported began, unless it was reported."""
        newest = rhythm.open_at(self.at, 1)
        if not newest or (sentinel.pk, newest[0]) in self.reported:
            return None
        start: date = newest[0]
        return start if start >= sentinel.opened_on else None

    def _values(
        self, sentinel: Sentinel, usual: dict[int, float], start: date
    ) -> dict[str, object]:
        seed = [self.exercise.seed, sentinel.pk, self.today.toordinal()]
        rng = np.random.default_rng(seed)
        values: dict[int, int] = {}
        said: dict[str, object] = {}
        for item in self.items[sentinel.type_id]:
            if item.pk not in usual:
                continue
            mean = usual[item.pk]
            if item.kind == SentinelItem.Kind.MEASURE:
                said[item.code] = f"{rng.gamma(MEASURED, mean / MEASURED):.2f}"
                continue
            whole = values.get(item.part_of_id or 0)
            if item.steady:
                value = round(mean)
            elif whole is not None:
                share = min(1.0, mean / max(usual[item.part_of_id or 0], 1e-9))
                value = int(rng.binomial(whole, share))
            else:
                value = int(rng.poisson(mean))
            values[item.pk] = value
            said[item.code] = value
        for code, n in self._extra(sentinel, start).items():
            if code in self.shed and code in said:
                said[code] = self._shed(sentinel, start, said, code, n)
            elif code in said:
                said[code] = int(str(said[code])) + n
        return said

    def _shed(
        self, sentinel: Sentinel, start: date, said: dict[str, object], code: str, n: int
    ) -> str:
        """A concentration with what people shed in the period, spread over the water of its days."""
        litres = 1000 * float(str(said.get("flow", 0))) * self._days(sentinel)
        own = float(str(said[code]))
        return f"{own + (n * self.shed[code] / litres if litres else 0):.2f}"

    def _days(self, sentinel: Sentinel) -> int:
        rhythm = self.calendars.rhythm(sentinel.type_id, sentinel.area_id)
        return DAYS_OF[Period(rhythm.period)]

    def _extra(self, sentinel: Sentinel, start: date) -> Counter[str]:
        found: Counter[str] = Counter()
        over = start + self._days(sentinel) * A_DAY
        for day, extra in self.added.items():
            if start <= day < over:
                found.update(extra.get(str(sentinel.pk), {}))
        return found


def _items() -> dict[str, list[SentinelItem]]:
    items: dict[str, list[SentinelItem]] = {}
    for item in SentinelItem.objects.filter(ended_on=None).order_by("type_id", "order"):
        items.setdefault(item.type_id, []).append(item)
    return items


def _usual(area: str, first: date) -> dict[int, dict[int, float]]:
    """Mean of each figure of each sentinel in the weeks before the exercise began."""
    reports = SentinelReport.objects.filter(
        sentinel__area__code__startswith=area,
        latest=True,
        starts_on__gte=first - WEEKS_BEFORE,
        starts_on__lt=first,
    )
    rows = SentinelValue.objects.filter(report__in=reports).order_by()
    found: dict[int, dict[int, float]] = {}
    for sentinel, item, mean in rows.values_list("report__sentinel", "item").annotate(Avg("value")):
        found.setdefault(sentinel, {})[item] = float(mean)
    return found


HANDLERS = {"figures": report}
