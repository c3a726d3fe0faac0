"""Report an event to those above: draft, edit, review, send; what was sent is never changed."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices import queries as notice_queries
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards import queries as plan
from pingji.respond.incidents.actions.papers import keep_papers, printed
from pingji.respond.incidents.models import (
    EventReport,
    EventReportDocument,
    EventReportReceiver,
    EventReportText,
    Incident,
)
from pingji.respond.incidents.queries.event_document import (
    report_document,
    texts_of,
    wordings_of,
)
from pingji.respond.incidents.queries.event_figures import event_figures
from pingji.respond.incidents.queries.event_words import drafted
from pingji.respond.incidents.queries.reporting import (
    DAILY_GRADES,
    FIRST_GRADES,
    bodies,
    in_force,
    last_sent,
    latest_report,
    newest_version,
)
from pingji.respond.incidents.rules import reports as rules

DOCUMENT_LANGUAGE = "zh-hans"  # reports are drafted in Chinese whoever asks for them
Kind = EventReport.Kind
State = EventReport.State
CLOCKS = {
    Kind.INITIAL: "incident.initial_report",
    Kind.PROGRESS: "incident.progress_report",
    Kind.CLOSING: "incident.closing_report",
}
FIRST_BULLETIN = "public_bulletin.first"


@transaction.atomic
def draft_report(
    *, incident: Incident, kind: str, by: User, at: datetime, why_again: str = ""
) -> EventReport:
    """Draft a report from what is known now.

    Args:
        incident: Of which incident.
        kind: Which report; the second initial or closing report is a new version of the first.
        by: Who asks.
        at: When; the figures are those known then.
        why_again: Why what was sent needs a new version.
    """
    incident = _incident(incident)
    latest = latest_report(incident, kind)
    rules.check_can_draft(by, incident, kind, latest, why_again)

    once = kind in (Kind.INITIAL, Kind.CLOSING)
    if once and latest is not None:
        return _draft(incident, kind, by, at, again=latest, why=why_again)
    return _draft(incident, kind, by, at, number=latest.number + 1 if latest else 1)


@transaction.atomic
def correct_report(*, report: EventReport, why_again: str, by: User, at: datetime) -> EventReport:
    """Draft a new version of a report that was sent; the old one stays as it is."""
    incident = _incident(report.incident)
    report = _locked(report)
    latest = latest_report(incident, report.kind)
    rules.check_can_correct(by, report, latest, newest_version(report))
    rules.check_why(why_again)
    return _draft(incident, report.kind, by, at, again=report, why=why_again)


def _draft(
    incident: Incident,
    kind: str,
    by: User,
    at: datetime,
    *,
    number: int = 1,
    again: EventReport | None = None,
    why: str = "",
) -> EventReport:
    before = again.previous if again else last_sent(incident)
    figures = event_figures(incident, at=at)
    figures["before"] = _before(before)
    with override(DOCUMENT_LANGUAGE):
        words = drafted(kind, figures)
    made = EventReport.objects.create(
        incident=incident,
        area_id=incident.area_id,
        kind=kind,
        number=again.number if again else number,
        version=again.version + 1 if again else 1,
        figures=figures,
        as_of=at,
        previous=again,
        why_again=why.strip(),
        drafted_by=by,
        drafted_at=at,
    )
    for section, text in words.items():
        EventReportText.objects.create(
            report=made, section=section, number=1, text=text, by=by, at=at
        )
    if again is not None:
        _take_over(again, made)
    note(
        "event_report.drafted",
        subject=made,
        by=by,
        at=at,
        reason=made.why_again,
        incident=incident.pk,
        of=kind,
        version=made.version,
    )
    _tell(made)
    return made


def _before(report: EventReport | None) -> dict[str, Any] | None:
    """What a later report compares with: the few figures of the last one."""
    if report is None:
        return None
    found = report.figures
    return {
        "as_of": found["as_of"],
        "incident": {"grade": found["incident"]["grade"]},
        "cases": {key: found["cases"][key] for key in ("total", "died", "townships")},
    }


def _take_over(old: EventReport, new: EventReport) -> None:
    """What people wrote in the version before is the wording of the new one, on top of the draft."""
    for section, wording in wordings_of(old).items():
        if wording.number > 1:
            EventReportText.objects.create(
                report=new,
                section=section,
                number=2,
                text=wording.text,
                by=wording.by,
                at=wording.at,
            )


@transaction.atomic
def write_report(
    *, report: EventReport, section: str, text: str, seen: int, by: User, at: datetime
) -> EventReportText:
    """Give a section another wording; the earlier ones stay.

    Args:
        report: A draft.
        section: Which section.
        text: What it is to say.
        seen: Number of the wording that the writer had before their eyes.
        by: Who writes.
        at: When.
    """
    report = _locked(report)
    rules.check_can_edit(by, report)
    latest = wordings_of(report)[section]
    rules.check_wording_seen(seen, latest.number)
    if text.strip() == latest.text.strip():
        return latest

    made = EventReportText.objects.create(
        report=report, section=section, number=latest.number + 1, text=text.strip(), by=by, at=at
    )
    note("event_report.edited", subject=report, by=by, at=at, section=section, wording=made.number)
    _tell(report)
    return made


@transaction.atomic
def submit_report(*, report: EventReport, by: User, at: datetime) -> EventReport:
    """Hand a draft in for its review."""
    report = _locked(report)
    rules.check_can_submit(by, report, texts_of(report))

    report.state, report.returned_why = State.REVIEW, ""
    report.submitted_by, report.submitted_at = by, at
    report.save(update_fields=["state", "submitted_by", "submitted_at", "returned_why"])
    note("event_report.submitted", subject=report, by=by, at=at)
    _notify(
        report,
        "event_report_submitted",
        notice_queries.holders_of(Permission.EVENT_REPORT_REVIEW, area=report.area),
        by=by,
        at=at,
    )
    _tell(report)
    return report


@transaction.atomic
def return_report(*, report: EventReport, reason: str, by: User, at: datetime) -> EventReport:
    """Send a report back to be edited, saying why."""
    report = _locked(report)
    rules.check_can_review(by, report, State.DRAFT)
    rules.check_why(reason)

    report.state, report.returned_why = State.DRAFT, reason.strip()
    report.save(update_fields=["state", "returned_why"])
    note("event_report.returned", subject=report, by=by, at=at, reason=report.returned_why)
    notices.acknowledge_about(subject=report, by=by, at=at)
    _notify(report, "event_report_returned", [report.submitted_by], by=by, at=at)
    _tell(report)
    return report


@transaction.atomic
def approve_report(*, report: EventReport, by: User, at: datetime) -> EventReport:
    """Approve a report; of two reviewers at once the second is told of the first."""
    report = _locked(report)
    rules.check_can_approve(by, report)

    report.state, report.reviewed_by, report.reviewed_at = State.APPROVED, by, at
    report.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    note("event_report.approved", subject=report, by=by, at=at)
    notices.acknowledge_about(subject=report, by=by, at=at)
    _notify(report, "event_report_approved", [report.submitted_by], by=by, at=at)
    _tell(report)
    return report


@transaction.atomic
def send_report(*, report: EventReport, by: User, at: datetime, reference: str = "") -> EventReport:
    """Send a report to the bodies that the plan names; its files are kept, its clock stops.

    Args:
        report: An approved one.
        by: Who sends.
        at: When.
        reference: The number under which it was filed elsewhere, where it has one.
    """
    report = _locked(report)
    rules.check_can_send(by, report)

    told: list[User] = []
    for body in bodies(report.area, report.kind, timezone.localdate(at)):
        told += body.people
        EventReportReceiver.objects.create(
            report=report,
            key=body.key,
            label=body.zh,
            label_en=body.en,
            organisation=body.organisations[0] if body.organisations else None,
            people=len(body.people),
        )
    report.state, report.sent_by, report.sent_at = State.SENT, by, at
    report.reference = reference.strip()
    digests = keep_papers(
        EventReportDocument, lambda: report_document(report, texts_of(report)), at=at, report=report
    )
    report.save(update_fields=["state", "sent_by", "sent_at", "reference"])
    note(
        "event_report.sent",
        subject=report,
        by=by,
        at=at,
        reason=report.reference,
        people=len({one.pk for one in told}),
        files=digests,
    )
    notices.acknowledge_about(subject=report, by=by, at=at)
    _notify(report, "event_report_sent", told, by=by, at=at)
    if report.kind in CLOCKS:
        standards.meet_deadline(
            key=CLOCKS[Kind(report.kind)], subject=report.incident, by=by, at=at
        )
    _keep(report.incident, by=by, at=at)
    announce("event_report_sent", at=at, report_id=report.pk)
    _tell(report)
    return report


@transaction.atomic
def drop_report(*, report: EventReport, reason: str, by: User, at: datetime) -> EventReport:
    """Give a draft up, saying why; another may then be drafted."""
    report = _locked(report)
    rules.check_can_drop(by, report)
    rules.check_why(reason)

    report.state = State.DROPPED
    report.save(update_fields=["state"])
    note("event_report.dropped", subject=report, by=by, at=at, reason=reason.strip())
    _tell(report)
    return report


@transaction.atomic
def fetch_report(*, report: EventReport, language: str, form: str, by: User, at: datetime) -> bytes:
    """Give a document: the kept bytes of a sent report, else a draft made now and marked so."""
    kept = report.documents.filter(language=language, form=form).first()
    content = (
        bytes(kept.content)
        if kept
        else printed(partial(_laid_out, report), language=language, form=form)
    )
    note(
        "event_report.fetched",
        subject=report,
        by=by,
        at=at,
        form=form,
        language=language,
        sent=kept is not None,
    )
    return content


def _laid_out(report: EventReport) -> Any:
    return report_document(report, texts_of(report))


@transaction.atomic
def keep_report_clocks(*, incident: Incident, by: User, at: datetime) -> None:
    """Start and stop the clocks of reports and bulletins as grade and state of the incident want.

    A progress report is due each day after the last report while the grade is one of the plan's
    list; a first bulletin likewise; a closing report when the incident has ended.
    """
    _keep(_incident(incident), by=by, at=at)


def _keep(incident: Incident, *, by: User, at: datetime) -> None:
    on = timezone.localdate(at)
    clock = {"subject": incident, "by": by, "at": at}
    area = incident.area
    if incident.state != Incident.State.OPEN:
        why = incident.closing_reason
        standards.cancel_deadline(key=CLOCKS[Kind.PROGRESS], reason=why, **clock)
        standards.cancel_deadline(key=FIRST_BULLETIN, reason=why, **clock)
        sent = incident.reports.filter(kind=Kind.CLOSING, state=State.SENT)
        if not sent.exists():
            standards.start_deadline(key=CLOCKS[Kind.CLOSING], area=area, **clock)
        return
    reported = plan.open_deadline(incident, CLOCKS[Kind.INITIAL]) is None
    if reported and in_force(incident, DAILY_GRADES, on):
        standards.start_deadline(key=CLOCKS[Kind.PROGRESS], area=area, **clock)
    told = incident.bulletins.public().exists()
    if not told and in_force(incident, FIRST_GRADES, on):
        standards.start_deadline(key=FIRST_BULLETIN, area=area, **clock)


def _incident(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",))
    return rows.select_related("area", "disease", "alert", "plan", "opened_by").get(pk=incident.pk)


def _locked(report: EventReport) -> EventReport:
    EventReport.objects.select_for_update().get(pk=report.pk)  # then read who was first
    return EventReport.objects.select_related(
        "area", "incident__area", "submitted_by", "reviewed_by", "sent_by", "previous"
    ).get(pk=report.pk)


def _notify(report: EventReport, kind: str, people: Any, *, by: User, at: datetime) -> None:
    notices.notify(
        kind=kind,
        subject=report,
        area=report.area,
        people=[one for one in people if one is not None],
        again=at.isoformat(),
        by=by,
        at=at,
    )


def _tell(report: EventReport) -> None:
    publish("event_reports", area=report.area_id)
    publish("incidents", area=report.area_id)
