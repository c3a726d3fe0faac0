from dataclasses import replace
from datetime import timedelta

import pytest

from pingji.evaluate.exercises.actions import staff
from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.evaluate.exercises.queries.truth import truth_of
from pingji.evaluate.exercises.queries.waiting import waiting
from pingji.evaluate.exercises.queries.waiting.rows import LONGEST, named
from pingji.evaluate.exercises.rules import conduct
from pingji.evaluate.exercises.tests.small_county import (
    MIDNIGHT,
    OTHER_TOWN,
    VILLAGE,
    Doctors,
    engine,
    facts_of,
    made,
)
from pingji.ground import Refused
from pingji.ground.directory.models import Role, User
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.standards.models import Deadline
from pingji.monitor.opinion.models import Rumour
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.actions import reports as report_actions
from pingji.respond.incidents.models import EventReport, Incident, Order, PublicBulletin
from pingji.warn.alerts.models import Alert, RiskAssessment
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NINE = MIDNIGHT + 9 * HOUR


def card(number=1, *, at=NINE, simulated=True):
    """A card that the hospital sent, of a patient of the outbreak or of somebody else."""
    sent = surveillance.send_card(
        facts=facts_of(number, at),
        key=f"k{number}",
        by=User.objects.get(username="hospital"),
        at=at,
        confirmed="经治医生已核实。",
    )
    if simulated:
        Illness.objects.create(
            area_id=VILLAGE,
            person=number,
            infected_on=0,
            care_on=0,
            report=sent.pk,
            reported_at=at,
        )
    return sent


def alert(**given):
    return AlertFactory(
        **{"disease_id": "norovirus", "raised_at": NINE, "observed": 4, "expected": 1.0} | given
    )


def did(exercise, kind, row, at=NINE + HOUR):
    """What comes of one deed of the staff on a row."""
    due = Due(kind=kind, key="k", area_id=exercise.area_id, at=at, payload={"pk": row.pk})
    return staff.HANDLERS[kind](exercise, due, at)


def kinds(exercise, at=NINE + HOUR):
    return {one.kind for one in waiting(exercise, at)}


@pytest.mark.timeout(900)  # a week of the whole program, also on a machine that is busy
def test_the_loop_turns_without_anybody_from_the_first_card_to_the_closing_report(now, monkeypatch):
    quick = replace(conduct.shipped(), quiet_days=1)
    monkeypatch.setattr(conduct, "shipped", lambda: quick)
    at_once = {"report.write": {"median_minutes": 40}}  # the plan gives the last one two weeks
    exercise = made(days=8, scenario={"conduct": at_once})
    UserFactory(username="press", role=Role.PRESS_OFFICER, area=exercise.area)

    engine(exercise, Doctors({0: 8}), now=now).run()

    assert set(CaseReport.objects.values_list("state", flat=True)) == {"reviewed"}
    assert set(Alert.objects.values_list("state", flat=True)) == {"closed"}
    assert set(Alert.objects.values_list("verdict", flat=True)) == {"true"}
    incident = Incident.objects.get()
    assert (incident.state, incident.plan.code) == ("closed", "enteric_outbreak")
    assert set(Order.objects.values_list("state", flat=True)) == {"verified"}
    for order in Order.objects.all():
        assert order.done_by_id != order.verified_by_id
        assert order.issued_at < order.acknowledged_at < order.done_at < order.verified_at
    sent = EventReport.objects.filter(state="sent").values_list("kind", flat=True)
    assert {"initial", "closing"} <= set(sent)
    assert incident.phase.number == incident.plan.phases.count()
    assert set(RiskAssessment.objects.values_list("state", flat=True)) == {"signed"}
    assert PublicBulletin.objects.filter(state="released").exists()
    assert not Due.objects.filter(state="refused").exists()
    assert Exercise.objects.get().moment == exercise.ends_at


def test_a_card_is_checked_by_a_colleague_and_then_reviewed_by_the_cdc(now):
    exercise = made()
    sent = card()

    assert kinds(exercise) == {"card.check"}
    assert did(exercise, "card.check", sent) is not None
    assert kinds(exercise) == {"card.review"}
    assert "cdc" in did(exercise, "card.review", sent)[1]

    sent.refresh_from_db()
    assert (sent.checked_by.username, sent.state) == ("prevention", "reviewed")
    assert did(exercise, "card.check", sent) is None
    assert did(exercise, "card.review", sent) is None


def test_cards_from_before_the_exercise_wait_since_it_began(now):
    exercise = made()
    card(at=MIDNIGHT - HOUR)

    [one] = waiting(exercise, NINE)
    assert (one.kind, one.since) == ("card.check", exercise.starts_at)


def test_a_card_that_was_begun_is_sent_and_one_that_nobody_can_finish_is_dropped(now):
    exercise = made()
    by = User.objects.get(username="hospital")
    begun = surveillance.save_draft(facts=facts_of(1, NINE), by=by, at=NINE)
    unknown = surveillance.save_draft(facts=facts_of(2, NINE), by=by, at=NINE)
    CaseReport.objects.filter(pk=unknown.pk).update(
        filled_by=None,
        filled_at=None,  # as a message leaves it
    )

    roles = {one.pk: one.role for one in waiting(exercise, NINE) if one.kind == "card.finish"}
    assert roles == {begun.pk: "hospital_reporter", unknown.pk: "epidemiologist"}
    for card in (begun, unknown):
        assert did(exercise, "card.finish", card) is not None
    states = dict(CaseReport.objects.values_list("pk", "state"))
    assert states == {begun.pk: "sent", unknown.pk: "withdrawn"}
    assert did(exercise, "card.finish", begun) is None


def test_an_alert_with_the_outbreak_behind_it_is_verified_and_one_of_chance_is_dismissed(now):
    exercise = made()
    for number in (1, 2):
        card(number)
    card(3, simulated=False)
    real, chance = alert(), alert(period="week", observed=90, expected=4.0)

    assert truth_of(exercise, real, NINE + HOUR).cases == 2
    did(exercise, "alert.see", real)
    did(exercise, "alert.verify", real)
    did(exercise, "alert.verify", chance)

    states = dict(Alert.objects.values_list("pk", "state"))
    assert states == {real.pk: "verified", chance.pk: "dismissed"}
    assert did(exercise, "alert.verify", real) is None


def test_what_was_reported_later_is_not_known_yet(now):
    exercise = made()
    card(1, at=NINE + 2 * HOUR)

    assert truth_of(exercise, alert(), NINE + HOUR).cases == 0


def test_of_two_alerts_on_one_illness_only_the_first_opens_an_incident(now):
    exercise = made()
    for number in (1, 2):
        card(number)
    first, second = alert(), alert(period="week")
    for one in (first, second):
        did(exercise, "alert.verify", one)

    assert did(exercise, "incident.open", first, NINE + 2 * HOUR) is not None
    assert did(exercise, "incident.open", second, NINE + 2 * HOUR) is None
    assert Incident.objects.get().alert == first


def rumour(area):
    return Rumour.objects.create(
        area_id=area,
        topic_id="norovirus",
        title="好多娃儿吐",
        found_at=NINE,
        first_at=NINE,
        last_at=NINE,
    )


def test_an_alert_on_which_an_incident_is_opened_later_is_closed_with_it(now):
    exercise = made(days=9)
    for number in range(4):
        card(number)
    one = alert()
    did(exercise, "alert.see", one)
    did(exercise, "alert.verify", one)
    did(exercise, "alert.investigate", one, NINE + 2 * HOUR)
    [early] = [row for row in waiting(exercise, NINE + 3 * HOUR) if row.kind == "alert.close"]
    did(exercise, "incident.open", one, NINE + 4 * HOUR)

    assert did(exercise, "alert.close", one, NINE + 5 * HOUR) is None
    assert "alert.close" not in kinds(exercise, NINE + 5 * HOUR)
    Incident.objects.update(
        state="closed", closed_at=NINE + 99 * HOUR, closed_by=User.objects.first()
    )
    [late] = [row for row in waiting(exercise, NINE + 99 * HOUR) if row.kind == "alert.close"]
    assert late.key != early.key
    assert did(exercise, "alert.close", one, NINE + 100 * HOUR) is not None


def test_a_report_that_people_send_back_is_handed_in_again(now):
    exercise = made(days=9, scenario={"conduct": {}})
    for number in range(8):
        card(number)
    one = alert()
    for step in ("alert.see", "alert.verify", "incident.open"):
        did(exercise, step, one)
    [asked] = [row for row in waiting(exercise, NINE + HOUR) if row.kind == "report.write"]
    did(exercise, "report.write", Deadline.objects.get(pk=asked.pk))
    report = EventReport.objects.get()
    assert report.state == "review"
    report_actions.return_report(
        report=report,
        reason="请补充现场处置情况。",
        by=User.objects.get(username="duty"),
        at=NINE + 2 * HOUR,
    )

    assert {"report.revise"} == {k for k in kinds(exercise, NINE + 3 * HOUR) if "report." in k}
    assert did(exercise, "report.revise", report, NINE + 3 * HOUR) is not None
    report.refresh_from_db()
    assert (report.state, report.submitted_at) == ("review", NINE + 3 * HOUR)
    assert did(exercise, "report.revise", report, NINE + 4 * HOUR) is None


def test_a_rumour_is_checked_with_the_doctors_answered_and_closed(now):
    exercise = made()
    UserFactory(username="press", role=Role.PRESS_OFFICER, area=exercise.area)
    card()
    true, unfounded = rumour(VILLAGE), rumour(OTHER_TOWN)

    for one in (true, unfounded):
        for step in ("opinion.check", "opinion.reply", "opinion.close"):
            assert step in kinds(exercise)
            assert did(exercise, step, one) is not None
            assert did(exercise, step, one) is None

    verdicts = dict(Rumour.objects.values_list("area_id", "verdict"))
    assert verdicts == {VILLAGE: "true", OTHER_TOWN: "unfounded"}
    assert set(Rumour.objects.values_list("state", flat=True)) == {"closed"}
    handed = Rumour.objects.filter(handed_at__isnull=False)
    assert [one.area_id for one in handed] == [VILLAGE]
    assert kinds(exercise) == {"card.check"}


def test_what_people_play_the_machine_leaves_to_them(now):
    exercise = made(people_play=["epidemiologist"])
    sent = card()

    assert staff.plan(exercise, at=NINE) == 1
    did(exercise, "card.check", sent)
    assert staff.plan(exercise, at=NINE + HOUR) == 0
    assert not Due.objects.filter(kind="card.review").exists()


def test_a_role_that_is_taken_is_no_longer_played_and_given_back_is_played_again(now):
    exercise = made()
    card()
    one = engine(exercise, Doctors({}), now=now)
    one.go_to(MIDNIGHT)
    one.go_to(NINE)
    assert Due.objects.filter(kind="card.check", state="waiting").exists()

    Exercise.objects.update(people_play=["hospital_reporter"])
    one.go_to(NINE + 6 * HOUR)
    assert not Due.objects.filter(kind="card.check").exists()
    Exercise.objects.update(people_play=[])
    one.go_to(NINE + 8 * HOUR)
    assert Due.objects.filter(kind="card.check", state="done").exists()


def test_what_is_planned_once_is_not_planned_again(now):
    exercise = made()
    card()

    assert staff.plan(exercise, at=NINE) == 1
    assert staff.plan(exercise, at=NINE) == 0
    due = Due.objects.get()
    assert (due.kind, due.payload["role"], due.area_id) == (
        "card.check",
        "hospital_reporter",
        VILLAGE,
    )
    assert due.at > NINE


def test_nobody_is_sent_where_nobody_is(now):
    made()

    assert one_of(Role.LEADER, VILLAGE).username == "leader"
    duty = one_of(Role.DUTY_OFFICER, VILLAGE)
    with pytest.raises(Refused, match="值班员"):
        one_of(Role.DUTY_OFFICER, VILLAGE, but=duty)
    with pytest.raises(Refused):
        one_of(Role.EPIDEMIOLOGIST, "511723")


def test_a_long_key_is_cut_and_still_tells_rows_apart():
    one, other = named("a" * 90, 1), named("a" * 90, 2)

    assert len(one) == len(other) == LONGEST
    assert one != other
    assert named("a", 1) == "a:1"
