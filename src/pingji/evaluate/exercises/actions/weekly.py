"""The weekly figures of an exercise: what the county counted goes on, and the ill add to it.

Every Monday evening the CDC hands in the week before: for each figure that was handed in until the
exercise began, of its size in the same weeks of earlier years, and as high or low as it was of late.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import DayLived, Due, Exercise
from pingji.evaluate.exercises.rules.reporting import shipped_reporting
from pingji.ground.directory.models import Permission, Role, User
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Count, Period

Outcome = tuple[str, str]
EVENING = time(17, 35)
A_WEEK = timedelta(weeks=1)
OF_LATE = 8  # weeks that say how high a figure is at present
STANDING = 5  # a figure that was not handed in for so many weeks has ended
A_YEAR = 52
NEAR = 2  # weeks on either side that make out the same time of another year
HEADINGS = ("开始日期", "例数")


@dataclass(frozen=True)
class Figure:
    """One weekly figure, and what was counted before the exercise."""

    channel: str
    disease: str
    area: str
    before: dict[date, int]

    def expected(self, monday: date) -> float:
        """What the week would usually be."""
        last = max(self.before)
        lately = [last - number * A_WEEK for number in range(OF_LATE)]
        now, then = self._mean(lately), self._years(lately)
        season = self._years([monday + step * A_WEEK for step in range(-NEAR, NEAR + 1)])
        return season * now / then if season and then else now

    def _years(self, weeks: list[date]) -> float:
        """The mean of some weeks in all earlier years; 0 where none is known."""
        back = range(A_YEAR, A_YEAR * 5, A_YEAR)
        return self._mean([week - number * A_WEEK for week in weeks for number in back])

    def _mean(self, weeks: list[date]) -> float:
        found = [self.before[week] for week in weeks if week in self.before]
        return sum(found) / len(found) if found else 0.0


def plan(exercise: Exercise, day: date, *, at: datetime) -> None:
    """Put the week before on the agenda of a Monday, where figures were handed in before.

    Args:
        exercise: The exercise.
        day: The day.
        at: The moment of the exercise.
    """
    if day.weekday() or not figures_of(exercise):
        return
    evening = timezone.make_aware(datetime.combine(day, EVENING))
    monday = (day - A_WEEK).isoformat()
    Due.objects.create(
        kind="ordinary.weekly",
        key=monday,
        area_id=exercise.area_id,
        at=max(evening, at),
        payload={"monday": monday},
    )


def figures_of(exercise: Exercise) -> list[Figure]:
    """The figures that were handed in by the week until the exercise began."""
    rows = Count.objects.filter(
        area__code__startswith=exercise.area_id,
        period=Period.WEEK,
        known_at__lt=exercise.starts_at,
    )
    known: dict[tuple[str, str, str], dict[date, int]] = defaultdict(dict)
    for channel, disease, area, week, count in rows.order_by("known_at", "pk").values_list(
        "channel", "disease_id", "area_id", "starts_on", "count"
    ):
        known[channel, disease, area][week] = count  # what was known later holds
    stands = timezone.localdate(exercise.starts_at) - STANDING * A_WEEK
    return [
        Figure(*key, before=before)
        for key, before in sorted(known.items())
        if max(before) >= stands
    ]


def hand_in(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """The CDC hands in the figures of one week."""
    monday = date.fromisoformat(due.payload["monday"])
    people = User.objects.holding(Permission.REPORT_IMPORT).filter(role=Role.EPIDEMIOLOGIST)
    by = people.filter(area__code__startswith=exercise.area_id).order_by("username").first()
    wanted = [one for one in figures_of(exercise) if monday not in one.before]
    if by is None or not wanted:
        return None
    for place, figure in enumerate(wanted):
        rng = np.random.default_rng([exercise.seed, monday.toordinal(), place])
        count = _usual(rng, figure, monday) + _added(rng, exercise, figure, monday)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows([HEADINGS, (monday.isoformat(), count)])
        surveillance.hand_in(
            name=f"演练周报-{figure.channel}-{figure.disease}-{monday}.csv",
            content=text.getvalue().encode(),
            by=by,
            at=at,
            channel=figure.channel,
            disease=figure.disease,
            area=figure.area,
        )
    return in_both(lambda: _("%(number)s weekly figures handed in.") % {"number": len(wanted)})


def _usual(rng: np.random.Generator, figure: Figure, monday: date) -> int:
    noise = shipped_reporting().weekly_noise
    return int(rng.poisson(figure.expected(monday) * rng.gamma(1 / noise, noise)))


def _added(rng: np.random.Generator, exercise: Exercise, figure: Figure, monday: date) -> int:
    """What the simulated ill add to a figure in a week."""
    total = 0
    for share, of in _shares(exercise, figure):
        first = (monday - timezone.localdate(exercise.starts_at)).days
        lived = DayLived.objects.filter(day__gte=first, day__lt=first + 7)
        people = lived.aggregate(n=Sum(of))["n"] or 0
        total += int(rng.binomial(people, share))
    return total


def _shares(exercise: Exercise, figure: Figure) -> Iterator[tuple[float, str]]:
    known = shipped_reporting()
    group = known.diseases[exercise.scenario["pathogen"]].figures
    for row in known.weekly:
        if (row.figures, row.channel, row.disease) == (group, figure.channel, figure.disease):
            yield row.share, row.of


HANDLERS = {"ordinary.weekly": hand_in}
