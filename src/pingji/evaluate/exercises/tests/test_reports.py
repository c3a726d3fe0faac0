"""The cards of simulated patients: sent by doctors near, with what the register knows of them."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from pingji.evaluate.exercises.actions import reports
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.evaluate.exercises.queries.persons import Persons
from pingji.evaluate.exercises.rules.reporting import (
    chosen_place,
    seen_at,
    sent_at,
    shipped_reporting,
)
from pingji.evaluate.exercises.tests.world_factories import TOWN, begun, lived
from pingji.ground.directory.models import Resident, User
from pingji.ground.record.actions import unannounced
from pingji.monitor.surveillance.models import CaseReport

DAYS = 12


def told(exercise: Exercise, kind: str = "report") -> list[Due]:
    """Do everything of a kind that is due, each at its time."""
    rows = list(Due.objects.filter(kind=kind, state=Due.State.WAITING).order_by("at", "id"))
    for due in rows:
        with unannounced():
            assert reports.HANDLERS[kind](exercise, due, due.at)
    return rows


@pytest.mark.django_db
def test_a_card_carries_the_residents_facts(settings):
    exercise = begun(settings)
    world = lived(exercise, DAYS)
    rows = told(exercise)

    for due in rows:
        person = due.payload["person"]
        resident = Resident.objects.get(pk=exercise.first_resident + person)
        illness = Illness.objects.get(person=person)
        card = CaseReport.objects.get(pk=illness.report)
        assert (card.name, card.area_id) == (resident.name, resident.area_id)
        assert (card.sex, card.born_on) == (resident.sex, resident.born_on)
        assert card.identity_number == resident.identity_number
        assert card.resident == resident
        assert card.filled_at == illness.reported_at == due.at
        assert card.diagnosed_at <= due.at
        assert card.onset_on <= timezone.localdate(card.diagnosed_at)
        assert card.school_class == world.persons.class_name(person)
    assert {row.payload["status"] for row in rows} == {"clinical", "confirmed"}


@pytest.mark.django_db
def test_a_child_is_reported_with_a_parent_and_its_school(settings):
    exercise = begun(settings)
    lived(exercise, DAYS)
    told(exercise)

    children = CaseReport.objects.filter(
        occupation="student", age__lt=12, area__code__startswith=TOWN
    )
    assert children
    for card in children:
        assert card.guardian
        assert card.institution.code == f"{TOWN}-school-2" or card.workplace
        assert card.school_class.endswith("班")


@pytest.mark.django_db
def test_the_agenda_holds_no_personal_data(settings):
    exercise = begun(settings)
    lived(exercise, DAYS)
    due = Due.objects.filter(kind="report").first()
    resident = Resident.objects.get(pk=exercise.first_resident + due.payload["person"])

    said = str(due.payload)
    assert resident.name not in said
    assert resident.identity_number not in said


@pytest.mark.django_db
def test_a_card_is_sent_once(settings):
    exercise = begun(settings)
    lived(exercise, DAYS)
    due = told(exercise)[0]

    assert reports.send(exercise, due, due.at) is None
    assert CaseReport.objects.count() == Illness.objects.filter(report__isnull=False).count()


@pytest.mark.django_db
def test_a_positive_result_from_the_laboratory_corrects_the_card(settings):
    exercise = begun(settings, days=25)
    lived(exercise, 16)
    told(exercise)

    rows = told(exercise, "report.result")
    assert rows
    for due in rows:
        card = CaseReport.objects.get(pk=Illness.objects.get(person=due.payload["person"]).report)
        assert (card.status, card.version) == ("confirmed", 2)


@pytest.mark.django_db
def test_a_death_is_added_to_the_card_or_to_none(settings):
    exercise = begun(settings)
    lived(exercise, DAYS)
    reported = told(exercise)[0]
    day = timezone.localdate(reported.at) + timedelta(days=1)

    def dies(person: int) -> Due:
        payload = {"person": person, "died_on": day.isoformat()}
        at = reported.at + timedelta(days=2)
        return Due.objects.create(
            kind="report.death", key=str(person), area=reported.area, at=at, payload=payload
        )

    dead = dies(reported.payload["person"])
    unknown = dies(10**6)

    assert reports.death(exercise, dead, dead.at)
    assert reports.death(exercise, unknown, unknown.at) is None
    assert CaseReport.objects.filter(died_on=day).count() == 1


@pytest.mark.django_db
def test_cards_wait_for_the_end_of_an_outage(settings):
    outage = {"day": 1, "time": "00:00", "kind": "outage", "hours": 24 * 8, "townships": [TOWN]}
    exercise = begun(settings, injects=[outage])
    world = lived(exercise, DAYS)

    inside = Due.objects.filter(kind="report", area__code__startswith=TOWN)
    assert inside
    assert not inside.filter(at__lt=world.scenario.until(world.scenario.injects[0])).exists()


@pytest.mark.django_db
def test_who_is_absent_sends_no_card_until_they_are_back(settings):
    absent = {"day": 0, "time": "00:00", "kind": "absent", "hours": 24 * DAYS + 5}
    roles = ("hospital_reporter", "township_doctor", "village_doctor")
    exercise = begun(settings, injects=[absent | {"role": role} for role in roles])
    lived(exercise, DAYS)
    back = exercise.starts_at + timedelta(hours=24 * DAYS + 5)
    moments = list(Due.objects.filter(kind="report").values_list("at", flat=True))
    assert moments
    assert min(moments) >= back


@pytest.mark.django_db
def test_where_nobody_fills_in_cards_nobody_is_reported(settings):
    exercise = begun(settings)
    User.objects.filter(demo=True).update(is_active=False)

    lived(exercise, DAYS)

    assert not Due.objects.filter(kind="report").exists()
    assert Illness.objects.exists()


@pytest.mark.django_db
def test_every_resident_has_a_place_in_life(settings):
    exercise = begun(settings)
    persons: Persons = lived(exercise, 1).persons
    known = {persons.occupation(person) for person in range(exercise.residents)}

    assert {"student", "nursery_child", "teacher", "home_child", "retired", "farmer"} <= known
    of_age = [p for p in range(exercise.residents) if persons.population.age[p] < 12]
    with_parent = sum(persons.guardian(person) is not None for person in of_age)
    assert with_parent > 0.95 * len(of_age)
    for person in of_age[:50]:
        parent = persons.guardian(person)
        if parent is not None:
            assert persons.population.household[parent] == persons.population.household[person]
            assert persons.population.age[parent] >= 18


def test_the_gravely_ill_go_to_a_hospital_and_nobody_goes_out_of_reach():
    assert chosen_place(["hospital", "village"], severe=True, seed=1, key="1").kind == "hospital"
    kinds = {
        chosen_place(["township", "village"], severe=False, seed=1, key=str(n)).kind
        for n in range(50)
    }
    assert kinds == {"township", "village"}
    with pytest.raises(ValueError, match="nobody"):
        chosen_place([], severe=False, seed=1, key="1")


def test_visits_keep_the_hours_of_the_day_and_some_wait_for_monday():
    saturday = date(2026, 11, 7)
    visits = [seen_at(saturday, severe=False, seed=1, key=str(n)) for n in range(400)]
    local = [timezone.localtime(one) for one in visits]

    by_day = sum(8 <= one.hour < 18 for one in local) / len(local)
    monday = sum(one.weekday() == 0 for one in local) / len(local)
    assert 0.9 < by_day < 0.98
    assert 0.25 < monday < 0.45
    assert {
        timezone.localtime(seen_at(saturday, severe=True, seed=1, key=str(n))).weekday()
        for n in range(50)
    } == {5}


def test_cards_are_sent_when_somebody_is_there():
    village = shipped_reporting().places["village"]
    evening = timezone.make_aware(datetime(2026, 11, 3, 19, 30))
    sent = [timezone.localtime(sent_at(evening, village, seed=1, key=str(n))) for n in range(200)]

    assert all(8 <= one.hour < 20 for one in sent)
    assert all(one > evening for one in sent)
    assert sum(one.date() > timezone.localdate(evening) for one in sent) > 150
