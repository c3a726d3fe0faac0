"""A county's own outlines: every feature of a file is answered."""

import io
import json
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest
import shapefile
from django.utils import translation
from pyproj import CRS, Transformer
from shapely.geometry import shape

from pingji.ground import Refused
from pingji.ground.directory import actions
from pingji.ground.directory.models import SCHEMATIC, Area, Role
from pingji.ground.directory.queries.outlines import (
    Datum,
    gcj02_from_wgs84,
    read_outlines,
    wgs84_from_gcj02,
)
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.ground.record.models import Line

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
SQUARE = [[108.7, 28.8], [108.9, 28.8], [108.9, 29.0], [108.7, 29.0], [108.7, 28.8]]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def towns(db):
    AreaFactory(name="酉阳县", name_en="Youyang")
    return [
        AreaFactory(code="500242101", name="龙潭镇", name_en="Longtan Town"),
        AreaFactory(code="500242102", name="麻旺镇", name_en="Mawang Town"),
        AreaFactory(code="500242101203", name="龙潭村", name_en="Longtan Village"),
    ]


def feature(ring=SQUARE, kind="Polygon", **properties):
    coordinates = [ring] if kind == "Polygon" else ring
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def geojson(*features, **further):
    return json.dumps({"type": "FeatureCollection", "features": features, **further}).encode()


def read(content, name="towns.geojson", datum=Datum.WGS84):
    return read_outlines(name, content, datum, Area.objects.all())


def zipped(rows, *, encoding="utf-8", prj=None, leave_out=()):
    """A shapefile in a zip: rows of ring, code and name."""
    parts = {"shp": io.BytesIO(), "shx": io.BytesIO(), "dbf": io.BytesIO()}
    writer = shapefile.Writer(**parts, encoding=encoding, shapeType=shapefile.POLYGON)
    writer.field("XZQDM", "C", 20)
    writer.field("XZQMC", "C", 60)
    for ring, code, name in rows:
        writer.poly([ring])
        writer.record(code, name)
    writer.close()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for ending, part in parts.items():
            if ending not in leave_out:
                file.writestr(f"border/towns.{ending}", part.getvalue())
        if prj:
            file.writestr("border/towns.prj", prj)
    return packed.getvalue()


@pytest.mark.usefixtures("towns")
@pytest.mark.parametrize(
    "properties",
    [
        {"code": "500242101"},
        {"adcode": 500242101},
        {"XZQDM": "500242101000"},
        {"name": "龙潭镇"},
        {"NAME": "龙潭"},
        {"id": "7", "乡镇名": "龙潭镇"},
    ],
)
def test_a_feature_is_matched_by_code_or_by_name(properties):
    (answer,) = read(geojson(feature(**properties)))

    assert answer.accepted, answer.reason
    assert answer.area.code == "500242101"


@pytest.mark.usefixtures("towns")
def test_every_feature_is_answered_with_its_reason():
    bow_tie = [[108.7, 28.8], [108.9, 29.0], [108.9, 28.8], [108.7, 29.0], [108.7, 28.8]]
    far = [[118, 28], [119, 28], [119, 29], [118, 28]]
    metres = [[500000, 3190000], [520000, 3190000], [520000, 3210000], [500000, 3190000]]

    answers = read(
        geojson(
            feature(code="500242101"),
            feature(code="500242101"),
            feature(name="无此镇"),
            feature(bow_tie, name="麻旺镇"),
            feature(far, code="500242101203"),
            feature(metres, code="500242101203"),
            feature([108.8, 28.9], "Point", code="500242101203"),
            {"type": "Feature", "properties": {"code": "500242101203"}, "geometry": None},
            feature([["x", "y"]], code="500242101203"),
        )
    )

    assert [answer.accepted for answer in answers] == [True, False, False, True] + [False] * 5
    for answer, says in zip(
        answers,
        (
            "",
            "already the outline",
            "No code and no name",
            "crossed itself",
            "from Longtan Village",
            "not degrees",
            "not a polygon",
            "not a polygon",
            "broken",
        ),
        strict=True,
    ):
        assert says in answer.reason


@pytest.mark.usefixtures("towns")
def test_odd_parts_of_a_geojson_file_break_nothing():
    odd = [None, 7, {"properties": [1], "geometry": [2]}, {"properties": None, "geometry": "x"}]

    answers = read(geojson(*odd, feature(code="500242101"), crs=None))

    assert [answer.accepted for answer in answers] == [False] * 4 + [True]


@pytest.mark.usefixtures("towns")
def test_projected_geojson_with_broken_coordinates_is_refused_feature_by_feature():
    metres = [[500000, 3190000], [520000, 3190000], [520000, 3210000], [500000, 3190000]]

    answers = read(
        geojson(
            feature(metres, code="500242101"),
            feature([["x", "y"]], code="500242102"),
            crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4545"}},
        )
    )

    assert [answer.accepted for answer in answers] == [True, False], answers


@pytest.mark.usefixtures("towns")
def test_a_name_that_two_towns_bear_asks_for_a_code():
    AreaFactory(code="500242103", name="龙潭镇")

    (answer,) = read(geojson(feature(name="龙潭镇")))

    assert not answer.accepted
    assert "add a code" in answer.reason


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "Give a .geojson"),
        ("a.geojson", b"{", "not JSON: it breaks off at line 1, column 2"),
        ("a.geojson", b'{"type": ' + b"9" * 5000 + b"}", "not JSON"),
        ("a.geojson", b"[1]", "not GeoJSON"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": 3}', "not GeoJSON"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "no feature"),
        ("a.zip", b"PK", "not a .zip"),
        ("a.geojson", b" " * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
        ("a.geojson", geojson(*[{}] * 5001), "more than 5,000"),
        (
            "a.geojson",
            geojson(feature(), crs={"properties": {"name": "EPSG:no such"}}),
            "coordinate system is not known",
        ),
        ("a.zip", zipped([(SQUARE, "1", "a")], leave_out=("dbf",)), "at least a .shp"),
    ],
)
@pytest.mark.usefixtures("towns")
def test_a_file_that_cannot_be_read_says_why(name, content, says):
    with pytest.raises(Refused, match=says) as refused:
        read(content, name)

    assert refused.value.field == "file"


@pytest.mark.usefixtures("towns")
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_shapefile_with_chinese_names_is_read_in_either_encoding(encoding):
    (answer,) = read(zipped([(SQUARE, "", "龙潭镇")], encoding=encoding), "towns.zip")

    assert answer.area.code == "500242101"
    assert answer.called == "龙潭镇"


@pytest.mark.usefixtures("towns")
@pytest.mark.parametrize("epsg", [4545, 32649, 3857])  # CGCS2000 zone 36, UTM 49N, web map
def test_projected_coordinates_become_degrees_by_the_prj(epsg):
    crs = CRS.from_epsg(epsg)
    forth = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    metres = [list(forth.transform(*point)) for point in SQUARE]

    content = zipped([(metres, "500242101", "")], prj=crs.to_wkt("WKT1_ESRI"))
    (answer,) = read(content, "towns.zip", Datum.CGCS2000)

    assert answer.accepted, answer.reason
    assert shape(answer.geojson).bounds == pytest.approx((108.7, 28.8, 108.9, 29.0), abs=2e-5)


def test_the_offset_of_gcj02_is_that_of_the_published_pair():
    # A pair given with the published formula (eviltransform's own test): latitude, longitude.
    wgs84 = np.array([[121.5272106, 31.1774276]])

    moved = gcj02_from_wgs84(wgs84)

    assert moved[0] == pytest.approx([121.531541859215, 31.17530398364597], abs=1e-9)
    assert wgs84_from_gcj02(moved)[0] == pytest.approx(wgs84[0], abs=1e-9)


@pytest.mark.usefixtures("towns")
def test_gcj02_is_taken_back_to_wgs84():
    shifted = gcj02_from_wgs84(np.array(SQUARE)).tolist()

    (answer,) = read(geojson(feature(shifted, code="500242101")), datum=Datum.GCJ02)

    assert shape(answer.geojson).bounds == pytest.approx((108.7, 28.8, 108.9, 29.0), abs=2e-5)


@pytest.mark.usefixtures("towns")
def test_a_very_detailed_file_is_thinned_out_without_gaps():
    def ragged(west, east):
        up = np.linspace(28.8, 29.0, 40_000)
        middle = [[108.8 + 1e-5 * (at % 2), y] for at, y in enumerate(up)]
        corners = [[west, 29.0], [west, 28.8]] if west < 108.8 else [[east, 29.0], [east, 28.8]]
        return [*middle, *corners, middle[0]]

    answers = read(
        geojson(
            feature(ragged(108.7, 108.8), code="500242101"),
            feature(ragged(108.8, 108.9), code="500242102"),
        )
    )

    left, right = (answer.outline for answer in answers)
    assert sum(len(part.exterior.coords) for part in (left, right)) < 1_000
    assert left.intersection(right).area < 1e-6


@pytest.mark.usefixtures("towns")
def test_importing_replaces_schematic_outlines_and_is_on_record():
    admin = UserFactory(role=Role.ADMINISTRATOR)
    Area.objects.filter(code="500242101").update(shape={}, shape_source=SCHEMATIC)

    actions.import_outlines(
        area_code="500242",
        name="towns.geojson",
        content=geojson(feature(name="龙潭镇"), feature(name="无此镇")),
        datum=Datum.WGS84,
        by=admin,
        at=NOON,
    )

    town = Area.objects.get(code="500242101")
    assert not town.is_schematic
    assert "towns.geojson" in town.shape_source
    assert (town.longitude, town.latitude) == pytest.approx((108.8, 28.9))
    assert Area.objects.get(code="500242").is_schematic  # its towns' outlines together
    line = Line.objects.get(kind="areas.outlined")
    assert (line.area_id, line.by, line.details["accepted"], line.details["refused"]) == (
        "500242",
        admin,
        1,
        1,
    )


@pytest.mark.usefixtures("towns")
def test_drawing_anew_leaves_official_outlines_alone():
    admin = UserFactory(role=Role.ADMINISTRATOR)
    own = feature()["geometry"]
    Area.objects.filter(code="500242101").update(shape=own, shape_source="county")

    assert actions.draw_schematic_cells(area_code="500242", by=admin, at=NOON) == 1

    assert Area.objects.get(code="500242101").shape == own
    assert Area.objects.get(code="500242102").is_schematic


@pytest.mark.usefixtures("towns")
@pytest.mark.parametrize(
    "user",
    [{"role": Role.DUTY_OFFICER}, {"role": Role.ADMINISTRATOR, "area__code": "511723"}],
)
def test_only_an_administrator_of_the_area_brings_outlines(user):
    with pytest.raises(Refused):
        actions.import_outlines(
            area_code="500242",
            name="towns.geojson",
            content=geojson(feature(name="龙潭镇")),
            datum=Datum.WGS84,
            by=UserFactory(**user),
            at=NOON,
        )
