"""Who answers an alert, when, and what is left on record; the pages and the endpoints."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import NOON, TOWN, case_row, cases, imported
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.models import Alert, DetectionRun, Evidence
from pingji.warn.alerts.tests.factories import LAST, AlertFactory, detected, outbreak

pytestmark = pytest.mark.django_db
State = Alert.State
LATER = NOON + timedelta(minutes=40)
WHY = "电话核实：同一学校多名学生发病。"


@pytest.fixture
def officer():
    return UserFactory(role=Role.EPIDEMIOLOGIST)


@pytest.fixture
def alert():
    outbreak()
    detected()
    return Alert.objects.get()


def decide(alert: Alert, to: str, by, *, reason: str = WHY) -> Alert:
    return actions.decide(alert=alert, to=to, by=by, at=LATER, reason=reason)


def test_verifying_puts_who_when_and_why_on_record(alert, officer):
    alert = decide(alert, State.VERIFIED, officer)

    line = Line.objects.get(kind="alert.verified")
    assert (alert.state, alert.decided_by, alert.decided_at) == ("verified", officer, LATER)
    assert (line.by, line.at, line.reason) == (officer, LATER, WHY)


def test_deciding_meets_both_deadlines(alert, officer):
    decide(alert, State.DISMISSED, officer)

    assert set(Deadline.objects.values_list("key", "state", "met_at")) == {
        ("alert.see", "met", LATER),
        ("alert.verify", "met", LATER),
    }


def test_deciding_is_seeing(alert, officer):
    assert decide(alert, State.VERIFIED, officer).seen_by == officer
    assert Line.objects.filter(kind="alert.seen").count() == 1


def test_seeing_stops_its_own_clock_only(alert, officer):
    actions.see(alert=alert, by=officer, at=LATER)

    assert dict(Deadline.objects.values_list("key", "state")) == {
        "alert.see": "met",
        "alert.verify": "open",
    }


def test_the_first_to_see_it_counts(alert, officer):
    actions.see(alert=alert, by=officer, at=LATER)

    again = actions.see(alert=alert, by=UserFactory(role=Role.DUTY_OFFICER), at=LATER)

    assert again.seen_by == officer
    assert Line.objects.filter(kind="alert.seen").count() == 1


def test_deciding_after_the_time_is_late(alert, officer):
    actions.decide(
        alert=alert, to=State.VERIFIED, by=officer, at=NOON + timedelta(days=2), reason=WHY
    )

    ended = Deadline.objects.filter(key__in=["alert.see", "alert.verify"])
    assert set(ended.values_list("state", flat=True)) == {"met_late"}


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("state", State)
def test_only_these_two_moves_are_allowed(state, to, officer):
    plan()
    alert = AlertFactory(state=state)

    if (state, to) in {("new", "verified"), ("new", "dismissed")}:
        assert decide(alert, to, officer).state == to
    else:
        with pytest.raises(Refused):
            decide(alert, to, officer)


def test_every_state_has_its_moves():
    assert set(rules.MOVES) == set(State)


def test_a_second_verdict_is_told_of_the_first(officer):
    alert = AlertFactory(state="dismissed")

    with pytest.raises(Refused, match="2025-11-21 12:00") as refused:
        decide(alert, State.VERIFIED, officer)

    assert alert.decided_by.display_name in str(refused.value)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_verdict_needs_a_reason(alert, officer, reason):
    with pytest.raises(Refused) as refused:
        decide(alert, State.VERIFIED, officer, reason=reason)

    assert refused.value.field == "reason"


@pytest.mark.parametrize("role", Role)
def test_only_these_roles_decide_and_start_runs(role):
    user, alert = UserFactory(role=role), AlertFactory()

    if role in {Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER}:
        rules.check_can_decide(user, alert, State.VERIFIED)
        rules.check_can_run(user)
    else:
        with pytest.raises(Refused):
            rules.check_can_decide(user, alert, State.VERIFIED)
        with pytest.raises(Refused):
            rules.check_can_run(user)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "verified"},
        {"decided_at": NOON},
        {"seen_at": NOON},
        {"state": "verified", "decided_at": NOON, "reason": ""},
    ],
)
def test_the_database_binds_who_when_and_why(change):
    alert = AlertFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(**change)


def test_the_database_keeps_one_waiting_alert_for_a_series():
    AlertFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        AlertFactory()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_refused():
    outbreak()
    detected()
    alert = Alert.objects.get()
    people = [UserFactory(role=Role.EPIDEMIOLOGIST), UserFactory(role=Role.DUTY_OFFICER)]

    got = at_once(lambda at: decide(alert, (State.VERIFIED, State.DISMISSED)[at], people[at]))

    assert sorted(type(one).__name__ for one in got) == ["Alert", "Refused"]
    assert Line.objects.filter(kind__in=["alert.verified", "alert.dismissed"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_raise_one_alert_between_them():
    outbreak()

    at_once(lambda at: detected(as_of=NOON + timedelta(seconds=at), at=LATER))

    assert DetectionRun.objects.filter(state="done").count() == 2
    assert Line.objects.filter(kind="alert.raised").count() == 1


# The pages.


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return officer


def read(client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(f"alerts:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_what_waits_with_its_clock(client, signed_in, alert):
    page = read(client, "list")

    assert "弯曲菌病" in page
    assert 'class="clock' in page


@pytest.mark.parametrize("state", Alert.OPEN)
def test_the_gravest_waits_first_and_the_latest_of_a_level(client, signed_in, state):
    def raised(level: str, disease: str, hour: int) -> Alert:
        at = NOON + timedelta(hours=hour)
        return AlertFactory(state=state, level=level, disease_id=disease, raised_at=at)

    hint = raised("hint", "hand_foot_mouth", 3)
    earlier = raised("decision", "influenza", 0)
    later = raised("decision", "measles", 1)
    notice = raised("notice", "norovirus", 2)

    shown = client.get(reverse("alerts:list"), {"state": state}).context

    assert [one.pk for one in shown["page"]] == [one.pk for one in (later, earlier, notice, hint)]
    assert {value: n for value, _label, n in shown["states"] if n} == {state: 4}


def test_the_page_asks_until_somebody_has_answered(client, signed_in, alert, officer):
    assert "是否属实？" in read(client, "detail", alert.pk)

    decide(alert, State.VERIFIED, officer)
    page = read(client, "detail", alert.pk)
    assert "是否属实？" not in page
    assert f"{alert.disease.label}：属实" in page

    actions.close(alert=alert, verdict="true", reason=WHY, by=officer, at=LATER)
    assert f"{alert.disease.label}：真实暴发" in read(client, "detail", alert.pk)


def test_the_list_shows_other_states_by_filter(client, signed_in):
    AlertFactory(state="dismissed")

    assert "手足口病" not in read(client, "list")
    assert "手足口病" in read(client, "list", query="?state=dismissed")


def test_opening_the_page_is_seeing_the_alert(client, signed_in, alert):
    page = read(client, "detail", alert.pk)

    assert Alert.objects.get().seen_by == signed_in
    assert "EARS C1" in page


def test_opening_by_somebody_who_does_not_decide_is_not_seeing(client, alert):
    client.force_login(UserFactory(role=Role.INSPECTOR))

    read(client, "detail", alert.pk)

    assert Alert.objects.get().seen_at is None


def test_the_page_shows_the_cases_behind_the_alert(client, signed_in):
    imported(cases([case_row(key="KEY1"), case_row(key="KEY2", onset="2025-11-01")]))
    alert = AlertFactory()

    page = read(client, "detail", alert.pk)

    assert "KEY1" in page
    assert "KEY2" not in page


def test_the_verdict_is_given_on_the_page(client, signed_in, alert):
    answer = client.post(
        reverse("alerts:decide", args=[alert.pk]), {"to": "verified", "reason": WHY}
    )

    assert answer.url == reverse("alerts:detail", args=[alert.pk])
    assert WHY in read(client, "detail", alert.pk)


def test_a_refusal_shows_on_the_page(client, signed_in):
    alert = AlertFactory(state="verified")

    answer = client.post(
        reverse("alerts:decide", args=[alert.pk]), {"to": "dismissed", "reason": WHY}
    )

    assert answer.status_code == 409
    assert alert.decided_by.display_name in answer.content.decode()


def test_a_verdict_without_a_reason_is_asked_for_it(client, signed_in, alert):
    answer = client.post(reverse("alerts:decide", args=[alert.pk]), {"to": "verified"})

    assert answer.status_code == 409
    assert Alert.objects.get().state == "new"


def test_an_alert_of_another_county_is_not_found(client, signed_in):
    alert = AlertFactory(area=AreaFactory(code="511723101"))

    for name in ("detail", "chart"):
        assert client.get(reverse(f"alerts:{name}", args=[alert.pk])).status_code == 404
    assert client.post(reverse("alerts:decide", args=[alert.pk])).status_code == 404
    assert client.get(f"/api/alerts/{alert.pk}").status_code == 404


def test_the_chart_draws_the_series_of_the_alert(client, signed_in, alert):
    drawn = client.get(reverse("alerts:chart", args=[alert.pk])).json()

    assert drawn["dates"][-1] == str(LAST)
    assert drawn["alarms"][-1]


def test_the_chart_of_a_series_that_is_gone_is_empty(client, signed_in):
    alert = AlertFactory()

    assert client.get(reverse("alerts:chart", args=[alert.pk])).json()["dates"] == []


def test_the_runs_say_what_could_not_be_judged(client, signed_in):
    outbreak(quiet=[3, 4])
    detected()

    assert "历史数据不足" in read(client, "runs")


def test_a_failed_run_says_why(client, signed_in):
    DetectionRun.objects.create(
        area=signed_in.area, as_of=NOON, started_at=NOON, state="failed", problem="缺少参数 X"
    )

    assert "缺少参数 X" in read(client, "runs")


def test_a_run_is_asked_for_on_the_page(client, signed_in):
    answer = client.post(reverse("alerts:start_run"))

    assert answer.url == reverse("alerts:list")
    assert Line.objects.get(kind="detection.asked").by == signed_in


@pytest.mark.parametrize("name", ["list", "runs"])
def test_who_has_nothing_to_do_with_alerts_is_refused(client, name):
    client.force_login(UserFactory(role=Role.GRID_WORKER))

    assert client.get(reverse(f"alerts:{name}")).status_code == 409


# The endpoints.


def test_a_program_lists_alerts_by_state_and_area(client, signed_in):
    AlertFactory()
    AlertFactory(state="dismissed")

    def found(query: str) -> int:
        return client.get(f"/api/alerts/{query}").json()["count"]

    assert (found(""), found("?state=new"), found("?under=511723")) == (2, 1, 0)


def test_a_program_reads_an_alert_with_its_evidence_without_seeing_it(client, signed_in, alert):
    answer = client.get(f"/api/alerts/{alert.pk}").json()

    # The alert's series is one of weeks; the total of the last days is asked of days alone.
    asked = set(queries.METHODS) - {"recent_total"}
    assert {row["method"] for row in answer["evidence"]} == asked
    assert Alert.objects.get().seen_at is None


def test_a_page_that_refuses_looks_anew_at_the_alert_itself(client, signed_in, alert):
    address = reverse("alerts:decide", args=[alert.pk])

    shown = client.post(address, {"to": "verified", "reason": ""}).text

    assert f'hx-get="{alert.get_absolute_url()}"' in shown
    assert f'hx-get="{address}"' not in shown


def test_a_program_reads_settings_that_are_more_than_one_number(client, signed_in, alert):
    row = alert.evidence.first()
    row.settings = {"alpha": 0.001, "lengths": [3, 7, 14]}
    row.save()

    answer = client.get(f"/api/alerts/{alert.pk}").json()

    assert row.settings in [one["settings"] for one in answer["evidence"]]


def test_a_program_gives_the_verdict(client, signed_in, alert):
    answer = client.post(
        f"/api/alerts/{alert.pk}/decisions",
        {"to": "dismissed", "reason": WHY},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"to": "verified", "reason": ""}, 409), ({"to": "new", "reason": WHY}, 409)]
    + [({"to": "perhaps", "reason": WHY}, 422)],
)
def test_a_program_is_told_why_a_verdict_is_refused(client, signed_in, body, status):
    alert = AlertFactory(area=AreaFactory(code=TOWN))

    answer = client.post(f"/api/alerts/{alert.pk}/decisions", body, content_type="application/json")

    assert answer.status_code == status


def test_a_program_that_is_not_signed_in_gets_nothing(client):
    assert client.get("/api/alerts/").status_code == 401


def test_an_alert_is_called_by_place_disease_and_day():
    alert = AlertFactory(area=AreaFactory(code=TOWN, name="桃花源街道"))

    assert str(alert) == "桃花源街道 手足口病 2025-11-19"
    assert str(Evidence(method="ears_c1", starts_on=alert.starts_on)) == "ears_c1 2025-11-19"


def test_deciding_after_seeing_keeps_who_saw_it_first(alert, officer):
    actions.see(alert=alert, by=officer, at=LATER)

    decided = decide(alert, State.VERIFIED, UserFactory(role=Role.DUTY_OFFICER))

    assert (decided.seen_by, decided.decided_by == officer) == (officer, False)


def test_any_other_filter_shows_every_state(client, signed_in):
    AlertFactory(state="dismissed")

    assert "手足口病" in read(client, "list", query="?state=all")
