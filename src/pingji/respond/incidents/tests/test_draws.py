"""Random inspections: places and inspectors are drawn, the seed is kept, anybody can check it."""

import uuid
from hashlib import sha256

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import OrganisationFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, county
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import InspectionDraw, Order
from pingji.respond.incidents.queries.draws import draws_of
from pingji.respond.incidents.queries.joint import operations_of
from pingji.respond.incidents.rules.draws import drawn
from pingji.respond.incidents.tests.factories import commander, opened, person_of

pytestmark = pytest.mark.django_db
PLACES = [f"{number}号药店" for number in range(1, 9)]
PEOPLE = ["甲", "乙", "丙", "丁"]


def department(name):
    county()
    return OrganisationFactory(
        kind="department", area=Area.objects.get(pk=COUNTY), name=name, name_en=name
    )


def make_draw(by, incident=None, **given):
    market, police = department("县市监局甲"), department("县公安局甲")
    sent = {
        "places": PLACES,
        "inspectors": dict(zip(PEOPLE, (market, market, police, police), strict=True)),
        "take": 3,
        "each": 2,
        "text": "检查明码标价",
        "key": uuid.uuid4(),
    } | given
    return actions.draw_inspection(incident=incident or opened(by=by), by=by, at=NOON, **sent)


def test_the_order_of_the_draw_is_that_of_the_hash_of_seed_and_name():
    pairs = drawn(PLACES, PEOPLE, take=3, each=2, seed="ab12")

    by_hand = sorted(PLACES, key=lambda name: sha256(f"ab12\n{name}".encode()).hexdigest())
    assert [place for place, _names in pairs] == by_hand[:3]
    first = sorted(
        PEOPLE, key=lambda name: sha256(f"ab12\n{by_hand[0]}\n{name}".encode()).hexdigest()
    )
    assert pairs[0][1] == first[:2]


def test_nobody_inspects_a_second_place_before_everybody_has_one():
    for seed in map(str, range(50)):
        pairs = drawn(PLACES, PEOPLE, take=4, each=2, seed=seed)
        times = [name for _place, names in pairs for name in names]
        assert {times.count(name) for name in PEOPLE} == {2}


def test_every_place_is_as_likely_as_any_other():
    times = dict.fromkeys(PLACES, 0)
    for seed in range(2000):
        for place, _names in drawn(PLACES, PEOPLE, take=2, each=1, seed=str(seed)):
            times[place] += 1

    assert all(abs(count - 500) < 100 for count in times.values())  # more than 5 deviations


def test_a_draw_orders_each_department_its_part_and_keeps_the_seed():
    by = commander()
    draw = make_draw(by)

    again = drawn(PLACES, PEOPLE, take=3, each=2, seed=draw.seed)
    assert [(pair["place"], pair["inspectors"]) for pair in draw.pairs] == again
    assert [one.agrees for one in draws_of(draw.incident, by)] == [True]
    for order in Order.objects.filter(incident=draw.incident):
        for place, names in again:
            own = [
                one["name"]
                for one in draw.inspectors
                if one["organisation"] == order.organisation_id and one["name"] in names
            ]
            assert all(name in order.text for name in own)
            assert (place in order.text) == bool(own)
    (operation,) = operations_of(draw.incident, by)
    assert set(operation.places.split("；")) == {pair["place"] for pair in draw.pairs}
    assert len(operation.rows) == Order.objects.filter(incident=draw.incident).count()
    line = Line.objects.get(kind="inspection.drawn")
    assert (line.details["seed"], line.details["drawn"]) == (draw.seed, draw.pairs)


def test_every_place_of_a_draw_is_named_whole_however_many_there_are(client):
    by = commander()
    places = [f"桃花源街道第{number}社区、平价大药房" for number in range(1, 41)]
    draw = make_draw(by, places=places, take=30, each=1)
    drawn_places = {pair["place"] for pair in draw.pairs}

    (operation,) = operations_of(draw.incident, by)

    assert set(operation.places.split("；")) == drawn_places
    client.force_login(by)
    for order in Order.objects.filter(incident=draw.incident):
        page = client.get(order.get_absolute_url()).content.decode()
        shown = set(page.split("<dt>地区</dt><dd>")[1].split("</dd>")[0].split(" · "))
        assert shown == {place for place in drawn_places if f"{place}（" in order.text}


def test_a_draw_that_was_altered_no_longer_agrees_with_its_seed():
    by = commander()
    draw = make_draw(by)
    draw.pairs[0]["inspectors"] = (
        ["甲", "丁"][::-1] if draw.pairs[0]["inspectors"] == ["甲", "丁"] else ["甲", "丁"]
    )
    draw.save()

    assert [one.agrees for one in draws_of(draw.incident, by)] == [False]


def test_a_department_sees_only_the_draws_that_order_something_of_it(client):
    by = commander()
    draw = make_draw(by, take=3)
    ordered = Order.objects.filter(incident=draw.incident)
    theirs = person_of(ordered[0].organisation)
    other = person_of(department("县教委"))

    assert [one.draw for one in draws_of(draw.incident, theirs)] == [draw]
    assert draws_of(draw.incident, other) == []
    page = reverse("incidents:joint", args=[draw.incident_id])
    for reader, sees in ((by, True), (other, False)):
        client.force_login(reader)
        answer = client.get(page)
        assert answer.status_code == 200
        shown = answer.content.decode()
        assert any(pair["place"] in shown for pair in draw.pairs) is sees


def test_a_draw_sent_twice_is_one_draw():
    by, key = commander(), uuid.uuid4()
    incident = opened(by=by)
    first = make_draw(by, incident, key=key)

    again = actions.draw_inspection(
        incident=incident,
        places=PLACES,
        inspectors={},
        take=1,
        each=1,
        text="x",
        by=by,
        at=NOON,
        key=key,
    )

    assert again == first
    assert InspectionDraw.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"take": 8}, "take"),
        ({"each": 4}, "each"),
        ({"places": ["甲店", "乙店", "甲店"]}, "places"),
    ],
)
def test_a_draw_that_leaves_nothing_to_chance_is_refused(given, field):
    with pytest.raises(Refused) as refused:
        make_draw(commander(), **given)

    assert refused.value.field == field
    assert not InspectionDraw.objects.exists()


def test_places_and_inspectors_are_drawn_on_the_page(client):
    by = commander()
    client.force_login(by)
    incident = opened(by=by)
    department("县市监局甲")
    address = reverse("incidents:draw_inspection", args=[incident.pk])
    sent = {
        "places": "\n".join(PLACES),
        "take": 2,
        "inspectors": "甲，县市监局甲\n乙，县市监局甲\n丙，县市监局甲",
        "each": 2,
        "text": "检查明码标价",
        "key": str(uuid.uuid4()),
    }

    for wrong, said in (
        ({"inspectors": "甲，没有这个局"}, "本县没有部门“没有这个局”，现有部门："),
        ({"inspectors": "甲 县市监局甲"}, "先写姓名，再写逗号和部门"),
        ({"inspectors": "甲，县市监局甲\n甲，县市监局甲"}, "在名单中重复"),
        ({"places": ""}, "请填写检查对象，或选择登记在册的类别。"),
    ):
        answer = client.post(address, sent | wrong)
        assert answer.status_code == 409
        assert said in answer.content.decode()
    assert client.post(address, sent).status_code == 302

    page = client.get(reverse("incidents:joint", args=[incident.pk])).content.decode()
    draw = InspectionDraw.objects.get()
    assert draw.seed in page
    assert all(pair["place"] in page for pair in draw.pairs)
    assert draw.pairs[0]["place"] in page
    assert "重新抽取结果一致" in page
