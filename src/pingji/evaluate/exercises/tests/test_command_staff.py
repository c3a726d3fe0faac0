"""What the machine's command does once an event is open: grade, phases, responses, risk areas."""

from datetime import timedelta

import pytest

from pingji.evaluate.exercises.actions import staff
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.evaluate.exercises.queries.earlier import times_above
from pingji.evaluate.exercises.queries.picture import picture
from pingji.evaluate.exercises.queries.waiting import waiting
from pingji.evaluate.exercises.tests.small_county import (
    COUNTY,
    MIDNIGHT,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    facts_of,
    made,
)
from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.directory.tests.factories import OrganisationFactory
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.models import Grading, Incident, Order, Response, RiskArea
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE = MIDNIGHT + 9 * HOUR
MORNING = MIDNIGHT + DAY + 9 * HOUR


def cards(numbers, *, at=NINE, **changed):
    """Cards of patients of the outbreak."""
    for number in numbers:
        sent = surveillance.send_card(
            facts=facts_of(number, at) | changed,
            key=f"k{number}",
            by=User.objects.get(username="hospital"),
            at=at,
            confirmed="经治医生已核实。",
        )
        Illness.objects.create(
            area_id=sent.area_id,
            person=number,
            infected_on=0,
            care_on=0,
            report=sent.pk,
            reported_at=at,
        )


def did(exercise, kind, row, at):
    """What comes of one deed of the staff on a row."""
    due = Due(kind=kind, key="k", area_id=exercise.area_id, at=at, payload={"pk": row.pk})
    Exercise.objects.update(moment=at)
    exercise.refresh_from_db()
    return staff.HANDLERS[kind](exercise, due, at)


def asked(exercise, kind, at):
    """The rows that wait for a deed."""
    return [one for one in waiting(exercise, at) if one.kind == kind]


def opened(exercise, at=NINE + HOUR, **given):
    alert = AlertFactory(
        **{"disease_id": "norovirus", "raised_at": NINE, "observed": 2, "expected": 1.0} | given
    )
    for step in ("alert.see", "alert.verify", "incident.open"):
        did(exercise, step, alert, at)
    return Incident.objects.filter(alert=alert).first()


def activated(exercise):
    incident = opened(exercise)
    did(exercise, "plan.activate", incident, NINE + HOUR)
    incident.refresh_from_db()
    return incident


def settled(incident, at):
    """Every order of it was done and verified."""
    who = User.objects.filter(username__in=("duty", "leader")).order_by("username")
    Order.objects.filter(incident=incident).update(
        state="verified",
        acknowledged_by=who[0],
        acknowledged_at=at,
        done_by=who[0],
        done_at=at,
        verified_by=who[1],
        verified_at=at,
    )


def test_an_event_that_the_rules_cannot_judge_is_graded_by_its_cases_with_the_reason(now):
    exercise = made()
    cards(range(19))
    incident = opened(exercise)

    assert did(exercise, "incident.grade", incident, NINE + HOUR) is None
    cards([19], at=NINE + HOUR)
    said = did(exercise, "incident.grade", incident, NINE + 2 * HOUR)

    assert "duty" in said[0]
    kept = Grading.objects.get()
    assert (kept.suggested, kept.chosen, kept.overrides) == ("ungraded", "IV", True)
    assert "20" in kept.reason
    assert did(exercise, "incident.grade", incident, NINE + 3 * HOUR) is None


def test_where_earlier_years_are_known_the_officer_answers_with_them_and_the_rules_decide(now):
    exercise = made()
    year = timedelta(days=364)
    for number, at in ((900, MIDNIGHT - year - 20 * DAY), (901, MIDNIGHT - year - DAY)):
        cards([number], at=at, disease="influenza")
    cards(range(6), disease="influenza")
    incident = opened(exercise, disease_id="influenza")

    assert times_above(incident, NINE + HOUR) == 5.0
    did(exercise, "incident.grade", incident, NINE + HOUR)

    kept = Grading.objects.get()
    assert (kept.suggested, kept.chosen, kept.overrides) == ("III", "III", False)
    entered = {one["key"]: one["value"] for one in kept.figures if one["origin"] == "person"}
    assert entered["times_above"] == 5.0


def test_the_plan_of_schools_is_activated_where_most_patients_are_pupils_of_one(now):
    exercise = made()
    school = OrganisationFactory(
        kind=Organisation.Kind.SCHOOL, area=Area.objects.get(pk=TOWN), name="中心小学"
    )
    cards(range(4), institution=school.pk)

    assert picture(exercise, opened(exercise), NINE + HOUR).in_schools(0.3)
    did(exercise, "plan.activate", Incident.objects.get(), NINE + HOUR)

    assert Incident.objects.get().plan.code == "school_cluster"


def test_the_next_phase_begins_on_the_morning_after_what_begins_it(now):
    exercise = made()
    cards(range(3))
    incident = activated(exercise)
    assert (incident.plan.code, incident.phase.number) == ("enteric_outbreak", 1)
    assert asked(exercise, "phase.enter", MORNING) == []

    cards([50], at=NINE + 2 * HOUR, area=OTHER_TOWN)  # another place
    Incident.objects.update(area=COUNTY)
    assert [one.role for one in asked(exercise, "phase.enter", MORNING)] == ["duty_officer"]
    before = Order.objects.count()
    said = did(exercise, "phase.enter", incident, MORNING)

    incident.refresh_from_db()
    assert incident.phase.number == 2
    assert incident.phase.name in said[0]
    assert Order.objects.count() > before
    assert did(exercise, "phase.enter", incident, MORNING + HOUR) is None


def test_the_last_phase_begins_when_it_is_quiet_and_only_after_it_the_event_may_end(now):
    exercise = made(days=14)
    cards(range(3))
    incident = activated(exercise)
    settled(incident, NINE + 5 * HOUR)
    late = NINE + 8 * DAY

    assert asked(exercise, "incident.close", late) == []
    did(exercise, "phase.enter", incident, late)
    incident.refresh_from_db()
    assert incident.phase.number == incident.plan.phases.count()
    assert asked(exercise, "incident.close", late + DAY) == []
    settled(incident, late + HOUR)

    assert len(asked(exercise, "incident.close", late + DAY)) == 1
    assert did(exercise, "incident.close", incident, late + DAY) is not None


def test_a_response_starts_rises_with_the_grade_is_lowered_and_ended(now):
    exercise = made(days=14)
    cards(range(20))
    incident = activated(exercise)
    did(exercise, "incident.grade", incident, NINE + HOUR)
    assert len(asked(exercise, "response.start", NINE + HOUR)) == 1
    assert "leader" in did(exercise, "response.start", incident, NINE + 4 * HOUR)[0]
    response = Response.objects.get()
    assert response.level == "IV"
    assert response.changes.get().body == "县级人民政府"

    assert asked(exercise, "response.change", MORNING) == []
    Incident.objects.update(grade="III")
    assert len(asked(exercise, "response.change", MORNING)) == 1
    did(exercise, "response.change", response, MORNING)
    response.refresh_from_db()
    assert (response.level, response.changes.last().body) == ("III", "市（地）级人民政府")

    quiet = NINE + 4 * DAY
    did(exercise, "response.change", response, quiet)
    response.refresh_from_db()
    assert (response.level, response.changes.last().kind) == ("IV", "lower")
    assert did(exercise, "response.end", response, quiet) is None

    settled(incident, quiet)
    did(exercise, "phase.enter", incident, NINE + 8 * DAY)
    settled(incident, NINE + 9 * DAY)
    assert asked(exercise, "incident.close", NINE + 10 * DAY) == []  # a response stands
    did(exercise, "response.end", response, NINE + 10 * DAY)
    response.refresh_from_db()
    assert response.ended_at == NINE + 10 * DAY
    assert did(exercise, "response.change", response, NINE + 11 * DAY) is None


def test_a_response_goes_down_step_by_step_and_up_again_only_when_cases_rise(now):
    exercise = made(days=21)
    cards(range(20))
    incident = activated(exercise)
    did(exercise, "incident.grade", incident, NINE + HOUR)
    did(exercise, "response.start", incident, NINE + 4 * HOUR)
    Incident.objects.update(grade="II")
    response = Response.objects.get()
    did(exercise, "response.change", response, MORNING)
    response.refresh_from_db()
    assert response.level == "II"

    for days, level in ((4, "III"), (5, "IV")):
        did(exercise, "response.change", response, NINE + days * DAY)
        response.refresh_from_db()
        assert response.level == level
    cards([100], at=NINE + 5 * DAY + HOUR)
    assert asked(exercise, "response.change", NINE + 6 * DAY) == []
    cards(range(101, 115), at=NINE + 6 * DAY)
    did(exercise, "response.change", response, NINE + 6 * DAY + HOUR)
    response.refresh_from_db()
    assert (response.level, response.changes.last().reason) == ("II", "病例再次增加。")


def test_an_end_that_a_new_case_put_off_is_looked_at_again_by_day(now):
    exercise = made(days=40)
    cards(range(20))
    incident = activated(exercise)
    did(exercise, "incident.grade", incident, NINE + HOUR)
    did(exercise, "response.start", incident, NINE + 4 * HOUR)
    did(exercise, "phase.enter", incident, NINE + 8 * DAY)
    settled(incident, NINE + 8 * DAY)
    response = Response.objects.get()

    [first] = asked(exercise, "response.end", MIDNIGHT + 10 * DAY)
    assert first.since == MIDNIGHT + 10 * DAY + 9 * HOUR  # nobody ends it in the night
    cards([100], at=MIDNIGHT + 10 * DAY + HOUR)
    assert did(exercise, "response.end", response, MIDNIGHT + 10 * DAY + 12 * HOUR) is None
    [again] = asked(exercise, "response.end", MIDNIGHT + 20 * DAY)
    assert again.key != first.key
    assert did(exercise, "response.end", response, MIDNIGHT + 20 * DAY + 12 * HOUR) is not None
    [close] = asked(exercise, "incident.close", MIDNIGHT + 21 * DAY)
    assert close.since == MIDNIGHT + 21 * DAY + 9 * HOUR


def test_what_is_looked_through_once_a_day_is_nobodys_where_people_play_the_command(now):
    exercise = made(days=21)
    cards(range(60))
    incident = activated(exercise)
    did(exercise, "incident.grade", incident, NINE + HOUR)
    duty = {"phase.enter", "plan.extend", "incident.close", "risk_area.set", "risk_area.lift"}
    assert duty & {one.kind for one in waiting(exercise, MORNING)}

    exercise.people_play = ["duty_officer"]
    kinds = {one.kind for one in waiting(exercise, MORNING)}
    assert not duty & kinds
    assert "response.start" in kinds
    exercise.people_play = ["duty_officer", "leader"]
    assert "response.start" not in {one.kind for one in waiting(exercise, MORNING)}


def test_townships_become_risk_areas_by_their_cases_and_no_longer_are_when_quiet(now):
    exercise = made(days=14)
    cards(range(5))
    incident = activated(exercise)

    assert len(asked(exercise, "risk_area.set", MORNING)) == 1
    did(exercise, "risk_area.set", incident, MORNING)
    low = RiskArea.objects.get()
    assert (low.area_id, low.level, low.set_by.username) == (TOWN, "low", "duty")
    assert did(exercise, "risk_area.set", incident, MORNING + HOUR) is None

    cards(range(5, 20), at=MORNING + HOUR)
    did(exercise, "risk_area.set", incident, MORNING + DAY)
    medium = RiskArea.objects.get(ends_at__isnull=True)
    assert medium.level == "medium"

    assert asked(exercise, "risk_area.lift", MORNING + 5 * DAY) == []
    assert len(asked(exercise, "risk_area.lift", MORNING + 9 * DAY)) == 1
    did(exercise, "risk_area.lift", medium, MORNING + 9 * DAY)
    assert not RiskArea.objects.filter(ends_at__isnull=True).exists()


def test_a_second_place_makes_it_an_event_of_the_county_for_the_townships_with_cases(now):
    exercise = made()
    cards(range(3))
    opened(exercise, area=Area.objects.get(pk=TOWN))
    assert opened(exercise, area=Area.objects.get(pk=TOWN), period="week") is None

    cards(range(10, 16), at=NINE + 2 * HOUR, area=OTHER_TOWN)
    wide = opened(exercise, NINE + 3 * HOUR, area=Area.objects.get(pk=OTHER_TOWN))

    assert wide.area_id == COUNTY
    did(exercise, "plan.activate", wide, NINE + 4 * HOUR)
    assert set(wide.townships.values_list("code", flat=True)) == {TOWN, OTHER_TOWN}


def test_what_an_event_looks_like_counts_only_cards_that_are_known(now):
    exercise = made()
    cards(range(12), at=NINE)
    incident = opened(exercise)
    CaseReport.objects.filter(pk=CaseReport.objects.first().pk).update(severe=True)

    seen = picture(exercise, incident, NINE + HOUR)
    assert (len(seen.cards), seen.severe, seen.rising, seen.spread) == (12, True, True, False)
    assert seen.most_in_one_place(DAY) == 12
    assert seen.by_township(DAY) == {TOWN: 12}
    assert {one[1] for one in seen.cards} == {VILLAGE}
    assert not seen.is_quiet()
    assert picture(exercise, incident, NINE - HOUR).cards == []
