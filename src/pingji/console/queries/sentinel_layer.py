"""The map's layer of sentinels: townships by the share of reports that came, silent ones told apart."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, Permission, User
from pingji.monitor.surveillance.models import Sentinel
from pingji.monitor.surveillance.queries import coverage as reporting
from pingji.monitor.surveillance.queries import sentinels


def may_see_sentinels(user: User) -> bool:
    """Whether the layer is offered to a reader."""
    return user.holds(Permission.REPORT_VIEW) or user.holds(Permission.SENTINEL_REPORT)


COMPLETE, TIMELY, CONNECTED = "complete", "timely", "connected"
SHARES = (COMPLETE, TIMELY, CONNECTED)


@dataclass(frozen=True)
class Shares:
    """What the townships are shaded by.

    Attributes:
        title: What the map shows.
        nothing: What a township says in which nothing is to be shown.
        all: What one says in which nothing is wanting.
        by_place: Percent and words by township.
    """

    title: str
    nothing: str
    all: str
    by_place: dict[str, tuple[float | None, str]]


def shares_of(user: User, *, at: datetime, days: int, share: str) -> Shares:
    """The share that the reader asks for."""
    if share == CONNECTED:
        words = _("%(met)s of %(of)s public institutions are connected")
        return Shares(
            _("Public institutions connected on %(day)s") % {"day": timezone.localdate(at)},
            _("no public institution"),
            _("all connected"),
            {
                place: (100 * met / of, words % {"met": met, "of": of})
                for place, (met, of) in reporting.connected_by_place(user).items()
            },
        )
    found = reporting.coverage(user, at=at, days=days)
    by_time = share == TIMELY
    title = (
        _("Reports of sentinels that came in time, %(since)s to %(until)s")
        if by_time
        else _("Reports of sentinels that came, %(since)s to %(until)s")
    )
    return Shares(
        title % {"since": found.since.isoformat(), "until": found.until.isoformat()},
        _("no report was due"),
        _("every report came in time") if by_time else _("every report came"),
        {
            place: (kept.timely if by_time else kept.complete, words_of(kept))
            for place, kept in found.by_place.items()
        },
    )


def sentinel_map(user: User, *, at: datetime, days: int, share: str = COMPLETE) -> dict[str, Any]:
    """Everything the map draws of the sentinels within sight, as map.js takes it."""
    shares = shares_of(user, at=at, days=days, share=share)
    cells = directory.cells(Area.objects.visible_to(user).of_level("township"))
    rows = reverse("surveillance:sentinels")
    over = "" if share == CONNECTED else f"&days={days}"
    for feature in cells["features"]:
        shown = feature["properties"]
        percent, words = shares.by_place.get(shown["code"], (None, shares.nothing))
        shown["value"] = None if percent is None else int(percent)
        shown["class"] = reporting.class_of_share(percent)
        shown["words"] = words
        shown["url"] = f"{rows}?area={shown['code']}{over}"
    points = sentinels.points(
        Sentinel.objects.visible_to(user),
        at=at,
        url=lambda number: reverse("surveillance:sentinel", args=[number]),
    )
    return {
        "title": shares.title,
        "unit": "%",
        "schematic": any(f["properties"]["schematic"] for f in cells["features"]),
        "legend": legend(cells, points, shares),
        "cells": cells,
        "points": points,
    }


def words_of(kept: reporting.Kept) -> str:
    """What a township's cell says."""
    if kept.complete is None:
        return _("no report was due")
    return _("%(came)s of %(due)s reports came, %(in_time)s of them in time") % {
        "came": kept.arrived,
        "due": kept.due,
        "in_time": kept.in_time,
    }


def legend(
    cells: dict[str, Any], points: list[dict[str, Any]], shares: Shares
) -> list[dict[str, Any]]:
    """What each shade and each symbol means, in words; only those that are on the map."""
    steps = reporting.STEPS
    words = [
        shares.nothing,
        _("below %(step)s%%") % {"step": steps[0]},
        *(
            _("%(first)s%% to below %(last)s%%") % {"first": first, "last": last}
            for first, last in zip(steps, steps[1:], strict=False)
        ),
        shares.all,
    ]
    there = sorted({feature["properties"]["class"] for feature in cells["features"]})
    lines: list[dict[str, Any]] = [{"class": level, "words": words[level]} for level in there]
    kinds = {point["kind"] for point in points}
    if "sentinel" in kinds:
        lines.append({"symbol": "sentinel", "words": _("sentinel that reports")})
    if "silent" in kinds:
        lines.append({"symbol": "silent", "words": _("silent sentinel")})
    return lines
