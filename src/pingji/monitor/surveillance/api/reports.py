"""Surveillance for other programs: counts out."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.monitor.surveillance import queries, rules
from pingji.monitor.surveillance.models import Channel, Count, Period

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
