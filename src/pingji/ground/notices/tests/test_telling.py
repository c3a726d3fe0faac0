"""Who is told of what: rows before anything leaves, each once."""

import pytest
from django.db import transaction
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.notices import actions
from pingji.ground.notices.models import Delivery, Notice, Preference
from pingji.ground.notices.tests.factories import MIDNIGHT, NOON, subject, subscriber, told
from pingji.ground.record.models import Line
from pingji.ground.standards.models import Deadline

pytestmark = pytest.mark.django_db
State = Delivery.State
PHONE = "13812345678"


def states(notice, means="sms"):
    rows = Delivery.objects.filter(notice=notice, means=means, receiver__isnull=False)
    return {row.receiver.role: (row.state, row.why_not) for row in rows}


def test_the_roles_of_the_level_are_told_each_by_each_means():
    duty = UserFactory(role=Role.DUTY_OFFICER, phone=PHONE)
    UserFactory(role=Role.EPIDEMIOLOGIST, phone=PHONE)
    UserFactory(role=Role.LEADER, phone=PHONE)
    UserFactory(role=Role.DUTY_OFFICER, area=AreaFactory(code=FOREIGN_COUNTY))
    UserFactory(role=Role.DUTY_OFFICER, is_active=False)

    notice = told()

    assert notice.level == 2
    assert states(notice, "page") == {"duty_officer": ("sent", ""), "epidemiologist": ("sent", "")}
    assert states(notice) == {"duty_officer": ("queued", ""), "epidemiologist": ("queued", "")}
    jobs = ProcrastinateJob.objects.filter(task_name="pingji.ground.notices.tasks.send")
    assert {job.args["delivery"] for job in jobs} == set(
        Delivery.objects.filter(means="sms").values_list("pk", flat=True)
    )
    assert duty.deliveries.count() == 2
    assert Line.objects.get(kind="notice.told").details["people"] == 2


def test_the_same_fact_is_told_once():
    UserFactory(role=Role.DUTY_OFFICER)
    row = subject()
    assert told(row) == told(row, at=MIDNIGHT)
    assert Delivery.objects.filter(means="page").count() == 1
    assert told(row, again="2") != told(row)


def test_a_change_that_is_undone_tells_nobody():
    UserFactory(role=Role.DUTY_OFFICER, phone=PHONE)
    row = subject()
    told(subject())
    before = ProcrastinateJob.objects.count()
    with transaction.atomic():
        told(row)
        transaction.set_rollback(True)
    assert Notice.objects.count() == 1
    assert ProcrastinateJob.objects.count() == before


def test_who_made_the_fact_is_not_told_of_it():
    duty = UserFactory(role=Role.DUTY_OFFICER)
    assert not told(by=duty).deliveries.exists()


def test_only_who_may_see_the_row_is_told():
    UserFactory(role=Role.STORE_KEEPER)
    duty = UserFactory(role=Role.DUTY_OFFICER)
    notice = told(roles=["store_keeper", "duty_officer"], needs=Permission.ALERT_VIEW)
    assert {row.receiver for row in notice.deliveries.all()} == {duty}


def test_of_an_organisations_notice_others_do_not_hear():
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    UserFactory(role=Role.HOSPITAL_REPORTER, organisation=theirs)
    mine = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=ours)
    notice = told(roles=["hospital_reporter"], organisation=ours)
    assert {row.receiver for row in notice.deliveries.all()} == {mine}


@pytest.mark.parametrize(
    ("person", "given", "why"),
    [
        ({"phone": ""}, {}, "no_phone"),
        ({"phone": PHONE, "demo": True}, {}, "demonstration"),
        ({"phone": PHONE}, {"exercise": True}, "exercise"),
        ({"phone": PHONE, "demo": True}, {"exercise": True}, "exercise"),
    ],
)
def test_what_must_not_leave_says_why(person, given, why):
    UserFactory(role=Role.DUTY_OFFICER, **person)
    assert states(told(**given)) == {"duty_officer": ("not_sent", why)}


def test_an_exercise_says_so_and_reaches_no_system():
    subscriber()
    UserFactory(role=Role.DUTY_OFFICER)
    notice = told(exercise=True)
    assert {row.why_not for row in notice.deliveries.filter(means="webhook")} == {"exercise"}
    with translation.override("en"):
        assert notice.text == "Exercise: Alert raised: Hand, foot and mouth"
    with translation.override("zh-hans"):
        assert notice.text == "演练：产生预警：甲县手足口病"


def test_in_an_installation_for_exercises_everything_told_is_one(settings):
    settings.EXERCISE = True
    subscriber()
    UserFactory(role=Role.DUTY_OFFICER, phone=PHONE)
    notice = told()
    assert notice.text.startswith("演练：")
    assert {(row.state, row.why_not) for row in notice.deliveries.exclude(means="page")} == {
        ("not_sent", "exercise")
    }
    assert {row.said_why_not for row in notice.deliveries.exclude(means="page")} == {
        "演练：不对外发送"
    }


def test_quiet_hours_hold_what_is_not_urgent():
    duty = UserFactory(role=Role.DUTY_OFFICER, phone=PHONE)
    assert states(told(at=MIDNIGHT)) == {"duty_officer": ("held", "")}
    assert states(told(kind="alert_verified", at=MIDNIGHT)) == {"duty_officer": ("queued", "")}
    assert duty.deliveries.filter(means="page", state="sent").count() == 2


def test_who_wants_no_text_messages_gets_only_urgent_ones():
    duty = UserFactory(role=Role.DUTY_OFFICER, phone=PHONE)
    Preference.objects.create(user=duty, sms=False, phone="13900000000")
    assert states(told()) == {}
    assert states(told(kind="alert_verified")) == {"duty_officer": ("queued", "")}
    assert Delivery.objects.get(means="sms").to == "13900000000"


def test_systems_are_told_from_their_level_on():
    subscriber(name="all", least_level=1)
    subscriber(name="urgent alone", least_level=3)
    subscriber(
        name="elsewhere",
        area=AreaFactory(code=FOREIGN_COUNTY),
        by=UserFactory(role="administrator", area=AreaFactory(code=FOREIGN_COUNTY)),
    )
    names = [row.subscriber.name for row in told().deliveries.filter(means="webhook")]
    assert names == ["all"]


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(Refused, match=r"notice\.level\.unheard"):
        told(kind="unheard")


def test_an_urgent_notice_has_a_clock_that_the_first_acknowledgement_meets():
    first, second = UserFactory(role=Role.DUTY_OFFICER), UserFactory(role=Role.EPIDEMIOLOGIST)
    notice = told(kind="alert_verified")
    clock = Deadline.objects.of(notice).get()
    assert clock.key == "notice.acknowledge.urgent"

    actions.acknowledge(delivery=first.deliveries.get(means="page"), by=first, at=NOON)
    clock.refresh_from_db()
    assert clock.state == "met"
    assert second.deliveries.get(means="page").state == State.SENT
    assert not Deadline.objects.of(told()).exists(), "an important one has none"


def test_a_notice_nobody_acknowledged_goes_to_the_next_role_once():
    UserFactory(role=Role.DUTY_OFFICER)
    leader = UserFactory(role=Role.LEADER, phone=PHONE)
    notice = told(kind="alert_verified", at=MIDNIGHT)
    for _run in range(2):
        actions.escalate_notice(notice=notice, role="leader", by=system_user(), at=MIDNIGHT)
    rows = leader.deliveries.filter(notice=notice)
    assert {(row.means, row.state, row.escalated) for row in rows} == {
        ("page", "sent", True),
        ("sms", "queued", True),
    }
    assert Line.objects.filter(kind="notice.escalated").count() == 1
