"""Consultations on screen: from the call to the signed minutes."""

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Organisation
from pingji.respond.incidents.models import Consultation, Invitation
from pingji.respond.incidents.tests.test_consultations import Table


@pytest.fixture
def table(db):
    return Table()


def test_a_consultation_from_call_to_minutes_on_screen(table, client):
    client.force_login(table.duty)
    where = reverse("incidents:call_consultation", args=[table.incident.pk])
    form = client.get(where).content.decode()
    sent = {
        "subject": "停课研判",
        "starts_at": "2030-01-01T10:00",
        "place": "腾讯会议 100 200",
        "agenda": "要停课吗？\n\n要消毒吗？",
        "experts": [row.pk for row in table.pool],
    }
    assert "儿科" in form
    assert client.post(where, sent | {"agenda": ""}).status_code == 409
    client.post(where, sent)
    made = Consultation.objects.get()
    client.force_login(table.doctor)
    mine = client.get(reverse("incidents:my_consultations")).content.decode()
    short = client.post(
        reverse("incidents:give_opinion", args=[made.pk]), {"question-1": "停", "question-2": ""}
    )
    assert "停课研判" in mine
    assert short.status_code == 409
    assert client.get(reverse("incidents:detail", args=[table.incident.pk])).status_code == 409
    for person in (table.doctor, table.chair):
        client.force_login(person)
        client.post(
            reverse("incidents:give_opinion", args=[made.pk]),
            {"question-1": "停", "question-2": "消毒"},
        )
    client.force_login(table.duty)
    for number in (1, 2):
        client.post(
            reverse("incidents:decide_question", args=[made.pk]),
            {"number": number, "seen": 0, "decision": "同意", "reasons": "意见一致"},
        )
    refused = client.post(reverse("incidents:add_follow_up", args=[made.pk]), {"text": "消毒"})
    assert refused.status_code == 409
    # What is told goes on being refreshed, from the address of the page and not of what was sent.
    assert f'id="proof" hx-get="{made.get_absolute_url()}"' in refused.content.decode()
    client.post(
        reverse("incidents:add_follow_up", args=[made.pk]),
        {
            "text": "消毒教室",
            "organisation": Organisation.objects.get(name="桃花源卫生院").pk,
            "due_at": "2030-01-02T10:00",
        },
    )
    ready = client.get(made.get_absolute_url()).content.decode()
    signed = client.post(reverse("incidents:sign_minutes", args=[made.pk]), follow=True)
    file = client.get(reverse("incidents:minutes", args=[made.pk, "zh-hans", "pdf"]))
    nothing = client.get(reverse("incidents:minutes", args=[made.pk, "fr", "pdf"]))
    listed = client.get(reverse("incidents:consultations", args=[table.incident.pk]))

    assert "签发纪要" in ready
    assert "消毒教室" in signed.content.decode()
    assert file.content.startswith(b"%PDF")
    assert nothing.status_code == 404
    assert "2 / 2" in listed.content.decode()
    assert Invitation.objects.exclude(answered_at=None).count() == 2


@pytest.mark.parametrize("number", ["3", "0", "-1", "9" * 40])
def test_a_decision_on_a_question_that_is_not_asked_is_refused_in_words(table, client, number):
    made = table.opened()
    client.force_login(table.chair)

    sent = {"number": number, "seen": 0, "decision": "同意", "reasons": "意见一致"}
    answer = client.post(reverse("incidents:decide_question", args=[made.pk]), sent)

    assert answer.status_code == 409
    assert f"议程中没有第 {number} 个问题" in answer.content.decode()


def test_somebody_who_neither_sees_incidents_nor_was_invited_is_refused(table, client):
    made = table.called(experts=table.pool[:1])
    client.force_login(table.doctor)
    assert client.get(made.get_absolute_url()).status_code == 409
    listed = client.get(reverse("incidents:my_consultations")).content.decode()
    assert "疫情研判" not in listed
