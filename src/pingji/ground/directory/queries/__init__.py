"""What the directory shows: lists found by word or pinyin, the map's shapes, outlines in a file."""

from pingji.ground.directory.queries.cells import schematic_cells
from pingji.ground.directory.queries.finding import (
    areas_named,
    organisations_named,
    residents_found,
    users_named,
)
from pingji.ground.directory.queries.maps import cells, facility_points

__all__ = [
    "areas_named",
    "cells",
    "facility_points",
    "organisations_named",
    "residents_found",
    "schematic_cells",
    "users_named",
]
