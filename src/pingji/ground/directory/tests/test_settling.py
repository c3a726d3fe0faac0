"""Synthetic residents in the register: as many as asked for, marked, and never beside real ones."""

import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import OperationalError, connection, transaction

from pingji.analysis.simulate.population import NOWHERE, Sex
from pingji.ground import Refused
from pingji.ground.directory import actions, rules
from pingji.ground.directory.models import Resident, Role
from pingji.ground.directory.queries import CountyPeople, inhabiting, people_of
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    ResidentFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.record.queries import first_break

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
TODAY = NOON.date()
COUNTY = "500242"
pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    AreaFactory(code=COUNTY)
    for code, people, place in (
        ("500242101", 300, (108.96, 28.76)),
        ("500242102", None, (108.95, 28.89)),
        ("500242103", 100, (109.14, 28.96)),
    ):
        AreaFactory(code=code, population=people, longitude=place[0], latitude=place[1])
    for code in ("500242101001", "500242101002", "500242102001"):
        AreaFactory(code=code, name=f"村{code[-4:]}")


def settle(**given):
    return actions.settle_county(
        **{
            "county_code": COUNTY,
            "people": 600,
            "seed": 5,
            "by": system_user(),
            "at": NOON,
            **given,
        }
    )


@pytest.mark.usefixtures("county")
def test_as_many_live_in_each_village_as_the_population_says():
    made = settle()

    assert Resident.objects.count() == len(made.population) == 600
    by_town = [
        Resident.objects.filter(area__code__startswith=code).count() for code in made.townships
    ]
    assert by_town == [300, 200, 100]
    # A township whose villages are not loaded keeps its people itself.
    assert made.villages == ["500242101001", "500242101002", "500242102001", "500242103"]
    rows = list(Resident.objects.order_by("id").values_list("area_id", flat=True))
    assert rows == [made.villages[village] for village in made.population.village]


@pytest.mark.usefixtures("county")
def test_the_register_says_of_each_what_the_population_says():
    made = settle()
    population = made.population

    for place in range(0, 600, 7):
        row = Resident.objects.get(pk=made.first + place)
        birthday = (row.born_on.month, row.born_on.day) <= (TODAY.month, TODAY.day)
        age = TODAY.year - row.born_on.year - (not birthday)
        assert age == population.age[place], row.born_on
        assert (row.sex == "M") == (population.sex[place] == Sex.MALE)
        door = f"{row.area.name}养老院" if population.household[place] == NOWHERE else "号"
        assert row.address.endswith(door)


@pytest.mark.usefixtures("county")
def test_numbers_are_well_formed_nobodys_sealed_and_found_by_their_hash():
    settle()

    for row in Resident.objects.all()[::23]:
        number = rules.identity_number(row.identity_number, on=TODAY)
        assert number.startswith("990242")
        assert rules.birth_date(number) == row.born_on
        assert rules.sex_of(number) == row.sex
        assert Resident.objects.with_identity(number).get() == row
        assert number.encode() not in bytes(row.identity_encrypted)
        assert row.phone == "" or (row.phone.startswith("100") and len(row.phone) == 11)
    hashes = Resident.objects.values_list("identity_hash", flat=True)
    assert len(set(hashes)) == 600


@pytest.mark.usefixtures("county")
def test_every_one_is_marked_as_demonstration_and_the_act_is_on_record():
    settle()

    assert not Resident.objects.filter(demo=False).exists()
    line = Line.objects.get(kind="county.settled")
    assert line.details["residents"] == 600
    assert line.area_id == COUNTY
    assert first_break()[1] is None


@pytest.mark.usefixtures("county")
def test_those_registered_afterwards_get_numbers_of_their_own():
    made = settle()

    later = ResidentFactory(area__code="500242101")
    assert later.pk == made.first + 600


@pytest.mark.usefixtures("county")
def test_the_same_seed_gives_the_same_people():
    one = settle()
    kept = list(Resident.objects.order_by("id").values_list("name", "born_on", "address"))
    Resident.objects.all().delete()

    two = settle()
    again = list(Resident.objects.order_by("id").values_list("name", "born_on", "address"))
    assert np.array_equal(one.population.household, two.population.household)
    assert kept == again


@pytest.mark.usefixtures("county")
def test_a_county_is_settled_once():
    settle()

    with pytest.raises(Refused, match=r"already|已有"):
        settle()
    assert Resident.objects.count() == 600


@pytest.mark.usefixtures("county")
def test_nobody_is_registered_while_a_county_is_settled():
    settle()
    busy = []

    def register():
        try:
            with transaction.atomic(), connection.cursor() as cursor:  # the lock of an insert
                cursor.execute("lock table directory_resident in row exclusive mode nowait")
        except OperationalError as locked:
            busy.append(str(locked))
        finally:
            connection.close()

    other = threading.Thread(target=register)
    other.start()
    other.join()

    assert "directory_resident" in "".join(busy)


@pytest.mark.usefixtures("county")
def test_synthetic_people_never_stand_beside_real_ones():
    ResidentFactory(area__code="500242101", demo=False)

    with pytest.raises(Refused, match=r"Real|真实"):
        settle()
    assert Resident.objects.count() == 1


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("role", [Role.TOWNSHIP_DOCTOR, Role.EPIDEMIOLOGIST, Role.LEADER])
def test_only_an_administrator_settles_a_county(role):
    with pytest.raises(Refused):
        settle(by=UserFactory(role=role, area__code=COUNTY))
    assert not Resident.objects.exists()


@pytest.mark.usefixtures("county")
def test_an_administrator_of_another_county_does_not():
    with pytest.raises(Refused):
        settle(by=UserFactory(role=Role.ADMINISTRATOR, area__code="511723"))


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("people", [0, -5, rules.MOST_SETTLED + 1])
def test_an_impossible_number_is_refused(people):
    with pytest.raises(Refused) as said:
        settle(people=people)
    assert said.value.field == "people"


def test_a_county_without_townships_is_refused(db):
    AreaFactory(code=COUNTY)
    with pytest.raises(Refused) as said:
        settle()
    assert said.value.field == "area"


@pytest.mark.parametrize(
    ("code", "people", "below_15", "from_65"),
    [("500242", 607_338, 0.2382, 0.1694), ("653130", 355_544, 0.3034, 0.0598)]
    + [("6203", 432_000, 0.1266, 0.1572)],
)
def test_a_county_has_the_people_its_census_counted(code, people, below_15, from_65):
    known = people_of(code)

    assert known.people == people
    ages = known.demography.ages()
    assert ages[:15].sum() == pytest.approx(below_15, abs=1e-4)
    assert ages[65:].sum() == pytest.approx(from_65, abs=1e-4)
    assert known.source
    assert known.source_en


@pytest.mark.usefixtures("county")
def test_without_a_number_a_county_gets_the_people_of_its_census(monkeypatch):
    few = CountyPeople(450, people_of("653130").demography, "x", "x")
    monkeypatch.setattr(inhabiting, "people_of", lambda code: few if code == COUNTY else None)

    made = settle(people=None)

    assert Resident.objects.count() == 450
    assert (made.population.age < 15).mean() == pytest.approx(0.3034, abs=0.01)


def test_a_county_without_a_census_figure_asks_for_a_number(db):
    AreaFactory(code="511723")
    AreaFactory(code="511723100")

    with pytest.raises(Refused) as said:
        settle(
            county_code="511723",
            people=None,
            by=UserFactory(role=Role.ADMINISTRATOR, area__code="511723"),
        )
    assert said.value.field == "people"
