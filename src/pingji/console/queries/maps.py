"""The one map: township cells shaded by recent cases, alerts and facilities as symbols."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count as CountOf
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, Facility, Permission, User
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import CaseReport
from pingji.warn.alerts.models import Alert

TOWNSHIP_DIGITS = 9
# What is read of each row; a facility has an address and sources besides.
OF_A_CELL = ("name", "name_en", "longitude", "latitude", "shape", "shape_source")
OF_A_FACILITY = ("name", "name_en", "kind", "longitude", "latitude", "organisation_id")
# Upper ends of the classes of value, tried from the finest; the last class is open.
LADDERS = ((1, 2, 3, 4), (2, 4, 6, 9), (4, 9, 19, 49), (9, 29, 99, 299), (99, 299, 999, 2999))


CASES, SENTINELS = "cases", "sentinels"  # layers


@dataclass(frozen=True)
class Asked:
    """What the reader wants on the map."""

    until: date
    days: int
    disease: str = ""
    facilities: bool = True
    layer: str = CASES
    share: str = ""

    @property
    def since(self) -> date:
        """First day counted."""
        return self.until - timedelta(days=self.days - 1)


def township_map(user: User, asked: Asked) -> dict[str, Any]:
    """Everything the map draws for this reader, as map.js takes it."""
    townships = Area.objects.visible_to(user).of_level("township")
    cells = directory.cells(townships.only(*OF_A_CELL))
    cases = cases_by_township(user, asked)
    ladder = ladder_for(cases.values())
    for feature in cells["features"]:
        shown = feature["properties"]
        shown["value"] = cases.get(shown["code"], 0)
        shown["url"] = rows_url(user, asked, shown["code"]) or shown["url"]
        shown["class"] = class_of(shown["value"], ladder)
        shown["words"] = ngettext("%(n)s case", "%(n)s cases", shown["value"]) % {
            "n": shown["value"]
        }
    points = alert_points(user)
    if asked.facilities:
        facilities = Facility.objects.visible_to(user).only(*OF_A_FACILITY)
        points += directory.facility_points(facilities)
    return {
        "title": title(asked),
        "unit": _("cases"),
        "schematic": any(f["properties"]["schematic"] for f in cells["features"]),
        "legend": legend(ladder, cases.values(), points),
        "cells": cells,
        "points": points,
    }


def township_figures(user: User, asked: Asked) -> list[dict[str, Any]]:
    """What the list beside the map says of each township on it, the most cases first."""
    townships = (
        Area.objects.visible_to(user)
        .of_level("township")
        .filter(shape__isnull=False)
        .exclude(shape=None)
    )
    cases = cases_by_township(user, asked)
    found = [
        {
            "code": area.code,
            "name": area.label,
            "url": rows_url(user, asked, area.code) or area.get_absolute_url(),
            "value": cases.get(area.code, 0),
        }
        for area in townships.only("code", "name", "name_en")
    ]
    return sorted(found, key=lambda cell: (-cell["value"], cell["code"]))


def rows_url(user: User, asked: Asked, area: str) -> str:
    """The line list of a township's cases on the map; empty for who may not see it."""
    if not user.holds(Permission.REPORT_VIEW):
        return ""
    days = {"onset_from": asked.since.isoformat(), "onset_to": asked.until.isoformat()}
    narrowed = {"area": area} | days | ({"disease": asked.disease} if asked.disease else {})
    return f"{reverse('surveillance:cases')}?{urlencode(narrowed)}"


def title(asked: Asked) -> str:
    """What is drawn, with its period."""
    return _("Cases by township, onset %(since)s to %(until)s") % {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
    }


def cases_by_township(user: User, asked: Asked) -> dict[str, int]:
    """Cases with onset in the period, by township code."""
    cases = CaseReport.objects.visible_to(user).counted()
    cases = cases.filter(onset_on__range=(asked.since, asked.until))
    if asked.disease:
        cases = cases.filter(disease_id__in=surveillance.with_parts(asked.disease))
    by_township = cases.annotate(township=Substr("area_id", 1, TOWNSHIP_DIGITS)).order_by()
    return dict(by_township.values_list("township").annotate(n=CountOf("pk")))


def ladder_for(values: Iterable[int]) -> tuple[int, ...]:
    """The finest set of classes whose open end still says something."""
    highest = max(values, default=0)
    return next((ladder for ladder in LADDERS if highest <= 3 * ladder[-1]), LADDERS[-1])


def class_of(value: int, ladder: tuple[int, ...]) -> int:
    """0 for none, 1 to 5 up the ladder."""
    return 0 if value == 0 else 1 + sum(value > end for end in ladder)


def legend(
    ladder: tuple[int, ...], values: Iterable[int], points: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What each shade and each symbol means, in words; only those that are on the map."""
    lines: list[dict[str, Any]] = [{"class": 0, "words": _("no case")}]
    highest = max((class_of(value, ladder) for value in values), default=0)
    for level in range(1, highest + 1):
        first = 1 if level == 1 else ladder[level - 2] + 1
        if level > len(ladder):
            words = _("%(first)s cases or more") % {"first": first}
        elif first == ladder[level - 1]:
            words = ngettext("%(n)s case", "%(n)s cases", first) % {"n": first}
        else:
            words = _("%(first)s–%(last)s cases") % {"first": first, "last": ladder[level - 1]}
        lines.append({"class": level, "words": words})
    kinds = {point["kind"] for point in points}
    if "alert" in kinds:
        lines.append({"symbol": "alert", "words": _("alert waiting for a verdict")})
    if "facility" in kinds:
        lines.append({"symbol": "facility", "words": _("facility")})
    return lines


def alert_points(user: User) -> list[dict[str, Any]]:
    """Alerts that wait, at the place of their township."""
    waiting = Alert.objects.visible_to(user).undecided().select_related("area", "disease")
    alerts = waiting.only(
        *("observed", "area__name", "area__name_en", "disease__name", "disease__name_en")
    )
    codes = {alert.area_id[:TOWNSHIP_DIGITS] for alert in alerts}
    places = Area.objects.only("longitude", "latitude").in_bulk(codes)
    points = []
    for alert in alerts:
        place = places.get(alert.area_id[:TOWNSHIP_DIGITS])
        if place is None or place.longitude is None:
            continue
        points.append(
            {
                "lon": place.longitude,
                "lat": place.latitude,
                "kind": "alert",
                "name": f"{alert.disease.label} · {alert.area.label}",
                "words": _("%(observed)s cases, alert waiting for a verdict")
                % {"observed": alert.observed},
                "url": reverse("alerts:detail", args=[alert.pk]),
            }
        )
    return points
