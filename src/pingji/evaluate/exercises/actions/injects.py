"""What those who direct the exercise bring in: messages, posts of the public, absences, outages."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.rules import scenario as scenarios
from pingji.evaluate.exercises.rules.scenario import Scenario
from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role, User
from pingji.ground.notices import actions as notices
from pingji.monitor.opinion import actions as opinion

Outcome = tuple[str, str]
PLATFORMS = ("微博", "抖音", "论坛", "微信公众号")
APART = timedelta(minutes=7)  # between the same thing said by several people


def plan(exercise: Exercise) -> None:
    """Put the scenario's injects on the agenda.

    Args:
        exercise: The exercise, at its beginning.
    """
    scenario = Scenario.model_validate(exercise.scenario)
    Due.objects.bulk_create(
        Due(
            kind="inject",
            key=str(number),
            area_id=getattr(one, "township", exercise.area_id),
            at=scenario.moment(one),
            payload={"inject": number, **_words(one)},
        )
        for number, one in enumerate(scenario.injects)
    )


def _words(inject: scenarios.Timed) -> dict[str, str]:
    """What a message says: the agenda calls it by its words."""
    if not isinstance(inject, scenarios.Message):
        return {}
    return {"text": inject.text, "text_en": inject.text_en}


def happen(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """Bring in what the scenario says happens now."""
    scenario = Scenario.model_validate(exercise.scenario)
    inject = scenario.injects[due.payload["inject"]]
    return HAPPEN[type(inject)](exercise, due, inject, at)


def _message(exercise: Exercise, due: Due, inject: scenarios.Message, at: datetime) -> Outcome:
    """Tell everybody of some roles something, from a role or from those who direct the exercise."""
    sender = User.objects.system()
    if inject.sender is not None:
        sender = _somebody(inject.sender, exercise.area_id)
    notices.notify(
        kind="exercise_message",
        subject=due,
        area=exercise.area,
        roles=inject.to,
        by=sender,
        at=at,
        exercise=True,
        clock=False,
    )
    return in_both(
        lambda: (
            _("Message to %(roles)s: %(text)s")
            % {"roles": _(", ").join(str(Role(role).label) for role in inject.to), "text": due}
        )
    )


def _post(exercise: Exercise, due: Due, inject: scenarios.Post, at: datetime) -> Outcome:
    """What the public writes, found and handed in by the press office."""
    by = _somebody(Role.PRESS_OFFICER, exercise.area_id)
    posts = [
        {
            "source": PLATFORMS[number % len(PLATFORMS)],
            "key": f"{due.kind}-{due.key}-{number}",
            "author": f"网友{number + 1}",
            "text": inject.text if number == 0 else f"转发：{inject.text}",
            "posted_at": timezone.localtime(at - (inject.times - number) * APART).isoformat(),
        }
        for number in range(inject.times)
    ]
    content = "\n".join(json.dumps(post, ensure_ascii=False) for post in posts).encode()
    opinion.hand_in(name=f"演练-{due.key}.jsonl", content=content, by=by, at=at)
    return in_both(
        lambda: (
            _("%(number)s posts of the public about %(area)s: %(text)s")
            % {"number": inject.times, "area": due.area.label, "text": inject.text}
        )
    )


def _infect(exercise: Exercise, due: Due, inject: scenarios.Infect, at: datetime) -> Outcome:
    """The outbreak was told at the beginning of the day; the journal says so."""
    return in_both(
        lambda: (
            _("%(number)s people infected from outside in %(area)s")
            % {"number": inject.people, "area": due.area.label}
        )
    )


def _absent(exercise: Exercise, due: Due, inject: scenarios.Absent, at: datetime) -> Outcome:
    """From now on nobody plays a role: what it would do was put off when it was planned."""
    until = at + timedelta(hours=inject.hours)
    return in_both(
        lambda: (
            _("%(role)s is away until %(until)s")
            % {"role": Role(inject.role).label, "until": _said(until)}
        )
    )


def _outage(exercise: Exercise, due: Due, inject: scenarios.Outage, at: datetime) -> Outcome:
    """From now on places cannot report; what they would report was put off when it was planned."""
    towns = Area.objects.filter(code__in=inject.townships or [exercise.area_id])
    until = at + timedelta(hours=inject.hours)
    return in_both(
        lambda: (
            _("No reports from %(areas)s until %(until)s")
            % {
                "areas": _(", ").join(town.label for town in towns.order_by("code")),
                "until": _said(until),
            }
        )
    )


def _said(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def _somebody(role: str, area: str) -> User:
    """Somebody of a role in the county, always the same one."""
    people = User.objects.people().filter(is_active=True, role=role, area__code__startswith=area)
    found = people.order_by("username").first()
    if found is None:
        raise Refused(_("Nobody here is “%(role)s” and may do this.") % {"role": Role(role).label})
    return found


HAPPEN: dict[type, Callable[..., Outcome]] = {
    scenarios.Message: _message,
    scenarios.Post: _post,
    scenarios.Infect: _infect,
    scenarios.Absent: _absent,
    scenarios.Outage: _outage,
}
HANDLERS = {"inject": happen}
