"""What is sent to the addresses of command, and the right it takes."""

from typing import Any
from uuid import uuid4

from pingji.ground.directory.models import Area
from pingji.ground.directory.models import Permission as P
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.forms.plan_whole import WholePlan
from pingji.respond.incidents.models import Plan, PlanPhase
from pingji.respond.incidents.queries.groups import names
from pingji.respond.incidents.views.plan_writing import standards_of
from tests.architecture.commanding import PLAN, ticked
from tests.architecture.county import COUNTY, TOWN, County
from tests.architecture.posting import Post, fixed


def plan_as_shown(county: County) -> dict[str, Any]:
    """The form of a new version as it comes, with the reason filled in."""
    plan = Plan.objects.get(pk=county.made["plan_id"])
    area = Area.objects.get(pk=COUNTY)
    groups = names(area, county.now.date())
    whole = WholePlan(text=text_of(plan), groups=groups, standards=standards_of(area))
    forms = [whole.head, *whole.phases.rows, *whole.papers.rows, *whole.orders.rows]
    shown = {field.html_name: field.value() for form in forms for field in form}
    return {key: "" if value is None else value for key, value in shown.items()} | {
        "reason": "修订"
    }


def decision(kind: str, **more: Any) -> Any:
    return lambda county: (
        {
            "reference": "2号",
            "reason": "研判支持",
            "ticked": ticked(kind, Area.objects.get(pk=COUNTY), county.now),
        }
        | more
    )


COMMAND_POSTS: dict[str, Post] = {
    "incidents:accept_duty": Post(fixed(), P.ALERT_DECIDE),
    "incidents:answer_call": Post(fixed(), P.INCIDENT_VIEW),
    "incidents:change_plan": Post(plan_as_shown, P.PLAN_EDIT, about_oneself=True),
    "incidents:change_response": Post(
        decision("raise", level="II", body="province"), P.INCIDENT_MANAGE
    ),
    "incidents:end_response": Post(decision("end", body="prefecture"), P.INCIDENT_MANAGE),
    "incidents:enter_phase": Post(
        lambda county: {
            "phase": PlanPhase.objects.get(plan__code=PLAN, number=2).pk,
            "reason": "确诊",
        },
        P.INCIDENT_MANAGE,
        instead=(("incident_id", "commanded_incident_id"),),
    ),
    "incidents:extend_plan": Post(
        lambda county: {
            "townships": Area.objects.filter(code__startswith=COUNTY, code__length=9)
            .exclude(pk=TOWN)
            .values_list("pk", flat=True)[0],
            "reason": "扩散",
        },
        P.INCIDENT_MANAGE,
        instead=(("incident_id", "commanded_incident_id"),),
    ),
    "incidents:handovers": Post(
        lambda county: {"incoming": county.made["relief_id"], "remarks": "交代"},
        P.ALERT_DECIDE,
        about_oneself=True,
    ),
    "incidents:leave_seat": Post(fixed(reason="调离"), P.DUTY_EDIT),
    "incidents:new_plan": Post(
        lambda county: plan_as_shown(county) | {"key": str(uuid4())},
        P.PLAN_EDIT,
        about_oneself=True,
    ),
    "incidents:review_plan": Post(fixed(findings="无需修订"), P.PLAN_EDIT),
    "incidents:seat": Post(
        lambda county: {"group": "press", "person": county.made["relief_id"], "seat": "head"},
        P.DUTY_EDIT,
        about_oneself=True,
    ),
    "incidents:start_response": Post(
        decision("start", area=COUNTY, level="III", body="prefecture"), P.INCIDENT_MANAGE
    ),
    "incidents:withdraw_plan": Post(
        fixed(reason="停用"),
        P.PLAN_EDIT,
        instead=(("plan_id", "own_plan_id"),),
        about_oneself=True,
    ),
}
