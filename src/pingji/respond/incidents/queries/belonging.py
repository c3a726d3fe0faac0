"""Which rows belong to an incident, and the rows that lines on record tell of."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model, Q

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices.models import Notice
from pingji.ground.notices.queries import visible_notices
from pingji.ground.record.models import Line
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import (
    CircularReceiver,
    Consultation,
    Incident,
    Invitation,
    Reading,
    SwitchStep,
)
from pingji.warn.alerts.models import RiskAssessment

# By table, the keys of its rows, each with the organisation whose matter it is.
Owners = dict[str, dict[str, int | None]]
Rows = dict[tuple[str, str], Model]


def belonging(incident: Incident, user: User) -> Owners:
    """The incident and every row that belongs to it, as far as the user may see them."""
    found: Owners = {incident._meta.label_lower: {str(incident.pk): None}}
    for relation in Incident._meta.related_objects:
        table = relation.related_model
        if table._meta.app_label == Incident._meta.app_label and table is not Reading:
            _add(found, seen(table, user).filter(**{relation.field.name: incident}))
    # Who was told, who was invited and what is done stand behind a circular, a consultation and a
    # switch; each has clocks.
    _add(found, seen(CircularReceiver, user).filter(circular__incident=incident))
    called = seen(Consultation, user).filter(incident=incident)
    _add(found, seen(Invitation, user).filter(consultation__in=called))
    _add(found, seen(SwitchStep, user).filter(switch__incident=incident))
    if user.holds(Permission.ALERT_VIEW):
        about = Q(event_type=Incident._meta.label_lower, event_id=str(incident.pk))
        if incident.alert is not None:
            found[incident.alert._meta.label_lower] = {str(incident.alert.pk): None}
            about |= Q(alert=incident.alert)
        _add(found, RiskAssessment.objects.visible_to(user).filter(about))
    of_these = about_rows(found)
    clocks = Deadline.objects.visible_to(user).filter(of_these)
    told = visible_notices(user).filter(of_these)
    _add(found, clocks)
    _add(found, told)
    return found


def seen(table: type[Model], user: User) -> Any:
    """The rows of a table that the user may see; all where the table itself binds none."""
    if table is Notice:
        return visible_notices(user)
    rows = table._default_manager.all()
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


def _add(found: Owners, rows: Any) -> None:
    names = {field.name for field in rows.model._meta.get_fields()}
    keys = ["pk", "organisation"] if "organisation" in names else ["pk"]
    kept = rows.order_by().values_list(*keys)
    if kept:
        mine = found.setdefault(rows.model._meta.label_lower, {})
        mine |= {str(pk): owner[0] if owner else None for pk, *owner in kept}


def about_rows(found: Owners) -> Q:
    """What is about one of these rows: lines, clocks, notices."""
    which = Q(pk__in=[])
    for table, keys in found.items():
        which |= Q(subject_type=table, subject_id__in=list(keys))
    return which


def rows_of(lines: Iterable[Line], user: User) -> Rows:
    """The rows that lines tell of, by table and key, as far as the user may see them."""
    asked: dict[str, set[str]] = {}
    for line in lines:
        if line.subject_type:
            asked.setdefault(line.subject_type, set()).add(line.subject_id)
    found: Rows = {}
    for label, keys in asked.items():
        table = apps.get_model(label)
        names = {field.name for field in table._meta.get_fields() if field.many_to_one}
        with_it = {"organisation", "person", "standard", "incident", "area", "disease"} & names
        rows = seen(table, user).filter(pk__in=keys).select_related(*sorted(with_it))
        found |= {(label, str(row.pk)): row for row in rows}
    return found
