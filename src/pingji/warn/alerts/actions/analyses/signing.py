"""Edit an analysis, hand it in, sign it; what is signed is kept byte for byte."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import override

from pingji.ground.directory.models import User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note, publish
from pingji.warn.alerts.actions.analyses.drafting import DOCUMENT_LANGUAGE
from pingji.warn.alerts.actions.analyses.files import as_file
from pingji.warn.alerts.models import Analysis, AnalysisDocument, AnalysisText
from pingji.warn.alerts.queries import analyses as queries
from pingji.warn.alerts.rules import analyses as rules

State = Analysis.State


@transaction.atomic
def write_text(
    *, analysis: Analysis, section: str, text: str, seen: int, by: User, at: datetime
) -> AnalysisText:
    """Give a section another wording; the earlier ones stay.

    Args:
        analysis: A draft.
        section: Which section.
        text: What it is to say.
        seen: Number of the wording that the writer had before their eyes.
        by: Who writes.
        at: When.
    """
    analysis = _locked(analysis)
    rules.check_can_write(by, analysis)
    latest = queries.wordings_of(analysis)[section]
    rules.check_seen(seen, latest.number)
    if text.strip() == latest.text.strip():
        return latest

    made = AnalysisText.objects.create(
        analysis=analysis,
        section=section,
        number=latest.number + 1,
        text=text.strip(),
        by=by,
        at=at,
    )
    note("analysis.edited", subject=analysis, by=by, at=at, section=section, wording=made.number)
    publish("analyses", area=analysis.area_id)
    return made


@transaction.atomic
def submit(*, analysis: Analysis, by: User, at: datetime) -> Analysis:
    """Hand a draft in for its signature."""
    analysis = _locked(analysis)
    rules.check_can_submit(by, analysis, queries.texts_of(analysis))

    analysis.state = State.REVIEW
    analysis.submitted_by, analysis.submitted_at, analysis.returned_why = by, at, ""
    analysis.save(update_fields=["state", "submitted_by", "submitted_at", "returned_why"])
    note("analysis.submitted", subject=analysis, by=by, at=at)
    notices.acknowledge_about(subject=analysis, by=by, at=at)
    announce("analysis_submitted", at=at, analysis_id=analysis.pk)
    publish("analyses", area=analysis.area_id)
    return analysis


@transaction.atomic
def return_analysis(*, analysis: Analysis, reason: str, by: User, at: datetime) -> Analysis:
    """Send an analysis back to be edited, saying why."""
    analysis = _locked(analysis)
    rules.check_can_answer(by, analysis, State.DRAFT)
    rules.check_why(reason)

    analysis.state, analysis.returned_why = State.DRAFT, reason.strip()
    analysis.save(update_fields=["state", "returned_why"])
    note("analysis.returned", subject=analysis, by=by, at=at, reason=analysis.returned_why)
    notices.acknowledge_about(subject=analysis, by=by, at=at)
    announce("analysis_returned", at=at, analysis_id=analysis.pk, by=by.pk)
    publish("analyses", area=analysis.area_id)
    return analysis


@transaction.atomic
def sign_analysis(*, analysis: Analysis, by: User, at: datetime) -> Analysis:
    """Sign an analysis: its Word and PDF files are made now and never again."""
    analysis = _locked(analysis)
    rules.check_can_sign(by, analysis)

    analysis.state, analysis.signed_by, analysis.signed_at = State.SIGNED, by, at
    analysis.save(update_fields=["state", "signed_by", "signed_at"])
    digests = {}
    for form in AnalysisDocument.Form.values:
        content = printed(analysis, form)
        digests[form] = hashlib.sha256(content).hexdigest()
        AnalysisDocument.objects.create(
            analysis=analysis,
            form=form,
            content=content,
            size=len(content),
            digest=digests[form],
            made_at=at,
        )
    note("analysis.signed", subject=analysis, by=by, at=at, **digests)
    notices.acknowledge_about(subject=analysis, by=by, at=at)
    announce("analysis_signed", at=at, analysis_id=analysis.pk)
    publish("analyses", area=analysis.area_id)
    return analysis


@transaction.atomic
def fetch_document(*, analysis: Analysis, form: str, by: User, at: datetime) -> bytes:
    """Give a document: the kept bytes of a signed one, else a draft made now and marked so."""
    kept = analysis.documents.filter(form=form).first()
    content = bytes(kept.content) if kept else printed(analysis, form)
    note("analysis.fetched", subject=analysis, by=by, at=at, form=form, signed=kept is not None)
    return content


def printed(analysis: Analysis, form: str) -> bytes:
    """The analysis as a file as it stands."""
    with override(DOCUMENT_LANGUAGE):
        return as_file(queries.document(analysis, queries.texts_of(analysis)), form)


def _locked(analysis: Analysis) -> Analysis:
    return (
        Analysis.objects.select_for_update(of=("self",))
        .select_related("area", "previous", "submitted_by", "signed_by")
        .get(pk=analysis.pk)
    )
