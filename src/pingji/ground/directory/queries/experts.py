"""Who is in the pool of experts, and who of them may be asked about an area."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from pingji.ground.directory.models import COUNTY_DIGITS, Expertise, User, codes_around


def expert_pool(reader: User) -> QuerySet[Expertise]:
    """The experts whom a reader may know of: of the own area, and of the larger ones around it."""
    return _in_order(Expertise.objects.filter(_around(reader.area_id)))


def experts_for(area_code: str) -> QuerySet[Expertise]:
    """The experts who may be asked about an area: of its county, and of the larger areas around."""
    return _in_order(Expertise.objects.filter(_around(area_code[:COUNTY_DIGITS])))


def fields_of(people: Iterable[User]) -> dict[int, list[Expertise]]:
    """The fields of people in the pool, by their number."""
    found: dict[int, list[Expertise]] = {}
    for row in Expertise.objects.filter(person__in=list(people)).standing():
        found.setdefault(row.person_id, []).append(row)
    return found


def may_be_expert(namer: User) -> QuerySet[User]:
    """Who may be put into the pool: everybody who works within sight and signs in."""
    seen = User.objects.visible_to(namer).people().filter(is_active=True)
    return seen.select_related("organisation").order_by("role", "display_name")


def _around(code: str) -> Q:
    return Q(person__area__code__startswith=code) | Q(person__area__in=codes_around(code))


def _in_order(rows: QuerySet[Expertise]) -> QuerySet[Expertise]:
    return (
        rows.filter(withdrawn_at__isnull=True, person__is_active=True)
        .select_related("person__organisation", "person__area")
        .order_by("field", "person__area_id", "person__display_name")
    )
