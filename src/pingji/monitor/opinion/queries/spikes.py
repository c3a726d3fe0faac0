"""Spikes of posts: where different people began to write of one illness, as known at a moment."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from numpy.typing import NDArray
from scipy.stats import t as student

from pingji.analysis.detect import ears_c2
from pingji.analysis.detect.result import Note
from pingji.ground.directory.models import TOWNSHIP_DIGITS
from pingji.monitor.opinion.models import Post, Rumour
from pingji.monitor.opinion.queries.settings import Settings

A_DAY = timedelta(days=1)
WEEK = 7
GAP = 2  # days that EARS C2 leaves out between the baseline and the day it judges


@dataclass(frozen=True)
class Spike:
    """More different texts of one illness in one place than before, or a rumour found true.

    Attributes:
        area, topic: Place and illness.
        starts_on, ends_on: First and last day out of the ordinary.
        texts: Different texts of the week up to the last day.
        expected, upper_bound: Of that day's texts by EARS C2; None where only a check speaks.
        p_value: How often chance gives as many; None likewise.
        verdict: What the check said by then; "" where nobody had checked.
        rumours: Numbers of the rumours of that place and illness.
    """

    area: str
    topic: str
    starts_on: date
    ends_on: date
    texts: int
    expected: float | None
    upper_bound: float | None
    p_value: float | None
    verdict: str
    rumours: tuple[int, ...]


@dataclass
class Judged:
    """What was found, of how many series how many could be judged."""

    spikes: list[Spike]
    series: int
    judged: int


def spikes(area: str, *, since: date, today: date, as_of: datetime, settings: Settings) -> Judged:
    """Judge the days since `since` by what was known at a moment.

    Posts count once for each different text: a text that is only passed on says nothing new. A
    rumour that was checked gives a spike whatever the number of posts, with what the check said.
    """
    first = since - (settings.baseline + GAP + WEEK) * A_DAY
    counts = _counts(area, first, today, as_of)
    checked = _checked(area, as_of, since)
    found: list[Spike] = []
    keys, judged = sorted(counts), 0
    if keys:
        table = np.column_stack([counts[key] for key in keys])
        found, judged = _out_of_the_ordinary(table, keys, first, since, settings, checked)
    shown = {(one.area, one.topic) for one in found}
    found += [
        Spike(
            *key,
            starts_on=check.first,
            ends_on=check.last,
            texts=check.texts,
            expected=None,
            upper_bound=None,
            p_value=None,
            verdict=check.verdict,
            rumours=check.rumours,
        )
        for key, check in checked.items()
        if key not in shown and check.verdict
    ]
    return Judged(sorted(found, key=lambda one: (one.area, one.topic)), len(keys), judged)


def _counts(
    area: str, first: date, today: date, as_of: datetime
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Different texts by day, of each township (or larger area) and illness."""
    days = (today - first).days + 1
    counts: dict[tuple[str, str], NDArray[np.float64]] = defaultdict(lambda: np.zeros(days))
    rows = (
        Post.objects.filter(
            area__code__startswith=area,
            topic__isnull=False,
            notice=False,
            repeats__isnull=True,
            known_at__lte=as_of,
        )
        .exclude(place=Post.Place.ELSEWHERE)
        .annotate(day=TruncDate("posted_at"))
        .filter(day__gte=first, day__lte=today)
        .order_by("pk")
        .values_list("area_id", "topic_id", "day")
    )
    for code, topic, day in rows:
        counts[code[:TOWNSHIP_DIGITS], topic][(day - first).days] += 1
    return counts


def _out_of_the_ordinary(
    table: NDArray[np.float64],
    keys: list[tuple[str, str]],
    first: date,
    since: date,
    settings: Settings,
    checked: "dict[tuple[str, str], _Check]",
) -> tuple[list[Spike], int]:
    """The series that EARS C2 finds out of the ordinary, and how many it could judge."""
    seen = ears_c2(
        table,
        baseline=settings.baseline,
        alpha=settings.alpha,
        min_sigma=settings.min_sigma,
        judge=slice((since - first).days, None),
    )
    # The distance from the mean of a short baseline follows Student's t.
    widen = np.sqrt(1 + 1 / settings.baseline)
    chance = student.sf(seen.score / widen, max(1, settings.baseline - 1))
    lately = np.cumsum(table, axis=0)
    lately[WEEK:] -= np.cumsum(table, axis=0)[:-WEEK]
    found = []
    for column, key in enumerate(keys):
        on = np.flatnonzero(seen.alarm[:, column] & (lately[:, column] >= settings.texts))
        if not len(on):
            continue
        last, check = int(on[-1]), checked.get(key, _Check())
        found.append(
            Spike(
                *key,
                starts_on=first + int(on[0]) * A_DAY,
                ends_on=first + last * A_DAY,
                texts=int(lately[last, column]),
                expected=float(seen.expected[last, column]),
                upper_bound=float(seen.upper_bound[last, column]),
                p_value=float(np.nanmin(chance[on, column])),
                verdict=check.verdict,
                rumours=check.rumours,
            )
        )
    return found, int((seen.note == Note.JUDGED).any(axis=0).sum())


@dataclass(frozen=True)
class _Check:
    verdict: str = ""
    rumours: tuple[int, ...] = ()
    first: date = date.min
    last: date = date.min
    texts: int = 0


def _checked(area: str, as_of: datetime, since: date) -> dict[tuple[str, str], _Check]:
    """Of each place and illness its rumours lately and the latest verdict, as known then."""
    posts = Post.objects.filter(
        rumour__area__code__startswith=area, rumour__found_at__lte=as_of, known_at__lte=as_of
    )
    figures = {
        row["rumour"]: row
        for row in posts.order_by()
        .values("rumour")
        .annotate(
            first=Min("posted_at"),
            last=Max("posted_at"),
            texts=Count("pk", filter=Q(repeats__isnull=True)),
        )
    }
    found: dict[tuple[str, str], _Check] = {}
    rows = Rumour.objects.filter(pk__in=figures).order_by("found_at", "pk")
    for rumour in rows:
        known = rumour.checked_at is not None and rumour.checked_at <= as_of
        said = figures[rumour.pk]
        moments = [said["last"], rumour.checked_at] if known else [said["last"]]
        last = timezone.localdate(max(moments))
        if last < since:
            continue
        key = (rumour.area_id[:TOWNSHIP_DIGITS], rumour.topic_id)
        before = found.get(key, _Check())
        found[key] = _Check(
            verdict=rumour.verdict if known else "",
            rumours=(*before.rumours, rumour.pk),
            first=timezone.localdate(said["first"]),
            last=last,
            texts=said["texts"],
        )
    return found
