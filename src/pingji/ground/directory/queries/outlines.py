"""A county's own outlines in a file: read, put into WGS-84, and matched to areas.

GeoJSON and zipped shapefiles are read. Every feature gets an answer: the area it belongs to and its
shape, or the reason why it cannot be used.
"""

import io
import json
import math
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from pingji.ground import Refused
from pingji.ground.directory.models import Area, codes_around
from pingji.ground.directory.models.places import LEVEL_BY_LENGTH

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_FEATURES = 5_000
FARTHEST_KM = 300  # from where the area is known to lie; beyond, the file is of another place
KM_PER_DEGREE = 111.2
DECIMALS = 5
# Vertices a whole file may keep; above, shared borders are simplified together.
MOST_VERTICES = 60_000
SIMPLER_BY_DEGREES = 0.0003
# Krasovsky's ellipsoid, on which GCJ-02 computes its offset.
GCJ_AXIS = 6378245.0
GCJ_ECCENTRICITY_SQUARED = 0.00669342162296594323
# What shapely raises over coordinates that are none.
BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    shapely.errors.ShapelyError,
)
# Datums whose degrees are those of WGS-84 to well under a metre.
SAME_DEGREES = {"World Geodetic System 1984", "China 2000", "WGS_1984", "China_2000", "WGS 84"}
TYPE_OF_PLACE = re.compile(r"(街道办事处|街道|地区|镇|乡|村委会|村民委员会|村|社区|县|市|区)$")


class Datum(TextChoices):
    """What the file's longitudes and latitudes refer to."""

    WGS84 = "wgs84", gettext_lazy("WGS-84 (satellite positioning)")
    CGCS2000 = "cgcs2000", gettext_lazy("CGCS2000 (national surveying)")
    GCJ02 = "gcj02", gettext_lazy("GCJ-02 (Amap, Tencent maps)")


@dataclass
class Answer:
    """What became of one feature.

    Attributes:
        number: Its place in the file, from 1.
        called: What the file calls it.
        area: The area it was matched to, if any.
        outline: Its shape in WGS-84, if it can be used.
        reason: Why it was refused, or what was mended; empty when taken as it is.
    """

    number: int
    called: str
    area: Area | None = None
    outline: BaseGeometry | None = None
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the feature is used."""
        return self.area is not None and self.outline is not None

    @property
    def geojson(self) -> dict[str, Any]:
        """The outline as it is stored."""
        drawn = mapping(shapely.set_precision(self.outline, 10**-DECIMALS))
        return json.loads(json.dumps(drawn))


@dataclass(frozen=True)
class Feature:
    """One feature of the file, its coordinates already geographic."""

    properties: dict[str, Any]
    geometry: dict[str, Any] | None


def read_outlines(name: str, content: bytes, datum: Datum, areas: Iterable[Area]) -> list[Answer]:
    """Answer every feature of a file.

    Args:
        name: The file's name; its ending says what it is.
        content: The file.
        datum: What its degrees refer to.
        areas: The areas it may bring outlines for.

    Raises:
        Refused: The file as a whole cannot be read; the reason says why.
    """
    if len(content) > LARGEST_FILE:
        raise Refused(_("The file is larger than 20 MB."), field="file")
    kind = name.lower().rsplit(".", 1)[-1]
    if kind in ("geojson", "json"):
        features = _geojson_features(content)
    elif kind == "zip":
        features = _shapefile_features(content)
    else:
        raise Refused(
            _("Give a .geojson file, or a .zip with the .shp, .dbf and .prj in it."), field="file"
        )
    if not features:
        raise Refused(_("There is no feature in this file."), field="file")
    if len(features) > MOST_FEATURES:
        raise Refused(_("There are more than 5,000 features in this file."), field="file")

    register = Register(areas)
    answers = [
        _answer(number, feature, datum, register) for number, feature in enumerate(features, 1)
    ]
    _lighten(answers)
    return answers


class Register:
    """The areas a file may speak of, by code and by name."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self.by_code: dict[str, Area] = {}
        self.by_name: dict[str, list[Area]] = {}
        self.given: dict[str, int] = {}
        for area in areas:
            self.by_code[area.code] = area
            for name in {area.name, TYPE_OF_PLACE.sub("", area.name)}:
                self.by_name.setdefault(name, []).append(area)

    def find(self, properties: dict[str, Any]) -> tuple[Area | None, str]:
        """The area a feature names, else the reason why none is found."""
        values = [str(value).strip() for value in properties.values() if value not in (None, "")]
        for value in values:
            if area := self._of_code(value):
                return area, ""
        doubtful = ""
        for value in values:
            found = self.by_name.get(value) or self.by_name.get(TYPE_OF_PLACE.sub("", value), [])
            # A town may bear the name of the village it sits in; the larger of the two is meant.
            shortest = min((len(area.code) for area in found), default=0)
            found = [area for area in found if len(area.code) == shortest]
            if len(found) == 1:
                return found[0], ""
            if found:
                doubtful = value
        if doubtful:
            return None, _("Several areas are called %(name)s; add a code.") % {"name": doubtful}
        return None, _("No code and no name in it is that of an area here.")

    def _of_code(self, value: str) -> Area | None:
        digits = value.removesuffix(".0")
        if not digits.isdigit() or len(digits) not in LEVEL_BY_LENGTH:
            return None
        if digits in self.by_code:
            return self.by_code[digits]
        # Statistical codes are often filled up with noughts: 500242002000.
        larger = codes_around(digits)[1:]
        filled = [code for code in larger if set(digits.removeprefix(code)) == {"0"}]
        return next((self.by_code[code] for code in filled if code in self.by_code), None)


def _answer(number: int, feature: Feature, datum: Datum, register: Register) -> Answer:
    answer = Answer(number, _called(feature.properties))
    answer.area, answer.reason = register.find(feature.properties)
    if answer.area is None:
        return answer
    earlier = register.given.setdefault(answer.area.code, number)
    if earlier != number:
        answer.reason = _("Feature %(number)s is already the outline of %(area)s.") % {
            "number": earlier,
            "area": answer.area,
        }
        return answer
    answer.outline, answer.reason = _outline(feature.geometry, datum)
    if answer.outline is not None and (reason := _too_far(answer.outline, answer.area)):
        answer.outline, answer.reason = None, reason
    if answer.outline is None:
        del register.given[answer.area.code]
    return answer


def _outline(geometry: dict[str, Any] | None, datum: Datum) -> tuple[BaseGeometry | None, str]:
    if not geometry or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return None, _("It is not a polygon.")
    try:
        drawn = shapely.force_2d(shape(geometry))
    except BROKEN:
        return None, _("Its coordinates are broken.")
    west, south, east, north = drawn.bounds if not drawn.is_empty else (math.nan,) * 4
    if not all(map(math.isfinite, (west, south, east, north))):
        return None, _("It has no coordinates.")
    if west < -180 or east > 180 or south < -90 or north > 90:
        return None, _("Its coordinates are not degrees; zip the .prj file with it.")
    reason = ""
    if not drawn.is_valid:
        drawn = shapely.make_valid(drawn, method="structure", keep_collapsed=False)
        reason = _("Its border crossed itself; mended.")
    if drawn.is_empty or drawn.geom_type not in ("Polygon", "MultiPolygon"):
        return None, _("Nothing is left of it once its border is untangled.")
    if datum == Datum.GCJ02:
        drawn = shapely.transform(drawn, wgs84_from_gcj02, interleaved=True)
    return drawn, reason


def _too_far(outline: BaseGeometry, area: Area) -> str:
    if area.longitude is None or area.latitude is None:
        return ""
    centre = outline.centroid
    across = (centre.x - area.longitude) * math.cos(math.radians(area.latitude))
    away = KM_PER_DEGREE * math.hypot(across, centre.y - area.latitude)
    if away <= FARTHEST_KM:
        return ""
    return _(
        "It lies %(km)s km from %(area)s: another place, or longitude and latitude swapped."
    ) % {
        "km": round(away),
        "area": area,
    }


def _lighten(answers: list[Answer]) -> None:
    """Thin out a very detailed file, borders that neighbours share by the same points."""
    taken = [answer for answer in answers if answer.accepted]
    if sum(shapely.get_num_coordinates(answer.outline) for answer in taken) <= MOST_VERTICES:
        return
    lighter = shapely.coverage_simplify(
        [answer.outline for answer in taken], tolerance=SIMPLER_BY_DEGREES
    )
    for answer, outline in zip(taken, lighter, strict=True):
        if not outline.is_empty:
            answer.outline = outline


def _called(properties: dict[str, Any]) -> str:
    for key, value in properties.items():
        if "name" in key.lower() or "mc" in key.lower() or "名" in key:
            return str(value)[:80]
    return " ".join(str(value) for value in properties.values() if value)[:80]


PLACES = {"line": "lineno", "column": "colno"}


def _geojson_features(content: bytes) -> list[Feature]:
    try:
        data = json.loads(_text(content))
    except ValueError as problem:  # a number of thousands of digits breaks without a place
        broken = {name: getattr(problem, at, 1) for name, at in PLACES.items()}
        raise Refused(
            _("This is not JSON: it breaks off at line %(line)d, column %(column)d.") % broken,
            field="file",
        ) from problem
    if not isinstance(data, dict):
        raise Refused(_("This is not GeoJSON: it has no features."), field="file")
    rows = data.get("features") if data.get("type") == "FeatureCollection" else [data]
    if not isinstance(rows, list):
        raise Refused(_("This is not GeoJSON: it has no features."), field="file")
    named = _part(_part(data, "crs"), "properties").get("name")
    degrees = to_degrees(str(named)) if named else None
    features = []
    for row in rows:
        row = row if isinstance(row, dict) else {}
        geometry = _part(row, "geometry")
        features.append(
            Feature(_part(row, "properties"), degrees(geometry) if degrees else geometry)
        )
    return features


def _part(data: dict[str, Any], key: str) -> dict[str, Any]:
    """A part of a JSON object that ought to be an object itself."""
    part = data.get(key)
    return part if isinstance(part, dict) else {}


def _shapefile_features(content: bytes) -> list[Feature]:
    import shapefile

    parts = _unpacked(content)
    if "shp" not in parts or "dbf" not in parts:
        raise Refused(_("The .zip needs at least a .shp and a .dbf file."), field="file")
    encoding = "utf-8"
    if b"gb" in parts.get("cpg", b"").lower() or not _is_utf8(parts["dbf"]):
        encoding = "gb18030"
    try:
        reader = shapefile.Reader(
            shp=io.BytesIO(parts["shp"]),
            dbf=io.BytesIO(parts["dbf"]),
            shx=io.BytesIO(parts["shx"]) if "shx" in parts else None,
            encoding=encoding,
            encodingErrors="replace",
        )
        rows = [
            (row.record.as_dict(), row.shape.__geo_interface__) for row in reader.shapeRecords()
        ]
    except Exception as problem:  # pyshp raises whatever its parsing stumbles over
        raise Refused(
            _("The shapefile cannot be read: %(problem)s") % {"problem": problem}, field="file"
        ) from problem
    degrees = to_degrees(parts["prj"].decode("utf-8", "replace")) if "prj" in parts else None
    return [
        Feature(
            {key: str(value) for key, value in properties.items() if value is not None},
            degrees(geometry) if degrees else geometry,
        )
        for properties, geometry in rows
    ]


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of the one shapefile in a zip, by their ending."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            files = [item for item in packed.infolist() if "__MACOSX" not in item.filename]
            if sum(item.file_size for item in files) > LARGEST_UNPACKED:
                raise Refused(_("Unpacked, the file is larger than 200 MB."), field="file")
            shapes = [item for item in files if item.filename.lower().endswith(".shp")]
            if len(shapes) > 1:
                raise Refused(
                    _("There are several shapefiles in the .zip; give one."), field="file"
                )
            stem = shapes[0].filename[:-4].lower() if shapes else ""
            return {
                item.filename.lower().rsplit(".", 1)[-1]: packed.read(item)
                for item in files
                if item.filename.lower().rsplit(".", 1)[0] == stem
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as problem:
        raise Refused(_("This is not a .zip file that can be opened."), field="file") from problem


def to_degrees(system: str) -> Any:
    """A function that turns a geometry of a coordinate system into degrees; None if it has them."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(system)
    except CRSError as problem:
        raise Refused(
            _("The file's coordinate system is not known: %(system)s") % {"system": system[:120]},
            field="file",
        ) from problem
    if crs.is_geographic and crs.datum and crs.datum.name in SAME_DEGREES:
        return None
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def convert(geometry: dict[str, Any] | None) -> dict[str, Any] | None:
        if not geometry:
            return geometry
        try:
            drawn = shape(geometry)
        except BROKEN:
            return geometry  # refused later, with the feature's own number
        turned = shapely.transform(
            drawn, lambda xy: _columns(transformer.transform(xy[:, 0], xy[:, 1]))
        )
        return json.loads(json.dumps(mapping(turned)))

    return convert


def _columns(pair: tuple[Any, Any]) -> Any:
    return shapely.get_coordinates(shapely.points(*pair))


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig" if _is_utf8(content) else "gb18030", "replace")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def wgs84_from_gcj02(points: Any) -> Any:
    """Take the GCJ-02 offset off again, by stepping towards the point that is moved to the given one.

    Args:
        points: Longitude and latitude, shape (point, 2).
    """
    guess = points.copy()
    for _step in range(4):  # each step is about a thousand times nearer; four leave less than 1 mm
        guess += points - gcj02_from_wgs84(guess)
    return guess


def gcj02_from_wgs84(points: Any) -> Any:
    """Move points as the Chinese map offset GCJ-02 does; shape (point, 2)."""
    import numpy as np

    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3

    radians = np.radians(points[:, 1])
    bend = 1 - GCJ_ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian = GCJ_AXIS * (1 - GCJ_ECCENTRICITY_SQUARED) / (bend * np.sqrt(bend))
    parallel = GCJ_AXIS / np.sqrt(bend) * np.cos(radians)
    moved = points.copy()
    moved[:, 0] += np.degrees(east / parallel)
    moved[:, 1] += np.degrees(north / meridian)
    return moved


def areas_for_outlines(code: str) -> list[Area]:
    """The areas inside a county that a file may bring outlines for."""
    return list(Area.objects.under(code).filter(code__length__lte=12))
