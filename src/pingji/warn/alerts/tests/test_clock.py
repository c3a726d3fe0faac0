"""An alert's way from the desk to its closing: who, in what time, with what verdict."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.actions import sweep_deadlines
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.warn.alerts import actions
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.tests.factories import AlertFactory, detected, outbreak

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOON + HOUR


@pytest.fixture
def officer():
    return UserFactory(role=Role.EPIDEMIOLOGIST)


@pytest.fixture
def verified(officer):
    outbreak()
    detected()
    return actions.decide(
        alert=Alert.objects.get(), to="verified", by=officer, at=NOON, reason="电话核实。"
    )


def clocks() -> dict[str, str]:
    return dict(Deadline.objects.values_list("key", "state"))


def test_verifying_starts_the_clocks_of_the_field_and_of_closing(verified, officer):
    assert clocks() == {
        "alert.see": "met",
        "alert.verify": "met",
        "alert.investigate": "open",
        "alert.close": "open",
    }
    assert verified.owner == officer


def test_from_the_field_to_the_closing_every_step_is_on_record(verified, officer):
    actions.investigate(alert=verified, findings="一班八人同源。", by=officer, at=LATER)
    closed = actions.close(
        alert=verified, verdict="true", reason="末例后七日无新发。", by=officer, at=LATER + HOUR
    )

    assert (closed.state, closed.verdict) == ("closed", "true")
    assert (clocks()["alert.investigate"], clocks()["alert.close"]) == ("met", "met")
    lines = {line.kind: line.reason for line in Line.objects.filter(kind__startswith="alert.")}
    assert lines["alert.investigated"] == "一班八人同源。"
    assert lines["alert.closed"] == "末例后七日无新发。"


@pytest.mark.parametrize(
    ("verdict", "reason", "field"),
    [("", "无新发。", "verdict"), ("perhaps", "无新发。", "verdict"), ("true", "  ", "reason")],
)
def test_nobody_closes_without_a_verdict_and_a_reason(officer, verdict, reason, field):
    alert = AlertFactory(state="investigated")

    with pytest.raises(Refused) as refused:
        actions.close(alert=alert, verdict=verdict, reason=reason, by=officer, at=LATER)

    assert refused.value.field == field


def test_not_even_past_the_actions_is_an_alert_closed_without_a_verdict():
    alert = AlertFactory(state="closed")

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(verdict="")


def test_an_investigation_says_what_was_found(officer):
    with pytest.raises(Refused) as refused:
        actions.investigate(
            alert=AlertFactory(state="verified"), findings=" ", by=officer, at=LATER
        )
    assert refused.value.field == "findings"


def test_closing_without_the_field_lets_its_clock_go_with_the_reason(verified, officer):
    actions.close(alert=verified, verdict="false", reason="报告错误。", by=officer, at=LATER)

    clock = Deadline.objects.get(key="alert.investigate")
    assert (clock.state, clock.cancel_reason) == ("cancelled", "报告错误。")


def test_an_alert_is_verified_before_it_is_closed(officer):
    with pytest.raises(Refused):
        actions.close(alert=AlertFactory(), verdict="true", reason="x", by=officer, at=LATER)


def test_dismissing_is_the_verdict_that_there_was_no_outbreak(officer):
    alert = actions.decide(
        alert=AlertFactory(), to="dismissed", by=officer, at=LATER, reason="散发。"
    )
    assert alert.verdict == "false"


def test_who_does_not_decide_does_not_close():
    with pytest.raises(Refused):
        actions.close(
            alert=AlertFactory(state="investigated"),
            verdict="true",
            reason="x",
            by=UserFactory(role=Role.HOSPITAL_REPORTER),
            at=LATER,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("state", "step", "said", "to"),
    [
        ("verified", actions.investigate, {"findings": "一班八人同源。"}, "investigated"),
        ("investigated", actions.close, {"verdict": "true", "reason": "无新发。"}, "closed"),
    ],
)
def test_of_two_at_once_one_wins_and_the_other_is_told(state, step, said, to):
    alert = AlertFactory(state=state)
    people = [UserFactory(role=Role.EPIDEMIOLOGIST) for _ in range(2)]

    got = at_once(lambda n: step(alert=alert, by=people[n], at=LATER, **said))

    refused = [one for one in got if isinstance(one, Refused)]
    alert.refresh_from_db()
    assert len(refused) == 1
    assert str(getattr(alert, f"{to}_by")) in str(refused[0])
    assert Line.objects.filter(kind=f"alert.{to}").count() == 1


def test_an_alert_is_given_to_somebody_who_decides_here(officer):
    plan()
    alert = AlertFactory()
    other = UserFactory(role=Role.DUTY_OFFICER)

    alert = actions.give_to(alert=alert, owner=other, by=officer, at=LATER)

    assert alert.owner == other
    assert Line.objects.get(kind="alert.given").reason == ""


@pytest.mark.parametrize("role", [Role.HOSPITAL_REPORTER, Role.GRID_WORKER])
def test_an_alert_is_not_given_to_somebody_who_cannot_answer_it(officer, role):
    with pytest.raises(Refused):
        actions.give_to(alert=AlertFactory(), owner=UserFactory(role=role), by=officer, at=LATER)


def test_an_alert_is_not_given_to_somebody_of_another_county(officer):
    stranger = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983"))

    with pytest.raises(Refused):
        actions.give_to(alert=AlertFactory(), owner=stranger, by=officer, at=LATER)


def test_a_graver_alert_has_shorter_clocks(officer):
    outbreak()
    detected()
    alert = Alert.objects.get()
    Alert.objects.filter(pk=alert.pk).update(level="decision")

    actions.decide(alert=alert, to="verified", by=officer, at=NOON, reason="x")

    clock = Deadline.objects.get(key="alert.investigate")
    assert clock.due_at == NOON + timedelta(hours=6)


def test_a_clock_that_runs_out_is_escalated():
    outbreak()
    detected()

    sweep_deadlines(at=NOON + timedelta(days=3))

    missed = Deadline.objects.filter(key="alert.verify", state="missed")
    assert missed.get().escalates_to == Role.DUTY_OFFICER
