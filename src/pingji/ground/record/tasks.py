"""The worker's own housekeeping."""

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from pingji.ground.record.actions.jobs import MOST_ATTEMPTS

STALLED_AFTER_SECONDS = 60
KEEP_FINISHED_HOURS = 7 * 24


@app.periodic(cron="* * * * *")
@app.task(name="record.put_back_stalled", queue="clock", queueing_lock="stalled", pass_context=True)
async def put_back_stalled(context: JobContext, timestamp: int) -> None:
    """Run again, once, each job of a worker that was killed.

    A job that was begun as often as a failing one may be is given up: it may be what kills.
    """
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            if stalled.attempts < MOST_ATTEMPTS:
                await manager.retry_job(stalled)
                continue
        except UniqueViolation:  # the clock has queued the same again meanwhile
            pass
        await manager.finish_job(stalled, status=Status.FAILED, delete_job=False)


@app.periodic(cron="17 3 * * *")
@app.task(name="record.prune", queue="clock", queueing_lock="prune", pass_context=True)
async def prune_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Drop finished jobs after a week; failed ones stay to be looked at."""
    await builtin_tasks.remove_old_jobs(context, max_hours=KEEP_FINISHED_HOURS)
