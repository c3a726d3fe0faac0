"""The map's layer of sentinels: townships by the share of reports that came, silent ones told apart."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, Permission, User
from pingji.monitor.surveillance.models import Sentinel
from pingji.monitor.surveillance.queries import coverage as reporting
from pingji.monitor.surveillance.queries import sentinels


def may_see_sentinels(user: User) -> bool:
    """Whether the layer is offered to a reader."""
    return user.holds(Permission.REPORT_VIEW) or user.holds(Permission.SENTINEL_REPORT)


def sentinel_map(user: User, *, at: datetime, days: int) -> dict[str, Any]:
    """Everything the map draws of the sentinels within sight, as map.js takes it."""
    found = reporting.coverage(user, at=at, days=days)
    cells = directory.cells(Area.objects.visible_to(user).of_level("township"))
    rows = reverse("surveillance:sentinels")
    for feature in cells["features"]:
        shown = feature["properties"]
        kept = found.by_place.get(shown["code"], reporting.Kept())
        shown["value"] = None if kept.complete is None else int(kept.complete)
        shown["class"] = reporting.class_of_share(kept.complete)
        shown["words"] = words_of(kept)
        shown["url"] = f"{rows}?area={shown['code']}"
    points = sentinels.points(
        Sentinel.objects.visible_to(user),
        at=at,
        url=lambda number: reverse("surveillance:sentinel", args=[number]),
    )
    return {
        "title": _("Reports of sentinels that came, %(since)s to %(until)s")
        % {"since": found.since.isoformat(), "until": found.until.isoformat()},
        "unit": "%",
        "schematic": any(f["properties"]["schematic"] for f in cells["features"]),
        "legend": legend(cells, points),
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


def legend(cells: dict[str, Any], points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each shade and each symbol means, in words; only those that are on the map."""
    steps = reporting.STEPS
    words = [
        _("no report was due"),
        _("below %(step)s%%") % {"step": steps[0]},
        *(
            _("%(first)s%% to below %(last)s%%") % {"first": first, "last": last}
            for first, last in zip(steps, steps[1:], strict=False)
        ),
        _("every report came"),
    ]
    there = sorted({feature["properties"]["class"] for feature in cells["features"]})
    lines: list[dict[str, Any]] = [{"class": level, "words": words[level]} for level in there]
    kinds = {point["kind"] for point in points}
    if "sentinel" in kinds:
        lines.append({"symbol": "sentinel", "words": _("sentinel that reports")})
    if "silent" in kinds:
        lines.append({"symbol": "silent", "words": _("silent sentinel")})
    return lines
