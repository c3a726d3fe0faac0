"""Groups, calls, hand-overs, responses and plans of the county that is walked."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from pingji.ground.directory.models import Area, Role, User
from pingji.ground.directory.tests.factories import UserFactory
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.models import Callout, EventKind, Plan
from pingji.respond.incidents.queries.responses import steps

PLAN = "class_a"


def ticked(kind: str, area: Area, at: datetime) -> list[str]:
    """Every step of a procedure."""
    return [step["key"] for step in steps(area, kind, at.date())]


def command_rows(town: Area, by_role: dict[Role, User], now: datetime, mark: str) -> dict[str, Any]:
    """An incident that is commanded: graded, answered by a plan, with a response in a township."""
    county, duty = Area.objects.get(pk=town.code[:6]), by_role[Role.DUTY_OFFICER]
    leader = by_role[Role.LEADER]
    relief = UserFactory(
        username="relief", display_name=f"{mark}替班", role=Role.DUTY_OFFICER, area=county
    )
    seat = actions.seat_person(
        area=county,
        group="leading_group",
        person=leader,
        seat="head",
        duty=f"{mark}指挥",
        by=duty,
        at=now,
    )
    actions.open_reviews(area=county, by=duty, at=now)
    incident = actions.open_incident(
        title=f"{mark}指挥中的事件",
        event_kind=EventKind.INFECTIOUS_DISEASE,
        area=town,
        grade="IV",
        grade_reason=f"{mark}依据",
        by=duty,
        at=now,
    )
    plan = Plan.objects.get(code=PLAN)
    own = actions.make_plan(
        text=text_of(plan), reason=f"{mark}本县", key=uuid4(), by=relief, at=now, source=plan
    )
    incident, _nobody = actions.activate_plan(incident=incident, plan=plan, by=duty, at=now)
    response = actions.start_response(
        incident=incident,
        area=town,
        level="III",
        reason=f"{mark}理由",
        reference="1号",
        ticked=ticked("start", town, now),
        by=leader,
        at=now,
    )
    handover = actions.hand_over_duty(
        incoming=by_role[Role.EPIDEMIOLOGIST], remarks=f"{mark}交代", by=relief, at=now
    )
    return {
        "commanded_incident_id": incident.pk,
        "plan_id": plan.pk,
        "own_plan_id": own.pk,
        "relief_id": relief.pk,
        "seat_id": seat.pk,
        "callout_id": Callout.objects.get(incident=incident, person=leader).pk,
        "handover_id": handover.pk,
        "response_id": response.pk,
        "change_id": response.changes.get().pk,
    }
