"""The first start: areas, plans, catalogues, and the demo county when it is wanted."""

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone, translation

from pingji.config.cli.language import language, say
from pingji.config.places import for_exercises, home

if TYPE_CHECKING:
    from pingji.ground.standards.rules.faults import ProfileProblem
    from pingji.ground.standards.rules.profile import ProfileFile

DEMO_PASSWORD_FILE = "demo-password"  # noqa: S105 - the name of a file


class BeginningProblem(Exception):
    """The first start cannot go on; the message says what to mend."""


def read_profile(name: str) -> "ProfileFile":
    """The plan a start asks for: one that ships with the program, or a file.

    Raises:
        BeginningProblem: If there is none of that name, or with one line for each of its faults.
    """
    from pingji.ground.standards.rules.faults import ProfileProblem
    from pingji.ground.standards.rules.profile import load_profile_file, shipped_profiles

    shipped = shipped_profiles()
    path = shipped.get(name) or Path(name)
    if not path.exists():
        raise BeginningProblem(
            say(
                f"没有名为“{name}”的方案。可选：{'、'.join(shipped)}，或方案文件的路径。",
                f"no plan “{name}”. There are {', '.join(shipped)}, or the path of a file.",
            )
        )
    try:
        plan = load_profile_file(path)
    except ProfileProblem as problem:
        raise BeginningProblem(_faults(problem)) from problem
    if not plan.profile.areas:
        raise BeginningProblem(
            say(
                f"{path.name}：方案没有写明辖区（profile.areas），不能用来启动。",
                f"{path.name}: the plan names no area (profile.areas) and cannot be started with.",
            )
        )
    return plan


def _faults(problem: "ProfileProblem") -> str:
    return "\n".join(fault.told(language()) for fault in problem.problems)


def fill(*, profile: str, demo: bool) -> None:
    """Load what every installation needs, and the demo county once. Safe to run again."""
    from pingji.ground import Refused
    from pingji.ground.standards.rules.faults import ProfileProblem
    from pingji.ground.standards.rules.profile import shipped_profiles

    chosen = read_profile(profile)
    own = None if profile in shipped_profiles() else Path(profile)
    now = timezone.now()
    try:
        load(areas=chosen.profile.areas, at=now, own_plan=own)
    except ProfileProblem as problem:
        raise BeginningProblem(_faults(problem)) from problem
    except Refused as refused:
        with translation.override("zh-hans" if language() == "zh" else "en"):
            raise BeginningProblem(str(refused)) from refused
    if demo:
        _demo(chosen.profile.areas, now)


def load(*, areas: list[str] | tuple[str, ...], at: datetime, own_plan: Path | None = None) -> None:
    """Load what every installation needs: areas, plans, catalogues and the cells of the map.

    Args:
        areas: The areas of the plan that is started with.
        at: Now.
        own_plan: The file of a plan that does not ship with the program.
    """
    from pingji.ground.directory import actions as directory
    from pingji.ground.directory.models import Area
    from pingji.ground.standards import actions as standards
    from pingji.monitor.surveillance import actions as surveillance
    from pingji.respond.incidents import actions as incidents

    with transaction.atomic():
        if not Area.objects.exists():
            directory.load_areas(at=at)
        system = directory.ensure_system_user(area_code=_root(areas), at=at)
        directory.load_areas(by=system, at=at)
        standards.load_shipped_profiles(by=system, at=at)
        if own_plan is not None:
            standards.load_profile(file=own_plan, by=system, at=at)
        surveillance.load_diseases(by=system, at=at)
        surveillance.load_symptoms(by=system, at=at)
        surveillance.load_sentinel_types(by=system, at=at)
        incidents.load_plans(by=system, at=at)
    for code in areas:
        directory.draw_schematic_cells(area_code=code, by=system, at=at)


def _root(areas: list[str] | tuple[str, ...]) -> str:
    """The smallest area around all of a plan's counties: the machine's own sight."""
    return os.path.commonprefix(list(areas))[:2]


def _demo(areas: list[str] | tuple[str, ...], now: datetime) -> None:
    from pingji.config import demo
    from pingji.ground.directory.models import User

    if User.objects.exclude(username="system").exists():
        return  # somebody is here already: a real county, or the demo made before
    password = secrets.token_hex(4)
    path = home() / DEMO_PASSWORD_FILE
    path.touch(mode=0o600)
    path.write_text(password)
    with transaction.atomic():  # all of it or nothing: a killed first start begins anew
        demo.make(areas=list(areas), at=now, password=password, living=for_exercises())


def sign_ins() -> list[str]:
    """The demo sign-ins, one line each; none for an installation without the demo."""
    from pingji.ground.directory.models import User

    path = home() / DEMO_PASSWORD_FILE
    if not path.exists():
        return []
    with translation.override("zh-hans" if language() == "zh" else "en"):
        people = [
            f"{user.username:<14} {user.get_role_display()}"
            for user in User.objects.filter(is_active=True, demo=True).order_by("pk")
        ]
    return [
        say(
            f"演示账号(口令均为 {path.read_text()})：",
            f"demo sign-ins (all with the password {path.read_text()}):",
        ),
        *people,
    ]
