"""Who may direct an exercise, how fast it goes, and who may look behind it."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pingji.evaluate.exercises.models import Exercise
from pingji.ground import Refused
from pingji.ground.directory.models import Permission, Role, User

State = Exercise.State
# Seconds of the exercise in one second, and how that is said; 0 is as fast as the machine can.
SPEEDS = {
    60: gettext_lazy("1 minute a second"),
    600: gettext_lazy("10 minutes a second"),
    3600: gettext_lazy("1 hour a second"),
    0: gettext_lazy("As fast as possible"),
}
# How far time is moved on by a step; None is as far as to whatever happens next.
STEPS: dict[str, timedelta | None] = {
    "event": None,
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
SAID_STEPS = {
    "event": gettext_lazy("To the next event"),
    "hour": gettext_lazy("One hour on"),
    "day": gettext_lazy("One day on"),
}
# The table is the state machine.
MOVES: dict[str, set[str]] = {
    State.RUNNING: {State.PAUSED, State.FINISHED},
    State.PAUSED: {State.RUNNING, State.FINISHED},
    State.FINISHED: set(),
}


def check_is_for_exercises() -> None:
    """Raise Refused in an installation for work."""
    if not settings.EXERCISE:
        raise Refused(_("This installation is for work: nothing can be played in it."))


def check_can_direct(user: User) -> None:
    """Raise Refused unless the user's role directs exercises, and this is a place for them."""
    if not user.holds(Permission.EXERCISE_DIRECT):
        raise Refused(_("Only a leader, a duty officer or an administrator directs an exercise."))
    check_is_for_exercises()


def check_can_move(user: User, exercise: Exercise, to: str) -> None:
    """Raise Refused unless the user may pause, go on with or end an exercise as it stands."""
    check_can_direct(user)
    if to not in MOVES[State(exercise.state)]:
        raise Refused(
            _("The exercise is %(state)s; that cannot be done now.")
            % {"state": exercise.get_state_display().lower()}
        )


def check_can_change(user: User, exercise: Exercise) -> None:
    """Raise Refused unless the user may still change how an exercise is played."""
    check_can_direct(user)
    if exercise.state == State.FINISHED:
        raise Refused(_("The exercise is over; turn it back to a checkpoint to go on with it."))


def check_speed(speed: int) -> None:
    """Raise Refused unless a speed is one of those there are."""
    if speed not in SPEEDS:
        raise Refused(_("Choose one of the speeds."), field="speed")


def check_step(step: str) -> None:
    """Raise Refused unless a step is one of those there are."""
    if step not in STEPS:
        raise Refused(_("Choose one of the steps."), field="step")


def check_role(role: str) -> None:
    """Raise Refused unless there is such a role."""
    if role not in Role.values:
        raise Refused(_("There is no such role."), field="role")


def check_can_look_behind(user: User, exercise: Exercise) -> None:
    """Raise Refused unless the user may see what will come and what nature did.

    Whoever plays a role would know what to find out: the reports in the program are all they have.
    Administrators prepare the exercise and may.
    """
    check_can_direct(user)
    if user.role in exercise.people_play and user.role != Role.ADMINISTRATOR:
        raise Refused(
            _("People play your role: what will come, and what is not reported, is hidden from it.")
        )


def said_speed(speed: int) -> str:
    """A speed in words; a scenario may have one of its own."""
    if speed in SPEEDS:
        return str(SPEEDS[speed])
    return pgettext("speed", "%(n)s seconds a second") % {"n": speed}
