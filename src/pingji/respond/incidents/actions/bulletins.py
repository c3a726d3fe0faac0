"""Tell the public: draft, edit, have the press group review, release; corrections are new versions."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices import queries as notice_queries
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards import queries as plan
from pingji.respond.incidents.models import Incident, IncidentGroupMember, PublicBulletin
from pingji.respond.incidents.queries.event_figures import cases_of_incident, event_figures
from pingji.respond.incidents.queries.reporting import (
    PRESS_GROUP,
    SMALLEST,
    bulletin_words,
    public_figures,
    sits_in_press_group,
    under_way,
)
from pingji.respond.incidents.rules import bulletins as rules
from pingji.respond.incidents.rules.consultations import check_why

FIRST = "public_bulletin.first"
REVIEW = "public_bulletin.review"
State = PublicBulletin.State


@transaction.atomic
def draft_bulletin(*, incident: Incident, by: User, at: datetime) -> PublicBulletin:
    """Draft what the public is told, in both languages, from what is known now."""
    incident = _incident(incident)
    rules.check_can_draft_bulletin(by, incident, under_way(incident))

    last = incident.bulletins.standing().order_by("-number").first()
    figures = _figures(incident, at)
    made = PublicBulletin.objects.create(
        incident=incident,
        area_id=incident.area_id,
        number=last.number + 1 if last else 1,
        figures=figures,
        as_of=at,
        drafted_by=by,
        drafted_at=at,
        **bulletin_words(figures),
    )
    note("public_bulletin.drafted", subject=made, by=by, at=at, incident=incident.pk)
    _tell(made)
    return made


@transaction.atomic
def correct_bulletin(
    *, bulletin: PublicBulletin, why_again: str, by: User, at: datetime
) -> PublicBulletin:
    """Draft a new version of a released bulletin; the old one holds until the new is released."""
    incident = _incident(bulletin.incident)
    bulletin = _locked(bulletin)
    rules.check_can_correct_bulletin(by, bulletin, under_way(incident), why_again)

    made = PublicBulletin.objects.create(
        incident=incident,
        area_id=incident.area_id,
        number=bulletin.number,
        version=bulletin.version + 1,
        title=bulletin.title,
        title_en=bulletin.title_en,
        body=bulletin.body,
        body_en=bulletin.body_en,
        figures=_figures(incident, at),
        as_of=at,
        previous=bulletin,
        why_again=why_again.strip(),
        drafted_by=by,
        drafted_at=at,
    )
    note(
        "public_bulletin.drafted",
        subject=made,
        by=by,
        at=at,
        reason=made.why_again,
        incident=incident.pk,
        version=made.version,
    )
    _tell(made)
    return made


def _figures(incident: Incident, at: datetime) -> dict[str, object]:
    smallest = int(plan.number(incident.area_id, SMALLEST, timezone.localdate(at)))
    return public_figures(event_figures(incident, at=at), smallest)


@transaction.atomic
def write_bulletin(
    *,
    bulletin: PublicBulletin,
    title: str,
    title_en: str,
    body: str,
    body_en: str,
    seen: int,
    by: User,
    at: datetime,
) -> PublicBulletin:
    """Change the words of a draft; they may give no patient away.

    Args:
        bulletin: A draft.
        title: In Chinese.
        title_en: In English.
        body: In Chinese.
        body_en: In English.
        seen: Which wording the writer had before their eyes; another one meanwhile refuses it.
        by: Who writes.
        at: When.
    """
    bulletin = _locked(bulletin)
    rules.check_can_edit_bulletin(by, bulletin)
    rules.check_bulletin_seen(bulletin, seen)
    texts = (title, title_en, body, body_en)
    _check_texts(bulletin, texts, at)

    bulletin.title, bulletin.title_en, bulletin.body, bulletin.body_en = map(str.strip, texts)
    bulletin.wording += 1
    bulletin.save(update_fields=["title", "title_en", "body", "body_en", "wording"])
    note("public_bulletin.edited", subject=bulletin, by=by, at=at, wording=bulletin.wording)
    _tell(bulletin)
    return bulletin


def _check_texts(bulletin: PublicBulletin, texts: tuple[str, ...], at: datetime) -> None:
    rules.check_both_languages(texts)
    cards = cases_of_incident(bulletin.incident, at=at).exclude(name="")
    rules.check_nobody_is_named(texts, cards.values_list("name", flat=True).distinct())


@transaction.atomic
def submit_bulletin(*, bulletin: PublicBulletin, by: User, at: datetime) -> PublicBulletin:
    """Hand a draft to the press group; its clock starts."""
    bulletin = _locked(bulletin)
    rules.check_can_submit_bulletin(by, bulletin)
    _check_texts(bulletin, _texts(bulletin), at)

    bulletin.state, bulletin.returned_why = State.REVIEW, ""
    bulletin.submitted_by, bulletin.submitted_at = by, at
    bulletin.save(update_fields=["state", "submitted_by", "submitted_at", "returned_why"])
    standards.start_deadline(key=REVIEW, subject=bulletin, area=bulletin.area, by=by, at=at)
    note("public_bulletin.submitted", subject=bulletin, by=by, at=at)
    _notify(bulletin, "public_bulletin_submitted", _press(bulletin), by=by, at=at)
    _tell(bulletin)
    return bulletin


def _press(bulletin: PublicBulletin) -> list[User]:
    """The press group of the incident, and whoever releases bulletins by role."""
    members = IncidentGroupMember.objects.present().filter(
        group__incident=bulletin.incident_id, group__key=PRESS_GROUP, person__is_active=True
    )
    people = {one.person_id: one.person for one in members.select_related("person")}
    held = Permission.PUBLIC_BULLETIN_RELEASE
    for person in notice_queries.holders_of(held, area=bulletin.area):
        people[person.pk] = person
    return list(people.values())


@transaction.atomic
def return_bulletin(
    *, bulletin: PublicBulletin, reason: str, by: User, at: datetime
) -> PublicBulletin:
    """Send a bulletin back to be edited, saying why."""
    bulletin = _locked(bulletin)
    in_group = sits_in_press_group(by, bulletin.incident)
    rules.check_can_answer_bulletin(by, bulletin, in_group=in_group)
    check_why(reason)

    bulletin.state, bulletin.returned_why = State.DRAFT, reason.strip()
    bulletin.save(update_fields=["state", "returned_why"])
    standards.meet_deadline(key=REVIEW, subject=bulletin, by=by, at=at)
    note("public_bulletin.returned", subject=bulletin, by=by, at=at, reason=reason.strip())
    notices.acknowledge_about(subject=bulletin, by=by, at=at)
    _notify(bulletin, "public_bulletin_returned", [bulletin.submitted_by], by=by, at=at)
    _tell(bulletin)
    return bulletin


@transaction.atomic
def release_bulletin(
    *, bulletin: PublicBulletin, seen: int, by: User, at: datetime
) -> PublicBulletin:
    """Release a bulletin: from now on anybody may read it; the version before is replaced.

    Of two reviewers at once one releases it, and the other is told of that.

    Args:
        bulletin: One that waits for its review.
        seen: Which wording the reviewer read; another one meanwhile refuses it.
        by: Who releases it, somebody else than who handed it in.
        at: When.
    """
    bulletin = _locked(bulletin)
    in_group = sits_in_press_group(by, bulletin.incident)
    rules.check_can_release(by, bulletin, in_group=in_group)
    rules.check_bulletin_seen(bulletin, seen)
    _check_texts(bulletin, _texts(bulletin), at)

    before = PublicBulletin.objects.select_for_update().filter(
        incident=bulletin.incident_id, number=bulletin.number, state=State.RELEASED
    )
    for old in before:
        old.state = State.REPLACED
        old.save(update_fields=["state"])
    bulletin.state, bulletin.released_by, bulletin.released_at = State.RELEASED, by, at
    bulletin.save(update_fields=["state", "released_by", "released_at"])
    standards.meet_deadline(key=REVIEW, subject=bulletin, by=by, at=at)
    standards.meet_deadline(key=FIRST, subject=bulletin.incident, by=by, at=at)
    note("public_bulletin.released", subject=bulletin, by=by, at=at, version=bulletin.version)
    notices.acknowledge_about(subject=bulletin, by=by, at=at)
    _notify(bulletin, "public_bulletin_released", _concerned(bulletin), by=by, at=at)
    announce("public_bulletin_released", at=at, bulletin_id=bulletin.pk)
    _tell(bulletin)
    return bulletin


@transaction.atomic
def withdraw_bulletin(
    *, bulletin: PublicBulletin, reason: str, by: User, at: datetime
) -> PublicBulletin:
    """Withdraw a released bulletin; its page says that it was, and why."""
    bulletin = _locked(bulletin)
    in_group = sits_in_press_group(by, bulletin.incident)
    rules.check_can_withdraw_bulletin(by, bulletin, in_group=in_group)
    check_why(reason)

    bulletin.state, bulletin.withdrawn_why = State.WITHDRAWN, reason.strip()
    bulletin.withdrawn_by, bulletin.withdrawn_at = by, at
    bulletin.save(update_fields=["state", "withdrawn_why", "withdrawn_by", "withdrawn_at"])
    note("public_bulletin.withdrawn", subject=bulletin, by=by, at=at, reason=reason.strip())
    _notify(bulletin, "public_bulletin_withdrawn", _concerned(bulletin), by=by, at=at)
    _tell(bulletin)
    return bulletin


@transaction.atomic
def drop_bulletin(
    *, bulletin: PublicBulletin, reason: str, by: User, at: datetime
) -> PublicBulletin:
    """Give a draft up, saying why; another may then be drafted."""
    bulletin = _locked(bulletin)
    rules.check_can_drop_bulletin(by, bulletin)
    check_why(reason)

    bulletin.state = State.DROPPED
    bulletin.save(update_fields=["state"])
    note("public_bulletin.dropped", subject=bulletin, by=by, at=at, reason=reason.strip())
    _tell(bulletin)
    return bulletin


def _incident(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",))
    return rows.select_related("area", "disease", "alert", "plan", "opened_by").get(pk=incident.pk)


def _locked(bulletin: PublicBulletin) -> PublicBulletin:
    PublicBulletin.objects.select_for_update().get(pk=bulletin.pk)  # then read who was first
    return PublicBulletin.objects.select_related(
        "area", "incident__alert", "incident__disease", "submitted_by", "released_by"
    ).get(pk=bulletin.pk)


def _texts(bulletin: PublicBulletin) -> tuple[str, ...]:
    return bulletin.title, bulletin.title_en, bulletin.body, bulletin.body_en


def _concerned(bulletin: PublicBulletin) -> list[User]:
    """Who commands, and who wrote it."""
    held = Permission.INCIDENT_MANAGE
    return [*notice_queries.holders_of(held, area=bulletin.area), bulletin.drafted_by]


def _notify(
    bulletin: PublicBulletin, kind: str, people: Sequence[User | None], *, by: User, at: datetime
) -> None:
    notices.notify(
        kind=kind,
        subject=bulletin,
        area=bulletin.area,
        people=[one for one in people if one is not None],
        again=at.isoformat(),
        by=by,
        at=at,
    )


def _tell(bulletin: PublicBulletin) -> None:
    publish("public_bulletins", area=bulletin.area_id)
    publish("incidents", area=bulletin.area_id)
