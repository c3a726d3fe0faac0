"""Jobs and announcements: queued with the change, run at least once, put back when killed."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.db import connection, connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground.record.actions import announce, unannounced
from pingji.ground.record.actions.jobs import MOST_ATTEMPTS, listeners
from pingji.ground.record.tasks import prune_finished_jobs, put_back_stalled
from pingji.ground.record.tests import jobs_for_tests as jobs

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
A_WORKER = """
import django; django.setup()
import pingji.ground.record.tests.jobs_for_tests
from procrastinate.contrib.django import app
with app.replace_connector(app.connector.get_worker_connector()) as working:
    working.run_worker(wait=False, concurrency=1, install_signal_handlers=False,
                       listen_notify=False, queues=["default"])
"""

pytestmark = pytest.mark.django_db(transaction=True)
# The worker of a test may have queued the same by the clock a moment before.
BESIDE_THE_CLOCK = "asked by a test"


@pytest.fixture(autouse=True)
def marks_table(transactional_db, monkeypatch):
    # Threads of the worker leave no connection behind that outlives the test.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    jobs.make_marks()
    forget_jobs()
    yield
    forget_jobs()
    jobs.drop_marks()


def forget_jobs():
    """Empty the queue, which the tests' own flush leaves alone."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")


def work_here(queues=("default",)):
    """Run everything that waits, in this process."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(
            wait=False,
            concurrency=1,
            queues=list(queues),
            install_signal_handlers=False,
            listen_notify=False,
        )


def a_worker():
    """A worker process of its own, that ends when nothing waits; its exit status."""
    given = connection.get_connection_params()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "pingji.config.settings",
        "PINGJI_DATABASE_URL": f"postgresql://{given['user']}@{quote(given['host'], '')}"
        f"/{given['dbname']}",
    }
    return subprocess.run(
        [sys.executable, "-c", A_WORKER], env=environment, timeout=120, check=False
    ).returncode


def states():
    """How each job of the tests stands; a worker also brings the clock's own jobs."""
    ours = ProcrastinateJob.objects.filter(task_name__contains="jobs_for_tests")
    return dict(ours.values_list("task_name", "status"))


def stand_still():
    """Let five minutes pass for the workers that are gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_workers set last_heartbeat = now() - interval '5 minutes'"
        )


def put_back():
    """What the worker does each minute."""
    ProcrastinateJob.objects.filter(queue_name="clock")._raw_delete("default")
    app.configure_task("record.put_back_stalled", queueing_lock=BESIDE_THE_CLOCK).defer(timestamp=0)
    work_here(["clock"])


def test_a_job_runs_after_its_change_is_committed():
    with transaction.atomic():
        jobs.leave_a_mark.later(word="done", count=3)
        assert ProcrastinateJob.objects.get().status == "todo"
    work_here()
    assert jobs.marks() == ["done count=3"]
    assert states() == {jobs.leave_a_mark.task.name: "succeeded"}


def test_a_change_that_is_undone_queues_nothing():
    with transaction.atomic():
        jobs.leave_a_mark.later(word="never")
        announce("tested", at=NOON, word="never")
        transaction.set_rollback(True)
    assert not ProcrastinateJob.objects.exists()
    work_here()
    assert jobs.marks() == []


def test_what_the_worker_changes_and_undoes_queues_nothing_either():
    jobs.change_and_undo.later(word="never")
    work_here()
    work_here()
    assert states() == {jobs.change_and_undo.task.name: "succeeded"}
    assert jobs.marks() == []


def test_a_fact_reaches_every_listener_as_a_job_of_its_own():
    announce("tested", at=NOON, word="x")
    assert ProcrastinateJob.objects.count() == 2
    work_here()
    assert sorted(jobs.marks()) == [f"once x {NOON.isoformat()}", "twice x"]


def test_a_fact_of_the_past_is_told_to_nobody():
    with unannounced():
        announce("tested", at=NOON, word="x")
    assert not ProcrastinateJob.objects.exists()

    announce("tested", at=NOON, word="y")
    assert ProcrastinateJob.objects.count() == 2


def test_a_fact_nobody_listens_to_queues_nothing():
    announce("never heard of", at=NOON)
    assert listeners("never heard of") == []
    assert not ProcrastinateJob.objects.exists()


def test_a_job_can_be_called_at_once_as_a_function():
    jobs.leave_a_mark(word="now")
    assert jobs.marks() == ["now"]


def test_a_job_by_the_clock_is_told_the_moment():
    app.configure_task(f"{jobs.yearly.work.__module__}.yearly:clock").defer(
        timestamp=int(NOON.timestamp())
    )
    work_here(["clock", "default"])
    assert jobs.marks() == [f"yearly {NOON.isoformat()}"]


def test_a_job_of_a_killed_worker_runs_again_once():
    jobs.die_once.later(word="killed")
    assert a_worker() == -9
    assert states() == {jobs.die_once.task.name: "doing"}

    put_back()  # the worker may still be alive: nothing happens yet
    assert states()[jobs.die_once.task.name] == "doing"
    stand_still()
    put_back()
    put_back()
    assert states()[jobs.die_once.task.name] == "todo"
    assert a_worker() == 0
    assert a_worker() == 0

    assert jobs.marks() == ["killed", "killed"]
    assert states()[jobs.die_once.task.name] == "succeeded"


def test_a_job_that_kills_every_worker_is_given_up():
    jobs.die_always.later(word="poison")
    for _attempt in range(2):
        assert a_worker() == -9
        stand_still()
        put_back()
    assert states()[jobs.die_always.task.name] == "todo"
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set attempts = %s where status = 'todo'", [MOST_ATTEMPTS]
        )
    assert a_worker() == -9
    stand_still()
    put_back()
    assert states()[jobs.die_always.task.name] == "failed"
    assert a_worker() == 0
    assert jobs.marks() == ["poison"] * 3


def test_a_stalled_job_that_was_queued_anew_is_given_up_and_holds_no_other_back():
    one_at_a_time = app.configure_task(jobs.die_once.task.name, queueing_lock="one")
    one_at_a_time.defer(word="stalled")
    assert a_worker() == -9
    one_at_a_time.defer(word="anew")  # as the clock does each minute
    stand_still()

    put_back()

    rows = ProcrastinateJob.objects.filter(task_name=jobs.die_once.task.name).order_by("id")
    assert list(rows.values_list("status", flat=True)) == ["failed", "todo"]


def test_each_failed_attempt_of_a_job_leaves_a_line_in_the_log(caplog):
    jobs.fail.later(word="bad")
    work_here()
    retried = "update procrastinate_jobs set attempts = %s, scheduled_at = now()"
    with connection.cursor() as cursor:
        cursor.execute(retried, [MOST_ATTEMPTS - 1])
    work_here()

    said = [row for row in caplog.records if row.name.startswith("pingji.ground.record")]
    assert [row.levelname for row in said] == ["WARNING", "WARNING"]
    first, second = (row.getMessage() for row in said)
    assert f"({jobs.fail.task.name}) failed at attempt 1, next try at 2" in first
    assert "ValueError: refused by a constraint" in first
    assert f"failed at attempt {MOST_ATTEMPTS}, next try" in second
    assert "secret values" not in first


def test_the_worker_is_given_its_housekeeping():
    clock = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert clock[put_back_stalled.name] == "* * * * *"
    assert prune_finished_jobs.name in clock
    assert "pingji.ground.standards.tasks.sweep:clock" in clock
    assert "pingji.warn.alerts.tasks.detect_daily:clock" in clock


def test_finished_jobs_are_dropped_after_a_week_and_failed_ones_stay():
    jobs.leave_a_mark.later(word="old")
    jobs.leave_a_mark.later(word="new")
    work_here()
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_events set at = at - interval '8 days'"
            " where job_id = (select min(id) from procrastinate_jobs)"
        )
    app.configure_task(prune_finished_jobs.name, queueing_lock=BESIDE_THE_CLOCK).defer(timestamp=0)
    work_here(["clock"])
    left = ProcrastinateJob.objects.filter(task_name=jobs.leave_a_mark.task.name)
    assert [job.args["word"] for job in left] == ["new"]
