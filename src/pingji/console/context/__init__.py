"""What the frame round every page shows; worked out only when a page draws the frame."""

import time
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone

from pingji.console import queries
from pingji.console.context.rail import GROUND, HOME, LOOP, Stage
from pingji.console.context.tour import steps
from pingji.console.context.words import script_words
from pingji.evaluate.exercises import queries as exercises
from pingji.ground.directory.models import Permission
from pingji.ground.notices.queries import Bell, bell
from pingji.ground.standards.queries import emergencies_seen

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
DENSITY_COOKIE = "density"
DENSITIES = ("roomy", "dense")


class Frame:
    """The frame of one page for one reader."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)

    @property
    def now(self) -> datetime:
        """The server's time, from which the clocks on the page count."""
        return timezone.now()

    @property
    def since(self) -> int:
        """The wall clock's time in milliseconds, by which changes are told to pages."""
        return int(time.time() * 1000)

    @property
    def exercise_here(self) -> bool:
        """Whether this installation is for exercises."""
        return bool(settings.EXERCISE)

    @cached_property
    def _exercise(self) -> exercises.Exercise | None:
        return exercises.present()

    @property
    def pace(self) -> int:
        """How many seconds pass for the program in one; 0 where time stands or cannot be told."""
        return exercises.pace(self._exercise) if self.exercise_here else 1

    @property
    def pace_said(self) -> str:
        """The same in words."""
        return exercises.said_pace(self._exercise)

    @cached_property
    def tour(self) -> list[dict[str, str]]:
        """The steps of the guided tour; none where things are real."""
        if not self.exercise_here or not getattr(self.user, "is_authenticated", False):
            return []
        return steps(self.user)

    @property
    def directs(self) -> bool:
        """Whether this reader may set an exercise's speed and say who plays which role."""
        user = self.user
        if not self.exercise_here or user is None or not user.is_authenticated:
            return False
        return bool(user.holds(Permission.EXERCISE_DIRECT))

    @property
    def zone(self) -> str:
        """The county's time zone."""
        return settings.TIME_ZONE

    @property
    def theme(self) -> str:
        """Light, unless the reader chose dark."""
        return self._chosen(THEME_COOKIE, THEMES)

    @property
    def density(self) -> str:
        """How close the rows of tables stand: with room, unless the reader chose dense."""
        return self._chosen(DENSITY_COOKIE, DENSITIES)

    def _chosen(self, name: str, known: tuple[str, ...]) -> str:
        choice = self.request.COOKIES.get(name, "")
        return choice if choice in known else known[0]

    @cached_property
    def icons(self) -> str:
        """The file of icons; a page shows dozens and asks for its hashed name once."""
        return static("console/icons.svg")

    @cached_property
    def words(self) -> dict[str, str]:
        """The words the scripts show."""
        return script_words()

    @cached_property
    def loop(self) -> list[dict[str, Any]]:
        """The stages of the loop that have a screen for this reader."""
        return self._stages((HOME, *LOOP))

    @cached_property
    def ground(self) -> list[dict[str, Any]]:
        """What stands beside the loop."""
        return self._stages(GROUND)

    @cached_property
    def screens(self) -> list[dict[str, Any]]:
        """The screens of the stage the reader is in, when it has more than one."""
        here = next((s for s in [*self.loop, *self.ground] if s["current"]), None)
        return here["screens"] if here and len(here["screens"]) > 1 else []

    @cached_property
    def _emergencies(self) -> list[str]:
        """The areas in emergency in, around and inside the reader's."""
        if not getattr(self.user, "is_authenticated", False):
            return []
        return [spell.area_id for spell in emergencies_seen(self.user.area_id, self.now)]

    @cached_property
    def mode(self) -> str:
        """Whether the reader's area, or one that contains it, is in emergency, or in peace."""
        inside = any(self.user.area_id.startswith(code) for code in self._emergencies)
        return "emergency" if inside else "peace"

    @cached_property
    def emergencies(self) -> int:
        """How many places inside the reader's area are in emergency while it is in peace."""
        return 0 if self.mode == "emergency" else len(self._emergencies)

    @cached_property
    def tasks(self) -> dict[str, int]:
        """How many things wait for this reader, and how many of them are late."""
        return queries.task_counts(self.user, at=self.now)

    @cached_property
    def bell(self) -> Bell:
        """How many notices wait for this reader's acknowledgement."""
        return bell(self.user)

    def _stages(self, stages: tuple[Stage, ...]) -> list[dict[str, Any]]:
        offered = []
        for stage in stages:
            screens = [
                {"url": screen.url, "label": screen.label, "beginning": screen.beginning}
                for screen in stage.screens
                if screen.offered_to(self.user)
            ]
            if screens:
                offered.append({"key": stage.key, "label": stage.label, "screens": screens})
        return self._mark_current(offered)

    def _mark_current(self, stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Mark the screen whose address is the longest beginning of the page's own."""
        path = self.request.path
        every = [screen for stage in stages for screen in stage["screens"]]
        fitting = [
            screen
            for screen in every
            if path in (screen["url"], screen["beginning"])
            or (screen["beginning"] != "/" and path.startswith(screen["beginning"]))
        ]
        best = max(fitting, key=lambda screen: len(screen["beginning"]), default=None)
        for stage in stages:
            for screen in stage["screens"]:
                screen["current"] = screen is best
            stage["current"] = any(screen["current"] for screen in stage["screens"])
            stage["url"] = stage["screens"][0]["url"]
        return stages


def console(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: the frame, as `console`."""
    return {"console": Frame(request)}
