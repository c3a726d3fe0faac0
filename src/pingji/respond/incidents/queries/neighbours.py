"""Whom a circular may go to: the own area's bodies, and those of other counties that use the program."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from pingji.ground.directory.models import COUNTY_DIGITS, Area, Organisation, User
from pingji.respond.incidents.models import CircularReceiver

K = Organisation.Kind
DEPARTMENTS = (K.DEPARTMENT, K.HEALTH_COMMISSION, K.CDC, K.TOWNSHIP_GOVERNMENT)
# Who answers for a county to another one.
ANSWERING = (K.HEALTH_COMMISSION, K.CDC)


def departments_of(user: User) -> QuerySet[Organisation]:
    """The departments and township governments in sight."""
    return Organisation.objects.visible_to(user).open().filter(kind__in=DEPARTMENTS)


def told_by(user: User) -> QuerySet[Organisation]:
    """Whom somebody may tell by a circular: those in sight, and who answers for other counties."""
    away = ~Q(area__code__startswith=user.area_id[:COUNTY_DIGITS]) & Q(kind__in=ANSWERING)
    every = Organisation.objects.open().filter(away | Q(pk__in=departments_of(user).values("pk")))
    return every.select_related("area")


def by_area(user: User, offered: QuerySet[Organisation]) -> list[tuple[str, list[Organisation]]]:
    """Organisations to choose from: departments, townships, then each other county's, by name."""
    own: dict[bool, list[Organisation]] = {False: [], True: []}
    away: dict[str, list[Organisation]] = {}
    for one in offered:
        if one.area_id.startswith(user.area_id[:COUNTY_DIGITS]):
            own[one.kind == K.TOWNSHIP_GOVERNMENT].append(one)
        else:
            away.setdefault(one.area_id[:COUNTY_DIGITS], []).append(one)
    names = Area.objects.in_bulk(list(away))
    # The counties of the own city first, as their codes begin alike.
    near = sorted(away, key=lambda code: (code[:4] != user.area_id[:4], code))
    places = [(names[code].label if code in names else code, away[code]) for code in near]
    return [("department", own[False]), ("township", own[True]), *places]


def told_on_paper(receivers: Collection[CircularReceiver]) -> set[int]:
    """Receivers of whom nobody signs in, so that they are told on paper or by telephone."""
    organisations = [one.organisation_id for one in receivers]
    people = User.objects.people().filter(is_active=True, organisation__in=organisations)
    signs_in = set(people.values_list("organisation", flat=True))
    return {one.pk for one in receivers if one.organisation_id not in signs_in}
