"""Where things lie: only the agreed files, keys that point back, doors that stay shut."""

import ast
import subprocess

import pytest
from django.apps import apps as registry
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from pingji.config import messages
from tests.architecture.source import (
    FLOORS,
    PARTS_OF_AN_APP,
    ROOT,
    SOURCE,
    apps,
    imports,
    inside,
    modules,
)

LONGEST_FILE = 500
# Public functions of the analysis library that are no method, each with its reason.
NO_METHOD = {
    "in_blocks": "hands a detector some of the series at a time; nothing is computed",
    "reporting_triangle": "arranges case lines by day and delay; nothing is computed",
}
FRONT_DOOR = ("models", "queries", "actions")
# Folders of an app that hold no code, and what may lie in them.
FOLDERS = {
    "data": (".toml", ".csv", ".json", ".xlsx", ".md", ".typ"),
    "locale": (".po", ".mo"),
    "migrations": (".py",),
    "plans": (".toml",),
    "profiles": (".toml", ".csv"),
    "static": (".css", ".js", ".svg"),
    "templates": (".html", ".txt"),
    "tests": (".py", ".html", ".csv", ".xlsx", ".toml", ".json", ".geojson"),
}
# Files beside the agreed ones, each with its reason.
BESIDE = {
    "ground/standards/vocabulary.toml": "the words of a promise in both languages",
}
# The console has no tables; its pages share what every page shows.
CONSOLE_PARTS = ("apps", "context", "queries", "rules", "urls", "views")


def misplaced(app, parts):
    """Files of an app that nobody agreed on."""
    for path in sorted(app.iterdir()):
        name = path.name.removesuffix(".py")
        if path.name in ("__pycache__", "__init__.py") or inside(path) in BESIDE:
            continue
        if path.is_dir() and path.name in FOLDERS:
            for file in path.rglob("*"):
                strange = file.suffix not in FOLDERS[path.name]
                made = "__pycache__" in file.parts or "static/vendor" in inside(file)
                if file.is_file() and strange and not made:
                    yield inside(file)
        elif name not in parts or (path.is_dir() and not (path / "__init__.py").exists()):
            yield inside(path)


@pytest.mark.parametrize("app", apps(), ids=inside)
def test_an_app_holds_the_agreed_files_and_only_those(app):
    assert list(misplaced(app, PARTS_OF_AN_APP)) == []
    assert {"apps.py", "tests"} <= {path.name for path in app.iterdir()}


def test_the_console_holds_pages_and_no_tables():
    assert list(misplaced(SOURCE / "console", CONSOLE_PARTS)) == []


def test_templates_lie_under_the_name_of_their_app():
    strange = [
        inside(path)
        for path in SOURCE.glob("**/templates/*")
        if path.name != path.parents[1].name and "tests" not in path.parts
    ]
    assert strange == []


def test_nothing_is_called_core_common_utils_or_helpers():
    drawers = {"core", "common", "utils", "util", "helpers", "helper", "misc", "services"}
    found = [inside(p) for p in SOURCE.rglob("*") if p.name.removesuffix(".py") in drawers]
    assert [name for name in found if "/static/vendor/" not in name] == []


def test_no_file_outgrows_its_reader():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src", "tests", "bench"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    kinds = (".py", ".html", ".css", ".js")
    paths = [ROOT / name for name in listed if name.endswith(kinds) and "/migrations/" not in name]
    if not paths:  # a copy of the source without its history
        paths = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
        if path.exists()
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def floor_of(model):
    """On which floor of the loop a table lies; everything of Django's lies below the ground."""
    name = model._meta.app_config.name.split(".")
    return FLOORS.index(name[1]) if name[0] == "pingji" else -1


def own_models():
    return [m for m in registry.get_models() if m._meta.app_config.name.startswith("pingji.")]


@pytest.mark.parametrize("model", own_models(), ids=lambda m: m._meta.label)
def test_keys_point_back_along_the_loop(model):
    links = (ForeignKey, OneToOneField, ManyToManyField)
    for field in model._meta.get_fields():
        if isinstance(field, links):
            assert floor_of(field.related_model) <= floor_of(model), field.name


def test_of_another_app_only_models_queries_and_actions_are_open():
    breaches = []
    for path, tree in modules():
        place = inside(path).split("/")
        if place[0] in ("config", "analysis"):  # config puts the apps together
            continue
        here = ".".join(["pingji", *place[:2]])
        for line, name in imports(tree):
            steps = name.split(".")
            if len(steps) < 4 or steps[0] != "pingji" or steps[1] not in FLOORS:
                continue
            if ".".join(steps[:3]) != here and steps[3] not in FRONT_DOOR:
                breaches.append(f"{inside(path)}:{line} {name}")
    assert breaches == []


def test_nobody_listens_to_signals():
    breaches = [
        f"{inside(path)}:{line} {name}"
        for path, tree in modules()
        for line, name in imports(tree)
        if "signals" in name.split(".") or name.startswith("django.dispatch")
    ]
    assert breaches == []


def test_nobody_prints_but_the_command_line():
    breaches = [
        f"{inside(path)}:{node.lineno}"
        for path, tree in modules()
        if not inside(path).startswith("config/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert breaches == []


def test_the_clock_is_read_at_the_edge():
    clocks = {"timezone.now", "datetime.now", "date.today", "time.time", "timezone.localdate"}
    # The moment of writing is a fact of its own beside the moment of happening.
    allowed = {"ground/record/actions/trail.py", "ground/record/actions/jobs.py"}
    breaches = [
        f"{inside(path)}:{node.lineno} {ast.unparse(node)}"
        for app in apps()
        for path, tree in modules(folder=app)
        if inside(path).split("/")[2].removesuffix(".py")
        in ("actions", "rules", "queries", "models")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in clocks
        and not node.args
        and inside(path) not in allowed
    ]
    assert breaches == []


def test_every_string_has_its_chinese():
    assert messages.missing() == []


def public_functions(package):
    names = getattr(package, "__all__", None) or [n for n in vars(package) if not n.startswith("_")]
    found = {name: getattr(package, name) for name in names}
    return {n: f for n, f in found.items() if callable(f) and not isinstance(f, type)}


@pytest.mark.parametrize("stage", ["detect", "estimate"])
def test_every_method_of_the_analysis_library_names_its_source(stage):
    import importlib

    methods = public_functions(importlib.import_module(f"pingji.analysis.{stage}"))
    assert methods
    silent = [
        name
        for name, method in methods.items()
        if name not in NO_METHOD and "Source:" not in (method.__doc__ or "")
    ]
    assert silent == []
