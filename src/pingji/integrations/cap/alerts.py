"""An alert as a CAP message, in Chinese and in English."""

from datetime import datetime, time

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pingji.ground.directory.models import COUNTY_DIGITS, Area, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices.actions.bulletins import Envelope, Written
from pingji.ground.notices.models import Bulletin
from pingji.integrations.cap.writing import Info, Message, write
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries import (
    counted_in_words,
    counts_texts,
    latest_signs,
    only_said,
)

LANGUAGES = {"zh-CN": "zh-hans", "en-US": "en"}
State, Level, Verdict = Alert.State, Alert.Level, Alert.Verdict
# The standard's own words for how soon, how grave and how sure; what an alert is says which.
URGENCY = {Level.HINT: "Future", Level.NOTICE: "Expected", Level.DECISION: "Immediate"}
SEVERITY = {Level.HINT: "Minor", Level.NOTICE: "Moderate", Level.DECISION: "Severe"}
CERTAINTY = {
    State.NEW: "Possible",
    State.VERIFIED: "Observed",
    State.INVESTIGATED: "Observed",
}
# Of one that is over its verdict says it: what was no outbreak was not observed.
CERTAINTY_OVER: dict[str, str] = {
    Verdict.TRUE: "Observed",
    Verdict.FALSE: "Unlikely",
    Verdict.UNDETERMINED: "Possible",
}
RESPONSE = {State.NEW: "Assess", State.VERIFIED: "Prepare", State.INVESTIGATED: "Monitor"}
ENDS = {"alert_closed", "alert_dismissed"}


def issue(*, alert: Alert, cause: str, by: User, at: datetime) -> Bulletin | None:
    """Issue the message that a change of an alert asks for."""
    return notices.issue_bulletin(
        subject=alert,
        cause=cause if cause != "alert_rose" else f"{cause}.{alert.level}",
        over=cause in ENDS,
        sender=settings.CAP_SENDER,
        area=alert.area,
        write=lambda envelope: _written(alert, envelope),
        by=by,
        at=at,
    )


def _written(alert: Alert, envelope: Envelope) -> Written:
    infos = [_info(alert, tag, language) for tag, language in LANGUAGES.items()]
    with translation.override("zh-hans"):
        restriction = _("For the systems that the sender has admitted.")
    message = Message(
        identifier=envelope.identifier,
        sender=envelope.sender,
        sent=envelope.sent,
        status=_status(),
        type=envelope.type,
        restriction=restriction,
        references=[(row.sender, row.identifier, row.issued_at) for row in envelope.earlier],
        event_code=alert.disease_id,
        infos=infos,
    )
    return Written(write(message), infos[0].headline, infos[1].headline)


def _status() -> str:
    """An installation with invented people in it warns nobody: its messages are tests."""
    if settings.EXERCISE:
        return "Exercise"
    return "Test" if User.objects.filter(demo=True).exists() else "Actual"


def _info(alert: Alert, tag: str, language: str) -> Info:
    signs = latest_signs(alert)
    with translation.override(language):
        over = alert.state in (State.CLOSED, State.DISMISSED)
        words = {"disease": alert.disease.label, "area": alert.area.label}
        return Info(
            language=tag,
            event=_event(signs) % words,
            response="AllClear" if over else RESPONSE[State(alert.state)],
            urgency="Past" if over else URGENCY[Level(alert.level)],
            severity=SEVERITY[Level(alert.level)],
            certainty=_certainty(alert, over=over),
            onset=timezone.make_aware(datetime.combine(alert.starts_on, time())),
            sender_name=_sender_name(alert),
            headline=_("%(disease)s in %(area)s: %(state)s")
            % (words | {"state": alert.get_state_display()}),
            description=_described(alert, signs),
            instruction=_instruction(alert),
            parameters={
                "pingji:level": alert.level,
                "pingji:state": alert.state,
                "pingji:verdict": alert.verdict,
                "pingji:channel": alert.channel,
                "pingji:observed": str(alert.observed),
                "pingji:counted": "texts" if counts_texts(alert, signs) else "cases",
            },
            areas=_areas(alert),
        )


def _sender_name(alert: Alert) -> str:
    """Who warns: the organisation of who sees to the alert, else the county."""
    organisation = alert.owner.organisation if alert.owner else None
    if organisation is not None:
        return str(organisation.label)
    county = Area.objects.filter(pk=alert.area_id[:COUNTY_DIGITS]).first()
    return str((county or alert.area).label)


def _certainty(alert: Alert, *, over: bool) -> str:
    return CERTAINTY_OVER.get(alert.verdict, "Unlikely") if over else CERTAINTY[State(alert.state)]


def _event(signs: list[Sign]) -> str:
    if only_said(signs):
        return _("The public writes of %(disease)s; no case is known yet")
    return _("%(disease)s above what is expected")


def _described(alert: Alert, signs: list[Sign]) -> str:
    figures = {
        "observed": alert.observed,
        "first": alert.starts_on.isoformat(),
        "last": alert.ends_on.isoformat(),
    }
    if only_said(signs):
        return (
            _(
                "%(observed)d different texts of the public from %(first)s to %(last)s; no case is "
                "known yet."
            )
            % figures
        )
    if counts_texts(alert, signs):
        return (
            _(
                "%(observed)d different texts of the public from %(first)s to %(last)s, and other "
                "signs."
            )
            % figures
        )
    return counted_in_words(alert, signs)


def _instruction(alert: Alert) -> str:
    if alert.state == State.NEW:
        return _("Not verified yet. Look for similar cases and report them.")
    if alert.state == State.VERIFIED:
        return _("Verified. Look for cases actively and prepare for a response.")
    if alert.state == State.INVESTIGATED:
        return _("Investigated in the field. Keep watching.")
    words = {"verdict": alert.get_verdict_display()}
    return _("The warning has ended: %(verdict)s. Nothing more is asked for.") % words


def _areas(alert: Alert) -> list[tuple[str, str]]:
    codes = list(dict.fromkeys([alert.area_id, *alert.places]))
    areas = Area.objects.in_bulk(codes)
    return [(str(areas[code].label), code) for code in codes if code in areas]
