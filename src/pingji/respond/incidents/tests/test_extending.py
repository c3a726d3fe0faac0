"""An activated plan reaches further townships; a county's own plan is taken out of force."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.models import Incident, Plan, PlanOrder, PlanReview
from pingji.respond.incidents.queries.plans import fitting, plans_for
from pingji.respond.incidents.tests.factories import SOON, commander, opened

LATER = SOON + timedelta(hours=1)
PLAN = "respiratory_outbreak"


def area(code):
    return Area.objects.get(pk=code)


def answered(*, by=None):
    """An event in one township, answered by a plan; each of two townships has a health centre."""
    by = by or commander(area=area(COUNTY))
    incident = opened(by=by)
    centre = Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    Organisation.objects.filter(kind=centre).delete()
    for code, name in ((TOWN, "一镇卫生院"), (OTHER_TOWN, "二镇卫生院")):
        OrganisationFactory(kind=centre, area=area(code), name=name)
    plan = Plan.objects.get(code=PLAN, in_force=True)
    incident, _nobody = actions.activate_plan(incident=incident, plan=plan, by=by, at=SOON)
    return incident, by


def centres(incident):
    sent = incident.orders.filter(organisation__name__endswith="镇卫生院")
    return sorted(sent.values_list("organisation__name", flat=True).distinct())


def extend(incident, by, **given):
    asked = {"townships": [area(OTHER_TOWN)], "reason": "已扩散", "at": LATER} | given
    return actions.extend_plan(incident=incident, by=by, **asked)


@pytest.fixture
def county(db):
    from pingji.monitor.surveillance.tests.factories import county as made

    made()


@pytest.mark.usefixtures("county")
def test_a_plan_reaches_a_further_township_and_only_its_orders_are_added():
    incident, by = answered()
    before = incident.orders.count()
    assert centres(incident) == ["一镇卫生院"]

    incident, sent = extend(incident, by)

    assert centres(incident) == ["一镇卫生院", "二镇卫生院"]
    assert {order.organisation.name for order in sent} == {"二镇卫生院"}
    assert incident.orders.count() == before + len(sent)
    clocks = Deadline.objects.filter(subject_id__in=[str(order.pk) for order in sent])
    assert clocks.filter(key="order.acknowledge").count() == len(sent)
    line = Line.objects.get(kind="incident.plan_extended")
    assert (line.reason, line.details["townships"]) == ("已扩散", [OTHER_TOWN])
    later = incident.plan.phases.get(number=2)
    PlanOrder.objects.create(
        plan=incident.plan,
        phase=later,
        number=99,
        text="逐村排查",
        text_en="Search each village",
        organisation_kind=Organisation.Kind.TOWNSHIP_HEALTH_CENTRE,
        reach=PlanOrder.Reach.TOWNSHIP,
        standard="order.complete",
    )
    actions.enter_phase(incident=incident, phase=later, reason="扩散", by=by, at=LATER)
    told = incident.orders.filter(plan_order__number=99)
    assert {order.organisation.name for order in told} == {"一镇卫生院", "二镇卫生院"}


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize(
    ("given", "field"),
    [({"reason": " "}, "reason"), ({"townships": []}, "townships")],
)
def test_an_extension_says_whereto_and_why(given, field):
    incident, by = answered()

    with pytest.raises(Refused) as refused:
        extend(incident, by, **given)

    assert refused.value.field == field


@pytest.mark.usefixtures("county")
def test_what_is_reached_already_and_who_does_not_command_is_refused():
    incident, by = answered()
    with pytest.raises(Refused, match="已覆盖"):
        extend(incident, by, townships=[area(TOWN)])
    with pytest.raises(Refused, match="指挥"):
        extend(incident, UserFactory(role=Role.EPIDEMIOLOGIST, area=area(COUNTY)))
    with pytest.raises(Refused, match="不是本县的乡镇"):
        extend(incident, by, townships=[area(COUNTY)])
    bare = opened(by=by, title="另一事件")
    with pytest.raises(Refused, match="尚未启动预案"):
        extend(bare, by)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_extend_at_once_one_is_refused_and_no_order_is_doubled():
    from pingji.monitor.surveillance.tests.factories import county as made

    made()
    incident, by = answered()
    people = [by, commander(area=area(COUNTY))]

    got = at_once(lambda at: extend(incident, people[at]))

    assert sorted(type(one).__name__ for one in got) == ["Refused", "tuple"]
    sent = incident.orders.filter(organisation__name="二镇卫生院")
    assert sent.count() == sent.values("plan_order").distinct().count() > 0


@pytest.mark.usefixtures("county")
def test_the_page_shows_the_added_orders_before_they_are_sent(client):
    incident, by = answered()
    client.force_login(by)
    address = reverse("incidents:extend_plan", args=[incident.pk])
    assert address in client.get(incident.get_absolute_url()).content.decode()
    assert "二镇卫生院" not in client.get(address).content.decode()

    page = client.get(address, {"townships": OTHER_TOWN}).content.decode()
    assert "将增加的指令" in page
    assert "二镇卫生院" in page
    assert "一镇卫生院" not in page
    assert centres(incident) == ["一镇卫生院"]

    assert client.post(address, {"townships": OTHER_TOWN}).status_code == 409
    assert client.post(address, {"townships": OTHER_TOWN, "reason": "扩散"}).status_code == 302
    assert centres(incident) == ["一镇卫生院", "二镇卫生院"]


def own_version(by):
    """The county's own version of a plan that ships."""
    shipped = Plan.objects.get(code=PLAN, in_force=True)
    return actions.change_plan(plan=shipped, text=text_of(shipped), reason="修订", by=by, at=SOON)


@pytest.mark.usefixtures("county")
def test_without_the_countys_own_version_the_one_that_ships_holds_again_and_its_review_runs():
    incident, by = answered()
    actions.open_reviews(area=area(COUNTY), by=by, at=SOON)
    shipped = incident.plan
    made = own_version(by)
    due = Deadline.objects.of(PlanReview.objects.get(code=PLAN, reviewed_at=None)).get().due_at
    assert made in plans_for(area(COUNTY))

    actions.withdraw_plan(plan=made, reason="本县不再单列", by=by, at=LATER)

    assert [one for one in plans_for(area(COUNTY)) if one.code == PLAN] == [shipped]
    review = PlanReview.objects.get(code=PLAN, reviewed_at=None)
    clock = Deadline.objects.of(review).get()
    assert (clock.is_open, clock.due_at) == (True, due)
    assert Line.objects.get(kind="plan.withdrawn").reason == "本县不再单列"


@pytest.mark.usefixtures("county")
def test_an_own_plan_out_of_force_is_offered_and_reviewed_no_more_but_goes_on_where_it_answers():
    incident, by = answered()
    text = text_of(incident.plan) | {"name": "本县预案"}
    own = actions.make_plan(text=text, reason="本县", key=uuid.uuid4(), by=by, at=SOON)
    running = actions.open_incident(
        title="另一事件", event_kind="infectious_disease", area=area(TOWN), by=by, at=SOON
    )
    actions.activate_plan(incident=running, plan=own, by=by, at=SOON)
    review = PlanReview.objects.get(code=own.code)

    actions.withdraw_plan(plan=own, reason="已并入", by=by, at=LATER)

    assert own.code not in {one.code for one in fitting(incident)}
    review.refresh_from_db()
    assert (review.outcome, review.reviewed_by) == ("ended", by)
    assert Deadline.objects.of(review).get().state == "cancelled"
    assert not PlanReview.objects.filter(code=own.code, reviewed_at=None).exists()
    running = Incident.objects.get(pk=running.pk)
    phase = own.phases.get(number=2)
    actions.enter_phase(incident=running, phase=phase, reason="扩散", by=by, at=LATER)
    with pytest.raises(Refused):
        actions.withdraw_plan(plan=own, reason="再次", by=by, at=LATER)


@pytest.mark.usefixtures("county")
def test_a_plan_that_was_taken_out_of_force_while_it_was_written_anew_gets_no_new_version():
    _incident, by = answered()
    read = own_version(by)
    actions.withdraw_plan(plan=Plan.objects.get(pk=read.pk), reason="本县不再单列", by=by, at=LATER)
    assert read.in_force  # as it was read

    with pytest.raises(Refused, match="已停用"):
        actions.change_plan(plan=read, text=text_of(read), reason="修订", by=by, at=LATER)

    assert not Plan.objects.filter(code=PLAN, area=by.area, in_force=True).exists()


@pytest.mark.usefixtures("county")
def test_a_plan_that_ships_stays_and_the_page_withdraws_the_own_one_with_its_reason(client):
    incident, by = answered()
    with pytest.raises(Refused, match="自带"):
        actions.withdraw_plan(plan=incident.plan, reason="停用", by=by, at=LATER)
    made = own_version(by)
    client.force_login(by)
    assert "停用预案" not in client.get(incident.plan.get_absolute_url()).content.decode()
    assert "停用预案" in client.get(made.get_absolute_url()).content.decode()

    address = reverse("incidents:withdraw_plan", args=[made.pk])
    assert client.post(address, {"reason": ""}).status_code == 409
    client.post(address, {"reason": "本县不再单列"})

    page = client.get(made.get_absolute_url()).content.decode()
    assert "本县不再单列" in page
    assert f"现行有效的是第 {incident.plan.version} 版" in page
