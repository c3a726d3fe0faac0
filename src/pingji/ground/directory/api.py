"""The directory for other programs: places, organisations, facilities; never people."""

from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.ground.directory import queries
from pingji.ground.directory.models import Area, Facility, Organisation

router = Router()


class AreaOut(Schema):
    """A statistical area."""

    code: str
    name: str
    name_en: str
    level: str
    parent_code: str | None
    population: int | None
    longitude: float | None
    latitude: float | None
    position_source: str
    shape_source: str


class OrganisationOut(Schema):
    """A body that reports, answers, treats, stores or commands."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str
    area_id: str
    parent_id: int | None
    public: bool
    level: str
    beds: int | None
    connected: bool
    closed_on: date | None
    demo: bool


class FacilityOut(Schema):
    """A place that an organisation runs."""

    id: int
    name: str
    name_en: str
    kind: str
    area_id: str
    organisation_id: int
    address: str
    longitude: float
    latitude: float
    position_source: str
    closed_on: date | None


@router.get("/areas", response=list[AreaOut])
@paginate
def areas(request: HttpRequest, q: str = "", under: str = "") -> QuerySet[Area]:
    """Areas you may see, by name, code or pinyin initials, inside the area `under`."""
    return queries.areas_named(Area.objects.visible_to(request.user).under(under), q)


@router.get("/areas/{code}", response=AreaOut)
def area(request: HttpRequest, code: str) -> Area:
    """One area; 404 when it lies outside yours."""
    return get_object_or_404(Area.objects.visible_to(request.user), pk=code)


@router.get("/organisations", response=list[OrganisationOut])
@paginate
def organisations(
    request: HttpRequest, q: str = "", kind: str = "", under: str = ""
) -> QuerySet[Organisation]:
    """Organisations you may see, by name, code or pinyin initials, of a kind, inside an area."""
    rows = Organisation.objects.visible_to(request.user).filter(area__code__startswith=under)
    if kind:
        rows = rows.filter(kind=kind)
    return queries.organisations_named(rows, q)


@router.get("/organisations/{organisation_id}", response=OrganisationOut)
def organisation(request: HttpRequest, organisation_id: int) -> Organisation:
    """One organisation; 404 when it lies outside your area."""
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)


@router.get("/facilities", response=list[FacilityOut])
@paginate
def facilities(request: HttpRequest, kind: str = "", under: str = "") -> QuerySet[Facility]:
    """Facilities you may see, of a kind, inside an area."""
    rows = Facility.objects.visible_to(request.user).filter(area__code__startswith=under)
    return rows.filter(kind=kind) if kind else rows
