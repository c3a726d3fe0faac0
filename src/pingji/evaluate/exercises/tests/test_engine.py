from datetime import timedelta

import pytest
from django.db import transaction

from pingji.evaluate.exercises.actions import staff
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.moments import next_day
from pingji.evaluate.exercises.tests.small_county import (
    COUNTY,
    MIDNIGHT,
    Doctors,
    engine,
    journal,
    made,
    report,
)
from pingji.ground import Refused
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.tests.factories import deadline
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.models import Order
from pingji.warn.alerts.models import Alert

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OUTBREAK = {0: 7}
MORNING = MIDNIGHT + timedelta(hours=7, minutes=30)
A_WORKING_DAY = {
    "starts_at": MORNING,
    "moment": MORNING,
    "ends_at": MORNING + timedelta(hours=11),
}


class Killed(BaseException):
    """The process ends here, without a word to anybody."""


def due(kind="tried", *, at=MIDNIGHT + HOUR, key="1", **payload):
    return Due.objects.create(kind=kind, key=key, area_id=COUNTY, at=at, payload=payload)


def quiet(exercise, handler, now, **given):
    """An engine in a county where nothing is due but what the test puts on the agenda."""
    return engine(exercise, Doctors({}), now=now, handlers={"tried": handler}, **given)


def test_what_is_due_is_done_in_order_at_its_own_time_and_the_clock_goes_before(now):
    exercise, seen = made(), []
    for minutes, key in ((63, "b"), (61, "a"), (200, "later")):
        due(at=MIDNIGHT + timedelta(minutes=minutes), key=key)

    def handler(exercise, due, at):
        seen.append((due.key, at - MIDNIGHT, now[-1] >= at))
        return "做了", "done"

    quiet(exercise, handler, now).go_to(MIDNIGHT + 2 * HOUR)

    assert seen == [("a", timedelta(minutes=61), True), ("b", timedelta(minutes=63), True)]
    assert list(Due.objects.values_list("key", "state", "outcome_en")) == [
        ("a", "done", "done"),
        ("b", "done", "done"),
        ("later", "waiting", ""),
    ]
    assert Exercise.objects.get().moment == MIDNIGHT + 2 * HOUR == now[-1]


def test_each_midnight_of_the_county_a_day_is_lived_through(now):
    exercise = made(days=3)
    one = engine(exercise, Doctors({}), now=now)

    one.go_to(MIDNIGHT + 23 * HOUR)
    assert exercise.days == 1
    one.go_to(MIDNIGHT + 24 * HOUR)
    assert (exercise.days, next_day(exercise)) == (2, MIDNIGHT + 48 * HOUR)
    one.run()
    assert (exercise.days, exercise.moment) == (3, exercise.ends_at)


def test_the_night_is_told_of_what_the_last_minutes_of_the_day_brought(now):
    exercise, seen = made(days=2, speed=0), []
    Exercise.objects.update(days=1, moment=MIDNIGHT + 23 * HOUR)
    exercise.refresh_from_db()
    due(at=MIDNIGHT + timedelta(hours=23, minutes=55), key="before midnight")
    due(at=MIDNIGHT + 24 * HOUR, key="at midnight")

    class Night:
        def live(self, *, at):
            seen.append("night")
            Exercise.objects.update(days=2)

    def handler(exercise, due, at):
        seen.append(due.key)
        return "做了", "done"

    one = engine(exercise, Night(), now=now, handlers={"tried": handler})
    one.go_to(MIDNIGHT + 24 * HOUR)

    assert seen == ["before midnight", "night", "at midnight"]


def test_nothing_happens_after_the_end(now):
    exercise = made(days=1)
    one = engine(exercise, Doctors({}), now=now)

    one.go_to(MIDNIGHT + timedelta(days=30))

    assert exercise.moment == exercise.ends_at == one.next_moment()


def test_nothing_left_to_do_and_a_refusal_are_in_the_journal_in_both_languages(now):
    exercise = made()
    due(key="idle")
    due(key="refused", pk=0)

    def handler(exercise, due, at):
        if due.key == "idle":
            return
        from django.utils.translation import get_language

        raise Refused("不行" if get_language() == "zh-hans" else "no")

    quiet(exercise, handler, now).go_to(MIDNIGHT + 2 * HOUR)

    states = dict(Due.objects.values_list("key", "state"))
    assert states == {"idle": "idle", "refused": "refused"}
    refused = Due.objects.get(key="refused")
    assert (refused.outcome, refused.outcome_en) == ("不行", "no")


def test_what_breaks_is_in_the_journal_with_its_words_and_the_exercise_goes_on(now, caplog):
    exercise = made()
    due(key="1")
    due(key="2", at=MIDNIGHT + 2 * HOUR)

    def handler(exercise, due, at):
        CaseReport.objects.all().delete()
        if due.key == "1":
            raise ZeroDivisionError("nothing to share")
        return "做了", "done"

    quiet(exercise, handler, now, forgiving=True).go_to(MIDNIGHT + 3 * HOUR)

    first, second = Due.objects.order_by("key")
    assert (first.state, second.state) == ("refused", "done")
    assert "ZeroDivisionError: nothing to share" in first.outcome_en
    assert "ZeroDivisionError: nothing to share" in first.outcome != first.outcome_en
    assert "nothing to share" in caplog.text


def test_where_nothing_is_forgiven_a_fault_shows(now):
    exercise = made()
    due()

    def handler(exercise, due, at):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        quiet(exercise, handler, now).go_to(MIDNIGHT + 2 * HOUR)
    assert Due.objects.get().state == "waiting"


def test_a_deadline_that_runs_out_is_a_moment_of_its_own(now):
    exercise = made()
    ends = MIDNIGHT + timedelta(minutes=137, seconds=20)
    clock = deadline("alert.verify", subject=exercise.area, at=MIDNIGHT, until=ends)
    one = engine(exercise, Doctors({}), now=now)

    one.go_to(MIDNIGHT + 2 * HOUR)
    swept = MIDNIGHT + timedelta(minutes=138)
    assert one.next_moment() == swept
    one.go_to(swept)
    clock.refresh_from_db()
    assert clock.state == "missed"


def test_pages_jobs_are_done_while_time_stands_still(now):
    exercise = made()
    one = engine(exercise, Doctors({0: 1}), now=now)
    one.go_to(MIDNIGHT + HOUR)
    patient = Due.objects.get(kind="report")
    report(exercise, patient, MIDNIGHT + HOUR)  # as somebody does on a page

    assert one.drain() > 0
    assert exercise.moment == MIDNIGHT + HOUR
    assert Due.objects.filter(kind="card.check", state="waiting").count() == 1
    assert one.drain() == 0


def lived(now, patients=OUTBREAK, **given):
    """What a run comes to; the database is as it was before afterwards."""
    with transaction.atomic():
        exercise = made(**A_WORKING_DAY | given)
        engine(exercise, Doctors(patients), now=now).run()
        found = summary()
        transaction.set_rollback(True)
    return found


def summary():
    alerts = Alert.objects.order_by("raised_at", "area_id", "disease_id")
    clocks = Deadline.objects.order_by("key", "started_at", "due_at", "subject_label")
    cards = CaseReport.objects.order_by("key")
    orders = Order.objects.order_by("issued_at", "plan_order__number", "organisation__code")
    return {
        "due": journal(),
        "alerts": list(alerts.values_list("area_id", "disease_id", "raised_at", "state", "score")),
        "clocks": list(clocks.values_list("key", "state", "started_at", "due_at", "met_at")),
        "cards": list(cards.values_list("key", "state", "known_at", "checked_at", "reviewed_at")),
        "orders": list(orders.values_list("text", "state", "issued_at", "done_at")),
    }


@pytest.mark.timeout(900)  # several days of the whole program, also on a machine that is busy
def test_two_runs_of_one_scenario_are_the_same_and_another_seed_is_another(now):
    first, again, other = lived(now), lived(now), lived(now, seed=8)

    assert len(first["due"]) > 25, first["due"]
    assert first["orders"]
    assert again == first
    assert other["due"] != first["due"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("where", ["in a deed", "in a job", "while planning"])
def test_a_run_that_is_killed_goes_on_where_it_was(now, monkeypatch, where):
    few, until_noon = {0: 3}, {"ends_at": MORNING + 5 * HOUR}
    whole = lived(now, few, **until_noon)
    exercise = made(**A_WORKING_DAY | until_noon)
    kill(monkeypatch, where)

    deaths = 0
    while exercise.moment < exercise.ends_at:
        try:
            engine(Exercise.objects.get(), Doctors(few), now=now).run()
        except Killed:
            deaths += 1
        exercise.refresh_from_db()

    assert deaths == 3
    assert summary() == whole


def kill(monkeypatch, where):
    """End the process three times, at moments when much is going on."""
    from pingji.evaluate.exercises.actions import engine as engines
    from pingji.evaluate.exercises.actions import jobs

    calls = {"n": 0}
    target, name = {
        "in a deed": (engines.Engine, "_outcome"),
        "in a job": (jobs, "_next"),
        "while planning": (staff, "plan"),
    }[where]
    inside = getattr(target, name)

    def deadly(*args, **kwargs):
        found = inside(*args, **kwargs)
        calls["n"] += 1
        if calls["n"] in (2, 4, 7):
            raise Killed
        return found

    monkeypatch.setattr(target, name, deadly)
