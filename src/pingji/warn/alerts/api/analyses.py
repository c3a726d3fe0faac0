"""Weekly analyses and monthly assessments for other programs: figures, texts, files."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.warn.alerts.actions import analyses as actions
from pingji.warn.alerts.models import Analysis, AnalysisDocument
from pingji.warn.alerts.queries import analyses as queries
from pingji.warn.alerts.rules import check_can_view

router = Router()


class AnalysisOut(Schema):
    """One version of what a week or a month was like in an area."""

    id: int
    area_id: str
    kind: Analysis.Kind
    starts_on: date
    ends_on: date
    version: int
    state: Analysis.State
    as_of: datetime
    previous_id: int | None
    drafted_at: datetime
    submitted_at: datetime | None
    signed_at: datetime | None


class DocumentOut(Schema):
    """A file that was kept at the signing."""

    form: AnalysisDocument.Form
    size: int
    digest: str
    made_at: datetime


class AnalysisDetail(AnalysisOut):
    """An analysis with its figures, its texts, and what changed since the last one."""

    submitted_by: str
    signed_by: str
    returned_why: str
    texts: dict[str, str]
    figures: dict[str, Any]
    changes: dict[str, Any] | None
    documents: list[DocumentOut]

    @staticmethod
    def resolve_submitted_by(analysis: Analysis) -> str:
        """Who handed it in; empty where nobody has."""
        return str(analysis.submitted_by or "")

    @staticmethod
    def resolve_signed_by(analysis: Analysis) -> str:
        """Who signed it; empty where nobody has."""
        return str(analysis.signed_by or "")

    @staticmethod
    def resolve_texts(analysis: Analysis) -> dict[str, str]:
        """The latest wording of each section."""
        return queries.texts_of(analysis)

    @staticmethod
    def resolve_changes(analysis: Analysis) -> dict[str, Any] | None:
        """Beside the last analysis; nothing where there was none."""
        last = analysis.previous
        return queries.changes(analysis.figures, last.figures if last else None)

    @staticmethod
    def resolve_documents(analysis: Analysis) -> list[AnalysisDocument]:
        """Without their content, which has an address of its own."""
        return list(analysis.documents.defer("content"))


@router.get("", response=list[AnalysisOut])
@paginate
def analyses(
    request: HttpRequest,
    kind: Analysis.Kind | None = None,
    state: Analysis.State | None = None,
    under: str = "",
) -> QuerySet[Analysis]:
    """Analyses you may see, the latest period first: of one kind, in one state, inside `under`.

    409 when your role does not include alerts.
    """
    check_can_view(request.user)
    found = Analysis.objects.visible_to(request.user).defer("figures")
    found = found.filter(area__code__startswith=under)
    if kind:
        found = found.filter(kind=kind)
    return found.filter(state=state) if state else found.standing()


@router.get("/{analysis_id}", response=AnalysisDetail)
def analysis(request: HttpRequest, analysis_id: int) -> Analysis:
    """One analysis; 404 when it lies outside your area."""
    check_can_view(request.user)
    found = Analysis.objects.visible_to(request.user).select_related(
        "area", "previous", "submitted_by", "signed_by"
    )
    return get_object_or_404(found, pk=analysis_id)


@router.get("/{analysis_id}/{form}")
def analysis_file(
    request: HttpRequest, analysis_id: int, form: AnalysisDocument.Form
) -> HttpResponse:
    """The file, `docx` or `pdf`: as kept at the signing, before that made now and marked a draft.

    404 when the analysis lies outside your area.
    """
    one = analysis(request, analysis_id)
    content = actions.fetch_document(analysis=one, form=form, by=request.user, at=timezone.now())
    return HttpResponse(content, content_type=form.content_type)
