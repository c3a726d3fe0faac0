"""The one map: township cells shaded by recent cases, alerts and facilities as symbols."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count as CountOf
from django.db.models import Q
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.console.queries import field_layers
from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    TOWNSHIP_DIGITS,
    Area,
    Facility,
    Permission,
    User,
)
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.event_figures import begins_on, cases_of_incident
from pingji.respond.incidents.queries.field import life_of
from pingji.warn.alerts.models import Alert

# What is read of each row; a facility has an address and sources besides.
OF_A_CELL = ("name", "name_en", "longitude", "latitude", "shape", "shape_source")
OF_A_FACILITY = ("name", "name_en", "kind", "longitude", "latitude", "organisation_id")
# Upper ends of the classes of value, tried from the finest; the last class is open.
LADDERS = ((1, 2, 3, 4), (2, 4, 6, 9), (4, 9, 19, 49), (9, 29, 99, 299), (99, 299, 999, 2999))


CASES, SENTINELS = "cases", "sentinels"  # layers
LOOKS_BACK = timedelta(days=28)  # of the slider over a county, where no incident is chosen
# Steps of the slider in hours: the first by which a life has no more than so many.
STEPS, MOST_STEPS = (1, 3, 6, 12, 24), 240
# Layers of the whole picture; a map that names none has cases, alerts and facilities.
LAYERS = (
    *("cases", "risk", "incidents", "alerts", "checkpoints", "facilities"),
    *("teams", "vehicles", "equipment"),
)


@dataclass(frozen=True)
class Asked:
    """What the reader wants on the map."""

    until: date
    days: int
    disease: str = ""
    facilities: bool = True
    layer: str = CASES
    share: str = ""
    layers: tuple[str, ...] = ()
    at: datetime | None = None
    incident: Incident | None = None
    now: datetime | None = None

    @property
    def since(self) -> date:
        """First day counted."""
        if self.incident is not None:
            return begins_on(self.incident)
        return self.until - timedelta(days=self.days - 1)

    @property
    def moment(self) -> datetime:
        """As of when: of now, or of the end of the last day where the clock was not read."""
        return self.at or self.now or timezone.make_aware(datetime.combine(self.until, time.max))

    def county_of(self, user: User) -> str:
        """What the codes of the areas on the map begin with."""
        return self.incident.area_id[:COUNTY_DIGITS] if self.incident else user.area_id


def township_map(user: User, asked: Asked) -> dict[str, Any]:
    """Everything the map draws for this reader, as map.js takes it.

    A moment that is over is drawn from what was known by then, and so alike each time.
    """
    townships = Area.objects.visible_to(user).of_level("township")
    townships = townships.filter(code__startswith=asked.county_of(user))
    cells = directory.cells(townships.only(*OF_A_CELL))
    counted = not asked.layers or CASES in asked.layers
    cases = cases_by_township(user, asked) if counted else None
    ladder = ladder_for((cases or {}).values())
    for feature in cells["features"]:
        _shade(feature["properties"], cases, ladder)
        if cases is not None:
            shown = feature["properties"]
            shown["url"] = rows_url(user, asked, shown["code"]) or shown["url"]
    drawn: dict[str, Any] = {
        "title": title(asked),
        "unit": _("cases"),
        "cells": cells,
        "points": [],
    }
    if asked.layers:
        drawn |= _picture(user, asked)
    else:
        drawn["points"] = alert_points(user)
        if asked.facilities:
            facilities = Facility.objects.visible_to(user).only(*OF_A_FACILITY)
            drawn["points"] += directory.facility_points(facilities)
    areas = cells["features"] + drawn.get("risk", {}).get("features", [])
    drawn["schematic"] = any(feature["properties"]["schematic"] for feature in areas)
    drawn["legend"] = legend(ladder, (cases or {}).values(), drawn["points"]) + _risk_legend(drawn)
    return drawn


def _shade(shown: dict[str, Any], cases: dict[str, int] | None, ladder: tuple[int, ...]) -> None:
    """What a cell says of its cases; nothing for a reader who sees none."""
    if cases is None:
        shown["value"], shown["class"], shown["words"] = None, 0, ""
        return
    value = cases.get(shown["code"], 0)
    words = ngettext("%(n)s case", "%(n)s cases", value) % {"n": value}
    shown["value"], shown["class"], shown["words"] = value, class_of(value, ladder), words


def _picture(user: User, asked: Asked) -> dict[str, Any]:
    """The layers of the field, of alerts and of incidents, as they stood."""
    seen = field_layers.Seen(user, asked.moment, asked.county_of(user), asked.incident)
    marks = field_layers.marks(seen, asked.layers)
    points = field_layers.points(marks)
    if "alerts" in asked.layers:
        points += alert_points(user, at=asked.at, county=seen.county)
    risk = (
        field_layers.risk_cells(seen)
        if "risk" in asked.layers
        else {"type": "FeatureCollection", "features": []}
    )
    names = layer_names()
    return {
        "points": points,
        "risk": risk,
        "layers": [{"key": key, "label": names[key]} for key in LAYERS if key in asked.layers],
        "as_of": asked.at.isoformat() if asked.at else "",
    }


def listed(drawn: dict[str, Any]) -> dict[str, Any]:
    """What is drawn, as the list beside it says it: townships, and the things of each layer."""
    cells = [feature["properties"] for feature in drawn["cells"]["features"]]
    risk = [one["properties"] for one in drawn.get("risk", {}).get("features", [])]
    sections = []
    for layer in drawn.get("layers", []):
        if layer["key"] == CASES:
            continue
        own = [point for point in drawn["points"] if point.get("layer") == layer["key"]]
        if layer["key"] == "risk":
            own = sorted(risk, key=lambda one: (one["rank"], one["code"]))
        sections.append({**layer, "rows": own})
    return {
        "cells": sorted(cells, key=lambda one: (-(one["value"] or 0), one["code"])),
        "sections": sections,
    }


def layer_names() -> dict[str, str]:
    """What the layers are called."""
    return {
        "cases": _("Cases"),
        "risk": _("Risk areas"),
        "incidents": _("Incidents"),
        "alerts": _("Alerts"),
        "checkpoints": _("Checkpoints"),
        "facilities": _("Facilities"),
        "teams": _("Teams"),
        "vehicles": _("Vehicles"),
        "equipment": _("Equipment and places"),
    }


@dataclass(frozen=True)
class Slider:
    """The moments that a picture can be drawn as of.

    Attributes:
        begin: The first.
        hours: Hours from one to the next.
        last: Number of the last, which is now, or the closing of the incident.
        place: Which of them is asked for.
    """

    begin: datetime
    hours: int
    last: int
    place: int

    @property
    def moment(self) -> datetime | None:
        """The moment asked for; None for now."""
        if self.place == self.last:
            return None
        return self.begin + self.place * timedelta(hours=self.hours)


def slider(asked: Asked, now: datetime) -> Slider:
    """The moments over an incident's life, or over the last weeks of a county."""
    begin, end = life_of(asked.incident, now) if asked.incident else (now - LOOKS_BACK, now)
    begin = begin.replace(minute=0, second=0, microsecond=0)
    hours = int((end - begin) / timedelta(hours=1)) + 1
    step = next((one for one in STEPS if hours / one <= MOST_STEPS), STEPS[-1])
    last = -(-hours // step)
    place = last
    if asked.at is not None:
        place = max(0, min(last, round((asked.at - begin) / timedelta(hours=step))))
    return Slider(begin, step, last, place)


def rows_url(user: User, asked: Asked, area: str) -> str:
    """The line list of a township's cases on the map; empty for who may not see it."""
    if not user.holds(Permission.REPORT_VIEW):
        return ""
    days = {"onset_from": asked.since.isoformat(), "onset_to": asked.until.isoformat()}
    narrowed = {"area": area} | days | ({"disease": asked.disease} if asked.disease else {})
    return f"{reverse('surveillance:cases')}?{urlencode(narrowed)}"


def title(asked: Asked) -> str:
    """What is drawn, with its period, and the moment where it is a past one."""
    if asked.at is None:
        return _period(asked)
    when = date_format(timezone.localtime(asked.at), "Y-m-d H:i")
    return _("%(title)s, as known at %(when)s") % {"title": _period(asked), "when": when}


def _period(asked: Asked) -> str:
    if asked.incident is not None:
        return _("%(incident)s: cases by township since %(since)s") % {
            "incident": asked.incident.title,
            "since": asked.since.isoformat(),
        }
    return _("Cases by township, onset %(since)s to %(until)s") % {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
    }


def cases_by_township(user: User, asked: Asked) -> dict[str, int]:
    """Cases with onset in the period, by township code; those known by then, of a past moment."""
    if asked.incident is not None:
        cases = cases_of_incident(asked.incident, at=asked.moment).visible_to(user)
    else:
        cases = CaseReport.objects.visible_to(user).counted()
        cases = cases.filter(onset_on__range=(asked.since, asked.until))
        if asked.at is not None:
            cases = cases.filter(known_at__lte=asked.at)
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
    names, letters = layer_names(), field_layers.letters()
    lines += [
        {"symbol": key, "mark": letters[key], "words": names[key], "layer": key}
        for key in letters
        if key in kinds
    ]
    if any(point.get("plain") for point in points):
        words = _("facility that told no figure")
        lines.append({"symbol": "facility", "words": words, "layer": "facilities"})
    if any(point.get("stale") for point in points):
        lines.append({"symbol": "stale", "words": _("figure out of date")})
    return lines


def _risk_legend(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    risk = drawn.get("risk", {}).get("features", [])
    levels = {shown["rank"]: shown["level"] for shown in (one["properties"] for one in risk)}
    return [
        {"symbol": f"risk-{rank}", "words": levels[rank], "layer": "risk"}
        for rank in sorted(levels)
    ]


def alert_points(
    user: User, *, at: datetime | None = None, county: str = ""
) -> list[dict[str, Any]]:
    """Alerts that wait, or waited at a moment, at the place of their township."""
    rows = Alert.objects.visible_to(user).filter(area__code__startswith=county)
    waiting = (
        rows.undecided()
        if at is None
        else rows.filter(Q(decided_at__isnull=True) | Q(decided_at__gt=at), raised_at__lte=at)
    )
    alerts = waiting.select_related("area", "disease").only(
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
                "layer": "alerts",
                "name": f"{alert.disease.label} · {alert.area.label}",
                "words": _("%(observed)s cases, alert waiting for a verdict")
                % {"observed": alert.observed},
                "url": reverse("alerts:detail", args=[alert.pk]),
            }
        )
    return points
