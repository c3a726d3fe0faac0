"""Notices on screen."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Role, User
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.notices import actions
from pingji.ground.notices.models import Delivery, Preference, Subscriber
from pingji.ground.notices.tasks import tell_who_is_next
from pingji.ground.notices.tests.factories import NOON, subscriber, told
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.tests.factories import deadline, plan

pytestmark = pytest.mark.django_db
State = Delivery.State
PHONE = "13812345678"


def page_of(user):
    return user.deliveries.filter(means="page").latest("pk")


def test_opening_the_inbox_is_the_delivery_and_one_tap_acknowledges(client, signed_in):
    duty = signed_in(role=Role.DUTY_OFFICER)
    told()
    text = client.get(reverse("notices:inbox")).content.decode()
    assert "产生预警：甲县手足口病" in text
    row = page_of(duty)
    assert row.state == State.DELIVERED

    answer = client.post(
        reverse("notices:acknowledge", args=[row.pk]), headers={"HX-Request": "true"}
    )
    assert f'id="notice-{row.pk}"' in answer.content.decode()
    assert page_of(duty).state == State.ACKNOWLEDGED
    assert "产生预警" not in client.get(reverse("notices:inbox")).content.decode()
    assert "产生预警" in client.get(reverse("notices:inbox") + "?show=all").content.decode()


def test_the_bell_counts_what_waits_and_is_red_for_what_is_urgent(client, signed_in):
    signed_in(role=Role.DUTY_OFFICER)
    told()
    text = client.get(reverse("notices:bell")).content.decode()
    assert '<span class="count-mark">1</span>' in text
    told(kind="alert_verified")
    text = client.get(reverse("notices:bell")).content.decode()
    assert '<span class="count-mark count-mark--red">2</span>' in text


def test_several_are_acknowledged_together_but_never_urgent_or_others_ones(client, signed_in):
    duty = signed_in(role=Role.DUTY_OFFICER)
    other = UserFactory(role=Role.DUTY_OFFICER)
    told()
    told(kind="alert_verified")
    pages = Delivery.objects.filter(means="page")
    chosen = [*pages.values_list("pk", flat=True), "x", "²", -1, 10**30]
    client.post(reverse("notices:acknowledge_shown"), {"delivery": [str(n) for n in chosen]})
    assert {row.notice.level for row in pages.filter(state=State.ACKNOWLEDGED)} == {2}
    assert not pages.filter(receiver=other, state=State.ACKNOWLEDGED).exists()
    assert pages.filter(receiver=duty, state=State.SENT).count() == 1


def test_nobody_acknowledges_for_another(client, signed_in):
    other = UserFactory(role=Role.DUTY_OFFICER)
    told()
    signed_in(role=Role.DUTY_OFFICER)
    where = reverse("notices:acknowledge", args=[page_of(other).pk])
    assert client.post(where).status_code == 404


def test_the_page_of_a_notice_proves_who_received_it_when(client, signed_in):
    receiver = UserFactory(role=Role.DUTY_OFFICER, display_name="周值班", phone=PHONE)
    notice = told()
    actions.acknowledge(delivery=page_of(receiver), by=receiver, at=NOON)
    signed_in(role=Role.INSPECTOR)
    text = client.get(reverse("notices:notice", args=[notice.pk])).content.decode()
    assert text.count("周值班") == 2
    assert "11-21 12:00:00" in text
    assert "确认前" not in text
    assert PHONE not in text


def test_a_bound_role_sees_only_what_it_was_told(client, signed_in):
    UserFactory(role=Role.DUTY_OFFICER)
    notice = told()
    signed_in(role=Role.HOSPITAL_REPORTER)
    assert client.get(reverse("notices:notice", args=[notice.pk])).status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"phone": "138 1234 5678", "sms": "on"}, (PHONE, True, None)),
        ({"phone": "", "digest": "yes"}, ("", False, True)),
        ({"quiet_from": "21:00", "quiet_until": "08:30", "sms": "on"}, ("", True, None)),
    ],
)
def test_people_set_how_they_want_to_be_told(client, signed_in, typed, kept):
    user = signed_in()
    assert client.post(reverse("notices:settings"), typed).status_code == 302
    row = Preference.objects.get(user=user)
    assert (row.phone, row.sms, row.digest) == kept
    assert client.get(reverse("notices:settings")).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {"phone": "call me"},
        {"quiet_from": "21:00"},
        {"quiet_from": "25:00", "quiet_until": "26:00"},
        {"digest": "sometimes"},
        {"phone": "1" * 31},
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(client, signed_in, typed):
    signed_in()
    answer = client.post(reverse("notices:settings"), typed)
    assert answer.status_code == 409
    assert 'class="error"' in answer.content.decode()
    assert not Preference.objects.exists()


def test_what_could_not_be_sent_is_listed_and_sent_again(client, signed_in):
    plan()
    duty = signed_in(role=Role.DUTY_OFFICER, phone="")
    told()
    text = client.get(reverse("notices:troubled")).content.decode()
    assert "无手机号码" in text
    row = duty.deliveries.get(means="sms")

    client.post(reverse("notices:settings"), {"phone": PHONE, "sms": "on"})
    client.post(reverse("notices:retry", args=[row.pk]))
    row.refresh_from_db()
    assert (row.state, row.to) == (State.QUEUED, PHONE)
    assert PHONE not in client.get(reverse("notices:troubled")).content.decode()


def test_the_proof_says_what_waits_for_the_digest_and_when_a_message_was_given_up(
    client, signed_in
):
    signed_in(role=Role.DUTY_OFFICER)
    UserFactory(role=Role.EPIDEMIOLOGIST, phone=PHONE)
    notice = told(variant="hint")
    text = Delivery.objects.get(means="sms", receiver__phone=PHONE)
    page = reverse("notices:notice", args=[notice.pk])
    assert "待并入每日摘要" in client.get(page).content.decode()

    Delivery.objects.filter(pk=text.pk).update(
        state=State.FAILED, due_at=None, failed_at=NOON + timedelta(minutes=3, seconds=7)
    )
    assert "11-21 12:03:07" in client.get(page).content.decode()


def test_only_who_keeps_the_means_in_order_sees_what_failed(client, signed_in):
    signed_in(role=Role.HOSPITAL_REPORTER)
    for page in ("notices:troubled", "notices:subscribers"):
        assert client.get(reverse(page)).status_code == 409


def test_a_system_s_secret_is_shown_once(client, signed_in):
    user = signed_in(role=Role.ADMINISTRATOR)
    typed = {
        "name": "应急局",
        "url": "https://example.org/in",
        "area": user.area_id,
        "least_level": "2",
    }
    text = client.post(reverse("notices:subscribers"), typed).content.decode()
    row = Subscriber.objects.get()
    assert row.secret in text
    assert row.secret not in client.get(reverse("notices:subscribers")).content.decode()
    again = client.post(reverse("notices:subscribers"), typed)
    assert (again.status_code, Subscriber.objects.count()) == (409, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.org/in"},
        {"url": "javascript:alert(1)"},
        {"url": ""},
        {"name": "  "},
        {"area": "110101"},
        {"least_level": "9"},
    ],
)
def test_a_system_that_does_not_fit_is_refused_at_its_field(client, signed_in, wrong):
    user = signed_in(role=Role.ADMINISTRATOR)
    typed = {"name": "x", "url": "https://a.example/", "area": user.area_id, "least_level": "1"}
    answer = client.post(reverse("notices:subscribers"), typed | wrong)
    assert answer.status_code == 409
    assert not Subscriber.objects.exists()


def test_a_missed_clock_tells_whom_it_escalates_to_and_a_notice_goes_on_to_the_next(signed_in):

    duty = UserFactory(role=Role.DUTY_OFFICER)
    leader = UserFactory(role=Role.LEADER)
    system, _secret = subscriber()
    clock = deadline("alert.verify", subject=system)
    urgent = told(kind="alert_verified")
    for row in (clock, Deadline.objects.of(urgent).get()):
        tell_who_is_next(
            at=NOON,
            deadline=row.pk,
            key=row.key,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            area=row.area_id,
            escalates_to=row.escalates_to,
        )
    assert page_of(leader).notice == urgent
    assert page_of(leader).escalated
    missed = duty.deliveries.filter(means="page", notice__kind="deadline_missed").get()
    assert missed.notice.level == 2
    assert str(system) in missed.notice.text
    assert missed.notice.told_by == system_user()


def test_a_late_report_card_is_left_to_the_lists_of_what_is_late():
    UserFactory(role=Role.DUTY_OFFICER)
    card = subscriber()[0]
    clock = deadline("report_card.other", subject=card)
    assert actions.tell_missed(deadline=clock, by=system_user(), at=NOON) is None
    assert not Delivery.objects.exists()


# Who was told of what


@pytest.fixture
def inspector(db):
    return UserFactory(role=Role.INSPECTOR)


@pytest.fixture
def duty(db):
    return UserFactory(role=Role.DUTY_OFFICER, phone=PHONE)


def test_what_was_told_is_listed_with_how_many_received_it(client, duty, inspector):
    told()
    actions.receive(deliveries=duty.deliveries.all(), by=duty, at=NOON)
    actions.acknowledge(delivery=duty.deliveries.get(means="page"), by=duty, at=NOON)
    client.force_login(inspector)
    page = client.get(reverse("notices:sent"))
    row = page.context["page"].object_list[0]
    assert (row.people, row.received, row.acknowledged, row.systems, row.failed) == (1, 1, 1, 0, 0)
    assert row.get_absolute_url() in page.content.decode()


def test_a_notice_that_reached_nobody_stands_out(client, inspector):
    told()
    client.force_login(inspector)
    answer = client.get(reverse("notices:sent"))
    assert [row.people for row in answer.context["page"]] == [0]
    assert "无人接收" in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("", 2),
        ("level=3", 1),
        ("kind=alert_raised", 1),
        ("since=2025-11-22", 1),
        ("until=2025-11-21", 1),
        ("receiver=值班", 2),
        ("receiver=无此人", 0),
    ],
)
def test_notices_are_looked_for(client, duty, inspector, asked, number):
    User.objects.filter(pk=duty.pk).update(display_name="周值班")
    told()
    told(kind="alert_verified", at=NOON + timedelta(days=1))
    client.force_login(inspector)
    answer = client.get(f"{reverse('notices:sent')}?{asked}")
    assert len(answer.context["page"].object_list) == number
    lines = client.get(f"{reverse('notices:sent_csv')}?{asked}").content.decode().splitlines()
    assert len(lines) == 1 + 2 * number  # on the page and by text message


def test_the_spreadsheet_says_who_received_what_when_and_nobodys_number(client, duty):
    client.force_login(duty)
    told()
    User.objects.filter(pk=duty.pk).update(display_name="=1+1")
    actions.receive(deliveries=duty.deliveries.all(), by=duty, at=NOON)
    text = client.get(reverse("notices:sent_csv")).content.decode()
    assert "'=1+1" in text
    assert ",2025-11-21 12:00:00," in text
    assert "13812345678" not in text


def test_a_day_that_is_none_is_said_at_its_field(client, duty):
    client.force_login(duty)
    answer = client.get(reverse("notices:sent") + "?since=gestern")
    assert answer.status_code == 409
    assert answer.context["form"].errors["since"]


def test_who_was_told_what_is_not_for_everybody(client, db):
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER))
    assert client.get(reverse("notices:sent")).status_code == 409
    assert client.get(reverse("notices:sent_csv")).status_code == 409
