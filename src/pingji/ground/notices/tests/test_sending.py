"""What leaves, how it is tried again, and what is kept as proof."""

from datetime import time, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices import actions
from pingji.ground.notices.models import Answer, Delivery, Outcome, Preference
from pingji.ground.notices.tests.factories import MIDNIGHT, NOON, subscriber, told
from pingji.ground.record.models import Line

pytestmark = pytest.mark.django_db
State = Delivery.State
PHONE = "13812345678"
BUSY = Answer(Outcome.LATER, "503 busy")


@pytest.fixture
def duty(db):
    return UserFactory(role=Role.DUTY_OFFICER, phone=PHONE, language="en")


def by_text(notice):
    return notice.deliveries.get(means="sms")


def test_a_message_that_was_taken_keeps_the_answer_as_proof(post, duty):
    row = by_text(told())
    assert actions.send(delivery=row.pk, at=NOON)
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.attempts) == (State.SENT, NOON, 1)
    assert (row.answer, row.reference) == ("200 ok", "n-1")
    assert row.text == "[Important notice] Alert raised: Hand, foot and mouth (11-21 12:00)"
    assert [(one.to, one.text) for one in post.letters] == [(PHONE, row.text)]
    assert row.masked_to == "138****5678"


def test_what_was_sent_is_not_sent_again(post, duty):
    row = by_text(told())
    actions.send(delivery=row.pk, at=NOON)
    assert not actions.send(delivery=row.pk, at=NOON)
    assert actions.send_due(at=NOON + timedelta(days=1)) == 0
    assert len(post.letters) == 1


def test_a_failed_attempt_is_repeated_later_and_later_under_the_same_key(post, duty):
    row = by_text(told())
    post.answers = [BUSY, BUSY]
    times = [NOON, NOON + timedelta(seconds=59), NOON + timedelta(minutes=1)]
    assert [actions.send_due(at=at) for at in times] == [1, 0, 1]
    assert actions.send_due(at=NOON + timedelta(minutes=2)) == 0
    assert actions.send_due(at=NOON + timedelta(minutes=3)) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.SENT, 3)
    assert len({letter.key for letter in post.letters}) == 1


def test_after_the_last_attempt_it_has_failed_and_a_person_may_send_it_again(post, duty):
    row = by_text(told())
    post.answers = [BUSY] * 6
    at = NOON
    for _attempt in range(10):
        actions.send_due(at=at)
        at += timedelta(hours=1)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.answer) == (State.FAILED, 6, "503 busy")
    assert Line.objects.filter(kind="delivery.failed").count() == 1
    heard = ProcrastinateJob.objects.filter(task_name__endswith="hand_on_what_nobody_hears")
    assert [job.args["delivery"] for job in heard] == [row.pk]

    reporter = UserFactory(role=Role.HOSPITAL_REPORTER)
    with pytest.raises(Refused):
        actions.retry(delivery=row, by=reporter, at=at)
    actions.retry(delivery=row, by=duty, at=at)
    with pytest.raises(Refused):
        actions.retry(delivery=row, by=duty, at=at)
    assert actions.send_due(at=at) == 1
    row.refresh_from_db()
    assert row.state == State.SENT


def test_what_the_other_side_refuses_is_not_tried_again(post, duty):
    row = by_text(told())
    post.answers = [Answer(Outcome.REFUSED, "400 no such number")]
    actions.send_due(at=NOON)
    assert actions.send_due(at=NOON + timedelta(days=1)) == 0
    row.refresh_from_db()
    assert (row.state, row.answer) == (State.FAILED, "400 no such number")


def test_without_a_gateway_nothing_leaves_and_that_is_said(duty, settings):
    assert settings.NOTICE_SMS["url"] == ""
    row = by_text(told())
    actions.send_due(at=NOON)
    row.refresh_from_db()
    assert (row.state, row.why_not) == (State.NOT_SENT, "no_gateway")
    assert str(row.said_why_not)


def test_an_adapter_that_breaks_holds_nobody_else_back(post, duty, settings):
    settings.NOTICE_MEANS = settings.NOTICE_MEANS | {"webhook": "json.loads"}
    subscriber()
    told()
    assert actions.send_due(at=NOON) == 2
    broken = Delivery.objects.get(means="webhook")
    assert broken.state == State.QUEUED
    assert broken.answer.startswith("TypeError")
    assert Delivery.objects.get(means="sms").state == State.SENT


def test_one_cut_off_while_being_sent_is_due_again_when_its_time_is_over(post, duty):
    row = by_text(told())
    Delivery.objects.filter(pk=row.pk).update(
        state=State.SENDING, attempts=1, due_at=NOON + timedelta(minutes=2)
    )
    assert actions.send_due(at=NOON + timedelta(minutes=1)) == 0
    assert actions.send_due(at=NOON + timedelta(minutes=2)) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.SENT, 2)


def test_quiet_hours_hold_a_message_and_let_it_go_in_the_morning(post, duty):
    row = by_text(told(at=MIDNIGHT))
    seven = MIDNIGHT + timedelta(hours=7)
    assert (row.state, row.held_for, row.due_at) == (State.HELD, "quiet", seven)
    assert [actions.send_due(at=seven + timedelta(minutes=late)) for late in (-1, 0, 1)] == [
        0,
        1,
        0,
    ]
    row.refresh_from_db()
    assert (row.state, row.sent_at, len(post.letters)) == (State.SENT, seven, 1)


def test_an_urgent_message_breaks_the_night(post, duty):
    row = by_text(told(kind="alert_verified", at=MIDNIGHT))
    assert (row.state, row.held_for) == (State.QUEUED, "")
    assert actions.send_due(at=MIDNIGHT) == 1


def test_low_levels_are_joined_into_one_message_in_the_morning(post, duty):
    told(kind="alert_dismissed", roles=["duty_officer"])
    told(kind="alert_dismissed", roles=["duty_officer"])
    told(kind="alert_raised", variant="hint", roles=["duty_officer"])
    assert actions.send_due(at=MIDNIGHT) == 0
    assert actions.send_due(at=MIDNIGHT + timedelta(hours=8)) == 1

    letter = post.letters[0]
    assert letter.text.startswith("3 notices:\n1. [Routine notice] Alert ")
    assert letter.text.count("\n") == 3
    leader = Delivery.objects.get(means="sms", state=State.SENT)
    assert leader.parts.filter(state=State.JOINED).count() == 2
    assert actions.send_due(at=MIDNIGHT + timedelta(days=2)) == 0


def test_a_digest_holds_nothing_of_others_and_nothing_that_waits_for_the_morning_alone(post, duty):
    other = UserFactory(role=Role.DUTY_OFFICER, phone="13987654321", language="en")
    for person in (duty, other):
        Preference.objects.create(user=person, quiet_from=time(22), quiet_until=time(9))
    for _each in range(2):
        told(kind="alert_dismissed", roles=["duty_officer"], at=MIDNIGHT)
    told(people=[duty], at=MIDNIGHT)

    assert actions.send_due(at=MIDNIGHT + timedelta(hours=9)) == 3

    read = sorted((one.to, one.text.splitlines()[0]) for one in post.letters)
    assert [(to, text.split(":")[0]) for to, text in read] == [
        (PHONE, "2 notices"),
        (PHONE, "[Important notice] Alert raised"),
        (other.phone, "2 notices"),
    ]


def test_a_digest_that_failed_is_repeated_whole(post, duty):
    told(kind="alert_dismissed", roles=["duty_officer"])
    told(kind="alert_dismissed", roles=["duty_officer"])
    post.answers = [BUSY]
    morning = MIDNIGHT + timedelta(hours=8)
    actions.send_due(at=morning)
    actions.send_due(at=morning + timedelta(minutes=1))
    first, second = post.letters
    assert (first.key, first.text) == (second.key, second.text)
    assert second.text.startswith("2 notices:")


def test_what_was_joined_to_an_acknowledged_notice_leaves_without_it(post, duty):
    notices = [told(kind="alert_dismissed", roles=["duty_officer"]) for _each in range(3)]
    post.answers = [BUSY]
    morning = MIDNIGHT + timedelta(hours=8)
    actions.send_due(at=morning)
    lead = next(row for row in map(by_text, notices) if row.state == "queued")
    page = lead.notice.deliveries.get(means="page")
    actions.acknowledge(delivery=page, by=duty, at=morning)
    actions.send_due(at=morning + timedelta(minutes=1))
    assert [letter.text.splitlines()[0] for letter in post.letters] == ["3 notices:", "2 notices:"]
    assert sorted(by_text(notice).state for notice in notices) == ["joined", "not_sent", "sent"]


def test_a_second_attempt_breaks_no_quiet_hours(post, duty):
    notice = told(at=MIDNIGHT - timedelta(hours=2, minutes=1))  # a minute before ten
    post.answers = [BUSY]
    actions.send_due(at=MIDNIGHT - timedelta(hours=2, seconds=10))
    assert by_text(notice).due_at == MIDNIGHT + timedelta(hours=7)
    assert actions.send_due(at=MIDNIGHT) == 0
    urgent = told(kind="order_issued", at=MIDNIGHT - timedelta(hours=2, minutes=1))
    post.answers = [BUSY]
    actions.send_due(at=MIDNIGHT - timedelta(hours=2, seconds=10))
    assert by_text(urgent).due_at < MIDNIGHT


def test_who_acknowledged_is_not_sent_what_was_still_on_its_way(post, duty):
    notice = told(at=MIDNIGHT)
    actions.acknowledge(delivery=duty.deliveries.get(means="page"), by=duty, at=MIDNIGHT)
    assert actions.send_due(at=MIDNIGHT + timedelta(days=1)) == 0
    assert by_text(notice).why_not == "acknowledged"


def test_a_system_is_told_in_both_languages_and_nothing_after_it_was_taken_off(post):
    system, secret = subscriber()
    told()
    actions.send_due(at=NOON)
    letter = post.letters[0]
    assert (letter.to, letter.secret) == (system.url, secret)
    assert letter.body["text"] == {
        "zh": "产生预警：甲县手足口病",
        "en": "Alert raised: Hand, foot and mouth",
    }
    told()
    actions.revoke_subscriber(subscriber=system, by=system.added_by, at=NOON)
    assert actions.send_due(at=NOON) == 0
    assert Delivery.objects.order_by("pk").last().why_not == "revoked"
    assert system.secret_sealed != secret.encode()


def test_shown_on_the_page_is_delivered_and_one_tap_acknowledges(duty):
    told()
    page = duty.deliveries.get(means="page")
    assert actions.receive(deliveries=[page], by=UserFactory(), at=NOON) == 0
    assert actions.receive(deliveries=[page], by=duty, at=NOON) == 1
    assert actions.receive(deliveries=[page], by=duty, at=MIDNIGHT) == 0
    page.refresh_from_db()
    assert (page.state, page.delivered_at) == (State.DELIVERED, NOON)

    with pytest.raises(Refused):
        actions.acknowledge(delivery=page, by=UserFactory(), at=NOON)
    for at in (MIDNIGHT, MIDNIGHT + timedelta(hours=1)):
        actions.acknowledge(delivery=page, by=duty, at=at)
    page.refresh_from_db()
    assert (page.state, page.acknowledged_at) == (State.ACKNOWLEDGED, MIDNIGHT)
    assert page.delivered_at == NOON
