"""What an alert's page shows."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pingji.ground import Refused, may
from pingji.ground.directory.models import Permission
from pingji.ground.notices import queries as notices
from pingji.ground.standards.queries import deadlines_of
from pingji.monitor.surveillance.models import CaseReport, Channel
from pingji.warn.alerts import queries, rules
from pingji.warn.alerts.forms import ClosingForm, DecisionForm, InvestigationForm, OwnerForm
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries import around, assessments, pictures
from pingji.warn.alerts.rules.assessments import check_can_open

SIMILAR = 5
CASES_SHOWN = 50


def alerts_of(request: HttpRequest) -> QuerySet[Alert]:
    """The alerts within the reader's sight."""
    return Alert.objects.visible_to(request.user).select_related(
        "area",
        "disease",
        "decided_by",
        "seen_by",
        "run",
        "owner",
        "investigated_by",
        "closed_by",
    )


def _settings(alert: Alert, at: datetime) -> queries.Settings | None:
    """The plan's numbers where the alert lies; None where no plan sets them."""
    try:
        return queries.settings_for(alert.area_id, on=at)
    except Refused:
        return None


def subject(request: HttpRequest, alert: Alert, form: DecisionForm) -> dict[str, object]:
    """All that an alert's page shows."""
    now = timezone.now()
    settings = _settings(alert, now)
    kept = queries.latest_evidence(alert)
    evidence = kept or (around.judged_now(alert, settings, now) if settings else [])
    signs = queries.latest_signs(alert)
    gone = queries.fallen_by_county(signs, now)
    for sign in signs:
        sign.gone = sign.pk in gone
        sign.words = queries.sign_in_words(sign)
        sign.rule = queries.rule_in_words(sign)
    for seen in evidence:
        seen.name = queries.NAMES[seen.method]
        seen.words = queries.in_words(seen.method, seen.settings)
        seen.why_not = queries.why_not_judged(seen.note)
    cases = pictures.cases_of(alert, request.user)
    of_cards = alert.channel == Channel.CASE
    everyone = CaseReport.objects.visible_to(request.user)
    return {
        "alert": alert,
        "form": form,
        "evidence": evidence,
        "judged_now": not kept,
        "deadlines": deadlines_of(alert),
        "cases": cases.select_related("area", "institution")[:CASES_SHOWN] if of_cards else [],
        "case_count": cases.count() if of_cards else 0,
        "line_list": pictures.line_list(alert),
        "institutions": pictures.institutions(cases) if of_cards else [],
        "map_shown": any(one.cases for one in pictures.by_township(alert, request.user)),
        "similar": around.similar(
            Alert.objects.visible_to(request.user).select_related("area"), alert
        )[:SIMILAR],
        "lines": queries.what_happened(alert),
        "proof": notices.proof(alert, request.user),
        "bulletins": notices.bulletins_of(alert, request.user),
        "signs": signs,
        "rules": list(dict.fromkeys((sign.get_kind_display(), sign.rule) for sign in signs)),
        "only_said": queries.only_said(signs),
        "texts_shown": queries.counts_texts(alert, signs),
        "counted": queries.counted_in_words(alert, signs),
        "moves": around.moved_nearby(alert, request.user, settings) if settings else None,
        "delay": around.reporting_delay(alert, everyone, now) if of_cards else None,
        "next_steps": queries.next_steps(alert),
        "may_see_said": request.user.holds(Permission.OPINION_VIEW),
        "may_list": request.user.holds(Permission.REPORT_VIEW),
        # What the plan weighs with nothing is left out.
        "parts": [
            (label, alert.parts[name])
            for name, label in queries.PARTS.items()
            if alert.parts.get(name, {}).get("weight")
        ],
        "owner_form": OwnerForm(
            people=queries.who_may_own(alert, request.user), initial={"owner": alert.owner_id}
        ),
        "investigation": InvestigationForm(),
        "closing": ClosingForm(),
        "may_own": may(rules.check_can_own, request.user, alert, request.user),
        "may_investigate": may(rules.check_can_move, request.user, alert, Alert.State.INVESTIGATED),
        "may_close": may(rules.check_can_move, request.user, alert, Alert.State.CLOSED),
        "may_decide": may(rules.check_can_decide, request.user, alert, Alert.State.VERIFIED),
        "assessments": assessments.of_alert(alert, request.user),
        "may_assess": may(check_can_open, request.user, alert),
    }
