"""The demo county's judgement of its answered outbreak, and its last analyses: all for show."""

from datetime import datetime, timedelta

from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.warn.alerts import actions as alerts
from pingji.warn.alerts.actions import analyses, assessments
from pingji.warn.alerts.models import Alert, Analysis
from pingji.warn.alerts.queries.analyses import last_whole
from pingji.warn.alerts.queries.criteria import criteria


def judge(alert: Alert, *, epidemiologist: User, duty: User, at: datetime) -> None:
    """Two experts judge the outbreak alone and then together; the result is signed."""
    asked = [row["key"] for row in criteria()["question"]]
    made = assessments.open_assessment(
        alert=alert,
        scope="两周内诺如病毒感染在该校及周边学校继续扩散的风险",
        experts=[epidemiologist, duty],
        by=epidemiologist,
        at=at,
    )
    made = assessments.ask_experts(assessment=made, by=epidemiologist, at=at)
    for expert, likelihood, impact, reasons in (
        (epidemiologist, 4, 2, "潜伏期短、传播力强，校内仍有呕吐病例；但多为轻症。"),
        (duty, 2, 2, "已停课消毒，扩散可能下降。"),
    ):
        assessments.judge_alone(
            assessment=made,
            answers=dict.fromkeys(asked, "neutral")
            | {"agent": "lowers", "exposure": "raises", "settings": "raises"},
            likelihood=likelihood,
            impact=impact,
            reasons=reasons,
            by=expert,
            at=at + timedelta(minutes=30),
        )
    later = at + timedelta(hours=1)
    assessments.conclude(
        assessment=made,
        likelihood=3,
        impact=2,
        reasons="传播链基本查清，停课和消毒已落实，校外未见续发。",
        advice="继续晨午检一周，做好呕吐物处置和手卫生宣传。",
        by=epidemiologist,
        at=later,
    )
    assessments.differ(
        assessment=made,
        dissent="停课和消毒已经到位，可能性宜按“不太可能”考虑。",
        by=duty,
        at=later,
    )
    assessments.sign_assessment(assessment=made, by=epidemiologist, at=later)


def see_through(alert: Alert, *, by: User, verified: datetime) -> None:
    """The field and the closing, each within the shortest time that a plan sets."""
    alerts.investigate(
        alert=alert,
        findings="现场调查：病例集中在该校同一年级，首例为在校呕吐；采样5份，诺如病毒核酸阳性4份。",
        by=by,
        at=verified + timedelta(hours=5, minutes=20),
    )
    alerts.close(
        alert=alert,
        verdict=Alert.Verdict.TRUE,
        reason="经现场调查和实验室检测确认为聚集性疫情，已转入事件处置。",
        by=by,
        at=verified + timedelta(days=2, hours=16),
    )


def write(county: Area, *, epidemiologist: User, signer: User, at: datetime) -> None:
    """The week before the last, signed; the last whole week, waiting to be edited."""
    span = last_whole(Analysis.Kind.WEEKLY, timezone.localdate(at))
    earlier = analyses.draft(area=county, span=span.before, by=User.objects.system(), at=at)
    analyses.write_text(
        analysis=earlier,
        section="advice",
        text="演示：流感活动上升，建议重点人群接种疫苗，学校加强晨午检和通风。",
        seen=1,
        by=epidemiologist,
        at=at,
    )
    analyses.submit(analysis=earlier, by=epidemiologist, at=at)
    analyses.sign_analysis(analysis=earlier, by=signer, at=at)
    analyses.draft(area=county, span=span, by=User.objects.system(), at=at)
