"""Plans: what ships, what activating sets in motion, what could not be assigned, new versions."""

from datetime import timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.models import Order, Plan, PlanReview
from pingji.respond.incidents.queries.groups import names
from pingji.respond.incidents.queries.plans import fitting, gaps, plans_for
from pingji.respond.incidents.tests.factories import commander, opened, staffed

SOON, LATER = NOON + timedelta(minutes=10), NOON + timedelta(hours=1)
SHIPPED = {
    "biosafety",
    "class_a",
    "enteric_outbreak",
    "food_poisoning",
    "hospital_outbreak",
    "imported_case",
    "respiratory_outbreak",
    "school_cluster",
    "unexplained_illness",
}


@pytest.fixture
def incident(db):
    return opened()


def plan(code):
    return Plan.objects.get(code=code, in_force=True)


def activate(incident, code="class_a", at=SOON):
    return actions.activate_plan(incident=incident, plan=plan(code), by=commander(), at=at)


@pytest.mark.django_db
def test_the_plans_that_ship_are_whole():
    staffed()
    county = Area.objects.get(pk=COUNTY)
    clocks = {row.key for row in county_rules()}
    groups = set(names(county, NOON.date()))

    assert {one.code for one in plans_for(county)} == SHIPPED
    for one in plans_for(county):
        for order in one.orders.all():
            assert order.standard in clocks, (one.code, order.number)
            assert order.requirement, (one.code, order.number)
            assert not order.group or order.group in groups
        assert one.purpose
        assert one.purpose_en
        assert one.forms
        assert one.phases.count() == 3
        assert Disease.objects.filter(pk__in=one.diseases).count() == len(one.diseases)
        for phase in one.phases.all():
            assert phase.trigger
            assert phase.measures
            assert phase.orders.exists()


def county_rules():
    from pingji.ground.standards.queries import rules_for

    return rules_for(COUNTY, NOON.date()).values()


def test_the_plans_for_its_kind_and_illness_come_first(incident):
    incident.disease = Disease.objects.get(pk="plague")

    assert fitting(incident)[0].code == "class_a"


def test_activating_sends_the_first_phase_with_its_clocks(incident):
    answered, nobody = activate(incident)

    first = answered.plan.phases.get(number=1)
    sent = Order.objects.filter(incident=incident)
    assert answered.phase == first
    assert set(sent.values_list("plan_order__phase", flat=True)) == {first.pk}
    assert {order.organisation_kind for order in nobody} == {"store"}
    for order in sent:
        running = set(Deadline.objects.of(order).open().values_list("key", flat=True))
        assert running == {"order.acknowledge", order.standard}
        assert Line.objects.filter(
            kind="order.issued", subject_type="incidents.order", subject_id=str(order.pk)
        ).exists()


def test_groups_form_at_once_and_those_without_members_are_named(incident):
    epidemiologist = UserFactory(role=Role.EPIDEMIOLOGIST)
    actions.seat_person(
        area=Area.objects.get(pk=COUNTY),
        group="field",
        person=epidemiologist,
        seat="head",
        by=commander(),
        at=NOON,
    )

    answered, _nobody = activate(incident)

    formed = {group.key: group.members.count() for group in answered.groups.all()}
    assert formed["field"] == 1
    assert formed["press"] == 0
    assert answered.callouts.get(group="field").person == epidemiologist
    empty = {gap.what for gap in gaps(answered) if gap.why == "该小组没有成员"}
    assert "新闻发布组" in empty
    assert "现场处置组" not in empty


def test_a_role_that_nobody_holds_is_named_until_somebody_does(incident):
    answered, _nobody = activate(incident)
    hospital = Organisation.objects.get(name="县人民医院")

    def missing():
        return [gap.why for gap in gaps(answered) if "县人民医院" in gap.why]

    assert any("医院报告员" in why for why in missing())
    UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital)
    assert not any("医院报告员" in why for why in missing())


def test_who_holds_a_role_alone_owns_the_order(db):
    staffed()
    hospital = Organisation.objects.get(name="县人民医院")
    reporter = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital)
    UserFactory(role=Role.LABORATORY, organisation=hospital)
    UserFactory(role=Role.LABORATORY, organisation=hospital)
    incident = opened()

    activate(incident)

    sent = Order.objects.filter(organisation=hospital)
    owners = {order.plan_order.role: order.person for order in sent}
    assert owners == {"hospital_reporter": reporter, "laboratory": None}


def test_a_later_phase_sends_its_own_orders_once(incident):
    answered, _nobody = activate(incident)
    second = answered.plan.phases.get(number=2)
    before = Order.objects.filter(incident=incident).count()

    moved, _nobody = actions.enter_phase(
        incident=answered, phase=second, reason="出现续发病例", by=commander(), at=LATER
    )

    added = Order.objects.filter(incident=incident, plan_order__phase=second)
    assert moved.phase == second
    assert Order.objects.filter(incident=incident).count() == before + added.count() > before
    with pytest.raises(Refused, match="已进入"):
        actions.enter_phase(incident=moved, phase=second, reason="再来", by=commander(), at=LATER)


def test_an_order_without_a_clock_in_the_plan_sends_nothing(incident):
    faulty = plan("class_a")
    faulty.orders.filter(number=1).update(standard="nobody.knows")

    with pytest.raises(Refused, match="nobody.knows"):
        actions.activate_plan(incident=incident, plan=faulty, by=commander(), at=SOON)

    incident.refresh_from_db()
    assert incident.plan is None
    assert not Order.objects.filter(incident=incident).exists()


def test_of_many_orders_the_one_whose_standard_is_no_deadline_is_named(incident):
    faulty = plan("class_a")
    faulty.orders.filter(number=2).update(standard="duty.ranks")

    with pytest.raises(Refused, match=r"duty\.ranks"):
        actions.activate_plan(incident=incident, plan=faulty, by=commander(), at=SOON)


@pytest.mark.django_db
def test_changing_a_plan_makes_a_version_for_the_county_and_keeps_the_old_one():
    staffed()
    shipped = plan("school_cluster")
    text = text_of(shipped)
    text["phase"][0]["order"][0]["text"] = "县里改写的第一条指令。"
    officer = commander(area=Area.objects.get(pk=COUNTY))

    made = actions.change_plan(plan=shipped, text=text, reason="年度修订", by=officer, at=SOON)

    assert (made.version, made.area_id, made.made_by) == (2, COUNTY, officer)
    assert made.orders.count() == shipped.orders.count()
    assert made.orders.get(number=1).text == "县里改写的第一条指令。"
    assert shipped.orders.get(number=1).text != "县里改写的第一条指令。"
    assert made in plans_for(Area.objects.get(pk=TOWN))
    assert shipped not in plans_for(Area.objects.get(pk=TOWN))
    assert shipped in plans_for(AreaFactory(code="500243"))


@pytest.mark.django_db
def test_of_two_who_change_a_plan_the_second_is_told():
    staffed()
    shipped = plan("school_cluster")
    officer = commander(area=Area.objects.get(pk=COUNTY))
    actions.change_plan(plan=shipped, text=text_of(shipped), reason="第一次", by=officer, at=SOON)

    with pytest.raises(Refused, match="第 2 版"):
        actions.change_plan(
            plan=shipped, text=text_of(shipped), reason="第二次", by=officer, at=LATER
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"), [("organisation_kind", "circus"), ("text", ""), ("reach", "moon")]
)
def test_an_order_that_cannot_be_sent_is_refused_with_its_number(field, value):
    staffed()
    text = text_of(plan("school_cluster"))
    text["phase"][0]["order"][1][field] = value

    with pytest.raises(Refused, match="第 2 条"):
        actions.change_plan(
            plan=plan("school_cluster"), text=text, reason="修订", by=commander(), at=SOON
        )


@pytest.mark.django_db
def test_each_plan_has_a_review_with_a_clock_of_a_year_and_then_the_next():
    staffed()
    county = Area.objects.get(pk=COUNTY)
    system = system_user()

    made = actions.open_reviews(area=county, by=system, at=NOON)
    assert {one.code for one in made} == SHIPPED
    assert actions.open_reviews(area=county, by=system, at=NOON) == []
    review = PlanReview.objects.get(code="class_a")
    clock = Deadline.objects.of(review).get()
    assert (clock.key, clock.due_at - clock.started_at) == ("plan.review", timedelta(days=365))

    actions.review_plan(review=review, findings="无需修订", by=commander(), at=LATER)

    clock.refresh_from_db()
    assert clock.state == Deadline.State.MET
    following = PlanReview.objects.get(code="class_a", reviewed_at__isnull=True)
    assert Deadline.objects.of(following).get().started_at == LATER
    with pytest.raises(Refused, match="已评估"):
        actions.review_plan(review=review, findings="再评", by=commander(), at=LATER)


@pytest.mark.django_db
def test_a_new_version_is_the_review_of_the_old_one():
    staffed()
    county = Area.objects.get(pk=COUNTY)
    actions.open_reviews(area=county, by=system_user(), at=NOON)
    officer = commander(area=county)

    actions.change_plan(
        plan=plan("class_a"), text=text_of(plan("class_a")), reason="修订", by=officer, at=LATER
    )

    assert PlanReview.objects.get(code="class_a", reviewed_by=officer).outcome == "changed"


@pytest.mark.django_db
def test_who_may_not_change_plans_is_refused():
    staffed()

    with pytest.raises(Refused):
        actions.change_plan(
            plan=plan("class_a"),
            text=text_of(plan("class_a")),
            reason="修订",
            by=UserFactory(role=Role.INSPECTOR),
            at=SOON,
        )


def test_everybody_of_an_organisation_is_told_where_no_role_is_named(incident):
    township = Organisation.objects.get(name="桃花源街道办事处")
    people = [UserFactory(role=Role.DEPARTMENT_LIAISON, organisation=township) for _n in "ab"]
    answered, _nobody = activate(incident)
    second = answered.plan.phases.get(number=2)

    actions.enter_phase(incident=answered, phase=second, reason="续发", by=commander(), at=LATER)

    order = Order.objects.get(organisation=township)
    told = User.objects.filter(deliveries__notice__subject_id=str(order.pk)).distinct()
    assert set(people) <= set(told)


def test_a_plan_of_another_county_is_refused(incident):
    foreign = Plan.objects.create(
        code="foreign",
        name="外县预案",
        name_en="Foreign",
        event_kind="other",
        area=AreaFactory(code="500243"),
    )

    with pytest.raises(Refused, match="其他地区"):
        actions.activate_plan(incident=incident, plan=foreign, by=commander(), at=SOON)
