"""Every figure of the scorecard from the rows behind it, and the task ledger."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from pingji.evaluate.scorecard import actions, queries, rules
from pingji.evaluate.scorecard.forms import SpanForm
from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.evaluate.scorecard.queries import Span
from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import StandardRow, Task
from pingji.ground.standards.tests.factories import deadline, plan
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN, county
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WEEK_LATER = NOON + 7 * DAY
SPAN = Span(date(2025, 11, 1), date(2025, 11, 30))
State = LedgerEntry.State


@pytest.fixture
def officer():
    plan()
    county()
    return UserFactory(role=Role.DUTY_OFFICER)


def signal(
    end: str, *, channel: str = "case", raised_at: datetime = NOON, area: str = TOWN
) -> Alert:
    """An alert whose verification clock ended so: met, late, missed, let go, or not yet."""
    alert = AlertFactory(
        channel=channel,
        raised_at=raised_at,
        area=AreaFactory(code=area),
        state="new" if end in {"running", "overdue"} else "dismissed",
    )
    clock = deadline("alert.verify", subject=alert, at=raised_at, area=alert.area)
    given = {"key": "alert.verify", "subject": alert, "by": system_user()}
    if end == "met":
        standards.meet_deadline(**given, at=raised_at + timedelta(hours=1))
    if end == "late":
        standards.meet_deadline(**given, at=clock.due_at + DAY)
    if end == "missed":
        standards.sweep_deadlines(at=clock.due_at + DAY)
    if end == "let go":
        standards.cancel_deadline(**given, at=raised_at + timedelta(hours=1), reason="重复")
    return alert


def answered(user, *, span: Span = SPAN, at: datetime = WEEK_LATER) -> queries.Kpi:
    """The share of signals that were answered."""
    (found,) = [
        kpi
        for kpi in queries.kpis(user=user, span=span, at=at)
        if kpi.row.key == "signal.answered_share"
    ]
    return found


@pytest.mark.parametrize(
    ("end", "met", "of"),
    [
        ("met", 1, 1),
        ("late", 0, 1),
        ("missed", 0, 1),
        ("overdue", 0, 1),
        ("let go", 0, 0),
    ],
)
def test_a_signal_counts_by_how_its_verification_ended(officer, end, met, of):
    signal(end)

    kpi = answered(officer)

    assert (kpi.met, kpi.of) == (met, of)


def test_a_signal_whose_time_still_runs_does_not_count_yet(officer):
    signal("running")

    kpi = answered(officer, at=NOON + timedelta(hours=2))

    assert (kpi.of, kpi.share, kpi.reached) == (0, None, None)
    assert kpi.missing


def test_signals_are_counted_by_channel(officer):
    signal("met")
    signal("late", channel="syndrome")
    signal("met", channel="syndrome")

    parts = {part.label: (part.met, part.of) for part in answered(officer).parts}

    assert len(parts) == 5
    assert (parts["病例"], parts["症候群"], parts["病原"]) == ((1, 1), (1, 2), (0, 0))


def test_the_share_is_held_against_the_countys_own_target(officer):
    signal("met")
    assert (answered(officer).share, answered(officer).reached) == (100, True)

    signal("late", channel="vector")

    assert (answered(officer).share, answered(officer).reached) == (50, False)


def test_where_less_is_better_a_small_share_reaches_the_target():
    row = StandardRow(better="lower", value=10)

    assert queries.Kpi(row, met=1, of=20).reached
    assert not queries.Kpi(row, met=5, of=20).reached
    assert queries.Kpi(StandardRow(better="higher"), met=5, of=20).reached is None


@pytest.mark.parametrize(
    ("raised_at", "of"),
    [
        (datetime.fromisoformat("2025-10-31T23:59:59+08:00"), 0),
        (datetime.fromisoformat("2025-11-01T00:00:00+08:00"), 1),
        (datetime.fromisoformat("2025-11-30T23:59:59+08:00"), 1),
        (datetime.fromisoformat("2025-12-01T00:00:00+08:00"), 0),
    ],
)
def test_the_first_and_the_last_day_count_in_the_countys_time(officer, raised_at, of):
    signal("met", raised_at=raised_at)

    assert answered(officer, at=raised_at + 7 * DAY).of == of


def test_signals_of_another_county_do_not_count(officer):
    signal("met", area="511723101")

    assert answered(officer).of == 0


def test_the_rows_behind_the_share_are_those_it_counts(client, officer):
    kept = {str(signal(end, channel=c)) for end, c in [("met", "case"), ("late", "vector")]}
    signal("let go", channel="pathogen")
    signal("running", channel="department", raised_at=timezone.now() - timedelta(minutes=1))
    span = Span(date(2025, 11, 1), timezone.localdate())
    kpi = answered(officer, span=span, at=timezone.now())
    client.force_login(officer)

    rows = client.get(kpi.url).context["page"].object_list

    assert len(rows) == kpi.of == 2
    assert {row.subject_label for row in rows} == kept


def test_connected_institutions_are_the_public_ones_that_are_open(officer):
    OrganisationFactory(public=True, connected=True)
    OrganisationFactory(public=True, connected=False)
    OrganisationFactory(public=False, connected=True)
    OrganisationFactory(public=True, connected=True, closed_on=date(2025, 1, 1))
    OrganisationFactory(kind="school", public=True, connected=True)

    row = StandardRow(value=100)
    kpi = queries.connected_institutions(row, officer, SPAN, NOON)

    assert (kpi.met, kpi.of) == (1, 2)


def test_an_indicator_that_nothing_tells_says_so(officer):
    found = {kpi.row.key: kpi for kpi in queries.kpis(user=officer, span=SPAN, at=NOON)}

    untold = found.keys() - queries.COMPUTED.keys()

    assert untold
    assert all(found[key].missing and found[key].share is None for key in untold)


def test_every_kind_of_promise_is_counted_by_how_it_ended(officer):
    for end, channel in [("met", "case"), ("late", "vector"), ("missed", "pathogen")]:
        signal(end, channel=channel)
    signal("let go", channel="syndrome")
    signal("overdue", channel="department")

    (promise,) = queries.promises(user=officer, span=SPAN, at=WEEK_LATER)

    assert (promise.met, promise.met_late, promise.missed) == (1, 1, 2)
    assert (promise.open, promise.cancelled, promise.ended, promise.share) == (0, 1, 4, 25)
    assert promise.label.startswith("预警信号核实")


def test_a_promise_that_still_runs_has_no_share(officer):
    signal("running")

    (promise,) = queries.promises(user=officer, span=SPAN, at=NOON)

    assert (promise.open, promise.share) == (1, None)


def test_the_worst_kept_promise_comes_first(officer):
    signal("met")
    alert = signal("late", channel="vector")
    deadline("alert.see", subject=alert)
    standards.meet_deadline(key="alert.see", subject=alert, by=officer, at=NOON)

    found = queries.promises(user=officer, span=SPAN, at=WEEK_LATER)

    assert [promise.key for promise in found] == ["alert.verify", "alert.see"]


def test_a_promise_that_no_plan_makes_any_longer_keeps_its_name(officer):
    signal("met")
    StandardRow.objects.filter(key="alert.verify").update(effective_to=date(2025, 11, 25))

    (promise,) = queries.promises(user=officer, span=SPAN, at=WEEK_LATER)

    assert promise.label.startswith("预警信号核实")


def test_days_out_of_order_are_refused():
    form = SpanForm({"since": "2025-11-30", "until": "2025-11-01"})

    assert not form.is_valid()


# The ledger.


@pytest.fixture
def task(officer):
    return Task.objects.filter(profile__name="youyang").first()


def report(task: Task, by, *, state: str = "under_way", evidence: str = "", progress: str = ""):
    return actions.update_task(
        task=task,
        area=Area.objects.get(pk=COUNTY),
        state=state,
        progress=progress,
        evidence=evidence,
        by=by,
        at=NOON,
    )


def test_the_ledger_holds_every_task_of_the_countys_plan(officer):
    lines = queries.ledger(user=officer, at=NOON)

    assert len(lines) == Task.objects.filter(profile__name="youyang").count() > 0
    assert {line.state for line in lines} == {"not_begun"}


def test_a_report_shows_in_the_ledger_and_is_on_record(officer, task):
    entry = report(task, officer, progress="已印发文件")

    line = queries.ledger(user=officer, at=NOON)[0]
    assert (line.entry, line.state) == (entry, "under_way")
    written = Line.objects.get(kind="task.updated")
    assert (written.details["before"], written.details["to"]) == ("not_begun", "under_way")
    assert written.reason == "已印发文件"


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("state", State)
def test_a_task_moves_only_so(officer, task, state, to):
    if state != State.NOT_BEGUN:
        report(task, officer, state=state, evidence="文号 1")

    if (state, to) in {("not_begun", "not_begun"), ("done", "not_begun")}:
        with pytest.raises(Refused):
            report(task, officer, state=to, evidence="文号 1")
    else:
        assert report(task, officer, state=to, evidence="文号 1").state == to


@pytest.mark.parametrize("evidence", ["", "  "])
def test_a_task_is_done_when_something_proves_it(officer, task, evidence):
    with pytest.raises(Refused) as refused:
        report(task, officer, state="done", evidence=evidence)

    assert refused.value.field == "evidence"


def test_the_database_binds_done_to_its_evidence(officer, task):
    entry = report(task, officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).update(state="done")


@pytest.mark.parametrize("role", Role)
def test_only_these_roles_keep_the_ledger(role):
    user = UserFactory(role=role)

    if role in {Role.DUTY_OFFICER, Role.ADMINISTRATOR}:
        rules.check_can_keep_ledger(user)
    else:
        with pytest.raises(Refused):
            rules.check_can_keep_ledger(user)


@pytest.mark.parametrize(
    ("due", "state", "late"),
    [
        (date(2025, 11, 20), "under_way", True),
        (date(2025, 11, 21), "under_way", False),
        (date(2025, 11, 20), "done", False),
        (None, "under_way", False),
    ],
)
def test_a_task_is_late_the_day_after_its_date_unless_it_is_done(officer, task, due, state, late):
    Task.objects.filter(pk=task.pk).update(due_on=due)
    report(task, officer, state=state, evidence="文号 1")

    assert queries.ledger(user=officer, at=NOON)[0].late == late


def test_every_state_has_its_moves():
    assert set(rules.MOVES) == set(State)


def test_another_countys_report_on_the_same_plan_stays_its_own(officer, task):
    report(task, officer)
    city = UserFactory(role=Role.DUTY_OFFICER, area__code="5002")

    assert all(line.entry is None for line in queries.ledger(user=city, at=NOON))


# The pages.


def read(client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(f"scorecard:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return officer


def test_the_scorecard_shows_share_target_and_channels(client, signed_in):
    signal("met")

    page = read(client, "overview", query="?since=2025-11-01&until=2025-11-30")

    assert "100.0 <small>%</small>" in page
    assert "症候群" in page


def test_without_days_the_scorecard_shows_this_year(client, signed_in):
    span = client.get(reverse("scorecard:overview")).context["span"]

    assert span == Span(date(timezone.localdate().year, 1, 1), timezone.localdate())


@pytest.mark.parametrize(
    "query",
    ["?since=x&until=y", "?since=2025-11-30&until=2025-11-01", "?since=2025-01-01"],
)
def test_days_that_make_no_span_are_said_and_this_year_is_shown(client, signed_in, query):
    assert 'class="error"' in read(client, "overview", query=query)


def test_the_widest_span_is_shown(client, signed_in):
    read(client, "overview", query="?since=0001-01-01&until=9999-12-31")


def test_rows_are_filtered_by_promise_and_state(client, signed_in):
    signal("met")
    signal("late", channel="vector")
    query = "?since=2025-11-01&until=2025-11-30&key=alert.verify&state=met_late"

    page = client.get(reverse("scorecard:deadlines") + query).context["page"]

    assert [row.state for row in page] == ["met_late"]


def test_without_a_promise_every_deadline_is_shown(client, signed_in):
    signal("met")

    page = read(client, "deadlines", query="?since=2025-11-01&until=2025-11-30")

    assert "哪些时限得到履行" in page


def test_the_institutions_behind_the_figure_are_listed(client, signed_in):
    OrganisationFactory(name="未接入医院", public=True, connected=False)

    assert "未接入医院" in read(client, "institutions")


def test_the_ledger_is_filtered_by_state(client, signed_in, task):
    report(task, signed_in, state="done", evidence="文号 1")

    def shown(state: str) -> int:
        query = f"?state={state}"
        return len(client.get(reverse("scorecard:ledger") + query).context["lines"])

    page = client.get(reverse("scorecard:ledger"))
    assert sum(number for _value, _label, number in page.context["states"]) == shown("")
    assert (shown("done"), shown("")) == (1, len(queries.ledger(user=signed_in, at=NOON)))
    assert shown("late") >= 0


def test_a_task_is_reported_on_and_its_history_shows(client, signed_in, task):
    address = reverse("scorecard:task", args=[task.pk])

    client.post(address, {"state": "done", "progress": "已建成", "evidence": "酉卫发〔2025〕3号"})

    page = client.get(address).content.decode()
    assert "酉卫发〔2025〕3号" in page
    assert "已建成" in page


def test_done_without_evidence_is_refused_on_the_page(client, signed_in, task):
    answer = client.post(reverse("scorecard:task", args=[task.pk]), {"state": "done"})

    assert answer.context["form"].errors["evidence"]
    assert not LedgerEntry.objects.exists()


def test_who_does_not_keep_the_ledger_is_refused_on_the_page(client, task):
    client.force_login(UserFactory(role=Role.INSPECTOR))

    answer = client.post(reverse("scorecard:task", args=[task.pk]), {"state": "under_way"})

    assert answer.status_code == 409


def test_a_task_of_another_plan_is_not_found(client, signed_in):
    plan("kaijiang")
    other = Task.objects.filter(profile__name="kaijiang").first()

    assert client.get(reverse("scorecard:task", args=[other.pk])).status_code == 404


def test_the_ledger_is_downloaded_whole_and_runs_no_formula(client, signed_in, task):
    report(task, signed_in, progress="=HYPERLINK(1)", state="done", evidence="+1")

    text = client.get(reverse("scorecard:ledger_csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert len(rows) == 1 + len(queries.ledger(user=signed_in, at=NOON))
    assert rows[1][6:8] == ["'=HYPERLINK(1)", "'+1"]


@pytest.mark.parametrize("name", ["overview", "deadlines", "institutions", "ledger", "ledger_csv"])
def test_who_has_nothing_to_do_with_the_scorecard_is_refused(client, name):
    client.force_login(UserFactory(role=Role.GRID_WORKER))

    assert client.get(reverse(f"scorecard:{name}")).status_code == 409


def test_an_entry_is_called_by_its_task_and_state(officer, task):
    assert str(report(task, officer)).endswith("推进中")
