"""Switch a place between peace and emergency: start, step after step, completed or cancelled."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Facility, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Conversion, Mode
from pingji.ground.standards.queries import spell_at
from pingji.respond.incidents.models import Incident, Switch, SwitchStep
from pingji.respond.incidents.queries import modes as queries
from pingji.respond.incidents.rules import modes as rules

TOPIC = "modes"
State = SwitchStep.State


@transaction.atomic
def start_switch(
    *,
    place: Area | Facility,
    to: str,
    conversion: str,
    reason: str,
    ticked: Collection[str],
    by: User,
    at: datetime,
    despite: str = "",
    incident: Incident | None = None,
) -> Switch:
    """Begin to switch a place; its first steps are told to their roles at once.

    Args:
        place: A county, a township or a facility.
        to: Emergency or peace.
        conversion: The way, by its key in the plan.
        reason: Why.
        ticked: The checks that were confirmed by hand.
        by: Who begins.
        at: When.
        despite: Why all the same, where what the program reads is not ready.
        incident: The event it answers.

    Raises:
        Refused: When the plan does not let this role, the place is so already, closed or being
            switched, or the list is not gone through.
    """
    place = type(place)._default_manager.select_for_update(of=("self",)).get(pk=place.pk)
    area = queries.area_of(place)
    facility = place if isinstance(place, Facility) else None
    _check_start(place, to, by, at)
    rules.check_incident(incident, area)
    way = _way(place, conversion, at)
    found = queries.checks(place, way, to, at)
    rules.check_checklist(found, ticked, reason, despite)

    switch = Switch(
        area=area,
        facility=facility,
        incident=incident,
        to=to,
        conversion=way.key,
        name=way.name,
        name_en=way.name_en,
        reason=reason.strip(),
        despite=despite.strip(),
        checks=[_kept(one) for one in found],
        started_by=by,
        started_at=at,
    )
    taken = _("%(place)s is being switched already.") % {"place": place}
    with refused_if_taken(taken, field="to"):
        switch.save(force_insert=True)
    SwitchStep.objects.bulk_create(queries.planned(switch, way.steps))
    note(
        "switch.started",
        subject=switch,
        by=by,
        at=at,
        reason=switch.reason,
        to=to,
        conversion=way.key,
        despite=switch.despite,
        incident=incident.pk if incident else None,
    )
    _issue(switch, by=by, at=at)
    _tell(switch)
    return switch


def _check_start(place: Area | Facility, to: str, by: User, at: datetime) -> None:
    """Raise Refused unless this user may begin to switch this place that way now."""
    area = queries.area_of(place)
    rules.check_can_switch(by, area, queries.roles_that_switch(place, at))
    if isinstance(place, Facility):
        rules.check_is_open(place)
    else:
        rules.check_level(place)
    running = queries.switch_under_way(place)
    if running is not None:
        raise rules.under_way(running)
    own = queries.own_spell(place, at)
    if isinstance(place, Area) and own is None:
        rules.check_not_around(place, spell_at(place.code, at))
    rules.check_direction(place, to, own)


def _way(place: Area | Facility, key: str, at: datetime) -> Conversion:
    way = next((one for one in queries.ways(place, at) if one.key == key), None)
    if way is None:
        raise Refused(
            _("The plan does not say how %(place)s is switched.") % {"place": place},
            field="conversion",
        )
    return way


def _kept(check: dict[str, Any]) -> dict[str, Any]:
    return {name: check[name] for name in ("key", "zh", "en", "clause", "read", "ok", "reading")}


def _issue(switch: Switch, *, by: User, at: datetime) -> None:
    """Tell every step whose turn has come to its role, with the clock that the plan sets."""
    steps = list(switch.steps.select_for_update())
    organisation = switch.facility.organisation if switch.facility else None
    for step in steps:
        if step.state != State.WAITING or queries.waits_for(step, steps):
            continue
        step.switch = switch
        step.state, step.issued_at = State.ISSUED, at
        step.save(update_fields=["state", "issued_at"])
        if step.deadline:
            standards.start_deadline(
                key=step.deadline,
                subject=step,
                area=switch.area,
                organisation=organisation,
                by=by,
                at=at,
            )
        notices.notify(
            kind="mode_step_issued",
            subject=step,
            area=switch.area,
            organisation=organisation,
            roles=[step.role],
            by=by,
            at=at,
            clock=False,
        )


@transaction.atomic
def finish_step(*, step: SwitchStep, result: str, by: User, at: datetime) -> SwitchStep:
    """Report a step done; what waited for it is told, and after the last the place is switched.

    Raises:
        Refused: When it is not this user's step, something before it is left, or the switch is
            no longer under way.
    """
    switch = _locked(step.switch_id)
    step = SwitchStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
    step.switch = switch
    rules.check_is_under_way(switch)
    rules.check_can_do(by, step, queries.roles_that_switch(switch.place, at))
    rules.check_turn(step, queries.waits_for(step, switch.steps.all()))

    step.state, step.result, step.done_by, step.done_at = State.DONE, result.strip(), by, at
    step.save(update_fields=["state", "result", "done_by", "done_at"])
    if step.deadline:
        standards.meet_deadline(key=step.deadline, subject=step, by=by, at=at)
    note(
        "switch.step_done",
        subject=switch,
        by=by,
        at=at,
        reason=step.result,
        number=step.number,
        step=step.key,
    )
    _issue(switch, by=by, at=at)
    if not switch.steps.exclude(state=State.DONE).exists():
        _complete(switch, by=by, at=at)
    _tell(switch)
    return step


def _complete(switch: Switch, *, by: User, at: datetime) -> None:
    """The last step is done: the place is in its other state from now on."""
    place = {"area": switch.area, "facility": switch.facility, "by": by, "at": at}
    if switch.to == Mode.EMERGENCY:
        standards.enter_emergency(**place, conversion=switch.conversion)  # type: ignore[arg-type]
    else:
        standards.return_to_peace(**place)  # type: ignore[arg-type]
    switch.state, switch.finished_by, switch.finished_at = Switch.State.DONE, by, at
    switch.save(update_fields=["state", "finished_by", "finished_at"])
    note("switch.finished", subject=switch, by=by, at=at, to=switch.to)
    notices.notify(kind="mode_changed", subject=switch, area=switch.area, by=by, at=at, clock=False)


@transaction.atomic
def cancel_switch(*, switch: Switch, reason: str, by: User, at: datetime) -> Switch:
    """Give a switch up, with a reason; the place stays what it was.

    Raises:
        Refused: When it is no longer under way, or this user may not switch the place.
    """
    switch = _locked(switch.pk)
    rules.check_can_switch(by, switch.area, queries.roles_that_switch(switch.place, at))
    rules.check_is_under_way(switch)
    rules.check_cancel(reason)

    switch.state, switch.cancel_reason = Switch.State.CANCELLED, reason.strip()
    switch.cancelled_by, switch.cancelled_at = by, at
    switch.save(update_fields=["state", "cancel_reason", "cancelled_by", "cancelled_at"])
    for step in switch.steps.filter(state=State.ISSUED).exclude(deadline=""):
        step.switch = switch
        standards.cancel_deadline(
            key=step.deadline, subject=step, by=by, at=at, reason=switch.cancel_reason
        )
    note("switch.cancelled", subject=switch, by=by, at=at, reason=switch.cancel_reason)
    _tell(switch)
    return switch


def _locked(number: int) -> Switch:
    rows = Switch.objects.select_for_update(of=("self",))
    return rows.select_related("area", "facility__organisation", "facility__area").get(pk=number)


def _tell(switch: Switch) -> None:
    publish(TOPIC, area=switch.area_id)
