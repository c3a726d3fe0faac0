"""Who may write, review and send reports of an event, and when."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.respond.incidents.models import EventReport, Incident
from pingji.respond.incidents.rules.consultations import check_why, sees_the_whole
from pingji.respond.incidents.rules.moments import said

Kind = EventReport.Kind
State = EventReport.State

# The table is the state machine.
REPORT_MOVES = {
    State.DRAFT: {State.REVIEW, State.DROPPED},
    State.REVIEW: {State.DRAFT, State.APPROVED},
    State.APPROVED: {State.SENT, State.DRAFT},
    State.SENT: set(),
    State.DROPPED: set(),
}
# Sections that no program can know.
TO_BE_WRITTEN = {
    Kind.INITIAL: ("symptoms", "causes"),
    Kind.PROGRESS: ("diagnosis",),
    Kind.CLOSING: ("causes", "lessons"),
    Kind.SITUATION: (),
}


def check_can_read_reports(user: User) -> None:
    """Raise Refused unless the user sees incidents as a whole: reports tell of every organisation."""
    if not sees_the_whole(user):
        raise Refused(_("Reports tell of every organisation; your role sees its own only."))


def check_can_write_reports(user: User) -> None:
    """Raise Refused unless the user may have reports drafted, and edit them."""
    if not user.holds(Permission.EVENT_REPORT_WRITE):
        raise Refused(_("Only the duty officer or an epidemiologist writes reports of an event."))


def check_fits_the_event(incident: Incident, kind: str) -> None:
    """Raise Refused unless this kind of report belongs to where the incident stands."""
    closed = incident.state != Incident.State.OPEN
    if kind == Kind.CLOSING and not closed:
        raise Refused(
            _("The closing report is written when the incident has ended; close it first.")
        )
    if kind != Kind.CLOSING and closed:
        raise Refused(
            _("The incident ended at %(when)s; only its closing report is still written.")
            % {"when": said(incident.closed_at)}
        )


def check_none_under_way(latest: EventReport | None) -> None:
    """Raise Refused while the latest report of the kind is being written or reviewed."""
    if latest is not None and latest.state in EventReport.UNDER_WAY:
        raise Refused(
            _("“%(report)s” is under way (%(state)s); finish or give that up first.")
            % {"report": latest.name, "state": latest.get_state_display()}
        )


def check_can_draft(
    user: User, incident: Incident, kind: str, latest: EventReport | None, why_again: str = ""
) -> None:
    """Raise Refused unless a report of this kind may be drafted now.

    Args:
        user: Who asks.
        incident: Of which incident.
        kind: Which report.
        latest: The latest one of this kind that was not given up.
        why_again: Why one that was sent needs a new version.
    """
    check_can_write_reports(user)
    check_fits_the_event(incident, kind)
    check_none_under_way(latest)
    once = kind in (Kind.INITIAL, Kind.CLOSING)
    if once and latest is not None and not why_again.strip():
        raise Refused(
            _("It was sent and stays as it is; say why a new version is needed."),
            field="why_again",
        )


def check_can_correct(
    user: User, report: EventReport, latest: EventReport | None, newest: EventReport | None
) -> None:
    """Raise Refused unless a sent report may get a new version.

    Args:
        user: Who asks.
        report: The one that was sent.
        latest: The latest report of its kind.
        newest: The newest version of its number.
    """
    check_can_write_reports(user)
    check_fits_the_event(report.incident, report.kind)
    if report.state != State.SENT:
        raise Refused(_("Only what was sent gets a new version; a draft is changed as it is."))
    check_none_under_way(latest)
    if newest is not None and newest.version > report.version:
        raise Refused(_("There is a newer version already; correct that one."))


def check_report_move(report: EventReport, to: str) -> None:
    """Raise Refused unless the report can come to this state; say who brought it where it is."""
    if State(to) in REPORT_MOVES[State(report.state)]:
        return
    if report.state == State.SENT:
        raise Refused(
            _("%(who)s sent it at %(when)s; what was sent stays as it is.")
            % {"who": report.sent_by, "when": said(report.sent_at)}
        )
    if report.state == State.APPROVED:
        raise Refused(
            _("%(who)s reviewed it at %(when)s already.")
            % {"who": report.reviewed_by, "when": said(report.reviewed_at)}
        )
    raise Refused(
        _("The report stands at “%(state)s”; look at it again.")
        % {"state": report.get_state_display()}
    )


def check_can_edit(user: User, report: EventReport) -> None:
    """Raise Refused unless the user may change the texts of this report now."""
    check_can_write_reports(user)
    if report.state != State.DRAFT:
        check_report_move(report, State.DROPPED)


def check_wording_seen(seen: int, latest: int) -> None:
    """Raise Refused if somebody else wrote this since it was read."""
    if seen != latest:
        raise Refused(
            _(
                "Somebody else changed this section meanwhile; your text is kept here, compare them."
            ),
            field="text",
        )


def check_can_submit(user: User, report: EventReport, texts: Mapping[str, str]) -> None:
    """Raise Refused unless the draft may be handed in: what people must write is written."""
    check_can_write_reports(user)
    check_report_move(report, State.REVIEW)
    check_fits_the_event(report.incident, report.kind)
    if not all(texts.get(section, "").strip() for section in TO_BE_WRITTEN[Kind(report.kind)]):
        raise Refused(_("Write first what no program can know; those sections are still empty."))


def check_can_review(user: User, report: EventReport, to: str) -> None:
    """Raise Refused unless the user may approve this report or send it back now."""
    if not user.holds(Permission.EVENT_REPORT_REVIEW):
        raise Refused(_("Only the leader or the duty officer reviews reports of an event."))
    if report.state != State.REVIEW:
        check_report_move(report, State.APPROVED)
    check_report_move(report, to)


def check_can_approve(user: User, report: EventReport) -> None:
    """Raise Refused unless the user may approve it; two people stand for it."""
    check_can_review(user, report, State.APPROVED)
    if report.submitted_by_id == user.pk:
        raise Refused(_("Somebody else than who handed it in reviews it."))


def check_can_send(user: User, report: EventReport) -> None:
    """Raise Refused unless the user may send this report now."""
    if not (
        user.holds(Permission.EVENT_REPORT_WRITE) or user.holds(Permission.EVENT_REPORT_REVIEW)
    ):
        raise Refused(_("Only who writes or reviews reports of an event sends them."))
    check_report_move(report, State.SENT)
    check_fits_the_event(report.incident, report.kind)


def check_can_drop(user: User, report: EventReport) -> None:
    """Raise Refused unless the user may give the draft up."""
    check_can_write_reports(user)
    check_report_move(report, State.DROPPED)


__all__ = [
    "REPORT_MOVES",
    "TO_BE_WRITTEN",
    "check_can_approve",
    "check_can_correct",
    "check_can_draft",
    "check_can_drop",
    "check_can_edit",
    "check_can_read_reports",
    "check_can_review",
    "check_can_send",
    "check_can_submit",
    "check_can_write_reports",
    "check_fits_the_event",
    "check_report_move",
    "check_why",
    "check_wording_seen",
]
