"""Areas come from the statistical list; their outlines are computed, or brought by the county."""

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import shapely
from django.db import transaction
from shapely.geometry import shape

from pingji.ground.directory import rules
from pingji.ground.directory.actions.users import ensure_system_user
from pingji.ground.directory.models import SCHEMATIC, Area, User
from pingji.ground.directory.models.people import SYSTEM_USERNAME
from pingji.ground.directory.queries.cells import schematic_cells
from pingji.ground.directory.queries.outlines import (
    Answer,
    Datum,
    areas_for_outlines,
    read_outlines,
)
from pingji.ground.record.actions import note, publish

AREAS = Path(__file__).parent.parent / "data" / "areas.csv"
LISTED_BY = "国家统计局 / National Bureau of Statistics, 2023-06-30"
# Positions this program ships; a position from anywhere else is the county's own and stays.
SHIPPED_POSITIONS = ("", SCHEMATIC, "GeoNames, CC BY 4.0")
FROM_LIST = ("name", "name_en", "initials", "source")
POSITION = ("longitude", "latitude", "position_source")


@transaction.atomic
def load_areas(*, by: User | None = None, at: datetime, path: Path = AREAS) -> int:
    """Bring the areas of a list into the table; a second time changes nothing.

    New areas are added, names that the list spells otherwise are changed, and nothing is removed:
    facts lie in areas. Townships without an official outline get a schematic cell. The machine's own
    user is made with the first areas.

    Returns:
        How many areas were added or changed.
    """
    with path.open(encoding="utf-8") as file:
        listed = [_area(row) for row in csv.DictReader(file)]
    present = {area.code: area for area in Area.objects.all()}
    new = [area for area in listed if area.code not in present]
    changed = [
        kept
        for area in listed
        if (kept := present.get(area.code)) is not None and _take_over(kept, area)
    ]
    Area.objects.bulk_create(new)
    Area.objects.bulk_update(changed, [*FROM_LIST, *POSITION, "population"], batch_size=500)
    system = ensure_system_user(area_code=min(area.code for area in listed), at=at)
    for code in sorted({area.code[:4] for area in [*new, *changed] if len(area.code) >= 9}):
        _draw(code)
    if new or changed:
        note(
            "areas.loaded",
            subject=None,
            by=by or system,
            at=at,
            file=path.name,
            added=len(new),
            changed=len(changed),
        )
    return len(new) + len(changed)


def _area(row: dict[str, str]) -> Area:
    source = LISTED_BY
    if row["population_source"]:
        source += f"; 人口 / population: {row['population_source']}"
    return Area(
        code=row["code"],
        name=row["name"],
        name_en=row["name_en"],
        initials=row["initials"],
        longitude=float(row["longitude"]) if row["longitude"] else None,
        latitude=float(row["latitude"]) if row["latitude"] else None,
        position_source=row["position_source"],
        population=int(row["population"]) if row["population"] else None,
        source=source,
    )


def _take_over(kept: Area, listed: Area) -> bool:
    """Change an area to what the list says; whether anything was different."""
    fields = list(FROM_LIST)
    if kept.position_source in SHIPPED_POSITIONS:
        fields += POSITION
    if kept.population is None:
        fields.append("population")
    different = [f for f in fields if getattr(kept, f) != getattr(listed, f)]
    for field in different:
        setattr(kept, field, getattr(listed, field))
    return bool(different)


@transaction.atomic
def draw_schematic_cells(*, area_code: str, by: User, at: datetime) -> int:
    """Compute anew the cell of every township that has no official outline.

    Returns:
        How many cells were drawn.
    """
    if by.username != SYSTEM_USERNAME:
        rules.check_can_edit_areas(by, area_code)

    drawn = _draw(area_code)
    note("areas.drawn", subject=None, by=by, at=at, area=area_code, cells=drawn)
    publish("areas", area=area_code)
    return drawn


def _draw(area_code: str) -> int:
    """Cells for the towns of a prefecture, so that neighbouring counties fit; the counties around."""
    towns = list(
        Area.objects.under(area_code)
        .of_level("township")
        .filter(longitude__isnull=False, latitude__isnull=False)
    )
    if not towns:
        return 0
    cells, _outline = schematic_cells({t.code: (t.longitude, t.latitude) for t in towns})
    pending = [t for t in towns if t.code in cells and (not t.shape or t.is_schematic)]
    for town in pending:
        town.shape, town.shape_source = cells[town.code], SCHEMATIC
    Area.objects.bulk_update(pending, ["shape", "shape_source"], batch_size=200)
    _surround(area_code)
    return len(pending)


def _surround(area_code: str) -> None:
    """Give each county without an official outline the outline of its towns together."""
    parts: dict[str, list[Area]] = defaultdict(list)
    for town in Area.objects.under(area_code).of_level("township").exclude(shape=None):
        parts[town.code[:6]].append(town)
    counties = [
        county
        for county in Area.objects.filter(code__in=parts)
        if not county.shape or county.is_schematic
    ]
    for county in counties:
        together = shapely.union_all([shape(t.shape) for t in parts[county.code]])
        county.shape = Answer(0, "", county, together).geojson
        county.shape_source = SCHEMATIC
    Area.objects.bulk_update(counties, ["shape", "shape_source"])


@transaction.atomic
def import_outlines(
    *, area_code: str, name: str, content: bytes, datum: Datum, by: User, at: datetime
) -> list[Answer]:
    """Take a county's own outlines from a file; every feature is answered.

    A feature that names an area by code or by name becomes its outline. A town whose position was
    schematic moves into its outline.

    Raises:
        Refused: The user may not, or the file cannot be read at all.
    """
    rules.check_can_edit_areas(by, area_code)
    answers = read_outlines(name, content, datum, areas_for_outlines(area_code))

    taken = [answer for answer in answers if answer.accepted]
    for answer in taken:
        _take_outline(answer, source=f"{name}, {datum.label}")
    Area.objects.bulk_update(
        [answer.area for answer in taken],
        ["shape", "shape_source", *POSITION],
        batch_size=200,
    )
    _surround(area_code)
    note(
        "areas.outlined",
        subject=None,
        by=by,
        at=at,
        area=area_code,
        file=name,
        datum=datum.value,
        accepted=len(taken),
        refused=len(answers) - len(taken),
        areas=[answer.area.code for answer in taken if answer.area][:200],
    )
    publish("areas", area=area_code)
    return answers


def _take_outline(answer: Answer, *, source: str) -> None:
    area, outline = answer.area, answer.outline
    assert area is not None
    assert outline is not None
    area.shape, area.shape_source = answer.geojson, source[:200]
    if area.longitude is None or area.position_source == SCHEMATIC:
        inside = outline.representative_point()
        area.longitude, area.latitude = round(inside.x, 5), round(inside.y, 5)
        area.position_source = source[:200]
