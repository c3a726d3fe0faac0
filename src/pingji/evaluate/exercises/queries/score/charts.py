"""Pictures of several exercises beside each other, a colour for each."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.queries.score import words
from pingji.warn.alerts.queries.analyses import pictures
from pingji.warn.alerts.queries.analyses.document import Picture

COLOURS = ("#0f766e", "#b45309", "#2f6690", "#c8553d", "#6b4fa0", "#5f6b76")
TOP, RIGHT = 28, pictures.WIDTH - 24
NAMES = 150  # pixels for what a row is called
BAR, APART = 7, 8  # pixels: how thick a bar is, and how far rows lie apart
LONG = 48  # hours from which on an axis is in days
DAY = 24


def infected(runs: Sequence[str], scores: Sequence[dict[str, Any]]) -> Picture:
    """The running total of infections of each, day by day from the beginning."""
    picture = pictures.Picture(200)
    left, right, bottom = 52, pictures.WIDTH - 8, 168
    totals = []
    for found in scores:
        line, so_far = [], 0
        for number in found["outbreak"]["curves"]["infected"]:
            so_far += number
            line.append(so_far)
        totals.append(line)
    highest = pictures.nice_top(max((line[-1] for line in totals if line), default=0))
    longest = max((len(line) for line in totals), default=1)
    for quarter in range(5):
        y = bottom - (bottom - TOP) * quarter / 4
        picture.line(left, y, right, y)
        picture.text(left - 6, y + 4, f"{highest * quarter / 4:,.0f}", anchor="end")
    for line, colour in zip(totals, COLOURS, strict=False):
        points = [
            (
                left + (right - left) * (day + 0.5) / longest,
                bottom - (bottom - TOP) * number / highest,
            )
            for day, number in enumerate(line)
        ]
        picture.path(list(points), colour)
    picture.text(left, bottom + 16, _("day 1"))
    picture.text(right, bottom + 16, _("day %(n)s") % {"n": longest}, anchor="end")
    _legend(picture, runs)
    return Picture("infected", _("Infected so far, by day"), picture.svg())


def steps(runs: Sequence[str], scores: Sequence[dict[str, Any]]) -> Picture | None:
    """How long after the first case each came to each step; None where none came to any."""
    reached = [{row["key"]: row["hours"] for row in one["milestones"]} for one in scores]
    found = [hours for run in reached for hours in run.values() if hours]
    if not found:
        return None
    unit = DAY if max(found) >= LONG else 1
    longest = pictures.nice_top(max(found) / unit)
    rows = [(key, str(said)) for key, said in words.MILESTONES.items() if key != "case"]
    row = BAR * len(runs) + APART
    bottom = TOP + row * len(rows)
    picture = pictures.Picture(bottom + 24)

    def x(hours: float) -> float:
        return NAMES + (RIGHT - NAMES) * max(hours, 0) / unit / longest

    for quarter in range(5):
        at = longest * quarter // 4
        picture.line(x(at * unit), TOP - 4, x(at * unit), bottom)
        said = _("%(n)s days") if unit == DAY else _("%(n)s h")
        picture.text(x(at * unit), bottom + 16, said % {"n": at}, anchor="middle")
    for at, (key, said) in enumerate(rows):
        y = TOP + row * at
        picture.text(NAMES - 8, y + row / 2, said, anchor="end", fill=pictures.INK)
        for number, (run, colour) in enumerate(zip(reached, COLOURS, strict=False)):
            hours = run.get(key)
            top = y + BAR * number
            if hours is None:
                picture.text(NAMES + 3, top + BAR, words.NOT_KNOWN, fill=colour)
            else:
                picture.rect(NAMES, top, max(x(hours) - NAMES, 1.5), BAR - 1, colour)
    _legend(picture, runs)
    return Picture("steps", _("From the first case to each step"), picture.svg())


def _legend(picture: pictures.Picture, runs: Sequence[str]) -> None:
    picture.legend(list(zip(COLOURS, runs, strict=False)))
