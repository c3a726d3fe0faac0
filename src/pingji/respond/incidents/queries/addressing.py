"""Whom many orders go to, in one query."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from pingji.ground.directory.models import User
from pingji.respond.incidents.models import IncidentGroupMember, Order


def performers_of(orders: Iterable[Order]) -> dict[int, list[User]]:
    """Whom each order goes to, by order, as `performers` says of one.

    The person it names, the members of its group, else everybody of its organisation.
    """
    rows = list(orders)
    groups = {order.group_id for order in rows if order.group_id}
    alone = [order for order in rows if not order.group_id]
    persons = {order.person_id for order in alone if order.person_id}
    places = {order.organisation_id for order in alone if not order.person_id}
    sits_in: dict[int, set[int]] = defaultdict(set)
    members = IncidentGroupMember.objects.present().filter(group__in=groups)
    for group, person in members.values_list("group", "person"):
        sits_in[group].add(person)
    of_groups = {person for them in sits_in.values() for person in them}
    asked = Q(pk__in=persons | of_groups) | Q(organisation__in=places)
    people = list(User.objects.people().filter(asked, is_active=True).order_by("pk"))
    return {order.pk: [one for one in people if _answers(order, one, sits_in)] for order in rows}


def _answers(order: Order, person: User, sits_in: dict[int, set[int]]) -> bool:
    if order.group_id:
        return person.pk in sits_in[order.group_id]
    if order.person_id:
        return person.pk == order.person_id
    return person.organisation_id == order.organisation_id
