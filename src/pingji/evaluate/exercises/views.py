"""The page from which an exercise is directed, and the mark on every page."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pingji.evaluate.exercises import actions, queries
from pingji.evaluate.exercises.forms import CheckpointForm, RoleForm, SpeedForm, StepForm
from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.rules import control as rules
from pingji.ground import Refused, may
from pingji.ground.directory.models import Permission


def _present(request: HttpRequest) -> Exercise:
    """The exercise, for somebody of its own county."""
    exercise = queries.present()
    if exercise is None or not Exercise.objects.visible_to(request.user).exists():
        raise Http404
    return exercise


@login_required
@require_GET
def control(request: HttpRequest) -> HttpResponse:
    """How far the exercise is, who plays what, what came and what comes."""
    if not request.user.holds(Permission.EXERCISE_DIRECT):
        rules.check_can_direct(request.user)
    exercise = queries.present()
    if exercise is None or not Exercise.objects.visible_to(request.user).exists():
        return render(request, "exercises/none.html", {"here": settings.EXERCISE})
    behind = may(rules.check_can_look_behind, request.user, exercise)
    return render(
        request,
        "exercises/control.html",
        {
            "exercise": exercise,
            "english": (request.LANGUAGE_CODE or "").startswith("en"),
            "day": queries.day_of(exercise),
            "days": queries.days_in_all(exercise),
            "speeds": rules.SPEEDS.items(),
            "steps": rules.SAID_STEPS.items(),
            "said_pace": queries.said_pace(exercise),
            "roles": queries.roles(exercise),
            "behind": behind,
            "coming": queries.coming(request.user) if behind else [],
            "done": queries.done(request.user) if behind else [],
            "checkpoints": queries.checkpoints(),
            "over": exercise.state == Exercise.State.FINISHED,
            "paused": exercise.state == Exercise.State.PAUSED,
        },
    )


@login_required
@require_GET
def mark(request: HttpRequest) -> HttpResponse:
    """The mark in the head: that this is an exercise, and its moment."""
    if not settings.EXERCISE:
        raise Http404
    return render(request, "console/exercise_mark.html")


@login_required
@require_GET
def tour(request: HttpRequest, what: str) -> HttpResponse:
    """The row that the guided tour shows: the latest there is, else the list where it will be."""
    place = queries.shown_on_tour(request.user, what)
    if place is None:
        raise Http404
    return redirect(place)


@login_required
@require_GET
def curve(request: HttpRequest) -> HttpResponse:
    """What nature did and what was reported, for the chart component."""
    exercise = _present(request)
    rules.check_can_look_behind(request.user, exercise)
    return JsonResponse(queries.curve(exercise))


def _done(request: HttpRequest, act: Callable[[Exercise], object], said: str = "") -> HttpResponse:
    """Do it, say a refusal on the page, and show the page again."""
    rules.check_can_direct(request.user)
    try:
        act(_present(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if said:
            messages.success(request, said)
    return redirect("exercises:control")


@login_required
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Let time stand."""
    return _done(
        request,
        lambda one: actions.pause(exercise=one, by=request.user, at=timezone.now()),
    )


@login_required
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let time go on."""
    return _done(
        request,
        lambda one: actions.resume(exercise=one, by=request.user, at=timezone.now()),
    )


@login_required
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """End the exercise."""
    return _done(
        request,
        lambda one: actions.finish(exercise=one, by=request.user, at=timezone.now()),
    )


@login_required
@require_POST
def speed(request: HttpRequest) -> HttpResponse:
    """Set how fast time goes, and let it go on."""
    form = SpeedForm(request.POST)

    def act(one: Exercise) -> None:
        if not form.is_valid():
            raise Refused(_("Choose one of the speeds."))
        chosen = form.cleaned_data["speed"]
        actions.set_speed(exercise=one, speed=chosen, by=request.user, at=timezone.now())
        if one.state == Exercise.State.PAUSED:
            actions.resume(exercise=one, by=request.user, at=timezone.now())

    return _done(request, act)


@login_required
@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """Move time on by a step."""
    form = StepForm(request.POST)

    def act(one: Exercise) -> None:
        if not form.is_valid():
            raise Refused(_("Choose one of the steps."))
        chosen = form.cleaned_data["step"]
        actions.step(exercise=one, step=chosen, by=request.user, at=timezone.now())

    return _done(request, act)


@login_required
@require_POST
def role(request: HttpRequest) -> HttpResponse:
    """Say whether people or the machine play a role."""
    form = RoleForm(request.POST)

    def act(one: Exercise) -> None:
        if not form.is_valid():
            raise Refused(_("There is no such role."))
        change = actions.take_role if form.cleaned_data["player"] == "people" else actions.give_role
        change(exercise=one, role=form.cleaned_data["role"], by=request.user, at=timezone.now())

    return _done(request, act)


@login_required
@require_POST
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Keep the exercise as it stands."""
    return _done(
        request,
        lambda one: actions.ask_checkpoint(exercise=one, by=request.user, at=timezone.now()),
        _("The checkpoint is being made; the pages are away for a few seconds."),
    )


@login_required
@require_POST
def rewind(request: HttpRequest) -> HttpResponse:
    """Turn the exercise back."""
    form = CheckpointForm(request.POST)

    def act(one: Exercise) -> None:
        known = {row["name"] for row in queries.checkpoints()}
        if not form.is_valid() or form.cleaned_data["name"] not in known:
            raise Refused(_("There is no such checkpoint."))
        name = form.cleaned_data["name"]
        actions.ask_rewind(exercise=one, name=name, by=request.user, at=timezone.now())

    return _done(
        request,
        act,
        _("The exercise is being turned back; the pages are away for a few seconds."),
    )
