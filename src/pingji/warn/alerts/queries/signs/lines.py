"""Report cards as they stood at a moment, with what tells one place from another."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_date

from pingji.monitor.surveillance.models import CaseReport, CaseVersion

COLUMNS = (
    "disease_id",
    "area_id",
    "onset_on",
    "address",
    "institution_id",
    "workplace",
    "school_class",
    "died_on",
    "severe",
)
GONE = (CaseReport.State.WITHDRAWN, CaseReport.State.MERGED)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case as it was known."""

    disease: str
    area: str
    onset_on: date
    address: str
    institution: int | None
    workplace: str
    school_class: str
    died: bool
    severe: bool
    known_at: datetime


def case_lines(
    *,
    area: str,
    since: date,
    as_of: datetime,
    known_since: datetime,
    until: date = date.max,
) -> list[CaseLine]:
    """Cases of an area as they were known at a moment, by the day of onset or of their report.

    What was corrected later is read from the version that stood then; a card that was withdrawn or
    merged later counted until then.

    Args:
        area: Beginning of the codes that count.
        since: First day of onset.
        as_of: What became known after this moment is left out.
        known_since: Cases that became known from here on count whatever their onset.
        until: Last day of onset.
    """
    stood = Q(state__in=CaseReport.COUNTED) | Q(state__in=GONE, changed_at__gt=as_of)
    known = CaseReport.objects.filter(stood, known_at__lte=as_of)
    then = _versions_then(as_of)
    wanted = Q(onset_on__gte=since) | Q(known_at__gt=known_since)
    rows = known.filter(wanted, area__code__startswith=area, onset_on__lte=until)
    rows = rows.exclude(pk__in=then.keys())
    found = [
        _line(dict(zip(COLUMNS, row[:-1], strict=True)), row[-1])
        for row in rows.order_by("pk").values_list(*COLUMNS, "known_at").iterator(5000)
    ]
    for pk, known_at in (
        known.filter(pk__in=then.keys()).order_by("pk").values_list("pk", "known_at")
    ):
        line = _line(_columns(then[pk]), known_at)
        recent = line.onset_on >= since or known_at > known_since
        if line.area.startswith(area) and recent and line.onset_on <= until:
            found.append(line)
    return found


def _versions_then(as_of: datetime) -> dict[int, dict[str, Any]]:
    """Of each card that was corrected after a moment, what it said at that moment."""
    later = CaseVersion.objects.filter(changed_at__gt=as_of).order_by("case_id", "number")
    return dict(later.distinct("case_id").values_list("case_id", "values"))


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    days = {name: parse_date(values.get(name) or "") for name in ("onset_on", "died_on")}
    ties = {f"{name}_id": values.get(name) for name in ("disease", "area", "institution")}
    return {name: values.get(name) for name in COLUMNS} | ties | days


def _line(row: dict[str, Any], known_at: datetime) -> CaseLine:
    return CaseLine(
        disease=row["disease_id"],
        area=row["area_id"],
        onset_on=row["onset_on"],
        address=(row["address"] or "").strip(),
        institution=row["institution_id"],
        workplace=(row["workplace"] or "").strip(),
        school_class=(row["school_class"] or "").strip(),
        died=row["died_on"] is not None,
        severe=bool(row["severe"]),
        known_at=known_at,
    )
