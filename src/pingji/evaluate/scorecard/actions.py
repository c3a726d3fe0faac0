"""Keep the task ledger."""

from datetime import datetime

from django.db import transaction

from pingji.evaluate.scorecard import rules
from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import note, publish
from pingji.ground.standards.models import Task


@transaction.atomic
def update_task(
    *,
    task: Task,
    area: Area,
    state: str,
    progress: str,
    evidence: str,
    by: User,
    at: datetime,
) -> LedgerEntry:
    """Say how far a task of the ledger is, and what proves it.

    The county's row is locked first, so that of two entries made at once neither is lost: both
    stand on record, and the later one shows.
    """
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)
    entry = LedgerEntry.objects.filter(area=area, task=task).first()
    before = entry.state if entry else LedgerEntry.State.NOT_BEGUN
    rules.check_can_update(by, before, state, evidence)

    entry = entry or LedgerEntry(area=area, task=task)
    entry.state, entry.progress, entry.evidence = state, progress.strip(), evidence.strip()
    entry.updated_by, entry.updated_at = by, at
    entry.save()
    note(
        "task.updated",
        subject=entry,
        by=by,
        at=at,
        reason=entry.progress,
        before=before,
        to=state,
        evidence=entry.evidence,
    )
    publish("scorecard", area=area.code)
    return entry
