"""Schematic township cells: each town's share of the county, when nobody has drawn the borders.

The cells are Voronoi cells of the towns' points, clipped to an outline laid round all of them. They
say which towns are neighbours and roughly where; they are not borders, and are marked so.
"""

import math
from typing import Any

import shapely
from shapely import MultiPoint, Polygon
from shapely.affinity import affine_transform
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

KM_PER_DEGREE = 111.2
LONE_CELL_KM = 5.0  # radius round a town that has no neighbour to keep a distance from
HULL_RATIO = 0.45  # how far the outline follows inlets between outer towns (1: not at all)
MARGIN = 0.75  # of the middle distance between neighbours, from outer town to the outline
DECIMALS = 4  # of a degree: about ten metres, far finer than a schematic cell deserves


def schematic_cells(
    points: dict[str, tuple[float, float]], *, outline: dict[str, Any] | None = None
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Divide a county among its towns.

    Args:
        points: Longitude and latitude of each town, by code.
        outline: The county's own outline (GeoJSON), else one is laid round the towns.

    Returns:
        The cell of each town as GeoJSON, by code, and the outline they fill.
    """
    codes = sorted(points)
    middle = sum(points[code][1] for code in codes) / len(codes)
    wide = KM_PER_DEGREE * math.cos(math.radians(middle))
    plane = _apart([(points[c][0] * wide, points[c][1] * KM_PER_DEGREE) for c in codes])
    if outline is None:
        around = _outline(plane)
    else:
        around = affine_transform(shape(outline), [wide, 0, 0, KM_PER_DEGREE, 0, 0])

    if len(codes) == 1:
        parts = [around]
    else:
        drawn = shapely.voronoi_polygons(MultiPoint(plane), extend_to=around, ordered=True)
        parts = [_polygonal(part.intersection(around)) for part in drawn.geoms]
    back = [1 / wide, 0, 0, 1 / KM_PER_DEGREE, 0, 0]
    cells = {
        code: _geojson(affine_transform(part, back))
        for code, part in zip(codes, parts, strict=True)
        if not part.is_empty
    }
    return cells, _geojson(affine_transform(around, back))


def _outline(plane: list[tuple[float, float]]) -> BaseGeometry:
    if len(plane) < 3:
        return MultiPoint(plane).convex_hull.buffer(LONE_CELL_KM)
    spacing = _spacing(plane)
    hull = shapely.concave_hull(MultiPoint(plane), ratio=HULL_RATIO)
    # Out, in and out again rounds inlets and corners alike.
    rounded = hull.buffer(2 * MARGIN * spacing).buffer(-MARGIN * spacing)
    return shapely.simplify(rounded, spacing / 40)


def _spacing(plane: list[tuple[float, float]]) -> float:
    """Middle distance from a town to its nearest neighbour, in kilometres."""
    nearest = sorted(
        min(math.dist(a, b) for at_b, b in enumerate(plane) if at_b != at_a)
        for at_a, a in enumerate(plane)
    )
    return max(nearest[len(nearest) // 2], 1.0)


def _apart(plane: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points that coincide are set a little apart, always in the same way."""
    seen: set[tuple[float, float]] = set()
    apart = []
    for x, y in plane:
        step = 0
        while (round(x + step, 3), round(y, 3)) in seen:
            step += 1
        seen.add((round(x + step, 3), round(y, 3)))
        apart.append((x + step, y))
    return apart


def _polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """Only the areas of a geometry, without the lines and points a cut may leave."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in getattr(geometry, "geoms", []) if part.geom_type == "Polygon"]
    return shapely.union_all(parts) if parts else Polygon()


def _geojson(geometry: BaseGeometry) -> dict[str, Any]:
    def rounded(part: Any) -> Any:
        if isinstance(part, float | int):
            return round(part, DECIMALS)
        return [rounded(inner) for inner in part]

    drawn = mapping(geometry)
    return {"type": drawn["type"], "coordinates": rounded(drawn["coordinates"])}
