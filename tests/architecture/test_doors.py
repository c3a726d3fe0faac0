"""Who may reach rows, who may change them, and that every change is on record."""

import ast
import importlib
import inspect
import re

import pytest

from pingji.ground.record.models import KINDS
from tests.architecture.source import SOURCE, apps, inside, modules, part

WRITES = {
    "save",
    "asave",
    "create",
    "acreate",
    "update",
    "aupdate",
    "delete",
    "adelete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
# Calls outside actions that bear such a name and change no row.
CHANGES_NO_ROW = {
    "config/assets.py: venv.create": "makes a Python environment",
    "config/cli/nowcast.py: bar.update": "moves a progress bar",
    "config/running.py: digest.update": "hashes the static files",
}
# Rows that a screen reaches without `visible_to`, each with its reason.
CATALOGUE = "the catalogue is the same for everybody"
PLANS = "contingency plans and their orders are the same for everybody"
NAMES = "names of areas for rows that were fetched through visible_to"
NOT_SCOPED = {
    "console/queries/homes.py: Incident.objects.open": "whether the county is in an emergency, "
    "which every township of it must know; nothing of the incident is shown",
    "console/queries/maps.py: Area.objects.only": NAMES,
    "console/views/pages.py: Disease.objects.all": CATALOGUE,
    "console/views/pages.py: Disease.objects.filter": CATALOGUE,
    "evaluate/scorecard/queries.py: Alert.objects.filter": "channels of alerts whose clocks were "
    "fetched through visible_to",
    "evaluate/scorecard/queries.py: StandardRow.objects.filter": "the plans are public; the rows "
    "are only looked up for their wording",
    "ground/directory/queries/finding.py: Organisation.objects.open": "counts, for an action",
    "ground/directory/queries/outlines.py: Area.objects.under": "an import of outlines, which "
    "only who may edit that area reaches",
    "ground/record/queries.py: Head.objects.first": "the verification walks the whole chain",
    "ground/record/queries.py: Line.objects.filter": "the walk of the chain, and lines about one subject fetched "
    "through visible_to",
    "ground/record/views.py: ProcrastinateJob.objects.exclude": "the machine's jobs, for who may "
    "read the record",
    "ground/record/views.py: ProcrastinateJob.objects.values_list": "likewise",
    "ground/standards/queries/deadlines.py: Deadline.objects.of": "of one subject that was fetched "
    "through visible_to",
    "ground/standards/queries/figures.py: Profile.objects.filter": "rules ask what is in force",
    "ground/standards/queries/figures.py: ProfileArea.objects.filter": "likewise",
    "ground/standards/queries/figures.py: StandardRow.objects.filter": "likewise",
    "ground/standards/queries/figures.py: Task.objects.filter": "likewise",
    "ground/standards/views/plans.py: Area.objects.filter": NAMES,
    "ground/standards/views/plans.py: StandardRow.objects.filter": "rows of profiles that were "
    "fetched through visible_to",
    "monitor/surveillance/forms.py: Disease.objects.all": CATALOGUE,
    "monitor/surveillance/queries.py: Area.objects.in_bulk": NAMES,
    "monitor/surveillance/queries.py: Disease.objects.in_bulk": CATALOGUE,
    "monitor/surveillance/queries.py: Count.objects.filter": "figures of an area that the caller "
    "has fetched through visible_to, and detection by the machine",
    "monitor/surveillance/queries.py: table.objects.filter": "rows of one file, while it is read",
    "monitor/surveillance/views.py: Disease.objects.all": CATALOGUE,
    "monitor/surveillance/views.py: Disease.objects.filter": CATALOGUE,
    "monitor/surveillance/views.py: Disease.objects.prefetch_related": CATALOGUE,
    "respond/incidents/forms.py: Plan.objects.filter": PLANS,
    "respond/incidents/queries.py: Deadline.objects.filter": "clocks of orders that were fetched "
    "through visible_to",
    "respond/incidents/queries.py: Deadline.objects.open": "likewise, inside a query of orders",
    "respond/incidents/queries.py: Organisation.objects.filter": "whom a plan's orders go to",
    "respond/incidents/views/incidents.py: Plan.objects.filter": PLANS,
    "warn/alerts/queries/belongings.py: Deadline.objects.filter": "clocks of alerts that were fetched "
    "through visible_to",
}
SCREENS = ("views", "api", "forms", "queries", "context")
# `none()` reaches nothing; forms use it before they know their user.
SAFE = {"visible_to", "none", "system", "DoesNotExist"}
# Actions that leave no line, each with its reason.
LEAVES_NO_LINE = {
    "pingji.ground.record.actions": "this is the record itself",
}


def outside_actions():
    for path, tree in modules():
        if part(path) != "actions" and not inside(path).startswith("analysis/"):
            yield path, tree


def test_only_actions_change_rows():
    breaches = {}
    for path, tree in outside_actions():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in WRITES:
                what = f"{inside(path)}: {ast.unparse(node.func)}"
                breaches[what] = f"line {node.lineno}"
    assert {w: at for w, at in breaches.items() if w not in CHANGES_NO_ROW} == {}
    assert set(CHANGES_NO_ROW) <= set(breaches), "an exception that nobody needs any more"


def test_nobody_changes_rows_by_sql_outside_actions():
    breaches = []
    for path, tree in outside_actions():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "execute":
                text = " ".join(
                    str(part.value).lower()
                    for argument in node.args
                    for part in ast.walk(argument)
                    if isinstance(part, ast.Constant)
                )
                if text.startswith(("insert", "update", "delete", "truncate", "copy")):
                    breaches.append(f"{inside(path)}:{node.lineno}")
    assert breaches == []


def bare_rows(tree):
    """Every `Model.objects.verb` that is not `visible_to`, and every lookup on a bare model."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in ("objects", "_default_manager", "_base_manager")
            and node.attr not in SAFE
        ):
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("_or_404"):
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id[:1].isupper():
                yield node.lineno, f"{node.func.id}({first.id})"


def test_screens_reach_rows_only_through_visible_to():
    found = {}
    for path, tree in modules():
        place = inside(path).split("/")
        if place[0] in ("config", "analysis") or part(path) not in SCREENS:
            continue
        for line, what in bare_rows(tree):
            found[f"{inside(path)}: {what}"] = f"line {line}"
    assert {w: at for w, at in found.items() if w not in NOT_SCOPED} == {}
    assert set(NOT_SCOPED) <= set(found), "an exception that nobody needs any more"


def calls(node):
    """Names that a piece of code calls or hands on, its own and those of modules."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def reaches_the_record(app):
    """Names of the functions and classes in an app's actions that lead to a line on record."""
    definitions = {}
    for path, tree in modules(folder=app):
        if part(path) == "actions":
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    definitions.setdefault(node.name, set()).update(calls(node))
    reached = {"note", "saw"}
    while True:
        more = {name for name, called in definitions.items() if called & reached} - reached
        if not more:
            return reached
        reached |= more


def front_door():
    """Every public action: its app and itself."""
    for app in apps():
        name = f"pingji.{'.'.join(app.relative_to(SOURCE).parts)}.actions"
        if name in LEAVES_NO_LINE or not (
            (app / "actions.py").exists() or (app / "actions").exists()
        ):
            continue
        module = importlib.import_module(name)
        offered = getattr(module, "__all__", None) or [
            n
            for n, value in vars(module).items()
            if not n.startswith("_")
            and inspect.isfunction(value)
            and inspect.unwrap(value).__module__ == name
        ]
        for action in offered:
            yield pytest.param(app, getattr(module, action), id=f"{app.name}.{action}")


@pytest.mark.parametrize(("app", "action"), list(front_door()))
def test_every_action_is_on_record(app, action):
    assert action.__name__ in reaches_the_record(app)


# The machine's own actions: nobody asks for them, so they say themselves in whose name they act.
BY_THE_MACHINE = {"sweep_deadlines", "read_file", "ensure_system_user", "load_areas", "locked_out"}


@pytest.mark.parametrize(("app", "action"), list(front_door()))
def test_every_action_is_told_who_and_when(app, action):
    parameters = inspect.signature(action).parameters.values()
    by_name = {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD)}
    assert {p.name for p in parameters} == by_name, "arguments are given by name only"
    assert "at" in by_name
    if action.__name__ not in BY_THE_MACHINE:
        assert by_name & {"by", "user"}


def test_no_rule_reads_the_record():
    breaches = [
        f"{inside(path)}:{node.lineno}"
        for path, tree in modules()
        if part(path) == "rules" and not inside(path).startswith("ground/record/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("pingji.ground.record")
    ]
    assert breaches == []


def kinds_noted():
    """Place and kind of every line; of a kind put together, each that begins so."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "note":
                for word in ast.walk(node.args[0]):
                    text = getattr(word, "value", None)
                    if isinstance(text, str) and text.endswith("."):
                        yield from ((inside(path), kind) for kind in KINDS if kind.startswith(text))
                    elif isinstance(text, str) and "." in text:
                        yield inside(path), text


def test_every_kind_of_line_is_said_in_words():
    noted = set(kinds_noted())
    assert len(noted) > 30
    assert {kind for _place, kind in noted} - set(KINDS) == set()
    assert set(KINDS) - {kind for _place, kind in noted} == set(), "a kind that nobody notes"


def test_every_line_is_named_by_noun_and_past_verb():
    for place, kind in kinds_noted():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind), (place, kind)
