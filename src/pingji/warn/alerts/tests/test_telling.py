"""Who is told of an alert: by its level, once for each fact."""

from datetime import timedelta

import pytest

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.notices.models import Notice
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.warn.alerts import actions, tasks
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(db):
    plan()
    system_user()
    for role in (Role.DUTY_OFFICER, Role.EPIDEMIOLOGIST, Role.LEADER):
        UserFactory(role=role)


def told(notice):
    return {row.receiver.role for row in notice.deliveries.filter(means="page")}


@pytest.mark.parametrize(
    ("level", "urgency", "roles"),
    [
        ("hint", 1, {"epidemiologist"}),
        ("notice", 2, {"epidemiologist", "duty_officer"}),
        ("decision", 3, {"epidemiologist", "duty_officer", "leader"}),
    ],
)
def test_the_level_of_an_alert_says_how_urgent_its_notice_is(level, urgency, roles):
    alert = AlertFactory(level=level)
    for _run in range(2):  # a job runs at least once
        tasks.tell_raised(at=NOON, alert_id=alert.pk)
    notice = Notice.objects.get()
    assert (notice.level, told(notice)) == (urgency, roles)
    assert notice.subject_url == alert.get_absolute_url()


def test_the_page_opens_the_latest_notice_and_names_what_failed_of_the_others(client):
    reader = UserFactory(role=Role.EPIDEMIOLOGIST)
    alert = AlertFactory(level="decision")
    tasks.tell_raised(at=NOON, alert_id=alert.pk)
    tasks.tell_rose(at=NOON + timedelta(hours=1), alert_id=alert.pk)
    first = Notice.objects.earliest("told_at").deliveries.filter(means="sms")
    first.filter(receiver=reader).update(state="failed", why_not="", failed_at=NOON)
    client.force_login(reader)

    page = client.get(alert.get_absolute_url()).content.decode()

    latest, earlier = page.split('<details class="chooser"')[1:]
    assert latest.startswith(" open>")
    assert "预警升级" in latest
    assert earlier.startswith(">")
    assert "发送失败" in earlier.partition("</summary>")[0]


def test_who_decides_hears_also_what_becomes_of_an_alert_that_asks_for_a_decision():
    alert = AlertFactory(level="decision")
    for tell in (tasks.tell_rose, tasks.tell_verified, tasks.tell_dismissed):
        tell(at=NOON, alert_id=alert.pk)
    tasks.tell_closed(at=NOON, alert_id=alert.pk, verdict="false")

    notices = Notice.objects.all()
    assert len(notices) == 4
    assert all(Role.LEADER in told(notice) for notice in notices)


def test_who_owns_an_alert_is_told_of_it_whatever_the_plan_says_of_their_role():
    owner, gone = (UserFactory(role=Role.DUTY_OFFICER) for _n in range(2))
    alert = AlertFactory(level="hint", owner=owner)
    tasks.tell_raised(at=NOON, alert_id=alert.pk)
    receivers = {row.receiver for row in Notice.objects.get().deliveries.filter(means="page")}
    assert owner in receivers
    assert gone not in receivers


def test_who_is_given_an_alert_is_told_and_who_takes_it_is_not():
    alert = AlertFactory()
    giver, owner = (UserFactory(role=Role.DUTY_OFFICER) for _n in range(2))

    actions.give_to(alert=alert, owner=giver, by=giver, at=NOON)
    assert not Notice.objects.exists()
    actions.give_to(alert=alert, owner=owner, by=giver, at=NOON)
    actions.give_to(alert=alert, owner=giver, by=owner, at=NOON + timedelta(minutes=5))
    actions.give_to(alert=alert, owner=owner, by=giver, at=NOON + timedelta(minutes=9))

    notices = Notice.objects.order_by("told_at")
    assert {one.kind for one in notices} == {"alert_given"}
    receivers = [one.deliveries.get(means="page").receiver for one in notices]
    assert receivers == [owner, giver, owner]


def test_an_owner_who_has_left_is_not_told():
    owner = UserFactory(role=Role.DUTY_OFFICER, is_active=False)
    tasks.tell_raised(at=NOON, alert_id=AlertFactory(level="hint", owner=owner).pk)
    assert told(Notice.objects.get()) == {"epidemiologist"}


def test_who_decided_is_not_told_of_it():
    alert = AlertFactory(state="verified")
    tasks.tell_verified(at=NOON, alert_id=alert.pk)
    receivers = {row.receiver for row in Notice.objects.get().deliveries.all()}
    assert receivers
    assert alert.decided_by not in receivers


def test_each_rise_to_another_level_is_told_once():
    alert = AlertFactory(level="notice")
    tasks.tell_rose(at=NOON, alert_id=alert.pk)
    tasks.tell_rose(at=NOON, alert_id=alert.pk)
    alert.level = "decision"
    alert.save()
    tasks.tell_rose(at=NOON, alert_id=alert.pk)
    assert sorted(Notice.objects.values_list("level", flat=True)) == [2, 3]


def test_an_alert_that_is_over_is_told():
    tasks.tell_dismissed(at=NOON, alert_id=AlertFactory(state="dismissed").pk)
    assert Notice.objects.get().kind == "alert_dismissed"
