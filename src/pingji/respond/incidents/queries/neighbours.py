"""Whom a circular may go to: the own area's bodies, and those of other counties that use the program."""

from django.db.models import Q, QuerySet

from pingji.ground.directory.models import Area, Organisation, User
from pingji.respond.incidents.models import CircularReceiver

K = Organisation.Kind
DEPARTMENTS = (K.DEPARTMENT, K.HEALTH_COMMISSION, K.CDC, K.TOWNSHIP_GOVERNMENT)
# Who answers for a county to another one.
ANSWERING = (K.HEALTH_COMMISSION, K.CDC)
COUNTY_LENGTH = 6


def departments_of(user: User) -> QuerySet[Organisation]:
    """The departments and township governments in sight."""
    return Organisation.objects.visible_to(user).open().filter(kind__in=DEPARTMENTS)


def told_by(user: User) -> QuerySet[Organisation]:
    """Whom somebody may tell by a circular: those in sight, and who answers for other counties."""
    away = ~Q(area__code__startswith=user.area_id[:COUNTY_LENGTH]) & Q(kind__in=ANSWERING)
    every = Organisation.objects.open().filter(away | Q(pk__in=departments_of(user).values("pk")))
    return every.select_related("area")


def by_area(user: User, offered: QuerySet[Organisation]) -> list[tuple[str, list[Organisation]]]:
    """Organisations to choose from: departments, townships, then each other county's, by name."""
    own: dict[bool, list[Organisation]] = {False: [], True: []}
    away: dict[str, list[Organisation]] = {}
    for one in offered:
        if one.area_id.startswith(user.area_id[:COUNTY_LENGTH]):
            own[one.kind == K.TOWNSHIP_GOVERNMENT].append(one)
        else:
            away.setdefault(one.area_id[:COUNTY_LENGTH], []).append(one)
    names = Area.objects.in_bulk(list(away))
    # The counties of the own city first, as their codes begin alike.
    near = sorted(away, key=lambda code: (code[:4] != user.area_id[:4], code))
    places = [(names[code].label if code in names else code, away[code]) for code in near]
    return [("department", own[False]), ("township", own[True]), *places]


def answers_nobody(receiver: CircularReceiver) -> bool:
    """Whether nobody of a receiver signs in, so that it is told on paper or by telephone."""
    if receiver.organisation_id is None:
        return True
    people = User.objects.people().filter(is_active=True)
    return not people.filter(organisation=receiver.organisation_id).exists()
