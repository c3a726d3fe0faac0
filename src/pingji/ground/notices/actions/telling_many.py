"""Tell many facts of one kind at once: with a few statements for all of them."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from pingji.ground import statements
from pingji.ground.directory.models import User
from pingji.ground.notices import queries
from pingji.ground.notices.actions.telling import queue, to_person, to_system, topics_of
from pingji.ground.notices.models import Delivery, Means, Notice
from pingji.ground.notices.queries import Told
from pingji.ground.notices.rules import Policy
from pingji.ground.record.actions import Entry, note_many, publish_topics
from pingji.ground.standards.models.deadline import key_of, names_of
from pingji.ground.standards.queries.alike import ruled_alike


@transaction.atomic
def notify_many(*, kind: str, facts: Sequence[Told], by: User, at: datetime) -> list[Notice]:
    """Tell people of facts, as `notify` does of one; of each fact only once.

    No acknowledgement is awaited: the rows have clocks of their own.

    Args:
        kind: One of `KINDS`, the same for all.
        facts: What to tell, to whom.
        by: Who made them facts; they are not told of what they did.
        at: When.

    Returns:
        The notices that are new.
    """
    keyed = {":".join([kind, *key_of(fact.subject).values()]): fact for fact in facts}
    before = set(Notice.objects.filter(key__in=keyed).values_list("key", flat=True))
    alike = ruled_alike([fact.area.code for fact in facts], at)
    policies: dict[str, Policy] = {}
    new: list[tuple[Notice, list[User]]] = []
    for key, fact in keyed.items():
        if key in before:
            continue
        code = fact.area.code
        if code not in policies:
            same = alike[code]
            if same not in policies:
                policies[same] = queries.policy_for(same, on=at)
            policies[code] = policies[same]
        people = sorted({one for one in fact.people if one.pk != by.pk}, key=lambda one: one.pk)
        notice = Notice(
            key=key,
            kind=kind,
            level=policies[code].level_of(kind),
            **key_of(fact.subject),
            **names_of(fact.subject),
            area=fact.area,
            organisation=fact.organisation,
            exercise=settings.EXERCISE,
            told_by=by,
            told_at=at,
        )
        new.append((notice, people))
    notices = [notice for notice, _people in new]
    statements.insert(notices)
    _address(new, policies, at=at)
    said = [
        Entry(notice, {"of": kind, "level": notice.level, "people": len(people)})
        for notice, people in new
    ]
    note_many("notice.told", said, by=by, at=at)
    return notices


def _address(
    told: Sequence[tuple[Notice, list[User]]], policies: dict[str, Policy], *, at: datetime
) -> None:
    """Keep every delivery, have those that may leave at once sent, and tell the open pages."""
    wishes = queries.preferences_of({one for _notice, people in told for one in people})
    rows: list[Delivery] = []
    changed: list[tuple[str, str, int | None]] = []
    systems = {}
    for notice, people in told:
        policy, place = policies[notice.area_id], (notice.area_id, notice.level)
        for person in people:
            rows += to_person(notice, person, wishes.get(person.pk), policy, at)
        changed += topics_of(notice, people)
        if Means.WEBHOOK in policy.means[notice.level]:
            if place not in systems:
                systems[place] = list(queries.subscribers_of(notice.area, notice.level))
            rows += [to_system(notice, system, at) for system in systems[place]]
    statements.insert(rows)
    queue(rows, at=at)
    publish_topics(changed)
