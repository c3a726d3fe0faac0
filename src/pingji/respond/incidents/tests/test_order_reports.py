"""Orders from acknowledging to verified: progress, files, done, sent back."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.notices.models import Notice
from pingji.ground.record.models import Line
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline, StandardRow
from pingji.monitor.surveillance.tests.factories import NOON, TOWN
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.models import Order, OrderFile, OrderReport
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    clocks,
    commander,
    opened,
    orders,
    person_of,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
PHOTO = b"\xff\xd8\xff\xe0" + b"photo of the canteen" * 50


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def photo(name: str = "食堂.jpg", content: bytes = PHOTO) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def under_way(*, by=None):
    """An order that is being done, and who does it."""
    by = by or commander()
    order = orders(activated(by=by)).first()
    doer = person_of(order.organisation)
    return actions.acknowledge(order=order, by=doer, at=SOON), doer


def finished():
    by = commander()
    order, doer = under_way(by=by)
    return actions.finish(order=order, result="已到现场", by=doer, at=LATER), doer, by


def test_progress_is_kept_with_its_share_and_its_photo(folder):
    order, doer = under_way()

    report = actions.report_progress(
        order=order, text="已到现场", share=50, files=[photo()], by=doer, at=LATER
    )

    order.refresh_from_db()
    file = report.files.get()
    assert (order.share, order.state) == (50, "acknowledged")
    assert (file.name, file.media_type, file.size) == ("食堂.jpg", "image/jpeg", len(PHOTO))
    with file.file.open("rb") as kept:
        assert kept.read() == PHOTO
    line = Line.objects.get(kind="order.progressed")
    assert line.details["files"] == [{"name": "食堂.jpg", "sha256": file.sha256}]


def test_files_lie_sealed_on_the_disk(folder):
    order, doer = under_way()

    actions.report_progress(order=order, files=[photo()], by=doer, at=LATER)

    kept = Path(OrderFile.objects.get().file.path).read_bytes()
    assert b"photo of the canteen" not in kept
    assert kept.startswith(b"PINGJI")


def test_a_report_that_a_shaky_connection_sends_twice_is_kept_once():
    order, doer = under_way()
    given = {"order": order, "text": "到了", "key": uuid.uuid4(), "by": doer, "at": LATER}

    first = actions.report_progress(files=[photo()], **given)
    second = actions.report_progress(files=[photo()], **given)

    assert first == second
    assert OrderFile.objects.count() == 1


def test_finishing_sent_twice_is_one_result():
    order, doer = under_way()
    given = {"order": order, "result": "到了", "key": uuid.uuid4(), "by": doer, "at": LATER}

    actions.finish(**given)
    actions.finish(**given)

    assert OrderReport.objects.filter(kind="result").count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("页面.jpg", b"<script>alert(1)</script>"),
        ("程序.docx", b"MZ\x90\x00"),
        ("压缩包.zip", b"PK\x03\x04rest"),
        ("空.jpg", b""),
    ],
)
def test_what_is_neither_photo_nor_document_is_refused_by_name(folder, name, content):
    order, doer = under_way()

    with pytest.raises(Refused, match=name) as refused:
        actions.report_progress(
            order=order, text="见附件", files=[photo(), photo(name, content)], by=doer, at=LATER
        )

    assert refused.value.field == "files"
    assert not OrderReport.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "beginning", "media_type"),
    [
        ("a.PNG", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.webp", b"RIFF0000WEBP", "image/webp"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", "image/heic"),
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("名单.XLSX", b"PK\x03\x04", rules.order_files.SHEET),
        ("名单.xls", b"\xd0\xcf\x11\xe0", "application/vnd.ms-excel"),
    ],
)
def test_a_file_is_what_its_content_says(name, beginning, media_type):
    assert rules.media_type_of(name, beginning) == media_type


def test_too_many_or_too_large_files_are_refused():
    most = rules.order_files.MOST_FILES
    with pytest.raises(Refused, match=str(most)):
        rules.check_files([("a.jpg", 1)] * (most + 1))
    with pytest.raises(Refused, match="大.jpg"):
        rules.check_files([("大.jpg", rules.order_files.MOST_BYTES + 1)])


def test_an_empty_report_is_refused():
    order, doer = under_way()

    with pytest.raises(Refused) as refused:
        actions.report_progress(order=order, text=" ", by=doer, at=LATER)

    assert refused.value.field == "text"


@pytest.mark.parametrize("share", [-1, 101])
def test_a_share_lies_between_nothing_and_all(share):
    order, doer = under_way()

    with pytest.raises(Refused):
        actions.report_progress(order=order, text="x", share=share, by=doer, at=LATER)


def test_progress_is_reported_only_while_it_is_done():
    order, doer, _by = finished()

    with pytest.raises(Refused):
        actions.report_progress(order=order, text="还有", by=doer, at=LATER)


def test_who_issued_is_told_once_it_is_done_and_has_a_clock_to_verify_it():
    order, _doer, by = finished()

    notice = Notice.objects.get(kind="order_done")
    assert [one.receiver for one in notice.deliveries.filter(means="page")] == [by]
    clock = Deadline.objects.of(order).get(key="order.verify")
    assert (clock.owner, clock.state) == (by, "open")


def test_verifying_ends_the_order():
    order, _doer, by = finished()

    order = actions.verify(order=order, remark="现场核实", by=by, at=LATER)

    assert (order.state, order.verified_by, order.verified_at) == ("verified", by, LATER)
    assert clocks(order)["order.verify"] == "met"
    assert Line.objects.get(kind="order.verified").reason == "现场核实"


def test_nobody_verifies_what_they_reported_done_themselves():
    by = commander()
    order = brought_to(orders(activated(by=by)).first(), "done", by)

    with pytest.raises(Refused):
        actions.verify(order=order, by=by, at=LATER)
    assert actions.verify(order=order, by=commander(), at=LATER).state == "verified"


@pytest.mark.parametrize("role", Role)
def test_only_who_may_issue_verifies(role):
    order, _doer, _by = finished()
    user = UserFactory(role=role, organisation=order.organisation)

    if role in (Role.LEADER, Role.DUTY_OFFICER):
        rules.check_can_verify(user, order)
    else:
        with pytest.raises(Refused):
            rules.check_can_verify(user, order)


def clock_of(order):
    return Deadline.objects.of(order).get(key=order.standard)


def test_what_is_sent_back_is_to_be_done_within_the_time_it_always_had():
    order, doer, by = finished()
    before = clock_of(order)
    assert before.state == "met"

    order = actions.send_back(order=order, reason="缺密接名单", by=by, at=LATER)

    assert (order.state, order.done_by, order.done_at) == ("acknowledged", None, None)
    clock = clock_of(order)
    assert (clock.state, clock.started_at, clock.due_at) == (
        "open",
        before.started_at,
        before.due_at,
    )
    notice = Notice.objects.get(kind="order_returned")
    assert doer.deliveries.filter(notice=notice).exists()
    assert Line.objects.filter(kind="deadline.reopened").get().reason == "缺密接名单"
    assert actions.finish(order=order, result="名单已补", by=doer, at=LATER).state == "done"


def test_what_is_sent_back_is_no_further_than_its_last_progress():
    order, doer = under_way()
    actions.report_progress(order=order, text="一半", share=50, by=doer, at=SOON)
    order = actions.finish(order=order, result="完成", by=doer, at=SOON)
    assert order.share == 100

    order = actions.send_back(order=order, reason="缺名单", by=order.issued_by, at=LATER)

    assert order.share == 50


def test_sent_back_after_its_time_it_is_late_unless_the_command_names_a_new_end():
    order, doer, by = finished()
    due = clock_of(order).due_at
    late = due + timedelta(hours=1)

    actions.send_back(order=order, reason="缺名单", by=by, at=late)
    standards.sweep_deadlines(at=late)
    assert clock_of(order).state == "missed"

    actions.finish(order=order, result="补齐", by=doer, at=late)
    assert clock_of(order).state == "met_late"
    until = late + timedelta(hours=6)
    actions.send_back(order=order, reason="还缺", until=until, by=by, at=late)
    states = Deadline.objects.of(order).filter(key=order.standard).order_by("pk")
    assert [(one.state, one.due_at) for one in states] == [("met_late", due), ("open", until)]


def test_a_new_end_for_what_is_sent_back_is_on_the_clock_with_its_reason():
    order, _doer, by = finished()
    due = clock_of(order).due_at

    with pytest.raises(Refused) as refused:
        actions.send_back(order=order, reason="缺名单", until=due, by=by, at=LATER)
    assert refused.value.field == "until"
    until = due + timedelta(hours=2)
    actions.send_back(order=order, reason="缺名单", until=until, by=by, at=LATER)

    clock = clock_of(order)
    assert (clock.due_at, clock.extended_from, clock.extend_reason) == (until, due, "缺名单")


def test_what_was_sent_back_is_not_shown_as_done_among_the_orders_of_the_incident(client):
    order, _doer, by = finished()
    client.force_login(by)
    address = order.incident.get_absolute_url()
    said = order.result
    assert said in client.get(address).content.decode()

    actions.send_back(order=order, reason="缺名单", by=by, at=LATER)

    assert said not in client.get(address).content.decode()


def test_the_page_says_when_the_time_of_what_is_sent_back_ends(client):
    order, _doer, by = finished()
    Deadline.objects.of(order).update(
        started_at=NOON, warn_at=NOON, due_at=NOON + timedelta(hours=1)
    )
    client.force_login(by)
    page = client.get(reverse("incidents:order", args=[order.pk])).content.decode()
    assert "不填则立即逾期" in page

    ahead = timezone.now() + timedelta(hours=5)
    Deadline.objects.of(order).update(due_at=ahead)
    page = client.get(reverse("incidents:order", args=[order.pk])).content.decode()
    assert "不填则按指令原定时限" in page

    until = timezone.localtime(ahead + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    post(client, "send_back", order, reason="缺名单", until=until)
    assert timezone.localtime(clock_of(order).due_at).strftime("%Y-%m-%dT%H:%M") == until


def test_what_is_sent_back_says_what_is_missing():
    order, _doer, by = finished()

    with pytest.raises(Refused) as refused:
        actions.send_back(order=order, reason=" ", by=by, at=LATER)

    assert refused.value.field == "reason"


def test_after_the_incident_is_closed_nothing_is_sent_back_but_what_is_done_may_be_verified():
    by = commander()
    incident = opened(by=by)
    order = actions.issue_order(
        incident=incident,
        organisation=OrganisationFactory(kind="school", area=Area.objects.get(pk=TOWN)),
        text="停课",
        standard="order.complete",
        by=by,
        at=NOON,
    )
    doer = person_of(order.organisation)
    actions.acknowledge(order=order, by=doer, at=SOON)
    actions.finish(order=order, result="已停课", by=doer, at=SOON)
    # A county whose plan closes events before every order is verified.
    StandardRow.objects.filter(key="incident.closing_requires").update(items=[])
    actions.close_incident(incident=incident, reason="已控制", by=by, at=LATER)

    with pytest.raises(Refused, match="结束|关闭|closed|终止"):
        actions.send_back(order=order, reason="缺名单", by=by, at=LATER)
    assert actions.verify(order=order, by=by, at=LATER).state == "verified"


def test_several_are_verified_at_once_or_none_of_them():
    order, _doer, by = finished()
    other = orders(order.incident).last()

    with pytest.raises(Refused):
        actions.verify_chosen(orders=[order, other], by=by, at=LATER)
    assert Order.objects.filter(state="verified").count() == 0

    actions.verify_chosen(orders=[order], by=by, at=LATER)
    assert Order.objects.filter(state="verified").count() == 1


# On screen.


def post(client, name: str, order: Order, **body: object):
    return client.post(reverse(f"incidents:{name}", args=[order.pk]), body)


def test_progress_with_a_photo_is_reported_and_shown_on_the_page(client, folder):
    order, doer = under_way()
    client.force_login(doer)

    answer = post(client, "report", order, result="已到现场", share="50", files=[photo()])

    assert answer.status_code == 302
    page = client.get(reverse("incidents:order", args=[order.pk])).content.decode()
    assert "已到现场" in page
    address = reverse("incidents:order_file", args=[OrderFile.objects.get().pk])
    assert f'src="{address}"' in page
    shown = client.get(address)
    assert b"".join(shown.streaming_content) == PHOTO
    shown.close()
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert shown["Content-Disposition"].startswith("inline")


def test_a_document_is_taken_away_and_never_shown(client, folder):
    order, doer = under_way()
    client.force_login(doer)
    post(client, "report", order, result="名单", files=[photo("名单.pdf", b"%PDF-1.7 x")])

    address = reverse("incidents:order_file", args=[OrderFile.objects.get().pk])

    taken = client.get(address)
    assert taken["Content-Disposition"].startswith("attachment")
    taken.close()


def test_another_organisation_does_not_see_the_photo(client, folder):
    order, doer = under_way()
    report = actions.report_progress(order=order, files=[photo()], by=doer, at=LATER)
    client.force_login(person_of(OrganisationFactory(area=order.area)))

    address = reverse("incidents:order_file", args=[report.files.get().pk])

    assert client.get(address).status_code == 404


def test_a_refused_file_leaves_what_was_typed_on_the_page(client):
    order, doer = under_way()
    client.force_login(doer)

    answer = post(client, "report", order, result="长长的说明", files=[photo("x.exe", b"MZ")])

    assert answer.status_code == 409
    assert "长长的说明" in answer.content.decode()


def test_the_command_verifies_and_sends_back_on_the_page(client):
    order, _doer, by = finished()
    client.force_login(by)
    assert "核验通过" in client.get(reverse("incidents:order", args=[order.pk])).content.decode()

    post(client, "send_back", order, reason="缺名单")
    order.refresh_from_db()
    assert order.state == "acknowledged"

    order = actions.finish(order=order, result="已补", by=_doer, at=LATER)
    post(client, "verify", order, remark="")
    order.refresh_from_db()
    assert order.state == "verified"


def test_chosen_orders_are_verified_together_on_the_list(client):
    order, _doer, by = finished()
    client.force_login(by)
    listed = client.get(reverse("incidents:orders") + "?state=done").content.decode()
    asked = f"{reverse('incidents:verify_chosen')}?state=done"
    assert asked in listed

    answer = client.post(asked, {"order": [order.pk]})
    assert answer["location"] == f"{reverse('incidents:orders')}?state=done"

    order.refresh_from_db()
    assert order.state == "verified"


def test_a_program_reports_verifies_and_sends_back(client):
    order, doer = under_way()
    address = f"/api/incidents/orders/{order.pk}"
    client.force_login(doer)
    sent = {"text": "一半", "share": 50}
    assert (
        client.post(f"{address}/reports", sent, content_type="application/json").json()["share"]
        == 50
    )
    client.post(f"{address}/results", {"result": "完成"}, content_type="application/json")

    client.force_login(order.issued_by)
    back = client.post(f"{address}/returns", {"reason": "缺"}, content_type="application/json")
    assert back.json()["state"] == "acknowledged"
    actions.finish(order=order, result="完成", by=doer, at=LATER)
    done = client.post(f"{address}/verifications", {}, content_type="application/json")
    assert done.json()["state"] == "verified"
