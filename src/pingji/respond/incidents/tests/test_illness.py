"""The illness of an incident that no alert began: named, so that its cases are counted."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.models import CaseReport, Disease
from pingji.monitor.surveillance.tests.factories import case_row, cases, imported
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.event_figures import event_figures
from pingji.respond.incidents.tests.factories import SOON, commander, opened

pytestmark = pytest.mark.django_db
LATER = SOON + timedelta(hours=1)


def influenza() -> Disease:
    return Disease.objects.get(pk="influenza")


def sick(number: int = 3) -> None:
    writer = UserFactory(role=Role.EPIDEMIOLOGIST)
    imported(cases([case_row(key=f"A{n}", age="6") for n in range(number)]), by=writer)


def test_once_the_illness_is_named_its_cases_are_counted():
    by = commander()
    incident = opened(by=by)
    sick()
    disease = CaseReport.objects.all()[0].disease
    assert not event_figures(incident, at=LATER)["cases"]["known"]

    incident = actions.name_illness(
        incident=incident, disease=disease, reason="采样检出", by=by, at=SOON
    )

    found = event_figures(incident, at=LATER)["cases"]
    assert (found["known"], found["total"]) == (True, 3)
    line = Line.objects.get(kind="incident.illness_named")
    assert (line.reason, line.details["now"]) == ("采样检出", disease.code)


def test_the_illness_is_named_at_the_opening_or_later_on_the_page_of_reports(client):
    by = commander()
    first = opened(by=by)  # so that there is a catalogue
    client.force_login(by)
    area = first.area_id
    body = {"title": "流感疫情", "event_kind": "infectious_disease", "area": area}
    client.post(reverse("incidents:open"), body | {"grade": "ungraded", "disease": influenza().pk})
    assert Incident.objects.get(title="流感疫情").disease == influenza()

    page = client.get(reverse("incidents:reports", args=[first.pk])).content.decode()
    assert "尚未确定" in page
    address = reverse("incidents:name_illness", args=[first.pk])
    assert client.post(address, {"disease": "influenza", "reason": " "}).status_code == 409
    client.post(address, {"disease": "influenza", "reason": "核酸阳性"})
    first.refresh_from_db()
    assert first.disease == influenza()


def test_who_neither_commands_nor_writes_reports_names_no_illness_and_nobody_after_the_end():
    by = commander()
    incident = opened(by=by)
    given = {"incident": incident, "disease": influenza(), "reason": "核酸阳性", "at": SOON}
    with pytest.raises(Refused):
        actions.name_illness(by=UserFactory(role=Role.INSPECTOR), **given)
    actions.close_incident(incident=incident, reason="已控制", by=by, at=SOON)
    with pytest.raises(Refused):
        actions.name_illness(by=by, **given)
    with pytest.raises(Refused):
        actions.name_illness(by=UserFactory(role=Role.EPIDEMIOLOGIST), **given)
