"""What the worker does for alerts."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from pingji.ground.directory.models import COUNTY_DIGITS, Area, User
from pingji.ground.record.actions import every, hears
from pingji.warn.alerts import actions, queries
from pingji.warn.alerts.actions import analyses
from pingji.warn.alerts.actions.telling import (
    tell_experts,
    tell_of,
    tell_of_analysis,
    tell_of_assessment,
)
from pingji.warn.alerts.models import Alert, Analysis, RiskAssessment, SettingTrial
from pingji.warn.alerts.queries.analyses import around


def _run(areas: Iterable[str], at: datetime) -> None:
    """Judge the county around each area, or the counties inside it and what is its own."""
    found: dict[str, Area] = {}
    for code in areas:
        counties = Area.objects.under(code[:COUNTY_DIGITS]).of_level("county")
        own = Area.objects.filter(pk=code) if len(code) < COUNTY_DIGITS else Area.objects.none()
        found |= {area.code: area for area in [*counties, *own]}
    for area in found.values():
        actions.run_detection(
            area=area, as_of=at, by=User.objects.system(), at=at, clock=timezone.now
        )


@hears("reports_imported")
def detect_on_arrival(*, at: datetime, import_id: int, area: str) -> None:
    """Judge the county's series as soon as a file has brought something new."""
    _run([area], at)


@hears("report_received")
def detect_on_card(*, at: datetime, card: int, area: str, disease: str) -> None:
    """Judge single cases and clusters as soon as a card has come."""
    _look_at_cases(area, at)


@hears("report_corrected")
def detect_on_correction(*, at: datetime, card: int, area: str, disease: str) -> None:
    """Judge single cases and clusters anew once a card says something else."""
    _look_at_cases(area, at)


def _look_at_cases(area: str, at: datetime) -> None:
    county = Area.objects.filter(pk=area[:COUNTY_DIGITS]).first()
    if county is not None and len(area) >= COUNTY_DIGITS:
        actions.look_on_arrival(
            area=county, as_of=at, by=User.objects.system(), at=at, clock=timezone.now
        )


@every("*/10 * * * *")
def detect_what_came(*, at: datetime) -> None:
    """Judge every series of the counties for which figures came, after the plan's pause."""
    areas = set(User.objects.people().values_list("area_id", flat=True))
    counties = {
        county.code
        for code in areas
        for county in Area.objects.under(code[:COUNTY_DIGITS]).of_level("county")
    }
    _run(sorted(code for code in counties if queries.waits_for_a_run(code, at)), at)


@hears("posts_received")
def detect_on_posts(*, at: datetime, area: str) -> None:
    """Judge what the public writes as soon as posts have come."""
    for county in Area.objects.under(area).of_level("county"):
        _look_at_cases(county.code, at)


@hears("rumour_handed_over")
def detect_on_rumour(*, at: datetime, area: str, rumour_id: int) -> None:
    """Judge the whole county once a rumour that is true has come to the warning desk."""
    _run([area], at)


@hears("detection_asked")
def detect_when_asked(*, at: datetime, area: str) -> None:
    """Judge the county's series because somebody asked for it."""
    _run([area], at)


@hears("look_back_asked")
def look_back_when_asked(*, at: datetime, area: str, known_at: datetime, by: int) -> None:
    """Judge a county as of a past moment; one that was judged then is compared."""
    actions.look_back(
        area=Area.objects.get(pk=area),
        as_of=known_at,
        by=User.objects.get(pk=by),
        at=at,
        clock=timezone.now,
    )


@hears("setting_trial_asked")
def try_setting_when_asked(*, at: datetime, trial_id: int) -> None:
    """Compute what another setting of a detector would have raised, because somebody asked."""
    trial = SettingTrial.objects.get(pk=trial_id)
    actions.run_trial(trial=trial, by=User.objects.system(), at=timezone.now(), clock=timezone.now)


@every("5 22 * * *")
def detect_daily(*, at: datetime) -> None:
    """Judge the series wherever somebody works, each morning (22:05 UTC is 06:05 in China)."""
    _run(set(User.objects.people().values_list("area_id", flat=True)), at)


def _tell(alert_id: int, kind: str, at: datetime) -> None:
    alert = Alert.objects.select_related("area", "disease").get(pk=alert_id)
    did = {"alert_closed": alert.closed_by, "alert_raised": None, "alert_rose": None}
    by = did.get(kind, alert.decided_by) or User.objects.system()
    tell_of(alert=alert, kind=kind, by=by, at=at)


@hears("alert_raised")
def tell_raised(*, at: datetime, alert_id: int) -> None:
    """Tell people that there is a new alert."""
    _tell(alert_id, "alert_raised", at)


@hears("alert_rose")
def tell_rose(*, at: datetime, alert_id: int) -> None:
    """Tell people that an alert rose to a higher level."""
    _tell(alert_id, "alert_rose", at)


@hears("alert_verified")
def tell_verified(*, at: datetime, alert_id: int) -> None:
    """Tell people that an alert is real."""
    _tell(alert_id, "alert_verified", at)


@hears("alert_dismissed")
def tell_dismissed(*, at: datetime, alert_id: int) -> None:
    """Tell people that an alert is none."""
    _tell(alert_id, "alert_dismissed", at)


@hears("alert_closed")
def tell_closed(*, at: datetime, alert_id: int, verdict: str) -> None:
    """Tell people that an alert was closed."""
    _tell(alert_id, "alert_closed", at)


@every("20 0 * * 1")
def draft_weekly(*, at: datetime) -> None:
    """Draft the week that is over, each Monday (00:20 UTC is 08:20 in China)."""
    analyses.draft_due(kind="weekly", by=User.objects.system(), at=at)


@every("40 0 1 * *")
def draft_monthly(*, at: datetime) -> None:
    """Draft the month that is over, on the first of the next (00:40 UTC is 08:40 in China)."""
    analyses.draft_due(kind="monthly", by=User.objects.system(), at=at)


@hears("analysis_asked")
def draft_when_asked(
    *, at: datetime, area: str, kind: str, starts_on: str, by: int, version: int
) -> None:
    """Draft an analysis because somebody asked for it."""
    analyses.draft(
        area=Area.objects.get(pk=area),
        span=around(kind, date.fromisoformat(starts_on)),
        by=User.objects.get(pk=by),
        at=at,
        version=version,
    )


@hears("assessment_asked")
def tell_experts_asked(*, at: datetime, assessment_id: int, judgements: list[int]) -> None:
    """Ask experts for their judgement."""
    one = RiskAssessment.objects.select_related("area", "opened_by").get(pk=assessment_id)
    tell_experts(assessment=one, judgements=judgements, by=User.objects.system(), at=at)


def _tell_assessment(assessment_id: int, kind: str, at: datetime) -> None:
    one = RiskAssessment.objects.select_related("area", "opened_by", "compared_by", "signed_by")
    found = one.get(pk=assessment_id)
    by = {"assessment_compared": found.compared_by, "assessment_signed": found.signed_by}[kind]
    tell_of_assessment(assessment=found, kind=kind, by=by or User.objects.system(), at=at)


@hears("assessment_compared")
def tell_compared(*, at: datetime, assessment_id: int) -> None:
    """Tell who takes part that the judgements lie open."""
    _tell_assessment(assessment_id, "assessment_compared", at)


@hears("assessment_signed")
def tell_assessment_signed(*, at: datetime, assessment_id: int) -> None:
    """Tell what a risk was assessed as."""
    _tell_assessment(assessment_id, "assessment_signed", at)


# As what an analysis stands while a notice of it still asks for something.
ASKS = {
    "analysis_drafted": Analysis.State.DRAFT,
    "analysis_submitted": Analysis.State.REVIEW,
    "analysis_returned": Analysis.State.DRAFT,
}


def _tell_analysis(analysis_id: int, kind: str, at: datetime, by: User | None = None) -> None:
    one = Analysis.objects.select_related("area", "drafted_by", "submitted_by", "signed_by")
    found = one.get(pk=analysis_id)
    if found.state != ASKS.get(kind, found.state):  # somebody was faster than this job
        return
    did = {"analysis_submitted": found.submitted_by, "analysis_signed": found.signed_by}
    by = by or did.get(kind) or User.objects.system()
    tell_of_analysis(analysis=found, kind=kind, by=by, at=at)


@hears("analysis_drafted")
def tell_drafted(*, at: datetime, analysis_id: int) -> None:
    """Tell who edits analyses that a draft waits."""
    _tell_analysis(analysis_id, "analysis_drafted", at)


@hears("analysis_submitted")
def tell_submitted(*, at: datetime, analysis_id: int) -> None:
    """Tell who signs analyses that one waits."""
    _tell_analysis(analysis_id, "analysis_submitted", at)


@hears("analysis_returned")
def tell_returned(*, at: datetime, analysis_id: int, by: int) -> None:
    """Tell who handed an analysis in that it came back."""
    _tell_analysis(analysis_id, "analysis_returned", at, User.objects.get(pk=by))


@hears("analysis_signed")
def tell_analysis_signed(*, at: datetime, analysis_id: int) -> None:
    """Tell that an analysis is out."""
    _tell_analysis(analysis_id, "analysis_signed", at)


@hears("deadline_overdue")
def hand_on_what_is_late(
    *,
    at: datetime,
    deadline: int,
    key: str,
    subject_type: str,
    subject_id: str,
    area: str,
    escalates_to: str,
    owner: int | None = None,
) -> None:
    """Give an alert whose clock ran out to the next on the duty roster."""
    if subject_type == Alert._meta.label_lower:
        actions.escalate(
            alert=Alert.objects.get(pk=int(subject_id)),
            key=key,
            missed_by=owner,
            by=User.objects.system(),
            at=at,
        )
