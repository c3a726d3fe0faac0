"""Consultation: experts answer apart, a decision with reasons, minutes, and orders that follow."""

import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation
from docx import Document as read_word
from pypdf import PdfReader

from pingji.ground import Refused
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    OrganisationFactory,
    UserFactory,
)
from pingji.ground.notices.models import Delivery
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import NOON, case_row, cases, imported
from pingji.respond.incidents import actions as command
from pingji.respond.incidents.actions import consultations as actions
from pingji.respond.incidents.models import Consultation, Order
from pingji.respond.incidents.tests.factories import SOON, clocks, commander, opened, staffed
from pingji.warn.alerts.tests.factories import AlertFactory

State = Consultation.State
LATER = SOON + timedelta(hours=1)
QUESTIONS = ["传播风险有多大？", "是否停课？"]


class Table:
    """An incident that began with an alert, its chair, and a pool of three experts."""

    def __init__(self):
        staffed()
        self.chair = UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰")
        self.duty = commander(display_name="陈志远")
        imported(cases([case_row(key=f"A{n}", age=str(n + 3)) for n in range(4)]), by=self.chair)
        alert = AlertFactory(state="verified")
        self.incident = opened(by=self.duty, alert=alert, area=alert.area)
        hospital = Organisation.objects.get(name="县人民医院")
        self.doctor = UserFactory(
            role=Role.HOSPITAL_REPORTER,
            display_name="何丽华",
            organisation=hospital,
            area=hospital.area,
        )
        self.pool = [
            directory.name_expert(person=person, field=field, title=title, by=self.duty, at=NOON)
            for person, field, title in (
                (self.chair, "epidemiology", "主任医师"),
                (self.doctor, "paediatrics", "副主任医师"),
            )
        ]

    def called(self, **given):
        given = {
            "incident": self.incident,
            "subject": "疫情研判",
            "starts_at": LATER,
            "agenda": QUESTIONS,
            "experts": self.pool,
            "by": self.chair,
            "at": SOON,
        } | given
        return actions.call_consultation(**given)

    def answer(self, consultation, by, text="同意停课。"):
        return actions.give_opinion(
            consultation=consultation,
            opinions={number: f"{text}{number}" for number, _q in enumerate(QUESTIONS, 1)},
            by=by,
            at=LATER,
        )

    def opened(self):
        made = self.called()
        self.answer(made, self.chair)
        self.answer(made, self.doctor, "建议分班停课。")
        made.refresh_from_db()
        return made

    def decided(self):
        made = self.opened()
        for number in (1, 2):
            decide(made, number, by=self.chair)
        return made

    def followed(self, made, **given):
        given = {
            "text": "落实停课并每日晨午检",
            "organisation": Organisation.objects.get(name="桃花源卫生院"),
            "due_at": LATER + timedelta(hours=5),
            "by": self.chair,
            "at": LATER,
        } | given
        return actions.add_follow_up(consultation=made, **given)

    def signed(self):
        made = self.decided()
        self.followed(made)
        return actions.sign_minutes(consultation=made, by=self.duty, at=LATER)


def decide(made, number, *, by, seen=0, decision="停课三天", reasons="同班病例集中。"):
    return actions.decide_question(
        consultation=made,
        number=number,
        decision=decision,
        reasons=reasons,
        seen=seen,
        by=by,
        at=LATER,
    )


@pytest.fixture
def table(db):
    return Table()


def test_calling_invites_each_expert_with_a_notice_and_a_clock_and_gathers_the_material(table):
    made = table.called()

    told = set(
        Delivery.objects.filter(notice__kind="consultation_called", means="page").values_list(
            "receiver", flat=True
        )
    )
    found = made.material
    clock = Deadline.objects.of(made.invitations.get(expert=table.doctor)).get()
    assert told == {table.doctor.pk}  # who calls is not told of what they did
    assert (clock.key, clock.owner) == ("consultation.opinion", table.doctor)
    assert found["alert"]["observed"] == 12
    assert found["cases"]["total"] == 4
    assert sum(n for _day, n in found["cases"]["days"]) == 4
    assert found["cases"]["townships"][0]["zh"] == "桃花源街道"
    assert found["orders"]["total"] == 0


def test_late_orders_and_signed_assessments_are_among_the_material(table):
    order = command.issue_order(
        incident=table.incident,
        organisation=Organisation.objects.get(name="桃花源卫生院"),
        text="开展病例搜索",
        standard="order.complete",
        by=table.duty,
        at=NOON,
    )
    made = table.called(at=NOON + timedelta(days=3), starts_at=NOON + timedelta(days=4))

    late = made.material["orders"]["late"]
    assert [one["id"] for one in late] == [order.pk]


@pytest.mark.parametrize("role", [Role.PRESS_OFFICER, Role.INSPECTOR, Role.HOSPITAL_REPORTER])
def test_others_do_not_call_a_consultation(table, role):
    with pytest.raises(Refused):
        table.called(by=UserFactory(role=role))


@pytest.mark.parametrize(
    ("given", "field"), [({"agenda": [" "]}, "agenda"), ({"experts": []}, "experts")]
)
def test_without_a_question_or_an_expert_nobody_is_consulted(table, given, field):
    with pytest.raises(Refused) as refused:
        table.called(**given)
    assert refused.value.field == field


def test_only_experts_of_the_pool_are_invited(table):
    foreign = UserFactory(area=AreaFactory(code=FOREIGN_COUNTY), role=Role.DUTY_OFFICER)
    row = directory.name_expert(person=foreign, field="law", by=foreign, at=NOON)
    with pytest.raises(Refused) as refused:
        table.called(experts=[row])
    assert "专家库" in str(refused.value)


def test_after_the_incident_has_ended_nobody_is_consulted(table):
    command.close_incident(incident=table.incident, reason="末例后无新发", by=table.duty, at=SOON)
    with pytest.raises(Refused) as refused:
        table.called()
    assert "已于" in str(refused.value) or "结束" in str(refused.value)


def test_opinions_are_given_apart_and_open_with_the_last_one(table, client):
    made = table.called()
    table.answer(made, table.chair, "机密意见")
    client.force_login(table.doctor)
    before = client.get(made.get_absolute_url()).content.decode()
    table.answer(made, table.doctor)
    made.refresh_from_db()
    after = client.get(made.get_absolute_url()).content.decode()

    assert "机密意见" not in before
    assert (made.state, made.opened_why) == (State.OPENED, "")
    assert "机密意见" in after
    assert set(clocks(made.invitations.get(expert=table.doctor)).values()) == {"met"}
    assert not Line.objects.filter(details__icontains="机密意见").exists()


def test_an_opinion_may_be_changed_until_all_lie_open(table):
    made = table.called()
    table.answer(made, table.doctor, "先观察")
    table.answer(made, table.doctor, "应停课")
    assert [one.text for one in made.invitations.get(expert=table.doctor).opinions.all()] == [
        "应停课1",
        "应停课2",
    ]
    table.answer(made, table.chair)
    with pytest.raises(Refused):
        table.answer(made, table.doctor)


def test_every_question_is_answered(table):
    made = table.called()
    with pytest.raises(Refused):
        actions.give_opinion(consultation=made, opinions={1: "好"}, by=table.doctor, at=LATER)


def test_an_expert_who_never_answers_is_named(table, client):
    made = table.called()
    table.answer(made, table.chair)
    with pytest.raises(Refused):
        actions.open_opinions(consultation=made, reason=" ", by=table.chair, at=LATER)
    made = actions.open_opinions(consultation=made, reason="时限已到", by=table.chair, at=LATER)

    line = Line.objects.get(kind="consultation.opened")
    client.force_login(table.duty)
    page = client.get(made.get_absolute_url()).content.decode()
    text = words_of(
        actions.fetch_minutes(
            consultation=made, language="zh-hans", form="docx", by=table.duty, at=LATER
        )
    )
    assert line.details["without"] == ["何丽华"]
    assert "受邀未答复" in page
    assert "受邀未答复：何丽华" in text
    assert "时限已到" in text


def test_who_cannot_take_part_says_why_and_is_waited_for_no_more(table):
    made = table.called()
    table.answer(made, table.chair)
    actions.decline(consultation=made, reason="手术中", by=table.doctor, at=LATER)
    made.refresh_from_db()

    assert made.state == State.OPENED
    assert clocks(made.invitations.get(expert=table.doctor)) == {
        "consultation.opinion": "cancelled"
    }
    with pytest.raises(Refused):
        actions.decline(consultation=made, reason="x", by=table.chair, at=LATER)


def test_who_was_not_invited_gives_no_opinion(table):
    with pytest.raises(Refused):
        table.answer(table.called(), UserFactory(role=Role.LABORATORY))


def test_more_experts_may_be_invited_once_each_until_the_opinions_lie_open(table):
    made = table.called(experts=table.pool[:1])
    for _again in range(2):
        actions.invite_experts(consultation=made, experts=table.pool, by=table.chair, at=SOON)
    assert made.invitations.count() == 2
    actions.give_opinion(consultation=made, opinions={1: "a", 2: "b"}, by=table.chair, at=LATER)
    actions.give_opinion(consultation=made, opinions={1: "a", 2: "b"}, by=table.doctor, at=LATER)
    with pytest.raises(Refused):
        actions.invite_experts(consultation=made, experts=table.pool, by=table.chair, at=SOON)


def test_a_decision_has_reasons_and_a_second_writer_is_told(table):
    made = table.opened()
    with pytest.raises(Refused) as refused:
        decide(made, 1, by=table.chair, reasons=" ")
    assert refused.value.field == "reasons"
    decide(made, 1, by=table.chair)
    with pytest.raises(Refused):
        decide(made, 1, by=table.duty, decision="不停课")
    decide(made, 1, by=table.duty, decision="不停课", seen=1)
    kept = [line.details["decision"] for line in Line.objects.filter(kind="consultation.concluded")]
    assert sorted(kept) == ["不停课", "停课三天"]


def test_no_decision_before_the_opinions_lie_open(table):
    with pytest.raises(Refused):
        decide(table.called(), 1, by=table.chair)


def test_signing_turns_what_follows_into_orders_with_owner_and_deadline(table):
    made = table.decided()
    centre = Organisation.objects.get(name="桃花源卫生院")
    owner = UserFactory(role=Role.TOWNSHIP_DOCTOR, organisation=centre, area=centre.area)
    by_all, by_one = table.followed(made), table.followed(made, owner=owner, text="采样送检")
    with pytest.raises(Refused):
        actions.sign_minutes(consultation=made, by=table.chair, at=LATER)
    made = actions.sign_minutes(consultation=made, by=table.duty, at=LATER)

    for line in (by_all, by_one):
        line.refresh_from_db()
    assert (by_all.order.organisation, by_all.order.person) == (centre, None)
    assert (by_one.order.person, by_one.order.text) == (owner, "采样送检")
    clock = Deadline.objects.of(by_one.order).get(key="order.complete")
    assert clock.due_at == LATER + timedelta(hours=5)
    assert made.state == State.SIGNED
    assert Delivery.objects.filter(notice__kind="consultation_signed", means="page").count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"due_at": LATER - timedelta(hours=2)}, "due_at"),
        ({"owner": "stranger"}, "owner"),
        ({"organisation": "foreign"}, "organisation"),
        ({"organisation": "closed"}, "organisation"),
    ],
)
def test_what_follows_has_somebody_to_do_it_and_time_for_it(table, given, field):
    made = table.decided()
    if given.get("owner"):
        given = {"owner": table.doctor}
    if given.get("organisation") == "foreign":
        given = {"organisation": OrganisationFactory(area=AreaFactory(code=FOREIGN_COUNTY))}
    if given.get("organisation") == "closed":
        given = {
            "organisation": OrganisationFactory(area=table.incident.area, closed_on=NOON.date())
        }
    with pytest.raises(Refused) as refused:
        table.followed(made, **given)
    assert refused.value.field == field


def test_what_was_put_down_may_be_taken_out_again_before_signing(table):
    made = table.decided()
    line = table.followed(made)
    actions.drop_follow_up(consultation=made, number=line.number, by=table.chair, at=LATER)
    actions.sign_minutes(consultation=made, by=table.duty, at=LATER)
    assert not Order.objects.exists()


def test_an_order_whose_time_is_over_stops_the_signing(table):
    made = table.decided()
    table.followed(made, due_at=LATER + timedelta(minutes=1))
    with pytest.raises(Refused):
        actions.sign_minutes(consultation=made, by=table.duty, at=LATER + timedelta(hours=1))
    assert Consultation.objects.get().state == State.OPENED


def test_an_undecided_question_stops_the_signing(table):
    made = table.opened()
    decide(made, 1, by=table.chair)
    with pytest.raises(Refused):
        actions.sign_minutes(consultation=made, by=table.duty, at=LATER)


def words_of(content):
    """Every word of a Word file, tables too."""
    file = read_word(io.BytesIO(content))
    rows = [cell.text for one in file.tables for row in one.rows for cell in row.cells]
    return "\n".join([*(line.text for line in file.paragraphs), *rows])


def test_minutes_are_kept_as_word_and_pdf_in_both_languages(table):
    made = table.signed()

    kept = {(one.language, one.form): one for one in made.documents.all()}
    assert set(kept) == {
        ("zh-hans", "docx"),
        ("zh-hans", "pdf"),
        ("en", "docx"),
        ("en", "pdf"),
    }
    chinese = words_of(bytes(kept["zh-hans", "docx"].content))
    english = words_of(bytes(kept["en", "docx"].content))
    for said in (
        "疫情研判",
        *QUESTIONS,
        "建议分班停课。1",
        "停课三天",
        "同班病例集中。",
        "何丽华",
        "儿科",
        "落实停课并每日晨午检",
        "桃花源卫生院",
        "陈志远",
    ):
        assert said in chinese
    for said in ("Agenda", "Decision and reasons", "Paediatrics", "Orders that follow", "停课三天"):
        assert said in english
    pdf = PdfReader(io.BytesIO(bytes(kept["zh-hans", "pdf"].content)))
    assert "停课三天" in "".join(page.extract_text() for page in pdf.pages)


def test_signed_minutes_are_given_as_kept_and_never_changed(table):
    made = table.signed()
    kept = made.documents.get(language="zh-hans", form="docx")
    with translation.override("en"):
        given = actions.fetch_minutes(
            consultation=made, language="zh-hans", form="docx", by=table.duty, at=LATER
        )
    assert given == bytes(kept.content)
    for change in (
        lambda: made.documents.update(size=1),
        lambda: made.agenda.update(decision="别的"),
        lambda: kept.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(Refused):
        decide(made, 1, by=table.chair, seen=1)
    with pytest.raises(Refused):
        actions.withdraw_consultation(consultation=made, reason="x", by=table.chair, at=LATER)


def test_calling_off_tells_the_experts_and_stops_their_clocks(table):
    made = table.called()
    actions.withdraw_consultation(consultation=made, reason="已查明", by=table.chair, at=SOON)
    assert set(
        Deadline.objects.filter(key="consultation.opinion").values_list("state", flat=True)
    ) == {"cancelled"}
    assert Delivery.objects.filter(notice__kind="consultation_withdrawn").exists()
    with pytest.raises(Refused):
        table.answer(made, table.doctor)


def test_material_is_gathered_anew_until_it_is_signed(table):
    made = table.called()
    imported(cases([case_row(key="B1")]), by=table.chair, name="更多.csv")
    made = actions.gather_material(consultation=made, by=table.chair, at=LATER)
    assert made.material["cases"]["total"] == 5
    actions.withdraw_consultation(consultation=made, reason="已查明", by=table.chair, at=LATER)
    with pytest.raises(Refused):
        actions.gather_material(consultation=made, by=table.chair, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_at_once_one_is_refused_and_orders_go_out_once():
    table = Table()
    made = table.decided()
    table.followed(made)
    other = commander()

    got = at_once(
        lambda at: actions.sign_minutes(consultation=made, by=(table.duty, other)[at], at=LATER)
    )

    assert sorted(type(one).__name__ for one in got) == ["Consultation", "Refused"]
    assert Order.objects.count() == 1
