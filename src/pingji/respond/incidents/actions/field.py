"""Set, change and lift risk areas; open and close checkpoints; tell what is free, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Facility, Organisation, User
from pingji.ground.record.actions import note, publish
from pingji.respond.incidents.models import (
    Checkpoint,
    FreeCount,
    Incident,
    RiskArea,
    SharedResource,
)
from pingji.respond.incidents.queries import field as queries
from pingji.respond.incidents.rules import field as rules
from pingji.respond.incidents.rules.joint import check_is_offered

FIELD = "field"  # what pages listen for that show what is free


@transaction.atomic
def set_risk_area(
    *,
    incident: Incident,
    area: Area,
    level: str,
    reason: str,
    by: User,
    at: datetime,
    starts_at: datetime | None = None,
) -> RiskArea:
    """Make a township or a village a risk area of an incident.

    Args:
        incident: Of which incident.
        area: Which township or village.
        level: Key of a level that the plan names.
        reason: Why this level.
        by: Who sets it.
        at: When.
        starts_at: Since when it holds; now where it is left out.
    """
    incident = _locked(incident)
    on = timezone.localdate(at)
    rules.check_can_judge_risk(by, incident, queries.risk_roles(incident.area_id, on))
    rules.check_risk_area(by, incident, area, queries.risk_area_of(incident, area), reason)
    since = starts_at or at
    rules.check_since(since, at, field="starts_at", not_before=queries.life_of(incident, at)[0])

    row = _risk_area(incident, area, level, reason, since, by=by, at=at)
    note(
        "risk_area.set",
        subject=row,
        by=by,
        at=at,
        reason=row.reason,
        incident=incident.pk,
        area=area.code,
        level=level,
    )
    publish("incidents", area=area.code)
    return row


@transaction.atomic
def change_risk_area(
    *,
    risk_area: RiskArea,
    level: str,
    reason: str,
    by: User,
    at: datetime,
    starts_at: datetime | None = None,
) -> RiskArea:
    """Give a risk area another level; the row of the level before ends where the new one begins."""
    before = _locked_risk(risk_area, by=by, at=at)
    rules.check_can_change_risk(before, level, reason)
    since = starts_at or at
    rules.check_since(since, at, field="starts_at", not_before=before.starts_at)

    _lift(before, since, reason, by=by, at=at)
    row = _risk_area(before.incident, before.area, level, reason, since, by=by, at=at)
    note(
        "risk_area.changed",
        subject=row,
        by=by,
        at=at,
        reason=row.reason,
        incident=row.incident_id,
        area=row.area_id,
        before=before.level,
        level=level,
    )
    publish("incidents", area=row.area_id)
    return row


@transaction.atomic
def lift_risk_area(
    *,
    risk_area: RiskArea,
    reason: str,
    by: User,
    at: datetime,
    ends_at: datetime | None = None,
) -> RiskArea:
    """End a risk area; that it was one stays."""
    row = _locked_risk(risk_area, by=by, at=at)
    rules.check_stands(row)
    rules.check_reason(reason)
    rules.check_since(ends_at or at, at, field="ends_at", not_before=row.starts_at)

    _lift(row, ends_at or at, reason, by=by, at=at)
    note(
        "risk_area.lifted",
        subject=row,
        by=by,
        at=at,
        reason=row.lifting_reason,
        incident=row.incident_id,
        area=row.area_id,
        level=row.level,
    )
    publish("incidents", area=row.area_id)
    return row


def _locked(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",)).select_related("area", "alert")
    return rows.get(pk=incident.pk)


def _locked_risk(risk_area: RiskArea, *, by: User, at: datetime) -> RiskArea:
    incident = _locked(risk_area.incident)
    on = timezone.localdate(at)
    rules.check_can_judge_risk(by, incident, queries.risk_roles(incident.area_id, on))
    rows = RiskArea.objects.select_for_update(of=("self",)).select_related("area", "incident")
    return rows.get(pk=risk_area.pk)


def _risk_area(
    incident: Incident,
    area: Area,
    level: str,
    reason: str,
    since: datetime,
    *,
    by: User,
    at: datetime,
) -> RiskArea:
    levels = queries.risk_levels(incident.area_id, timezone.localdate(at))
    named = next((one for one in levels if one.key == level), None)
    if named is None:
        raise Refused(_("The plan knows no such level."), field="level")
    row = RiskArea(
        incident=incident,
        area=area,
        level=level,
        level_zh=named.zh,
        level_en=named.en,
        rank=named.rank,
        reason=reason.strip(),
        starts_at=since,
        set_by=by,
        set_at=at,
    )
    taken = _("%(area)s had another level in that time.") % {"area": area}
    with refused_if_taken(taken, field="starts_at"):
        row.save(force_insert=True)
    return row


def _lift(row: RiskArea, ends_at: datetime, reason: str, *, by: User, at: datetime) -> None:
    row.ends_at, row.lifted_by, row.lifted_at = ends_at, by, at
    row.lifting_reason = reason.strip()
    row.save(update_fields=["ends_at", "lifted_by", "lifted_at", "lifting_reason"])


@transaction.atomic
def open_checkpoint(
    *,
    incident: Incident,
    name: str,
    area: Area,
    organisation: Organisation,
    by: User,
    at: datetime,
    longitude: float | None = None,
    latitude: float | None = None,
    starts_at: datetime | None = None,
) -> Checkpoint:
    """Set up a checkpoint of an incident, manned by an organisation.

    Args:
        incident: Of which incident.
        name: By what name it is known.
        area: In which township or village.
        organisation: Who mans it.
        by: Who sets it up.
        at: When.
        longitude: Where it stands; the middle of the area where it is left out.
        latitude: Where it stands.
        starts_at: Since when it is open; now where it is left out.
    """
    incident = _locked(incident)
    rules.check_can_open_checkpoint(by, incident, area, organisation, name)
    rules.check_not_open(queries.checkpoint_named(incident, name))
    rules.check_position(longitude, latitude)
    since = starts_at or at
    rules.check_since(since, at, field="starts_at", not_before=queries.life_of(incident, at)[0])

    return _opened(
        Checkpoint(
            incident=incident,
            name=name.strip(),
            area=area,
            organisation=organisation,
            longitude=longitude,
            latitude=latitude,
            starts_at=since,
        ),
        by=by,
        at=at,
    )


@transaction.atomic
def reopen_checkpoint(
    *, checkpoint: Checkpoint, by: User, at: datetime, starts_at: datetime | None = None
) -> Checkpoint:
    """Open a checkpoint that was closed again, at the same place; its first time stays as it was."""
    before = _locked_checkpoint(checkpoint, by=by)
    rules.check_not_open(queries.checkpoint_named(before.incident, before.name))
    since = starts_at or at
    rules.check_since(since, at, field="starts_at", not_before=before.ends_at or before.starts_at)

    return _opened(
        Checkpoint(
            incident=before.incident,
            name=before.name,
            area=before.area,
            organisation=before.organisation,
            longitude=before.longitude,
            latitude=before.latitude,
            starts_at=since,
        ),
        by=by,
        at=at,
    )


@transaction.atomic
def close_checkpoint(
    *,
    checkpoint: Checkpoint,
    reason: str,
    by: User,
    at: datetime,
    ends_at: datetime | None = None,
) -> Checkpoint:
    """Close a checkpoint; that it was open stays."""
    row = _locked_checkpoint(checkpoint, by=by)
    rules.check_stands(row)
    rules.check_reason(reason)
    rules.check_since(ends_at or at, at, field="ends_at", not_before=row.starts_at)

    row.ends_at, row.closed_by, row.closed_at = ends_at or at, by, at
    row.closing_reason = reason.strip()
    row.save(update_fields=["ends_at", "closed_by", "closed_at", "closing_reason"])
    note(
        "checkpoint.closed",
        subject=row,
        by=by,
        at=at,
        reason=row.closing_reason,
        incident=row.incident_id,
    )
    publish("incidents", area=row.area_id)
    return row


def _locked_checkpoint(checkpoint: Checkpoint, *, by: User) -> Checkpoint:
    _locked(checkpoint.incident)
    rows = Checkpoint.objects.select_for_update(of=("self",))
    row = rows.select_related("incident__area", "area", "organisation").get(pk=checkpoint.pk)
    rules.check_can_keep_checkpoint(by, row)
    return row


def _opened(row: Checkpoint, *, by: User, at: datetime) -> Checkpoint:
    row.opened_by, row.opened_at = by, at
    taken = _("“%(name)s” was open in that time.") % {"name": row}
    with refused_if_taken(taken, field="starts_at"):
        row.save(force_insert=True)
    note(
        "checkpoint.opened",
        subject=row,
        by=by,
        at=at,
        incident=row.incident_id,
        organisation=row.organisation_id,
    )
    publish("incidents", area=row.area_id)
    return row


@dataclass(frozen=True)
class Position:
    """Where a resource stands.

    Attributes:
        area: In which township or village.
        longitude: Longitude (WGS-84), where it was measured.
        latitude: Latitude (WGS-84).
    """

    area: Area
    longitude: float | None = None
    latitude: float | None = None


@transaction.atomic
def tell_free(
    *,
    resource: SharedResource,
    free: int,
    amount: int,
    by: User,
    at: datetime,
    position: Position | None = None,
    as_of: datetime | None = None,
) -> FreeCount:
    """Say how many of a shared resource are free, and where they stand.

    Args:
        resource: A team, vehicles, equipment.
        free: How many are free.
        amount: How many there are.
        by: Who says so.
        at: When.
        position: Where they stand; as before where it is left out.
        as_of: Of which moment the figure is; of now where it is left out.
    """
    rows = SharedResource.objects.select_for_update(of=("self",))
    resource = rows.select_related("organisation__area", "area").get(pk=resource.pk)
    rules.check_can_tell_free(by, resource.organisation)
    check_is_offered(resource)
    rules.check_count(free, amount, resource.name, field="free")
    latest = queries.latest_count(resource=resource)
    rules.check_newer(latest, as_of or at, at)

    resource.free, resource.amount = free, amount
    resource.updated_by, resource.updated_at = by, at
    resource.save(update_fields=["free", "amount", "updated_by", "updated_at"])
    row = keep_count(resource, latest, position, by=by, at=at, as_of=as_of or at)
    note(
        "free_count.told",
        subject=resource,
        by=by,
        at=at,
        amount=amount,
        free=free,
        as_of=row.as_of.isoformat(),
    )
    publish(FIELD, area=resource.area_id)
    return row


def keep_count(
    resource: SharedResource,
    latest: FreeCount | None,
    position: Position | None = None,
    *,
    by: User,
    at: datetime,
    as_of: datetime | None = None,
) -> FreeCount:
    """Keep what a resource says of itself as of a moment, where it stood before unless told."""
    if position is None:
        position = (
            Position(latest.area, latest.longitude, latest.latitude)
            if latest
            else Position(resource.area)
        )
    rules.check_position(position.longitude, position.latitude)
    return FreeCount.objects.create(
        resource=resource,
        amount=resource.amount,
        free=resource.free,
        area=position.area,
        longitude=position.longitude,
        latitude=position.latitude,
        as_of=as_of or at,
        told_by=by,
        known_at=at,
    )


@transaction.atomic
def tell_free_in(
    *,
    facility: Facility,
    counts: Mapping[str, tuple[int, int]],
    by: User,
    at: datetime,
    as_of: datetime | None = None,
) -> list[FreeCount]:
    """Say how many beds, rooms and the like of a facility are free.

    Args:
        facility: Which facility.
        counts: How many are free and how many there are, by the key of what the plan counts.
        by: Who says so.
        at: When.
        as_of: Of which moment the figures are; of now where it is left out.
    """
    rows = Facility.objects.select_for_update(of=("self",))
    facility = rows.select_related("organisation__area", "area").get(pk=facility.pk)
    rules.check_can_tell_free(by, facility.organisation)
    rules.check_facility_open(facility)
    on = timezone.localdate(at)
    named = {one.key: one for one in queries.facility_counts(facility.area_id, on)}
    if not counts:
        raise Refused(_("Say of something how much there is, and how much is free."))
    told = []
    for key, (free, amount) in counts.items():
        if key not in named:
            raise Refused(_("The plan counts no such thing."))
        rules.check_count(free, amount, named[key].label, field=f"free_{key}")
        rules.check_newer(queries.latest_count(facility=facility, kind=key), as_of or at, at)
        told.append(
            FreeCount.objects.create(
                facility=facility,
                kind=key,
                kind_zh=named[key].zh,
                kind_en=named[key].en,
                amount=amount,
                free=free,
                area=facility.area,
                as_of=as_of or at,
                told_by=by,
                known_at=at,
            )
        )

    said = {row.kind: f"{row.free}/{row.amount}" for row in told}
    note("free_count.told", subject=facility, by=by, at=at, as_of=(as_of or at).isoformat(), **said)
    publish(FIELD, area=facility.area_id)
    return told
