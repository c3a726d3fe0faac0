"""The map as of a past moment: each layer is drawn from what was so, and known, by then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pingji.console import queries
from pingji.console.queries.field_layers import Seen, marks
from pingji.console.queries.maps import Asked, cases_by_township
from pingji.console.tests.factories import case, disease, waiting_alert
from pingji.ground.directory.models import Area, Facility, Organisation, Role
from pingji.ground.directory.tests.factories import FacilityFactory, UserFactory
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.tests.factories import COUNTY, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.tests.factories import commander, opened, staffed
from pingji.warn.alerts.models import Alert

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = timezone.now()
BEGUN = NOW - timedelta(days=3)
THEN = BEGUN + 2 * HOUR


@pytest.fixture(autouse=True)
def _ready():
    staffed()


def seen(layer: str, at, incident=None):
    """The marks of a layer, as they stood."""
    return marks(Seen(UserFactory(role=Role.LEADER), at, COUNTY, incident), [layer])


def hospital(**given) -> Facility:
    body = Organisation.objects.get(name="县人民医院")
    return FacilityFactory(organisation=body, area=body.area, **given)


def test_incidents_stand_from_their_opening_to_their_closing_with_the_grade_of_then():
    by = commander()
    first = opened(by=by, at=BEGUN, title="先发事件")
    later = opened(by=by, at=NOW - HOUR, title="后发事件", area=Area.objects.get(pk=OTHER_TOWN))
    for grade, at in (("IV", BEGUN + HOUR), ("III", NOW - HOUR)):
        actions.grade_incident(incident=first, grade=grade, reason="依据", by=by, at=at)
    actions.close_incident(incident=first, reason="已控制", by=by, at=NOW - HOUR / 2)

    (stood,) = seen("incidents", THEN)
    assert (stood.name, stood.extra["grade"]) == (first.title, "IV")
    (stands,) = seen("incidents", NOW)
    assert stands.name == later.title


def test_facilities_stand_until_they_close_with_what_was_told_by_then():
    by = commander()
    ward = hospital(name="住院部")
    hospital(name="旧门诊部", closed_on=timezone.localdate(NOW - timedelta(days=1)))
    for free, at in ((30, BEGUN + HOUR), (10, NOW)):
        field.tell_free_in(facility=ward, counts={"beds": (free, 400)}, by=by, at=at)

    then = {mark.name: (mark.free, mark.stale) for mark in seen("facilities", THEN)}
    assert then == {"住院部": ("30", False), "旧门诊部": ("", False)}
    before = {mark.name: mark.stale for mark in seen("facilities", NOW - HOUR)}
    assert before == {"住院部": True}
    assert [mark.free for mark in seen("facilities", NOW)] == ["10"]


def test_a_facility_is_taken_over_on_no_picture_before_the_order_nor_after_the_return():
    by = commander()
    gym = hospital(name="体育馆")
    taken = actions.requisition(
        incident=opened(by=by, at=BEGUN),
        facility=gym,
        use="isolation",
        starts_at=BEGUN,
        ends_at=NOW + timedelta(days=1),
        by=by,
        at=NOW - 2 * HOUR,
    )
    actions.release(requisition=taken, condition="完好", by=by, at=NOW - HOUR / 2)
    use = taken.get_use_display()

    shown = [use in seen("facilities", at)[0].words for at in (THEN, NOW - HOUR, NOW)]

    assert shown == [False, True, False]


def test_a_resource_stands_until_it_is_withdrawn():
    by, police = commander(), Organisation.objects.get(name="县公安局")
    team = actions.keep_resource(
        organisation=police,
        kind="people",
        name="转运队",
        amount=3,
        unit="支",
        free=2,
        contact="周强",
        phone="13800000002",
        by=by,
        at=BEGUN,
    )
    actions.withdraw_resource(resource=team, by=by, at=NOW - HOUR)

    assert [len(seen("teams", at)) for at in (BEGUN - HOUR, THEN, NOW)] == [0, 1, 0]


def test_alerts_wait_from_their_raising_to_their_verdict():
    town = Area.objects.get(pk=TOWN)
    Area.objects.filter(pk__in=[TOWN, OTHER_TOWN]).update(longitude=108.5, latitude=28.5)
    first = waiting_alert(town, at=BEGUN)
    waiting_alert(Area.objects.get(pk=OTHER_TOWN), at=NOW - HOUR)
    judge, when = commander(), NOW - HOUR
    Alert.objects.filter(pk=first.pk).update(
        state=Alert.State.VERIFIED,
        seen_by=judge,
        seen_at=when,
        decided_by=judge,
        decided_at=when,
        reason="电话核实。",
    )
    user = UserFactory(role=Role.LEADER)

    asked = Asked(until=timezone.localdate(THEN), days=7, layers=("alerts",), at=THEN)
    then = queries.township_map(user, asked)["points"]

    assert [point["url"] for point in then] == [first.get_absolute_url()]
    assert len(queries.alert_points(user, at=NOW)) == len(queries.alert_points(user)) == 1


def test_cases_of_a_county_are_those_known_by_then():
    disease()
    town, onset = Area.objects.get(pk=TOWN), timezone.localdate(THEN)
    for known_at in (BEGUN, NOW):
        card = case(town, onset=onset)
        CaseReport.objects.filter(pk=card.pk).update(known_at=known_at)
    user = UserFactory(role=Role.LEADER)

    def counted(at):
        return cases_by_township(user, Asked(until=timezone.localdate(NOW), days=7, at=at))

    assert (counted(THEN), counted(None)) == ({TOWN: 1}, {TOWN: 2})
