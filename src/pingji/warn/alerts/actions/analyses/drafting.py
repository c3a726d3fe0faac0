"""Draft an analysis: its figures as known at one moment, and the first words of each section."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import announce, note, publish
from pingji.warn.alerts.models import Analysis, AnalysisText
from pingji.warn.alerts.queries import analyses as queries
from pingji.warn.alerts.rules import analyses as rules

State = Analysis.State
DOCUMENT_LANGUAGE = "zh-hans"  # the documents are Chinese whoever has them drafted


@transaction.atomic
def ask_for_analysis(*, area: Area, kind: str, day: date, by: User, at: datetime) -> None:
    """Have the worker draft the analysis of the week or month around a day."""
    rules.check_can_edit(by)
    span = queries.around(Analysis.Kind(kind), day)
    rules.check_period(span.starts_on, timezone.localdate(at))
    latest = _versions(area, span).first()
    rules.check_can_draft_again(latest)

    note("analysis.asked", subject=area, by=by, at=at, area=area.code, of=str(span))
    announce(
        "analysis_asked",
        at=at,
        area=area.code,
        kind=kind,
        starts_on=span.starts_on.isoformat(),
        by=by.pk,
        version=latest.version + 1 if latest else 1,
    )


def draft_due(*, kind: str, by: User, at: datetime) -> list[Analysis]:
    """Draft the last whole week or month of every county where somebody works, once."""
    span = queries.last_whole(kind, timezone.localdate(at))
    codes = {code[:6] for code in User.objects.people().values_list("area_id", flat=True)}
    made = []
    for code in sorted(codes):
        for county in Area.objects.under(code).of_level("county"):
            if not _versions(county, span).exists():
                made.append(draft(area=county, span=span, by=by, at=at))
    return made


@transaction.atomic
def draft(
    *, area: Area, span: queries.Span, by: User, at: datetime, version: int | None = None
) -> Analysis:
    """Draft the next version of an analysis with the figures of now.

    A draft that it replaces stays as it was; what people wrote in it is taken over. A signed one
    is never touched.

    Args:
        area: Of which area.
        span: Of which week or month.
        by: Who asked, or the machine.
        at: When; the figures are those known then.
        version: The version that was asked for: where it is there already, it is given back, so
            that a job that runs twice drafts once.
    """
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)
    latest = _versions(area, span).select_for_update().first()
    if version is not None and latest is not None and latest.version >= version:
        return latest
    rules.check_can_draft_again(latest)
    previous = queries.previous_of(area.code, span.kind, span.starts_on)
    last = queries.span_of(previous) if previous else None
    with override(DOCUMENT_LANGUAGE):
        figures = queries.figures(area, span, as_of=at, last=last)
        changes = queries.changes(figures, previous.figures if previous else None)
        words = queries.drafted(figures, span, changes, last)

    if latest is not None and latest.state == State.DRAFT:
        rules.check_move(latest, State.SUPERSEDED)
        latest.state = State.SUPERSEDED
        latest.save(update_fields=["state"])
    made = Analysis.objects.create(
        area=area,
        kind=span.kind,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        version=latest.version + 1 if latest else 1,
        as_of=at,
        figures=figures,
        previous=previous,
        drafted_by=by,
        drafted_at=at,
    )
    for section, text in words.items():
        AnalysisText.objects.create(
            analysis=made, section=section, number=1, text=text, by=by, at=at
        )
    if latest is not None:
        _take_over(latest, made)
    note("analysis.drafted", subject=made, by=by, at=at, version=made.version)
    announce("analysis_drafted", at=at, analysis_id=made.pk)
    publish("analyses", area=made.area_id)
    return made


def _take_over(old: Analysis, new: Analysis) -> None:
    """What people wrote in the version before is the wording of the new one, on top of the draft.

    A paragraph that only the program wrote is left behind: it tells of older figures.
    """
    for section, wording in queries.wordings_of(old).items():
        if wording.number > 1:
            AnalysisText.objects.create(
                analysis=new,
                section=section,
                number=2,
                text=wording.text,
                by=wording.by,
                at=wording.at,
            )


def _versions(area: Area, span: queries.Span):  # type: ignore[no-untyped-def]
    """All versions of one analysis, the latest first."""
    found = Analysis.objects.filter(area=area, kind=span.kind, starts_on=span.starts_on)
    return found.order_by("-version")
