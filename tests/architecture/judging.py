"""Risk assessments of the home county in each state, for the walk of all addresses."""

from datetime import datetime
from typing import Any

from pingji.ground.directory.models import ROLE_PERMISSIONS, Permission, Role, User
from pingji.warn.alerts.actions import assessments
from pingji.warn.alerts.models import Alert, RiskAssessment
from pingji.warn.alerts.queries.criteria import criteria

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
