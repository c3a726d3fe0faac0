"""What the directory shows: lists found by word or pinyin, the map's shapes, outlines in a file."""

from pingji.ground.directory.queries.cells import schematic_cells
from pingji.ground.directory.queries.duty import may_be_on_duty, on_duty, roster
from pingji.ground.directory.queries.finding import (
    areas_inside,
    areas_named,
    beginning,
    numbers_by_kind,
    organisations_in,
    organisations_named,
    residents_found,
    users_named,
)
from pingji.ground.directory.queries.identity import Identity, read_identity
from pingji.ground.directory.queries.maps import (
    cells,
    facilities_geojson,
    facility_points,
    map_of,
)
from pingji.ground.directory.queries.people import CountyPeople, people_of

__all__ = [
    "CountyPeople",
    "Identity",
    "areas_inside",
    "areas_named",
    "beginning",
    "cells",
    "facilities_geojson",
    "facility_points",
    "map_of",
    "may_be_on_duty",
    "numbers_by_kind",
    "on_duty",
    "organisations_in",
    "organisations_named",
    "people_of",
    "read_identity",
    "residents_found",
    "roster",
    "schematic_cells",
    "users_named",
]
