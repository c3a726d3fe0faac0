"""Put people into the pool of experts, and take them out."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory import rules
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Expertise, User
from pingji.ground.record.actions import note, publish


@transaction.atomic
def name_expert(*, person: User, field: str, title: str = "", by: User, at: datetime) -> Expertise:
    """Put somebody into the pool for one field.

    Raises:
        Refused: The person is in the pool for this field already.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    rules.check_can_name_expert(by, person)

    row = Expertise(person=person, field=field, title=title.strip(), named_by=by, named_at=at)
    taken = _("%(person)s is in the pool for this field already.") % {"person": person}
    with refused_if_taken(taken, field="person"):
        row.save(force_insert=True)
    note("expert.named", subject=row, area=person.area_id, by=by, at=at, field=field)
    publish("experts", area=person.area_id)
    return row


@transaction.atomic
def withdraw_expert(*, expertise: Expertise, reason: str, by: User, at: datetime) -> Expertise:
    """Take somebody out of the pool for one field; the row stays, and so does what they said."""
    row = Expertise.objects.select_for_update(of=("self",)).get(pk=expertise.pk)
    rules.check_can_withdraw_expert(by, row)

    row.withdrawn_by, row.withdrawn_at = by, at
    row.save(update_fields=["withdrawn_by", "withdrawn_at"])
    note("expert.withdrawn", subject=row, area=row.person.area_id, by=by, at=at, reason=reason)
    publish("experts", area=row.person.area_id)
    return row
