"""Areas from the list, their cells, and the demonstration counties."""

from datetime import UTC, datetime

import pytest
import shapely
from shapely.geometry import Point, shape

from pingji.ground import Refused
from pingji.ground.directory import actions, rules
from pingji.ground.directory.actions.demo import plan
from pingji.ground.directory.models import (
    SCHEMATIC,
    Area,
    Facility,
    Organisation,
    Resident,
    Role,
    Staff,
    User,
)
from pingji.ground.directory.queries import areas_inside, areas_named, schematic_cells
from pingji.ground.record.models import Line
from pingji.ground.record.queries import first_break

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 4, tzinfo=UTC)
# County, townships and villages as the statistical list has them.
COUNTIES = {
    "511723": (13, 162),
    "370983": (14, 634),
    "500242": (39, 278),
    "653130": (12, 235),
    "620302": (8, 53),
    "620321": (10, 129),
}


@pytest.fixture
def loaded(db):
    actions.load_areas(at=NOON)


@pytest.mark.usefixtures("loaded")
def test_the_five_counties_have_all_their_townships_and_villages():
    for county, numbers in COUNTIES.items():
        inside = Area.objects.under(county)
        assert (
            inside.of_level("township").count(),
            inside.of_level("village").count(),
        ) == numbers, county


@pytest.mark.usefixtures("loaded")
def test_every_area_lies_in_one_that_is_there_and_has_an_english_name():
    codes = set(Area.objects.values_list("code", flat=True))

    for area in Area.objects.all():
        assert area.parent_code is None or area.parent_code in codes
        assert area.name_en.replace("ü", "u").isascii()
        assert area.name_en


@pytest.mark.usefixtures("loaded")
def test_areas_are_found_by_name_code_and_pinyin():
    found = {
        word: [area.code for area in areas_named(Area.objects.of_level("township"), word)]
        for word in ("钟多", "500242002", "zdjd", "Zhongduo")
    }

    assert all(codes == ["500242002"] for codes in found.values()), found


@pytest.mark.usefixtures("loaded")
def test_loading_again_changes_nothing_and_leaves_no_line():
    lines = Line.objects.count()

    assert actions.load_areas(at=LATER) == 0
    assert Line.objects.count() == lines


@pytest.mark.usefixtures("loaded")
def test_a_countys_own_position_and_outline_survive_another_loading():
    own = {"type": "Polygon", "coordinates": [[[108, 28], [109, 28], [109, 29], [108, 28]]]}
    Area.objects.filter(code="500242101").update(
        name="旧名", longitude=108.5, position_source="surveyed", shape=own, shape_source="county"
    )

    assert actions.load_areas(at=LATER) == 1

    town = Area.objects.get(code="500242101")
    assert (town.name, town.longitude, town.shape) == ("龙潭镇", 108.5, own)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("county", COUNTIES)
def test_schematic_cells_hold_their_town_and_fill_the_county(county):
    towns = Area.objects.under(county).of_level("township")
    cells = [shape(town.shape) for town in towns]
    around = shape(Area.objects.get(code=county).shape)

    for town, cell in zip(towns, cells, strict=True):
        assert town.shape_source == SCHEMATIC
        assert cell.is_valid
        assert cell.contains(Point(town.longitude, town.latitude))
    assert shapely.union_all(cells).symmetric_difference(around).area < 0.001 * around.area
    assert sum(cell.area for cell in cells) == pytest.approx(around.area, rel=0.001)


@pytest.mark.parametrize("points", [{"1": (108.0, 29.0)}, {"1": (108.0, 29.0), "2": (108.0, 29.0)}])
def test_one_town_or_two_on_one_spot_get_cells_too(points):
    cells, _outline = schematic_cells(points)

    assert set(cells) == set(points)
    assert all(shape(cell).area > 0 for cell in cells.values())


def test_cells_stay_within_an_outline_that_is_given():
    outline = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]}

    cells, _outline = schematic_cells({"a": (0.5, 0.5), "b": (1.5, 0.5)}, outline=outline)

    assert shape(cells["a"]).bounds == pytest.approx((0, 0, 1, 1), abs=1e-4)


@pytest.mark.usefixtures("loaded")
def test_the_areas_inside_say_how_many_organisations_they_have():
    actions.make_demo_county(
        county_code="511723", by=User.objects.system(), at=NOON, password="open sesame 1"
    )

    inside = areas_inside(Area.objects.all(), Area.objects.get(code="511723"))

    assert len(inside) == 13
    assert all(area.organisation_count >= 5 for area in inside)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("county", plan.counties())
def test_every_plan_has_a_demonstration_county(county):
    users = actions.make_demo_county(
        county_code=county, by=User.objects.system(), at=NOON, password="open sesame 1"
    )

    kinds = set(Organisation.objects.values_list("kind", flat=True))
    villages = Area.objects.under(county).of_level("village").count()
    # One for each role, and a colleague who checks what the hospital's reporter sends.
    assert sorted(user.role for user in users) == sorted([*Role, Role.HOSPITAL_REPORTER])
    assert all(user.check_password("open sesame 1") for user in users[:1])
    assert kinds >= set(Organisation.Kind) - {"village_committee", "other"}
    assert Organisation.objects.filter(kind="village_clinic").count() == villages
    assert Resident.objects.count() == 400
    assert Staff.objects.count() > villages
    assert not Organisation.objects.filter(demo=False).exists()
    assert first_break()[1] is None


@pytest.mark.usefixtures("loaded")
def test_a_demonstration_is_made_once():
    def made(at):
        users = actions.make_demo_county(
            county_code="511723", by=User.objects.system(), at=at, password="open sesame 1"
        )
        tables = (Organisation, Facility, Staff, Resident, User, Line)
        return [user.pk for user in users], [table.objects.count() for table in tables]

    assert made(NOON) == made(LATER)


@pytest.mark.usefixtures("loaded")
def test_two_demonstrations_share_no_user_name():
    system = User.objects.system()
    first = actions.make_demo_county(
        county_code="511723", by=system, at=NOON, password="open sesame 1"
    )
    second = actions.make_demo_county(
        county_code="6203", by=system, at=NOON, password="open sesame 1"
    )

    assert not {u.username for u in first} & {u.username for u in second}
    assert Resident.objects.count() == 800


@pytest.mark.usefixtures("loaded")
def test_invented_identity_numbers_are_well_formed_and_nobodys():
    actions.make_demo_county(
        county_code="511723", by=User.objects.system(), at=NOON, password="open sesame 1"
    )

    for resident in Resident.objects.all()[:50]:
        number = resident.identity_number
        assert rules.identity_number(number, on=NOON.date()) == number
        assert number.startswith("99")
        assert resident.born_on == rules.birth_date(number)
        assert resident.phone.startswith("100")


@pytest.mark.usefixtures("loaded")
def test_facilities_of_villages_lie_in_their_townships_cell():
    actions.make_demo_county(
        county_code="500242", by=User.objects.system(), at=NOON, password="open sesame 1"
    )
    cells = {
        town.code: shape(town.shape) for town in Area.objects.under("500242").of_level("township")
    }
    clinics = Facility.objects.filter(organisation__kind="village_clinic")

    inside = [
        cells[clinic.area_id[:9]].contains(Point(clinic.longitude, clinic.latitude))
        for clinic in clinics
    ]

    assert sum(inside) >= 0.98 * len(inside)


@pytest.mark.usefixtures("loaded")
def test_a_county_without_demonstration_is_refused_by_name():
    with pytest.raises(Refused, match="110101"):
        actions.make_demo_county(
            county_code="110101", by=User.objects.system(), at=NOON, password="open sesame 1"
        )
