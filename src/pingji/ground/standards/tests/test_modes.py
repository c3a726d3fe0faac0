"""Figures for emergency stand beside those for peace; conversions are in order or refused."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    FacilityFactory,
    UserFactory,
    system_user,
)
from pingji.ground.standards import actions, queries
from pingji.ground.standards.models import EmergencySpell
from pingji.ground.standards.rules.faults import ProfileProblem
from pingji.ground.standards.rules.profile import parse_profile
from pingji.ground.standards.tests.factories import NOON, plan
from pingji.ground.standards.tests.test_profile_faults import GOOD

COUNTY, TOWN = "500242", "500242101"
CONVERSION = """
[sources]
"own" = { zh = "本县", en = "Ours" }

[[conversion]]
key = "store"
zh = "储备库"
en = "Store"
subject = "facility"
facilities = ["store"]
source = "own"
check = [{ key = "open", zh = "开", en = "Open" }]
check_back = [{ key = "back", zh = "还", en = "Back" }]
step = [
  { key = "a", role = "store_keeper", zh = "甲", en = "A", back = { zh = "乙", en = "B" } },
  { key = "b", role = "store_keeper", zh = "丙", en = "C", back = { zh = "丁", en = "D" }, after = ["a"] },
]
"""
EMERGENCY_ROW = """
[[deadline]]
key = "alert.verify@emergency"
zh = "核实（急时）"
en = "Verify (emergency)"
hours = 1
clause = "S9 一"
"""


def emergency(code: str = COUNTY) -> EmergencySpell:
    area = Area.objects.filter(pk=code).first() or AreaFactory(code=code)
    return actions.enter_emergency(
        area=area, facility=None, conversion="county", by=system_user(), at=NOON
    )


def test_a_conversion_and_a_figure_for_emergency_are_read():
    found = parse_profile(GOOD + CONVERSION + EMERGENCY_ROW, name="test.toml")

    (conversion,) = found.conversion
    assert [step.after for step in conversion.step] == [[], ["a"]]
    assert found.row("alert.verify@emergency").hours == 1


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('after = ["a"]', 'after = ["z"]', "z"),
        ('{ key = "b", role', '{ key = "a", role', "a"),
        ('subject = "facility"', 'subject = "township"', "facilities"),
        ('facilities = ["store"]\n', "", "facilities"),
        ('source = "own"', 'source = "nobody"', "nobody"),
        ('[[deadline]]\nkey = "alert.verify@', '[[deadline]]\nkey = "rooms.count@', "rooms.count"),
    ],
)
def test_what_is_out_of_order_is_refused_by_name(right, wrong, said):
    text = GOOD + CONVERSION + EMERGENCY_ROW
    assert right in text

    with pytest.raises(ProfileProblem) as refused:
        parse_profile(text.replace(right, wrong), name="test.toml")

    assert said in str(refused.value)


@pytest.mark.django_db
def test_a_moment_in_emergency_has_its_own_figure_and_a_day_has_that_of_peace():
    plan()
    peace = queries.rule(TOWN, "order.acknowledge", NOON)
    emergency()
    soon, before = NOON + timedelta(minutes=1), NOON - timedelta(minutes=1)

    now = queries.rule(TOWN, "order.acknowledge", soon)

    assert now.key == "order.acknowledge@emergency"
    assert queries.rules_for(TOWN, soon, key="order.acknowledge") == {"order.acknowledge": now}
    assert queries.rule(TOWN, "order.acknowledge", before) == peace
    assert queries.rule(TOWN, "order.acknowledge", NOON.date()) == peace
    assert not [key for key in queries.rules_for(TOWN, NOON.date()) if "@" in key]


@pytest.mark.django_db
def test_a_countys_own_figure_holds_in_both_states_where_it_sets_none_for_emergency():
    actions.load_profile_text(
        text=GOOD.replace("alert.verify", "order.acknowledge"),
        name="test.toml",
        by=system_user(),
        at=NOON,
    )
    emergency()
    soon = NOON + timedelta(minutes=1)

    assert queries.rule(COUNTY, "order.acknowledge", soon).profile.name == "test"
    asked = (COUNTY, "order.acknowledge", soon)
    assert queries.promises([asked])[asked].standard.profile.name == "test"
    announced = {change.key for change in queries.changes(COUNTY, date(2025, 12, 1))}
    assert "order.acknowledge" not in announced
    assert "alert.see" in announced


@pytest.mark.django_db
def test_two_emergencies_of_one_place_do_not_overlap_and_peace_is_not_left_twice():
    plan()
    spell = emergency()
    with pytest.raises(Refused):
        emergency()

    later = NOON + timedelta(hours=1)
    actions.return_to_peace(area=spell.area, facility=None, by=system_user(), at=later)

    with pytest.raises(Refused):
        actions.return_to_peace(area=spell.area, facility=None, by=system_user(), at=later)
    assert queries.spell_at(COUNTY, later) is None
    assert queries.spell_at(COUNTY, NOON) == EmergencySpell.objects.get()


@pytest.mark.django_db
def test_an_organisation_says_which_facilities_are_in_emergency_without_asking_for_each(client):
    facility = FacilityFactory()
    page = reverse("directory:organisation", args=[facility.organisation_id])
    client.force_login(UserFactory())
    client.get(page)  # what is read once for all pages is read now

    def asked() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as queries_made:
            shown = client.get(page).content.decode()
        return len(queries_made), shown

    few, peaceful = asked()
    for _more in range(3):
        other = FacilityFactory(organisation=facility.organisation)
        place = {"area": other.area, "facility": other, "by": system_user()}
        actions.enter_emergency(**place, conversion="store", at=NOON)
    actions.return_to_peace(**place, at=NOON + timedelta(hours=1))
    many, shown = asked()

    assert many == few
    assert (peaceful.count("chip--red"), shown.count("chip--red")) == (0, 2)
