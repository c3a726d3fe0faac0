"""Many clocks start at once."""

from collections.abc import Sequence

from pingji.ground import statements
from pingji.ground.directory.models import User
from pingji.ground.record.actions import Entry, publish_all
from pingji.ground.standards.actions.deadlines import TOPIC
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.models.deadline import key_of, names_of
from pingji.ground.standards.queries.promises import Promise, Start, promises
from pingji.ground.standards.rules import deadlines as rules


def start_deadlines(*, starts: Sequence[Start], by: User) -> tuple[list[Deadline], list[Entry]]:
    """Start clocks on new rows: as `start_deadline`, with a few statements for all of them.

    Args:
        starts: The clocks, each with the moment at which it starts.
        by: Who caused them to start.

    Returns:
        The clocks; what no plan sets a deadline for has none. And what the caller is to put on
        record of them in the same transaction, together with what it has to say itself.
    """
    asked = [(start.area, start.key, start.at) for start in starts]
    found = promises(asked)
    deadlines = [
        _deadline(start, found[place], by)
        for start, place in zip(starts, asked, strict=True)
        if place in found
    ]
    statements.insert(deadlines)
    publish_all(TOPIC, [(one.area_id, one.organisation_id) for one in deadlines])
    return deadlines, [_entry(one) for one in deadlines]


def _entry(one: Deadline) -> Entry:
    said = {"key": one.key, "due_at": one.due_at.isoformat()}
    return Entry(one, said, "deadline.started", at=one.started_at)


def _deadline(start: Start, promise: Promise, by: User) -> Deadline:
    due_at = start.until or start.at + promise.standard.length
    return Deadline(
        key=start.key,
        standard=promise.standard,
        **key_of(start.subject),
        **names_of(start.subject),
        area_id=start.area,
        organisation_id=start.organisation,
        owner_id=start.owner,
        started_by=by,
        started_at=start.at,
        due_at=due_at,
        warn_at=rules.warn_at(start.at, due_at, promise.warn_share),
        escalates_to=promise.escalates_to,
    )
