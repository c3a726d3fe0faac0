"""Experts, bulletins, switching and returned cards, as the machine's people see to them."""

from dataclasses import replace

import pytest

from pingji.evaluate.exercises.queries.waiting.cards import is_returned
from pingji.evaluate.exercises.rules import conduct
from pingji.evaluate.exercises.tests.small_county import OTHER_TOWN, TOWN, made
from pingji.evaluate.exercises.tests.test_command_staff import (
    DAY,
    HOUR,
    MORNING,
    NINE,
    activated,
    asked,
    cards,
    did,
    opened,
)
from pingji.ground.directory.models import Area, Expertise, Role, User
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.standards.models import EmergencySpell, Mode
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.actions.bulletins import return_bulletin
from pingji.respond.incidents.models import (
    Consultation,
    Incident,
    Invitation,
    PublicBulletin,
    Response,
    Switch,
    SwitchStep,
)
from pingji.warn.alerts.models import Judgement, RiskAssessment

pytestmark = pytest.mark.django_db


def row_of(exercise, kind, at):
    """The one row that waits for a deed."""
    (one,) = asked(exercise, kind, at)
    return one


def do(exercise, kind, model, at):
    """Do what waits of a kind, each by whom it waits for."""
    found = asked(exercise, kind, at)
    for one in found:
        assert did(exercise, kind, model.objects.get(pk=one.pk), at) is not None
    return found


def test_several_experts_judge_the_risk_each_alone_and_the_duty_officer_signs(now):
    exercise = made()
    UserFactory(username="vet", role=Role.DEPARTMENT_LIAISON, area=exercise.area, demo=True)
    cards(range(4))
    incident = activated(exercise)

    did(exercise, "assessment.open", incident, NINE + 2 * HOUR)
    assert did(exercise, "assessment.open", incident, NINE + 2 * HOUR) is None
    judges = asked(exercise, "assessment.judge", NINE + 3 * HOUR)
    assert len(judges) == 3
    do(exercise, "assessment.judge", Judgement, NINE + 3 * HOUR)
    do(exercise, "assessment.sign", RiskAssessment, NINE + 5 * HOUR)

    row = RiskAssessment.objects.get()
    assert (row.state, row.signed_by.username) == ("signed", "duty")
    assert row.level
    assert asked(exercise, "assessment.judge", NINE + 6 * HOUR) == []


def test_with_the_second_phase_experts_of_the_pool_are_consulted(now):
    exercise = made()
    expert = User.objects.get(username="cdc")
    Expertise.objects.create(
        person=expert, field="epidemiology", named_by=expert, named_at=NINE - DAY
    )
    cards(range(3))
    cards([50], area=OTHER_TOWN)
    incident = activated(exercise)
    assert asked(exercise, "consultation.call", NINE + 2 * HOUR) == []
    Incident.objects.update(area=exercise.area)
    did(exercise, "phase.enter", incident, MORNING)

    do(exercise, "consultation.call", Incident, MORNING + HOUR)
    assert row_of(exercise, "consultation.answer", MORNING + HOUR).role == "epidemiologist"
    do(exercise, "consultation.answer", Invitation, MORNING + 2 * HOUR)
    do(exercise, "consultation.sign", Consultation, MORNING + 3 * HOUR)

    row = Consultation.objects.get()
    assert (row.state, row.signed_by.username) == ("signed", "leader")
    assert row.agenda.get().decision
    assert asked(exercise, "consultation.call", MORNING + DAY) == []


def test_the_public_is_told_when_the_plan_is_active_and_again_a_week_later(now):
    exercise = made(days=14)
    UserFactory(username="press", role=Role.PRESS_OFFICER, area=exercise.area, demo=True)
    cards(range(12))
    activated(exercise)

    do(exercise, "bulletin.write", Incident, NINE + 2 * HOUR)
    assert row_of(exercise, "bulletin.release", NINE + 3 * HOUR).role == "press_officer"
    do(exercise, "bulletin.release", PublicBulletin, NINE + 3 * HOUR)

    first = PublicBulletin.objects.get()
    assert (first.state, first.released_by.username) == ("released", "press")
    assert asked(exercise, "bulletin.write", NINE + 6 * DAY) == []
    do(exercise, "bulletin.write", Incident, NINE + 8 * DAY)
    assert PublicBulletin.objects.count() == 2


def test_a_bulletin_that_the_press_office_sends_back_is_handed_in_again(now):
    exercise = made(days=14)
    press = UserFactory(username="press", role=Role.PRESS_OFFICER, area=exercise.area, demo=True)
    cards(range(12))
    activated(exercise)
    do(exercise, "bulletin.write", Incident, NINE + 2 * HOUR)
    first = row_of(exercise, "bulletin.release", NINE + 3 * HOUR)
    return_bulletin(
        bulletin=PublicBulletin.objects.get(),
        reason="请说明如何预防。",
        by=press,
        at=NINE + 3 * HOUR,
    )

    assert asked(exercise, "bulletin.release", NINE + 4 * HOUR) == []
    do(exercise, "bulletin.revise", PublicBulletin, NINE + 4 * HOUR)
    again = row_of(exercise, "bulletin.release", NINE + 5 * HOUR)
    assert again.key != first.key
    assert again.clock.allows() is not None


def test_an_emergency_that_people_declared_without_a_response_is_theirs_to_end(now):
    exercise = made(days=14)
    EmergencySpell.objects.create(
        area=exercise.area, began_at=NINE, began_by=User.objects.get(username="leader")
    )
    assert asked(exercise, "mode.back", NINE + 5 * DAY) == []


def test_a_response_of_a_high_level_switches_its_area_and_its_end_switches_it_back(now):
    exercise = made(days=14)
    cards(range(20))
    incident = activated(exercise)
    Incident.objects.update(grade="III", grade_reason="x")
    incident.refresh_from_db()
    did(exercise, "response.start", incident, NINE + 3 * HOUR)

    assert Response.objects.get().level == "III"
    do(exercise, "mode.switch", Response, NINE + 4 * HOUR)
    assert asked(exercise, "mode.switch", NINE + 5 * HOUR) == []
    at = NINE + 5 * HOUR
    while do(exercise, "mode.step", SwitchStep, at):
        at += HOUR
    spell = EmergencySpell.objects.get()
    assert (spell.area_id, spell.ended_at) == (TOWN, None)
    assert asked(exercise, "mode.back", at) == []

    late = NINE + 9 * DAY
    leader = User.objects.get(username="leader")
    Response.objects.update(ended_at=late, ended_by=leader)
    do(exercise, "mode.back", EmergencySpell, late + HOUR)
    while do(exercise, "mode.step", SwitchStep, late + 2 * HOUR):
        late += HOUR
    assert EmergencySpell.objects.get().ended_at is not None
    assert list(Switch.objects.order_by("pk").values_list("to", flat=True)) == [
        Mode.EMERGENCY,
        Mode.PEACE,
    ]


def test_some_cards_come_back_once_and_are_corrected(now, monkeypatch):
    always = replace(conduct.shipped(), returned_share=1.0)
    monkeypatch.setattr(conduct, "shipped", lambda: always)
    exercise = made()
    cards([1])
    card = CaseReport.objects.get()
    assert is_returned(exercise, card)
    did(exercise, "card.check", card, NINE + HOUR)

    assert asked(exercise, "card.review", NINE + 2 * HOUR) == []
    do(exercise, "card.return", CaseReport, NINE + 2 * HOUR)
    assert row_of(exercise, "card.correct", NINE + 3 * HOUR).role == "hospital_reporter"
    before = card.address
    do(exercise, "card.correct", CaseReport, NINE + 4 * HOUR)
    card.refresh_from_db()
    assert card.address != before
    assert card.state == "sent"

    did(exercise, "card.check", card, NINE + 5 * HOUR)
    do(exercise, "card.review", CaseReport, NINE + 6 * HOUR)
    card.refresh_from_db()
    assert card.state == "reviewed"


def test_the_plan_of_a_county_follows_the_cases_to_further_townships(now):
    exercise = made()
    cards(range(3))
    opened(exercise, area=Area.objects.get(pk=TOWN))
    cards(range(10, 16), at=NINE + 2 * HOUR, area=TOWN)
    wide = opened(exercise, area=Area.objects.get(pk=exercise.area_id))
    assert wide is None  # the township's own event answers them
    Incident.objects.update(area=exercise.area)
    wide = Incident.objects.get()
    did(exercise, "plan.activate", wide, NINE + 3 * HOUR)
    assert asked(exercise, "plan.extend", MORNING) == []

    cards(range(20, 26), at=NINE + 8 * HOUR, area=OTHER_TOWN)
    do(exercise, "plan.extend", Incident, MORNING)

    assert set(wide.townships.values_list("code", flat=True)) == {TOWN, OTHER_TOWN}
