"""Risk assessments and analyses of the home county in each state, for the walk of all addresses."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from pingji.ground.directory.models import ROLE_PERMISSIONS, Area, Permission, Role, User
from pingji.ground.directory.tests.factories import COUNTY, system_user
from pingji.ground.standards import actions as standards
from pingji.monitor.surveillance.models import Channel, Disease, Period
from pingji.warn.alerts.actions import analyses, assessments
from pingji.warn.alerts.models import Alert, DetectionRun, RiskAssessment
from pingji.warn.alerts.queries.analyses import around
from pingji.warn.alerts.queries.criteria import criteria

MARKED_COUNT = 77_713
JUDGEMENT = {
    "answers": {row["key"]: "neutral" for row in criteria()["question"]},
    "likelihood": 3,
    "impact": 3,
}


def assessment_rows(
    alerts: list[Alert], by_role: dict[str, User], now: datetime, mark: str
) -> dict[str, Any]:
    """One being prepared, one judged alone, one with its joint result; everybody asked who may."""
    chair = by_role[Role.EPIDEMIOLOGIST]
    experts = [
        by_role[role]
        for role, held in ROLE_PERMISSIONS.items()
        if Permission.ASSESSMENT_JUDGE in held
    ]

    def opened(alert: Alert) -> RiskAssessment:
        return assessments.open_assessment(
            alert=alert, scope=f"{mark}风险", experts=experts, by=chair, at=now
        )

    prepared = opened(alerts[0])
    alone = assessments.ask_experts(assessment=opened(alerts[1]), by=chair, at=now)
    assessments.judge_alone(assessment=alone, reasons=f"{mark}理由", by=chair, at=now, **JUDGEMENT)
    joint = assessments.ask_experts(assessment=opened(alerts[2]), by=chair, at=now)
    for expert in experts:
        assessments.judge_alone(
            assessment=joint, reasons=f"{mark}理由", by=expert, at=now, **JUDGEMENT
        )
    assessments.conclude(
        assessment=joint,
        likelihood=3,
        impact=3,
        reasons=f"{mark}结论",
        advice="",
        by=chair,
        at=now,
    )
    return {
        "assessment_id": alone.pk,
        "prepared_assessment_id": prepared.pk,
        "joint_assessment_id": joint.pk,
    }


def analysis_rows(
    county: Area, by_role: dict[str, User], now: datetime, mark: str
) -> dict[str, Any]:
    """A draft of this week with what people write in it, and one of the last handed in."""
    writer = by_role[Role.EPIDEMIOLOGIST]
    made: dict[str, Any] = {"form": "pdf"}
    for name, weeks in (("analysis_id", 0), ("handed_in_id", 1)):
        day = timezone.localdate(now) - timedelta(weeks=weeks)
        one = analyses.draft(area=county, span=around("weekly", day), by=writer, at=now)
        analyses.write_text(
            analysis=one, section="advice", text=f"{mark}建议", seen=1, by=writer, at=now
        )
        made[name] = one.pk
    analyses.submit(analysis=one, by=writer, at=now)
    return made


def alert(area: Area, disease: Disease, day: date, now: datetime) -> Alert:
    """An alert of one day in an area of the home county."""
    county = Area.objects.get(pk=COUNTY)
    run, _new = DetectionRun.objects.get_or_create(
        area=county, as_of=now, defaults={"state": DetectionRun.State.DONE, "started_at": now}
    )
    found = Alert.objects.create(
        area=area,
        disease=disease,
        channel=Channel.SYNDROME,
        period=Period.DAY,
        starts_on=day,
        ends_on=day,
        observed=MARKED_COUNT,
        run=run,
        raised_at=now,
    )
    standards.start_deadline(key="alert.verify", subject=found, area=area, by=system_user(), at=now)
    return found
