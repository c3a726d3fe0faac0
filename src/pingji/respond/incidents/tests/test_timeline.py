"""The incident's timeline: from the first report to closing, filtered, as files."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from docx import Document as WordFile
from openpyxl import load_workbook

from pingji.ground import Refused
from pingji.ground.directory.models import Area
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    TOWN,
    case_row,
    cases,
    imported,
)
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.actions.modes import finish_step
from pingji.respond.incidents.queries.timeline import KINDS, Asked, Happened, timeline
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    commander,
    opened,
    orders,
    person_of,
    staffed,
)
from pingji.respond.incidents.tests.test_modes import begun, hospital
from pingji.warn.alerts import actions as alerts
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)


def whole():
    """An incident from its alert to its closing, and who commanded it."""
    staffed()
    by = commander()
    alert = AlertFactory(area=Area.objects.get(pk=TOWN), state="new")
    imported(cases([case_row(), case_row(key="A2")]), at=NOON - timedelta(minutes=5))
    alert = alerts.decide(alert=alert, to="verified", by=by, at=NOON, reason="电话核实")
    incident = opened(by=by, alert=alert, area=alert.area)
    order = actions.issue_order(
        incident=incident,
        organisation=alert.area.organisations.order_by("pk").first(),
        text="停课三天",
        standard="order.complete",
        by=by,
        at=SOON,
    )
    brought_to(order, "verified", by)
    actions.close_incident(incident=incident, reason="已控制", by=by, at=LATER)
    incident.refresh_from_db()
    return incident, by


def said(events) -> list[str]:
    return [event.what for event in events]


def test_it_runs_from_the_first_case_to_the_closing():
    incident, by = whole()

    events = timeline(incident, by, Asked())

    assert events == sorted(events, key=lambda event: (event.at, event.line or 0))
    kinds = {event.kind for event in events}
    assert kinds >= {"report", "alert", "command", "order", "deadline", "notice"}
    assert said(events)[0] == "首例病例报告"
    assert events[-1].reason == "已控制"


def test_an_event_opened_by_hand_tells_its_cases_once_its_illness_is_named():
    by = commander()
    incident = opened(by=by)
    imported(cases([case_row(), case_row(key="A2")]), at=NOON + timedelta(minutes=5))
    assert not timeline(incident, by, Asked(kind="report"))

    illness = Disease.objects.get(pk="hand_foot_mouth")
    actions.name_illness(incident=incident, disease=illness, reason="检出病原", by=by, at=SOON)
    incident.refresh_from_db()

    assert said(timeline(incident, by, Asked(kind="report"))) == ["首例病例报告", "报告病例 2 例"]


def test_the_clocks_of_who_is_told_and_who_is_invited_are_in_it():
    by = commander()
    incident = opened(by=by)
    actions.issue_circular(
        incident=incident,
        title="聚集性疫情通报",
        text="请协助排查。",
        organisations=[incident.area.organisations.order_by("pk").first()],
        by=by,
        at=SOON,
    )
    receiver = incident.circulars.get().receivers.get()

    actions.receive_circular(
        receiver=receiver, how="电话告知，王某，15:40", means="telephone", by=by, at=LATER
    )

    clocks = [event.subject for event in timeline(incident, by, Asked(kind="deadline"))]
    assert any(str(receiver) in subject for subject in clocks)


def test_the_clocks_of_the_steps_of_a_switch_are_in_it():
    by = commander()
    incident = opened(by=by)
    switch = begun(hospital(), way="icu", incident=incident)
    for key in ("move", "equip", "crew"):
        finish_step(step=switch.steps.get(key=key), result="", by=by, at=SOON)

    clocks = [event.subject for event in timeline(incident, by, Asked(kind="deadline"))]

    assert any(switch.facility.name in subject for subject in clocks)


def test_every_line_about_the_incident_and_its_orders_is_in_it():
    incident, by = whole()
    shown = {event.line for event in timeline(incident, by, Asked())}

    kinds = ("incident.opened", "order.issued", "order.done", "incident.closed", "alert.verified")
    for line in Line.objects.filter(kind__in=kinds):
        assert line.number in shown, line.kind


def test_another_incident_is_not_in_it():
    incident, by = whole()
    other = opened(title="另一事件", by=by)

    lines = [event.line for event in timeline(incident, by, Asked())]

    about = Line.objects.filter(subject_type="incidents.incident", subject_id=str(other.pk))
    assert not set(lines) & set(about.values_list("number", flat=True))


@pytest.mark.parametrize("kind", ["report", "alert", "order", "deadline", "notice"])
def test_it_is_filtered_by_kind(kind):
    incident, by = whole()

    events = timeline(incident, by, Asked(kind=kind))

    assert {event.kind for event in events} == {kind}


def test_every_event_is_found_under_one_kind_and_no_other():
    incident, by = opened(by=commander()), commander()
    field.set_risk_area(
        incident=incident, area=incident.area, level="high", reason="病例集中", by=by, at=SOON
    )

    found = [event.line for kind in KINDS for event in timeline(incident, by, Asked(kind=kind))]

    assert sorted(found) == sorted(event.line for event in timeline(incident, by, Asked()))


def test_it_is_filtered_by_organisation_and_time():
    incident, by = whole()
    school = incident.orders.get().organisation

    of_school = timeline(incident, by, Asked(organisation=school.pk))
    assert {event.organisation for event in of_school} == {school}

    late = timeline(incident, by, Asked(since=LATER, until=LATER))
    assert said(late)
    assert {event.at for event in late} == {LATER}
    until_then = timeline(incident, by, Asked(until=SOON))
    assert {"order", "report"} <= {event.kind for event in until_then}
    assert max(event.at for event in until_then) == SOON
    before = timeline(incident, by, Asked(until=NOON - timedelta(hours=1)))
    assert "report" not in {event.kind for event in before}


def test_an_organisation_sees_its_own_orders_in_it_and_not_those_of_others():
    incident = activated()
    order = orders(incident).filter(organisation__kind="department").first()
    liaison = person_of(order.organisation)
    liaison.area_id = COUNTY
    liaison.save()

    found = timeline(incident, liaison, Asked(kind="order"))

    assert found
    assert {event.organisation for event in found} == {order.organisation}


def test_every_kind_has_a_name():
    assert all(str(label) for label, _beginnings in KINDS.values())


def test_the_page_shows_filters_and_turns_it_round(client):
    incident, by = whole()
    client.force_login(by)
    address = reverse("incidents:incident_timeline", args=[incident.pk])

    page = client.get(address).content.decode()
    assert (
        page.index("事件立案") < page.index("事件关闭") if "事件立案" in page else "已控制" in page
    )
    turned = client.get(address + "?order=newest").context["page"].object_list
    assert [event.at for event in turned] == sorted((e.at for e in turned), reverse=True)
    only = client.get(address + "?kind=report").context["page"].object_list
    assert {event.kind for event in only} == {"report"}
    assert "没有相符的内容" in client.get(address + "?since=2031-01-01T00:00").content.decode()


def rows_of(client, incident, form: str, **asked: str):
    query = "&".join(f"{name}={value}" for name, value in {"form": form, **asked}.items())
    answer = client.get(reverse("incidents:timeline_file", args=[incident.pk]) + f"?{query}")
    assert answer.status_code == 200
    assert f".{form}" in answer["Content-Disposition"]
    return answer.content


def test_it_is_taken_away_as_csv_excel_and_word_and_that_is_on_record(client):
    incident, by = whole()
    client.force_login(by)
    n = len(timeline(incident, by, Asked(kind="order")))

    text = rows_of(client, incident, "csv", kind="order").decode("utf-8-sig")
    assert len(text.strip().splitlines()) == n + 1
    assert "停课三天" in text
    sheet = load_workbook(io.BytesIO(rows_of(client, incident, "xlsx", kind="order"))).active
    assert sheet.max_row == n + 1
    word = WordFile(io.BytesIO(rows_of(client, incident, "docx", kind="order")))
    assert len(word.tables[0].rows) == n + 1

    lines = Line.objects.filter(kind="incident.timeline_fetched")
    assert sorted(line.details["form"] for line in lines) == ["csv", "docx", "xlsx"]


def test_whose_matter_it_is_stands_apart_from_who_did_it(client):
    incident, by = whole()
    client.force_login(by)
    theirs = incident.orders.get().organisation.label
    address = reverse("incidents:incident_timeline", args=[incident.pk])

    page = client.get(address + "?kind=order").content.decode()
    word = WordFile(io.BytesIO(rows_of(client, incident, "docx", kind="order")))

    assert f"<td>{theirs}</td>" in page
    head, first = ([cell.text for cell in row.cells] for row in word.tables[0].rows[:2])
    assert head == ["时间", "事项", "对象", "谁", "涉及机构", "理由"]
    assert first[3:5] == [by.display_name, theirs]


def test_a_checkpoint_that_opens_gives_no_reason_beside_its_name():
    by = commander()
    incident = opened(by=by)
    point = field.open_checkpoint(
        incident=incident,
        name="小学门口",
        area=incident.area,
        organisation=incident.area.organisations.order_by("pk").first(),
        by=by,
        at=SOON,
    )

    (told,) = [one for one in timeline(incident, by, Asked()) if one.subject == str(point)]
    assert told.reason == ""


def test_no_cell_of_the_file_runs_as_a_formula(client):
    by = commander()
    incident = opened(by=by)
    actions.close_incident(incident=incident, reason="=1+1", by=by, at=LATER)
    client.force_login(by)

    assert "'=1+1" in rows_of(client, incident, "csv").decode("utf-8-sig")


def test_another_form_is_refused():
    incident, by = whole()

    with pytest.raises(Refused, match="docx"):
        actions.fetch_timeline(incident=incident, form="exe", asked=Asked(), by=by, at=LATER)


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_its_pages_put_together_are_the_whole(newest, size):
    incident, by = whole()
    every = timeline(incident, by, Asked())[:: -1 if newest else 1]

    happened = Happened(incident, by, Asked(), newest=newest)
    pages = [happened[at : at + size] for at in range(0, len(happened), size)]

    assert len(happened) == len(every) == happened.total()
    found = [event for page in pages for event in page]
    assert [(e.at, e.line) for e in found] == [(e.at, e.line) for e in every]
    assert all(len(page) == size for page in pages[:-1])
