"""Try a detector set otherwise, and set it so, on record."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.catalogue import latest_row
from pingji.monitor.surveillance.queries.detectors import check_detector
from pingji.warn.alerts import rules
from pingji.warn.alerts.actions.detection import Clock, over
from pingji.warn.alerts.models import SettingTrial
from pingji.warn.alerts.queries.settings import settings_for
from pingji.warn.alerts.queries.tuning import try_setting

State = SettingTrial.State


@transaction.atomic
def ask_for_trial(
    *,
    disease: Disease,
    channel: str,
    method: str,
    options: Mapping[str, Any],
    by: User,
    at: datetime,
) -> SettingTrial:
    """Have a setting of a method tried on the last years where this person works, by the worker.

    One that waits already is not asked for twice.
    """
    rules.check_can_view(by)
    check_detector(method, options)

    wanted: dict[str, Any] = {
        "area": by.area,
        "disease": disease,
        "channel": channel,
        "method": method,
        "options": dict(options),
    }
    waiting = SettingTrial.objects.filter(**wanted, state=State.WAITING).first()
    if waiting is not None:
        return waiting
    trial = SettingTrial.objects.create(**wanted, asked_by=by, asked_at=at)
    note(
        "detection.trial_asked",
        subject=trial,
        area=trial.area_id,
        by=by,
        at=at,
        disease=disease.pk,
        channel=channel,
        method=method,
        options=dict(options),
    )
    announce("setting_trial_asked", at=at, trial_id=trial.pk)
    return trial


def run_trial(
    *, trial: SettingTrial, by: User, at: datetime, clock: Clock | None = None
) -> SettingTrial:
    """Compute what a setting would have raised, from the figures as known when it was asked for."""
    if trial.state != State.WAITING:
        return trial
    try:
        settings = settings_for(trial.area_id, on=trial.asked_at)
        found = try_setting(
            area=trial.area_id,
            disease=trial.disease_id,
            channel=trial.channel,
            method=trial.method,
            options=trial.options,
            settings=settings,
            at=trial.asked_at,
        )
    except Refused as refused:
        return _finish(trial, State.FAILED, by=by, at=over(at, clock), problem=str(refused))
    except Exception as broken:
        _finish(trial, State.FAILED, by=by, at=over(at, clock), problem=repr(broken))
        raise
    return _finish(trial, State.DONE, by=by, at=over(at, clock), result=asdict(found))


@transaction.atomic
def _finish(
    trial: SettingTrial, state: State, *, by: User, at: datetime, **said: Any
) -> SettingTrial:
    trial = SettingTrial.objects.select_for_update(of=("self",)).get(pk=trial.pk)
    if trial.state != State.WAITING:  # another worker was faster
        return trial
    trial.state, trial.finished_at = state, at
    for name, value in said.items():
        setattr(trial, name, value)
    trial.save(update_fields=["state", "finished_at", *said])
    note(
        "detection.tried",
        subject=trial,
        area=trial.area_id,
        by=by,
        at=at,
        reason=trial.problem,
        state=state,
    )
    publish("alerts", area=trial.area_id)
    return trial


@transaction.atomic
def apply_setting(
    *,
    disease: Disease,
    channel: str,
    method: str,
    options: Mapping[str, Any],
    by: User,
    at: datetime,
    reason: str,
) -> None:
    """Let another setting of a method hold for a disease from today on where this person works.

    It becomes a dated row of the catalogue, whose change is on record with the reason.
    """
    values = {"channel": channel, "area": by.area, "method": method}
    latest = latest_row(disease, "detectors", values)
    surveillance.set_row(
        disease=disease,
        kind="detectors",
        values=values | {"options": dict(options), "source": reason},
        valid_from=timezone.localdate(at),
        seen=latest.pk if latest else None,
        by=by,
        at=at,
        reason=reason,
    )
    note(
        "detection.tuned",
        subject=disease,
        by=by,
        at=at,
        reason=reason,
        channel=channel,
        method=method,
        before=latest.options if latest else None,
        after=dict(options),
    )
