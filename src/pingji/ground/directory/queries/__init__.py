"""What the directory shows: lists found by word or pinyin, the map's shapes, outlines in a file."""

from pingji.ground.directory.queries.cells import schematic_cells
from pingji.ground.directory.queries.duty import may_be_on_duty, on_duty, roster
from pingji.ground.directory.queries.experts import (
    expert_pool,
    experts_for,
    fields_of,
    may_be_expert,
)
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
from pingji.ground.directory.queries.inhabiting import Inhabited, inhabit_county
from pingji.ground.directory.queries.maps import (
    cells,
    facilities_geojson,
    facility_points,
    map_of,
)
from pingji.ground.directory.queries.people import CountyPeople, people_of
from pingji.ground.directory.queries.screens import reader_of, screen_with
from pingji.ground.directory.queries.shipped import demonstration_areas, listed_areas

__all__ = [
    "CountyPeople",
    "Identity",
    "Inhabited",
    "areas_inside",
    "areas_named",
    "beginning",
    "cells",
    "demonstration_areas",
    "expert_pool",
    "experts_for",
    "facilities_geojson",
    "facility_points",
    "fields_of",
    "inhabit_county",
    "listed_areas",
    "map_of",
    "may_be_expert",
    "may_be_on_duty",
    "numbers_by_kind",
    "on_duty",
    "organisations_in",
    "organisations_named",
    "people_of",
    "read_identity",
    "reader_of",
    "residents_found",
    "roster",
    "schematic_cells",
    "screen_with",
    "users_named",
]
