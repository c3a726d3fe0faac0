"""Grade an event: the rules suggest, a person confirms or overrides."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.respond.incidents import rules
from pingji.respond.incidents.actions.groups import activate_chain
from pingji.respond.incidents.models import Grade, Grading, Incident
from pingji.respond.incidents.queries.gradings import grading
from pingji.respond.incidents.rules.gradings import Value, check_grading


@transaction.atomic
def grade_incident(
    *,
    incident: Incident,
    grade: str,
    by: User,
    at: datetime,
    reason: str = "",
    figures: Mapping[str, Value] | None = None,
) -> Incident:
    """Confirm the grade that the rules give, or give another one with the reason.

    Args:
        incident: Which event.
        grade: The grade that the person gives.
        by: The person.
        at: When.
        reason: Why; may be left out where the rules give the same grade.
        figures: What the person knows and no report says.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    rules.check_can_manage(by, incident)

    before = incident.grade
    decided = keep_grading(incident, grade, reason, figures or {}, by=by, at=at)
    note(
        "incident.graded",
        subject=incident,
        by=by,
        at=at,
        reason=incident.grade_reason,
        before=before,
        to=grade,
        suggested=decided.suggested,
        rule=decided.rule,
    )
    publish("incidents", area=incident.area_id)
    return incident


def keep_grading(
    incident: Incident,
    grade: str,
    reason: str,
    figures: Mapping[str, Value],
    *,
    by: User,
    at: datetime,
) -> Grading:
    """Keep a decision on the grade with what was known, and set it on the incident."""
    found = grading(incident, at=at, said=figures)
    rule = found.judged.rule
    check_grading(grade, found.judged.grade, reason)
    row = Grading(
        incident=incident,
        suggested=found.judged.grade,
        chosen=grade,
        rule=rule.key if rule else "",
        rule_text=rule.name if rule else "",
        rule_text_en=rule.name_en if rule else "",
        origin=(rule.clause or rule.source) if rule else "",
        origin_en=(rule.clause or rule.source_en) if rule else "",
        verified=rule.verified if rule else True,
        figures=[one.plain for one in found.figures],
        edges=found.edges,
        overrides=grade not in (found.judged.grade, Grade.UNGRADED),
        reason=reason.strip(),
        graded_by=by,
        graded_at=at,
    )
    row.save(force_insert=True)
    incident.grade = grade
    incident.grade_reason = "" if grade == Grade.UNGRADED else reason.strip() or row.rule_text
    incident.save(update_fields=["grade", "grade_reason"])
    activate_chain(incident=incident, by=by, at=at)
    announce("incident_graded", at=at, incident_id=incident.pk)
    return row
