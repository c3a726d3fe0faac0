"""Direct an exercise: let time stand or go on, set its speed, say which roles people play."""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.moments import A_MINUTE, next_of
from pingji.evaluate.exercises.rules import control as rules
from pingji.ground.directory.models import User
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards

State = Exercise.State


def pause(*, exercise: Exercise, by: User, at: datetime) -> Exercise:
    """Let time stand; pages go on to work."""
    return _move(exercise, State.PAUSED, by=by, at=at)


def resume(*, exercise: Exercise, by: User, at: datetime) -> Exercise:
    """Let time go on."""
    return _move(exercise, State.RUNNING, by=by, at=at)


@transaction.atomic
def finish(*, exercise: Exercise, by: User, at: datetime) -> Exercise:
    """End it; done by the machine when the last moment is reached, or earlier by who directs it."""
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    if exercise.state == State.FINISHED:
        return exercise
    if by != User.objects.system():
        rules.check_can_move(by, exercise, State.FINISHED)

    return _become(exercise, State.FINISHED, by=by, at=at)


@transaction.atomic
def _move(exercise: Exercise, to: str, *, by: User, at: datetime) -> Exercise:
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_can_move(by, exercise, to)

    return _become(exercise, to, by=by, at=at)


def _become(exercise: Exercise, to: str, *, by: User, at: datetime) -> Exercise:
    """Change the state and put it on record; a step that was going on is over."""
    exercise.state, exercise.stops_at = to, None
    exercise.save(update_fields=["state", "stops_at"])
    note(f"exercise.{to}", subject=exercise, by=by, at=at)
    publish("exercise", area=exercise.area_id)
    return exercise


@transaction.atomic
def set_speed(*, exercise: Exercise, speed: int, by: User, at: datetime) -> Exercise:
    """Say how fast time goes: seconds of the exercise in one second; 0 as fast as possible."""
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_can_change(by, exercise)
    rules.check_speed(speed)

    exercise.speed, exercise.stops_at = speed, None
    exercise.save(update_fields=["speed", "stops_at"])
    note("exercise.speed_set", subject=exercise, by=by, at=at, speed=speed)
    publish("exercise", area=exercise.area_id)
    return exercise


@transaction.atomic
def step(*, exercise: Exercise, step: str, by: User, at: datetime) -> Exercise:
    """Move time on by a step, as fast as possible; then it stands.

    Args:
        exercise: The exercise; time may stand or go on.
        step: "event", "hour" or "day".
        by: Who directs the exercise.
        at: The moment it has reached.

    Raises:
        Refused: There is no such step, the exercise is over, or the user may not direct it.
    """
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_can_change(by, exercise)
    rules.check_step(step)

    length = rules.STEPS[step]
    to = next_of(exercise) if length is None else exercise.moment + length
    exercise.state = State.RUNNING
    exercise.stops_at = min(max(to, exercise.moment + A_MINUTE), exercise.ends_at)
    exercise.save(update_fields=["state", "stops_at"])
    note("exercise.stepped", subject=exercise, by=by, at=at, step=step)
    publish("exercise", area=exercise.area_id)
    return exercise


@transaction.atomic
def stop_after_step(*, exercise: Exercise, by: User, at: datetime) -> Exercise:
    """Let time stand where a step ends, unless somebody let it go on meanwhile; by the machine."""
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_is_for_exercises()
    if exercise.state != State.RUNNING or not exercise.has_stepped:
        return exercise

    return _become(exercise, State.PAUSED, by=by, at=at)


@transaction.atomic
def take_role(*, exercise: Exercise, role: str, by: User, at: datetime) -> Exercise:
    """Have people play a role: the machine leaves it alone from now on."""
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_can_change(by, exercise)
    rules.check_role(role)
    if role in exercise.people_play:
        return exercise

    exercise.people_play = sorted({*exercise.people_play, role})
    exercise.save(update_fields=["people_play"])
    note("exercise.role_taken", subject=exercise, by=by, at=at, role=role)
    publish("exercise", area=exercise.area_id)
    return exercise


@transaction.atomic
def give_role(*, exercise: Exercise, role: str, by: User, at: datetime) -> Exercise:
    """Have the machine play a role again."""
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_can_change(by, exercise)
    rules.check_role(role)
    if role not in exercise.people_play:
        return exercise

    exercise.people_play = [one for one in exercise.people_play if one != role]
    exercise.save(update_fields=["people_play"])
    note("exercise.role_given", subject=exercise, by=by, at=at, role=role)
    publish("exercise", area=exercise.area_id)
    return exercise


@transaction.atomic
def play_by_plan(*, county: str, plan: str, by: User, at: datetime) -> None:
    """Have a county be held to a plan, another county's too, so that plans can be compared.

    Raises:
        Refused: This installation is for work, or there is no such plan.
    """
    rules.check_is_for_exercises()
    standards.hold_to(code=county, plan=plan, by=by, at=at)


@transaction.atomic
def ask_checkpoint(*, exercise: Exercise, by: User, at: datetime) -> None:
    """Have the driver keep the exercise as it stands, so that it can be turned back to here."""
    rules.check_can_direct(by)

    note("exercise.checkpoint_asked", subject=exercise, by=by, at=at)
    transaction.on_commit(lambda: ask_driver("checkpoint"))


@transaction.atomic
def ask_rewind(*, exercise: Exercise, name: str, by: User, at: datetime) -> None:
    """Have the driver turn the exercise back to a checkpoint; what came after it is gone."""
    rules.check_can_direct(by)

    note("exercise.rewind_asked", subject=exercise, by=by, at=at, name=name)
    transaction.on_commit(lambda: ask_driver("rewind", name=name))


@transaction.atomic
def turned_back(
    *, exercise: Exercise, name: str, sessions: Sequence[Session], by: User, at: datetime
) -> Exercise:
    """After the exercise was turned back: time stands, and whoever was signed in stays so.

    Args:
        exercise: As it was at the checkpoint.
        name: Of the checkpoint.
        sessions: Who was signed in just before.
        by: The machine's own user.
        at: The moment of the checkpoint.
    """
    exercise = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    rules.check_is_for_exercises()

    Session.objects.bulk_create(sessions, ignore_conflicts=True)
    exercise.state, exercise.stops_at = State.PAUSED, None
    exercise.save(update_fields=["state", "stops_at"])
    note("exercise.turned_back", subject=exercise, by=by, at=at, name=name)
    publish("exercise", area=exercise.area_id)
    return exercise


def ask_driver(what: str, **given: Any) -> Path:
    """Leave the driver a note; it is gone when that is done.

    A file, because the driver answers while nobody is connected to the database.
    """
    folder = Path(settings.EXERCISE_REQUESTS)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.time_ns()}.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"what": what} | given), encoding="utf-8")
    draft.rename(path)
    return path
