"""Surveillance for other programs: files in with their answers, counts out."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.pagination import paginate

from pingji.monitor.surveillance import actions, queries, rules
from pingji.monitor.surveillance.models import Channel, Count, Import, Period, RowAnswer

router = Router()


class CountOut(Schema):
    """How many were reported for one disease, channel, area and period."""

    disease_id: str
    channel: Channel
    area_id: str
    period: Period
    starts_on: date
    count: int
    known_at: datetime


class ImportOut(Schema):
    """A file and what became of its rows."""

    id: int
    file_name: str
    kind: str
    channel: Channel
    state: Import.State
    problem: str
    rows: int
    accepted: int
    corrected: int
    repeated: int
    refused: int
    handed_in_at: datetime
    finished_at: datetime | None


class AnswerOut(Schema):
    """What was said to one row that was not simply accepted."""

    row: int
    verdict: RowAnswer.Verdict
    cell: str
    column: str
    value: str
    reason: str
    sentence: str

    @staticmethod
    def resolve_sentence(answer: RowAnswer) -> str:
        """The reason in words."""
        return queries.sentence(answer)


class ImportIn(Schema):
    """What a file is about where it does not say so itself."""

    channel: Channel = Channel.CASE
    disease: str = ""
    area: str = ""


@router.get("/counts", response=list[CountOut])
@paginate
def counts(
    request: HttpRequest,
    disease: str = "",
    under: str = "",
    period: Period | None = None,
    as_of: datetime | None = None,
) -> QuerySet[Count]:
    """Counts you may see, as they were known at the moment `as_of`; now if none is given.

    Of a disease with parts (hepatitis A is one of viral hepatitis) you get the parts' counts for
    the periods of which its own were not sent; together they are its figure.

    409 when your role does not include surveillance reports.
    """
    rules.check_can_view(request.user)
    at = as_of or timezone.now()
    found = Count.objects.visible_to(request.user).filter(area__code__startswith=under)
    if disease:
        found = queries.sent_of(found, disease, as_of=at)
    if period:
        found = found.filter(period=period)
    return found.as_known(at)


@router.post("/imports", response={201: ImportOut})
def hand_in(request: HttpRequest, file: File[UploadedFile], about: Form[ImportIn]) -> Status:
    """Hand in a file of case lines or counts; it is read within seconds.

    409 when your role does not hand in reports.
    """
    taken = actions.hand_in(
        name=file.name or "",
        content=file,
        by=request.user,
        at=timezone.now(),
        **about.dict(),
    )
    return Status(201, taken)


@router.get("/imports/{import_id}", response=ImportOut)
def import_(request: HttpRequest, import_id: int) -> Import:
    """One file and how far it is; 404 when it is not yours to see."""
    rules.check_can_view(request.user)
    return get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)


@router.get("/imports/{import_id}/answers", response=list[AnswerOut])
@paginate
def answers(request: HttpRequest, import_id: int) -> QuerySet[RowAnswer]:
    """The answers to rows that were not simply accepted; 404 when the file is not yours to see."""
    return import_(request, import_id).answers.all()
