"""Peace and emergency: who switches what, step after step, and what the program then follows."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    Facility,
    Organisation,
    Role,
)
from pingji.ground.directory.tests.factories import (
    FacilityFactory,
    OrganisationFactory,
    UserFactory,
)
from pingji.ground.notices.models import Notice
from pingji.ground.notices.queries import policy_for
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.actions import start_deadline
from pingji.ground.standards.models import Deadline, Mode
from pingji.ground.standards.queries import changes, facility_mode_at, mode_at, promises, rule
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN, VILLAGE
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.actions import modes as actions
from pingji.respond.incidents.models import Switch, SwitchStep
from pingji.respond.incidents.queries import modes as queries
from pingji.respond.incidents.queries.mode_changes import preview
from pingji.respond.incidents.tests.factories import commander, opened, staffed
from pingji.warn.alerts.queries.settings import settings_for

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=5)
BEFORE = NOON - timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _ready():
    staffed()


def area(code: str = TOWN) -> Area:
    return Area.objects.get(pk=code)


def begun(place=None, *, to=Mode.EMERGENCY, way="township", by=None, at=NOON, **given) -> Switch:
    """A switch whose list was gone through."""
    place = place or area()
    conversion = next(one for one in queries.ways(place, at) if one.key == way)
    hand = [one["key"] for one in queries.checks(place, conversion, to, at) if not one["read"]]
    given = {"reason": "聚集性疫情处置需要", "ticked": hand, "despite": "边整改边转换"} | given
    return actions.start_switch(
        place=place, to=to, conversion=way, by=by or commander(), at=at, **given
    )


def carried_out(switch: Switch, *, at=NOON) -> Switch:
    """A switch whose steps were all done in their order."""
    by = commander()
    for _turn in range(switch.steps.count()):
        step = switch.steps.filter(state="issued").order_by("number").first()
        actions.finish_step(step=step, result="", by=by, at=at)
    switch.refresh_from_db()
    return switch


def in_emergency(place=None, **given) -> Switch:
    return carried_out(begun(place, **given), at=given.get("at", NOON))


def hospital(**given) -> Facility:
    """A hospital of the county with 300 open beds."""
    body = OrganisationFactory(kind=Organisation.Kind.HOSPITAL, area=area(COUNTY), beds=300)
    return FacilityFactory(organisation=body, area=body.area, kind="hospital", **given)


def test_a_township_is_in_emergency_only_after_the_last_step_and_its_county_is_not():
    switch = begun()
    assert mode_at(TOWN, LATER) == Mode.PEACE

    carried_out(switch, at=LATER)

    assert (mode_at(TOWN, LATER), mode_at(VILLAGE, LATER)) == (Mode.EMERGENCY, Mode.EMERGENCY)
    assert (mode_at(COUNTY, LATER), mode_at(OTHER_TOWN, LATER)) == (Mode.PEACE, Mode.PEACE)
    assert mode_at(TOWN, NOON) == Mode.PEACE  # as it was at a past moment
    assert Switch.objects.get().state == Switch.State.DONE
    kinds = set(Line.objects.values_list("kind", flat=True))
    assert {"switch.started", "switch.step_done", "switch.finished", "mode.emergency"} <= kinds
    assert Notice.objects.filter(kind="mode_changed").count() == 1


def test_a_county_in_emergency_includes_its_townships_which_are_not_switched_then():
    in_emergency(area(COUNTY), way="county")

    assert mode_at(OTHER_TOWN, LATER) == Mode.EMERGENCY
    with pytest.raises(Refused, match=str(area(COUNTY))):
        begun(at=LATER)


def test_only_the_first_steps_are_told_and_the_others_when_what_precedes_is_done():
    switch = begun()
    states = dict(switch.steps.values_list("key", "state"))
    assert [key for key, state in states.items() if state == "issued"] == ["network"]
    assert Notice.objects.filter(kind="mode_step_issued").count() == 1

    actions.finish_step(step=switch.steps.get(key="network"), result="好", by=commander(), at=LATER)

    told = switch.steps.filter(state="issued").values_list("key", flat=True)
    assert set(told) == {"grid_teams", "health_centre", "places"}


def test_a_step_before_its_predecessor_is_refused_by_the_number_of_what_is_left():
    switch = begun()

    with pytest.raises(Refused, match="1"):
        actions.finish_step(
            step=switch.steps.get(key="grid_teams"), result="", by=commander(), at=LATER
        )


def test_a_step_is_done_by_its_role_near_the_place_and_by_nobody_else():
    switch = begun()
    carried = switch.steps.get(key="network")
    actions.finish_step(step=carried, result="", by=commander(), at=NOON)
    step = switch.steps.get(key="health_centre")
    doctor = UserFactory(role=Role.TOWNSHIP_DOCTOR, area=area(TOWN))
    for stranger in (
        UserFactory(role=Role.TOWNSHIP_DOCTOR, area=area(OTHER_TOWN)),
        UserFactory(role=Role.GRID_WORKER, area=area(TOWN)),
    ):
        with pytest.raises(Refused):
            actions.finish_step(step=step, result="", by=stranger, at=LATER)

    assert queries.steps_of(doctor) == [step]
    step = actions.finish_step(step=step, result="昼夜值守", by=doctor, at=LATER)

    assert (step.done_by, step.result) == (doctor, "昼夜值守")
    with pytest.raises(Refused):
        actions.finish_step(step=step, result="", by=doctor, at=LATER)


def test_a_step_of_a_hospital_is_not_done_by_the_people_of_another():
    switch = begun(hospital(), way="icu")
    step = switch.steps.filter(state="issued").first()
    own = UserFactory(role=step.role, organisation=switch.facility.organisation, area=switch.area)
    other = UserFactory(role=step.role, organisation=hospital().organisation, area=switch.area)
    assert step.role in BOUND_TO_ORGANISATION

    with pytest.raises(Refused):
        actions.finish_step(step=step, result="", by=other, at=LATER)

    assert queries.steps_of(other) == []
    assert actions.finish_step(step=step, result="", by=own, at=LATER).done_by == own


def test_the_way_back_goes_through_the_steps_from_the_last_to_the_first():
    there = in_emergency()
    back = begun(to=Mode.PEACE, at=LATER)
    keys = list(back.steps.values_list("key", flat=True))
    assert keys == list(reversed(list(there.steps.values_list("key", flat=True))))
    assert [step.key for step in back.steps.filter(state="issued")] == ["all_told"]
    assert back.steps.get(number=1).text == there.steps.get(key="all_told").back

    carried_out(back, at=LATER)

    assert mode_at(TOWN, LATER) == Mode.PEACE
    assert mode_at(TOWN, LATER - timedelta(seconds=1)) == Mode.EMERGENCY
    assert [spell.ended_at for spell in queries.history(area())] == [LATER]


def test_a_place_that_is_so_already_is_refused():
    with pytest.raises(Refused):
        begun(to=Mode.PEACE)
    in_emergency()
    with pytest.raises(Refused):
        begun(at=LATER)


def test_who_may_not_switch_is_refused_and_told_who_may():
    with pytest.raises(Refused, match=str(Role.DUTY_OFFICER.label)):
        begun(by=UserFactory(role=Role.EPIDEMIOLOGIST))
    with pytest.raises(Refused):
        begun(by=commander(area=area(OTHER_TOWN)))


def test_a_closed_facility_is_not_switched():
    with pytest.raises(Refused):
        begun(hospital(closed_on=NOON.date()), way="icu")


@pytest.mark.parametrize(
    ("language", "read"), [("zh-hans", "开放床位 300 张"), ("en", "300 open beds")]
)
def test_what_was_checked_is_told_to_each_reader_in_their_language(client, language, read):
    switch = begun(hospital(), way="icu")
    client.force_login(commander(), backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["language"] = language

    assert read in client.get(switch.get_absolute_url()).content.decode()


def test_what_was_checked_before_readings_had_two_languages_is_told_as_it_was_kept():
    switch = begun(hospital(), way="icu")
    for check in switch.checks:
        check["said"] = check.pop("reading")["zh"]

    assert [one["said"] for one in queries.checked(switch)] == [c["said"] for c in switch.checks]


def test_what_is_confirmed_by_hand_and_why_it_is_begun_must_be_said():
    with pytest.raises(Refused) as ticked:
        begun(ticked=[])
    with pytest.raises(Refused) as ground:
        begun(reason=" ")
    with pytest.raises(Refused) as short:
        begun(despite="")  # no event is open in the township

    fields = [refused.value.field for refused in (ticked, ground, short)]
    assert fields == ["ticked", "reason", "despite"]
    assert not Switch.objects.exists()


def test_who_began_a_switch_is_named_to_who_begins_another():
    first = begun(by=commander(display_name="陈志远"))

    with pytest.raises(Refused, match="陈志远"):
        begun()

    assert Switch.objects.get() == first


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_at_once_one_is_told_of_the_other():
    people = [commander(), commander()]

    got = at_once(lambda n: begun(by=people[n]))

    assert sorted(type(one).__name__ for one in got) == ["Refused", "Switch"]
    assert Switch.objects.count() == 1


def test_a_cancelled_switch_leaves_the_place_as_it_is_and_its_clock_goes():
    facility = hospital()
    switch = begun(facility, way="icu")
    for key in ("move", "equip", "crew"):
        step = switch.steps.get(key=key)
        actions.finish_step(step=step, result="", by=commander(), at=NOON)
    last = switch.steps.get(key="convert")
    clock = Deadline.objects.of(last).get()
    assert clock.due_at - clock.started_at == timedelta(hours=24)

    with pytest.raises(Refused):
        actions.cancel_switch(switch=switch, reason=" ", by=commander(), at=LATER)
    actions.cancel_switch(switch=switch, reason="床位已够", by=commander(), at=LATER)

    assert facility_mode_at(facility, LATER) == Mode.PEACE
    assert Deadline.objects.of(last).get().state == Deadline.State.CANCELLED
    with pytest.raises(Refused):
        actions.finish_step(step=last, result="", by=commander(), at=LATER)
    begun(facility, way="icu", at=LATER)  # and it may be begun anew


def test_the_convertible_beds_are_counted_from_the_directory_and_the_plan():
    facility = hospital()
    way = next(one for one in queries.ways(facility, NOON) if one.key == "icu")

    found = {one["key"]: one for one in queries.checks(facility, way, Mode.EMERGENCY, NOON)}

    assert found["beds"]["ok"]
    assert "300" in found["beds"]["said"]
    assert "12" in found["beds"]["said"]  # 4 % of them
    assert found["open"]["ok"]
    assert not found["equipment"]["read"]


def test_a_facility_is_switched_by_itself_and_its_area_stays_in_peace():
    facility = hospital()
    in_emergency(facility, way="icu")

    assert facility_mode_at(facility, LATER) == Mode.EMERGENCY
    assert mode_at(COUNTY, LATER) == Mode.PEACE
    other = hospital()
    (row,) = queries.facilities(commander(), LATER)
    assert (row.place, row.mode) == (facility, Mode.EMERGENCY)
    rows = {row.place: row.mode for row in queries.facilities(commander(), LATER, kind="hospital")}
    assert (rows[facility], rows[other]) == (Mode.EMERGENCY, Mode.PEACE)
    bound = UserFactory(
        role=Role.HOSPITAL_REPORTER, area=area(COUNTY), organisation=other.organisation
    )
    assert [row.place for row in queries.facilities(bound, LATER)] == [other]


def test_before_a_facility_is_switched_it_is_said_what_changes_and_why_else_nothing():
    facility = hospital()
    free_in = {"beds": (30, 300)}
    field.tell_free_in(facility=facility, counts=free_in, by=commander(), at=NOON)
    way = next(one for one in queries.ways(facility, NOON) if one.key == "icu")

    found = {one.key: one for one in preview(facility, Mode.EMERGENCY, LATER, [way])}

    assert all(module.facts for module in found.values())
    assert not any(module.changes for module in found.values())
    assert facility.area.name in found["monitor"].facts[0]
    assert any("30/300" in fact for fact in found["dispatch"].facts)
    told = found["respond"].facts[0]
    assert way.label in told
    assert str(len(way.steps)) in told
    assert any("24 小时" in fact for fact in found["evaluate"].facts)
    back = {one.key: one for one in preview(facility, Mode.PEACE, LATER, [way])}
    assert back["evaluate"].facts == []


def test_of_a_township_it_is_said_which_figures_change_only_with_its_county():
    found = {one.key: one for one in preview(area(), Mode.EMERGENCY, LATER, [])}

    assert found["warn"].changes
    assert all(found[key].changes or found[key].facts for key in ("monitor", "warn", "dispatch"))
    assert "全县" in found["dispatch"].facts[0]


def test_clocks_that_start_in_emergency_follow_its_limits_and_those_before_keep_theirs():
    subject = opened()
    before = start_deadline(
        key="order.acknowledge", subject=subject, area=area(), by=commander(), at=BEFORE
    )
    in_emergency()
    limit = {change.key: change.emergency for change in changes(TOWN, NOON.date())}

    after = start_deadline(
        key="order.acknowledge", subject=commander(), area=area(), by=commander(), at=LATER
    )

    assert before.standard.key == "order.acknowledge"
    assert after.standard == limit["order.acknowledge"]
    assert after.due_at - after.started_at == limit["order.acknowledge"].length
    before.refresh_from_db()
    assert before.due_at - before.started_at == before.standard.length
    asked = (TOWN, "alert.see", LATER)
    assert promises([asked])[asked].standard == limit["alert.see"]
    elsewhere = (OTHER_TOWN, "alert.see", LATER)
    assert promises([elsewhere])[elsewhere].standard.key == "alert.see"


def test_every_figure_that_a_switch_announces_is_the_one_in_force_afterwards():
    for place, way in ((area(), "township"), (area(COUNTY), "county")):
        announced = changes(place.code, NOON.date())
        assert announced
        in_emergency(place, way=way)
        for change in announced:
            assert rule(place.code, change.key, LATER) == change.emergency
            assert rule(place.code, change.key, BEFORE) == change.peace


def test_in_emergency_no_notice_waits_for_the_morning_and_detection_looks_closer():
    at_peace = policy_for(COUNTY, on=NOON)
    in_emergency(area(COUNTY), way="county")

    policy = policy_for(COUNTY, on=LATER)

    assert (at_peace.breaks_from, policy.breaks_from) == (3, 1)
    assert policy.digest_up_to < at_peace.digest_up_to
    before, after = settings_for(COUNTY, on=BEFORE), settings_for(COUNTY, on=LATER)
    assert after.minimum_cases < before.minimum_cases
    assert after.number("detection.arrival_pause") < before.number("detection.arrival_pause")


def test_an_incident_with_a_plan_suggests_the_switch_and_does_not_do_it():
    incident = opened()
    assert queries.suggested(incident, NOON) is None
    incident.plan_id = 1
    assert queries.suggested(incident, NOON) == area()
    assert mode_at(TOWN, LATER) == Mode.PEACE

    begun(incident=incident)

    assert queries.suggested(incident, NOON) is None


def test_the_pages_lead_from_the_list_to_the_last_step(client):
    leader = commander()
    client.force_login(leader, backend="django.contrib.auth.backends.ModelBackend")
    listed = client.get(reverse("incidents:modes")).content.decode()
    assert reverse("incidents:area_mode", args=[TOWN]) in listed
    address = reverse("incidents:switch_area", args=[TOWN, "township"])
    assert address in client.get(reverse("incidents:area_mode", args=[TOWN])).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": "x"}).status_code == 409

    given = {"reason": "疫情", "ticked": ["places", "told"], "despite": "先行转换"}
    answer = client.post(address, given)

    switch = Switch.objects.get()
    assert answer.url == reverse("incidents:switch", args=[switch.pk])
    second = switch.steps.get(number=2)
    early = client.post(reverse("incidents:finish_step", args=[second.pk]), {"result": ""})
    assert early.status_code == 409
    for _turn in range(switch.steps.count()):
        step = SwitchStep.objects.filter(state="issued").order_by("number").first()
        client.post(reverse("incidents:finish_step", args=[step.pk]), {"result": "到位"})
    assert mode_at(TOWN, timezone.now()) == Mode.EMERGENCY
    past = client.get(reverse("incidents:modes"), {"at": "2025-11-21T12:00"}).content.decode()
    assert "mode" in past
    assert client.get(reverse("incidents:modes"), {"at": "gestern"}).status_code == 200


def test_a_village_doctor_sees_the_switch_of_the_township_and_another_township_does_not(client):
    switch = begun()
    near = UserFactory(role=Role.VILLAGE_DOCTOR, area=area(VILLAGE))
    far = UserFactory(role=Role.TOWNSHIP_DOCTOR, area=area(OTHER_TOWN))

    assert list(Switch.objects.visible_to(near)) == [switch]
    assert not Switch.objects.visible_to(far).exists()
    client.force_login(far, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("incidents:switch", args=[switch.pk])).status_code == 404
    assert client.get(reverse("incidents:area_mode", args=[TOWN])).status_code == 404
