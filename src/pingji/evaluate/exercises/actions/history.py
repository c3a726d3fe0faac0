"""What was reported in the years before an exercise: the ordinary, in all five channels.

Files were handed in by the quarter, then by the week, and of late each evening, by the county's CDC.
Of the past nobody is told.
"""

import csv
import io
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from pingji.analysis.simulate.background import Background, background
from pingji.analysis.simulate.population import Sex
from pingji.analysis.simulate.series import Series
from pingji.analysis.simulate.usual import CASES, FIGURES
from pingji.evaluate.exercises.actions.ordinary import HEADINGS
from pingji.evaluate.exercises.models import Exercise
from pingji.ground.directory.models import Permission, Role, User
from pingji.ground.directory.queries import Inhabited
from pingji.ground.record.actions import unannounced
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Disease

SHIPPED = Path(__file__).parents[1] / "data" / "history.toml"
EVENING = time(17, 30)
QUARTERS = (1, 4, 7, 10)
COUNT_HEADINGS = ("开始日期", "例数")
Told = tuple[date, list[str]]  # when it was reported, and the line


@lru_cache(maxsize=1)
def _said() -> dict[str, Any]:
    with SHIPPED.open("rb") as file:
        return tomllib.load(file)


def load(exercise: Exercise, county: Inhabited) -> int:
    """Load the years before an exercise.

    Args:
        exercise: The exercise, at its beginning.
        county: Its residents.

    Returns:
        How many cases were reported.
    """
    people = User.objects.holding(Permission.REPORT_IMPORT).filter(role=Role.EPIDEMIOLOGIST)
    by = people.filter(area__code__startswith=exercise.area_id).order_by("username").first()
    if by is None:
        return 0
    today = timezone.localdate(exercise.starts_at)
    first = today.replace(year=today.year - _said()["years"], day=min(today.day, 28))
    wanted = {row["series"] for row in _said()["figures"]}
    known = set(Disease.objects.values_list("pk", flat=True))
    heard = background(
        county.population,
        first_day=first,
        days=(today - first).days,
        seed=exercise.seed,
        watched=[s for s in CASES if s.code in known] + [s for s in FIGURES if s.code in wanted],
    )
    with unannounced():
        lines = _cases(heard, county, first, exercise)
        for evening, ready in _in_files(lines, first, today):
            _hand_in("历史个案", HEADINGS, ready, evening, by)
        for row in _said()["figures"]:
            if row["disease"] in known:
                _figures(heard, row, first, today, by, exercise.area_id)
    return len(lines)


def _cases(heard: Background, county: Inhabited, first: date, exercise: Exercise) -> list[Told]:
    """A line for each case, in the order of their reports."""
    names = dict(Disease.objects.values_list("pk", "name"))
    population, cases = county.population, heard.cases
    rng = np.random.default_rng([exercise.seed, 3])
    statuses = _said()["statuses"]
    status = rng.choice(statuses["names"], p=statuses["shares"], size=len(cases.resident))
    order = np.argsort(cases.reported, kind="stable")
    told = []
    for number, at in enumerate(order.tolist(), start=1):
        person = int(cases.resident[at])
        reported = first + timedelta(days=int(cases.reported[at]))
        told.append(
            (
                reported,
                [
                    f"LS{exercise.area_id}{number:06d}",
                    names[heard.watched[int(cases.series[at])].code],
                    county.villages[int(population.village[person])],
                    (first + timedelta(days=int(cases.onset[at]))).isoformat(),
                    reported.isoformat(),
                    "男" if population.sex[person] == Sex.MALE else "女",
                    str(int(population.age[person])),
                    str(status[at]),
                ],
            )
        )
    return told


def _evenings(first: date, today: date) -> Iterator[date]:
    """When files were handed in."""
    for number in range((today - first).days + 1):
        day = first + timedelta(days=number)
        weeks = (today - day).days / 7
        if weeks > _said()["weekly_weeks"]:
            handed_in = day.day == 1 and day.month in QUARTERS
        elif weeks > _said()["daily_weeks"]:
            handed_in = day.weekday() == 0
        else:
            handed_in = True
        if handed_in and day < today:
            yield day


def _in_files(lines: list[Told], first: date, today: date) -> Iterator[tuple[date, list[Told]]]:
    """The lines that were ready by each evening; none after the last evening."""
    for evening in _evenings(first, today):
        ready = bisect_right(lines, evening, key=lambda line: line[0])
        if ready:
            yield evening, lines[:ready]
        lines = lines[ready:]


def _figures(
    heard: Background, row: dict[str, str], first: date, today: date, by: User, area: str
) -> None:
    """Weekly sums of one series over all its places."""
    place = [series.code for series in heard.watched].index(row["series"])
    figures = next(one for one in heard.figures if one.series == place)
    series: Series = heard.watched[place]
    sums: dict[date, int] = {}
    for start, counts in zip(figures.starts.tolist(), figures.count, strict=True):
        day = first + timedelta(days=int(start))
        monday = day - timedelta(days=day.weekday())
        sums[monday] = sums.get(monday, 0) + int(np.nansum(counts))
    weeks: list[Told] = [
        (monday + timedelta(weeks=1), [monday.isoformat(), str(n)])
        for monday, n in sorted(sums.items())
        if first <= monday and monday + timedelta(weeks=1) < today
    ]
    for evening, ready in _in_files(weeks, first, today):
        _hand_in(
            f"历史周报-{series.code}",
            COUNT_HEADINGS,
            ready,
            evening,
            by,
            channel=row["channel"],
            disease=row["disease"],
            area=area,
        )


def _hand_in(
    name: str, headings: Iterable[str], told: list[Told], evening: date, by: User, **given: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(line for _day, line in told)
    at = timezone.make_aware(datetime.combine(evening, EVENING))
    content = text.getvalue().encode()
    file = surveillance.hand_in(
        name=f"{name}-{evening}.csv", content=content, by=by, at=at, **given
    )
    given.pop("channel", None)
    surveillance.read_file(import_id=file.pk, at=at, **given)
