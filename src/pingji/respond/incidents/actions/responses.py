"""Start, raise, lower and end responses by area, each with its procedure and its notice."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note, publish
from pingji.respond.incidents.actions.papers import keep_papers
from pingji.respond.incidents.models import (
    Incident,
    Level,
    Response,
    ResponseChange,
    ResponseDocument,
)
from pingji.respond.incidents.queries import responses as queries
from pingji.respond.incidents.rules import responses as rules

Kind = ResponseChange.Kind
DONE = {Kind.START: "started", Kind.RAISE: "raised", Kind.LOWER: "lowered", Kind.END: "ended"}


@transaction.atomic
def start_response(
    *,
    incident: Incident,
    area: Area,
    level: str,
    reason: str,
    reference: str,
    ticked: Collection[str],
    by: User,
    at: datetime,
    measures: str = "",
    body: str = "",
) -> Response:
    """Start a response to an incident in one area, as the body that the plan names decided.

    Args:
        incident: To which event.
        area: In which county or township.
        level: Which level.
        reason: On what ground.
        reference: Number of the decision.
        ticked: Which steps of the plan's procedure were taken.
        by: Who enters the decision.
        at: When it holds from.
        measures: What is done, by whom.
        body: Key of the body that decided; left out, the one that the plan names.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    rules.check_can_start(by, incident, area)
    response = Response(incident=incident, area=area, level=level, started_by=by, started_at=at)
    said = (reason, reference, measures, body)
    made = _decided(response, Kind.START, level, said, ticked, by=by, at=at)

    response.save(force_insert=True)
    _issue(made, by=by, at=at)
    return response


@transaction.atomic
def change_response(
    *,
    response: Response,
    level: str,
    reason: str,
    reference: str,
    ticked: Collection[str],
    by: User,
    at: datetime,
    measures: str = "",
    body: str = "",
) -> Response:
    """Raise or lower a response; the body of the higher of both levels decides."""
    response = _locked(response)
    rules.check_runs(by, response)
    kind = rules.kind_of_change(response, level)
    said = (reason, reference, measures, body)
    made = _decided(response, kind, level, said, ticked, by=by, at=at)

    response.level = level
    response.save(update_fields=["level"])
    _issue(made, by=by, at=at)
    return response


@transaction.atomic
def end_response(
    *,
    response: Response,
    reason: str,
    reference: str,
    ticked: Collection[str],
    by: User,
    at: datetime,
    measures: str = "",
    body: str = "",
) -> Response:
    """End a response; the body that started its level decides."""
    response = _locked(response)
    rules.check_runs(by, response)
    said = (reason, reference, measures, body)
    made = _decided(response, Kind.END, response.level, said, ticked, by=by, at=at)

    response.ended_by, response.ended_at = by, at
    response.save(update_fields=["ended_by", "ended_at"])
    _issue(made, by=by, at=at)
    return response


def _locked(response: Response) -> Response:
    return (
        Response.objects.select_for_update(of=("self",))
        .select_related("incident__area", "area")
        .get(pk=response.pk)
    )


def _decided(
    response: Response,
    kind: str,
    level: str,
    said: tuple[str, str, str, str],
    ticked: Collection[str],
    *,
    by: User,
    at: datetime,
) -> ResponseChange:
    """The decision, once it is seen to be one of the body and by the procedure of the plan."""
    reason, reference, measures, body = said
    on = timezone.localdate(at)
    before = response.level if kind != Kind.START else ""
    deciding = max((Level(level), Level(response.level)), key=lambda one: rules.HEIGHT[one])
    authority = queries.authorities(response.area, on)[deciding]
    rules.check_can_enter_decision(by, deciding, authority.roles)
    if body:
        bodies = dict(queries.bodies(response.area, on))
        rules.check_body(deciding, body, (authority.key, authority.label), bodies)
    steps = queries.steps(response.area, kind, on)
    rules.check_decision(reason, reference, ticked, queries.said_steps(steps))
    return ResponseChange(
        response=response,
        kind=kind,
        before=before,
        level=level,
        body=authority.body,
        body_en=authority.body_en,
        body_source=authority.source,
        reference=reference.strip(),
        reason=reason.strip(),
        measures=measures.strip(),
        procedure=steps,
        decided_by=by,
        decided_at=at,
    )


def _issue(change: ResponseChange, *, by: User, at: datetime) -> None:
    """Keep the decision with its notice as files, and tell who has to know."""
    response = change.response
    change.save(force_insert=True)
    digests = keep_papers(ResponseDocument, lambda: queries.notice(change), at=at, change=change)
    note(
        f"response.{DONE[Kind(change.kind)]}",
        subject=response,
        by=by,
        at=at,
        reason=change.reason,
        incident=response.incident_id,
        level=change.level,
        before=change.before,
        reference=change.reference,
        documents=digests,
    )
    notices.notify(
        kind="response_changed",
        subject=response,
        area=response.area,
        again=str(change.pk),
        by=by,
        at=at,
    )
    announce("response_changed", at=at, incident_id=response.incident_id, change=change.pk)
    publish("incidents", area=response.area_id)
