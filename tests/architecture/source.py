"""The project's own source, read once for all guards."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "pingji"
ROOT = SOURCE.parents[1]
FLOORS = ("ground", "monitor", "warn", "respond", "dispatch", "evaluate")
PARTS_OF_AN_APP = (
    "actions",
    "admin",
    "api",
    "apps",
    "forms",
    "models",
    "queries",
    "rules",
    "tasks",
    "urls",
    "views",
)


def inside(path: Path) -> str:
    """A file's place as the guards speak of it: `warn/alerts/views.py`."""
    return path.relative_to(SOURCE).as_posix()


def apps() -> list[Path]:
    """The folder of every app on the floors of the loop."""
    return sorted(
        child
        for floor in FLOORS
        if (SOURCE / floor).is_dir()
        for child in (SOURCE / floor).iterdir()
        if child.is_dir() and (child / "__init__.py").exists()
    )


def is_test(path: Path) -> bool:
    """Whether a file only runs in tests."""
    return "tests" in path.parts or path.name == "testing.py"


def modules(*, folder: Path = SOURCE) -> Iterator[tuple[Path, ast.Module]]:
    """Every module that runs in the program: no tests, no migrations."""
    for path in sorted(folder.rglob("*.py")):
        if not is_test(path) and "migrations" not in path.parts:
            yield path, parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def part(path: Path) -> str:
    """Which part of its app a module belongs to: "views", "actions" … ; "" outside of them."""
    steps = inside(path).removesuffix(".py").split("/")
    depth = 1 if steps[0] in ("console", "config") else 2
    return steps[depth] if len(steps) > depth else ""


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, names taken from modules included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
