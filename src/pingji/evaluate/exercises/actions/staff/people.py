"""Whom the machine sends to do something."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Organisation, Role, User


def one_of(
    role: str, area: str, *, organisation: Organisation | None = None, but: User | None = None
) -> User:
    """Somebody of a role who sees an area, always the same one.

    Args:
        role: Which role.
        area: Code of the area that must lie in theirs.
        organisation: Of which organisation, where that matters.
        but: Who did the step before and may not do this one.

    Raises:
        Refused: There is nobody.
    """
    people = User.objects.people().filter(is_active=True, role=role)
    if organisation is not None:
        people = people.filter(organisation=organisation)
    if but is not None:
        people = people.exclude(pk=but.pk)
    for person in people.order_by("-area_id", "username"):
        if organisation is not None or area.startswith(person.area_id):
            return person
    raise Refused(_("Nobody here is “%(role)s” and may do this.") % {"role": Role(role).label})
