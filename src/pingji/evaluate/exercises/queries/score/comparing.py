"""Exercises side by side: the same scenario under other plans, other hands or another seed."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pingji.evaluate.exercises.queries.score import charts, words
from pingji.evaluate.exercises.queries.score.figures import FORM, Score
from pingji.evaluate.exercises.queries.score.words import count, hours, named, share
from pingji.ground.directory.models import Role
from pingji.warn.alerts.queries.analyses.document import Document, Section, Table

MOST_RUNS = len(charts.COLOURS)
ONE_HUNDRED = 100  # a difference of shares is in points of a hundred


def comparison(scores: Sequence[Score]) -> Document:
    """Lay several scores out side by side, in the language in force.

    Args:
        scores: From two to six, as `score` gave them, perhaps by way of files.

    Raises:
        ValueError: If there are too few or too many, or one is of another form.
    """
    if not 2 <= len(scores) <= MOST_RUNS:
        raise ValueError(f"from 2 to {MOST_RUNS} exercises can be compared, not {len(scores)}")
    for found in scores:
        if found.get("form") != FORM:
            raise ValueError(f"the score is of form {found.get('form')}, not {FORM}")
    runs = [f"{chr(ord('A') + at)}" for at in range(len(scores))]
    steps = charts.steps(runs, scores)
    sections = [
        Section("runs", _("The exercises"), differences(runs, scores), [_runs(runs, scores)], []),
        Section(
            "milestones",
            _("From the first case to the end"),
            "",
            [_milestones(runs, scores)],
            [steps] if steps else [],
        ),
        Section(
            "clocks", _("Deadlines kept and missed"), _alike(scores), _clocks(runs, scores), []
        ),
        Section(
            "outbreak",
            _("The outbreak"),
            "",
            [_outbreak(runs, scores)],
            [charts.infected(runs, scores)],
        ),
    ]
    return Document(
        title=_("Exercises compared"),
        subtitle=" / ".join(dict.fromkeys(named(one["exercise"], "name") for one in scores)),
        facts=[],
        mark=_("Exercise: nothing in it is real"),
        sections=sections,
        notes=[
            _(
                "Only exercises of the same scenario and seed differ by how they were answered alone."
            ),
            _(
                "“–”: not reached, not over yet, or no such deadline. A deadline that still runs"
                " counts neither as kept nor as late."
            ),
        ],
    )


def differences(runs: Sequence[str], scores: Sequence[Score]) -> str:
    """What each differs from the first in, and what that did, a line each."""
    lines = [_("%(run)s is what the others are held against.") % {"run": runs[0]}]
    first = scores[0]
    for run, found in zip(runs[1:], scores[1:], strict=True):
        apart = [say for say, of in _sides() if of(found) != of(first)]
        lines.append(
            _("%(run)s differs from %(first)s in: %(what)s.")
            % {"run": run, "first": runs[0], "what": _(", ").join(apart)}
            if apart
            else _("%(run)s was played as %(first)s was: what differs is how people acted.")
            % {"run": run, "first": runs[0]}
            if found["exercise"]["people_play"]
            else _("%(run)s was played as %(first)s was.") % {"run": run, "first": runs[0]}
        )
        lines.append(_came_of(run, first, found))
    return "\n".join(lines)


def _sides() -> list[tuple[str, Callable[[Score], object]]]:
    """In what exercises can differ before anybody acts."""
    return [
        (_("scenario"), lambda one: one["exercise"]["scenario"]),
        (_("area"), lambda one: one["exercise"]["area"]["code"]),
        (_("number of residents"), lambda one: one["exercise"]["residents"]),
        (_("plan"), lambda one: one["exercise"]["profile"]),
        (_("seed (chance)"), lambda one: one["exercise"]["seed"]),
        (_("days lived"), lambda one: one["exercise"]["days"]),
        (_("roles played by people"), lambda one: sorted(one["exercise"]["people_play"])),
    ]


def _came_of(run: str, first: Score, found: Score) -> str:
    """In one line: deadlines kept and people infected, against the first."""
    shares = [one["deadlines"]["all"]["share"] for one in (first, found)]
    people = [one["outbreak"]["totals"]["infected"] for one in (first, found)]
    if None in shares:
        return _("%(run)s: %(people)s people infected (%(change)s).") % {
            "run": run,
            "people": count(people[1]),
            "change": f"{people[1] - people[0]:+,}",
        }
    points = ONE_HUNDRED * (shares[1] - shares[0])
    return _(
        "%(run)s: %(share)s of the deadlines kept (%(points)s points), %(people)s people"
        " infected (%(change)s)."
    ) % {
        "run": run,
        "share": share(shares[1]),
        "points": f"{points:+.1f}",
        "people": count(people[1]),
        "change": f"{people[1] - people[0]:+,}",
    }


def _runs(runs: list[str], scores: Sequence[Score]) -> Table:
    rows = []
    for run, found in zip(runs, scores, strict=True):
        about = found["exercise"]
        rows.append(
            [
                run,
                named(about, "name"),
                named(about["area"]),
                named(about["plan"]),
                str(about["seed"]),
                count(about["days"]),
                _(", ").join(_role(one) for one in about["people_play"]) or _("none"),
            ]
        )
    head = [
        "",
        pgettext("exercise", "Exercise"),
        _("Area"),
        _("Plan"),
        _("Seed"),
        _("Days"),
        _("Played by people"),
    ]
    return Table(_("What is compared"), head, rows, [4, 5])


def _role(code: str) -> str:
    return str(Role(code).label) if code in Role.values else code


def _milestones(runs: list[str], scores: Sequence[Score]) -> Table:
    reached = [{row["key"]: row["hours"] for row in found["milestones"]} for found in scores]
    rows = [
        [str(label), *(hours(run.get(key)) for run in reached)]
        for key, label in words.MILESTONES.items()
        if key != "case"
    ]
    return Table(_("After the first case"), [_("Step"), *runs], rows, _numbers(runs))


def _clocks(runs: list[str], scores: Sequence[Score]) -> list[Table]:
    stages = [
        [str(label), *(_kept(found["deadlines"]["stages"][key]) for found in scores)]
        for key, label in words.STAGES.items()
    ]
    total = [_kept(found["deadlines"]["all"]) for found in scores]
    stages.append([pgettext("of a table", "Total"), *total])
    by = [{row["key"]: row for row in found["deadlines"]["by"]} for found in scores]
    keys = {key: row for lines in by for key, row in lines.items()}
    each = [
        [named(row), *(_kept(lines.get(key)) for lines in by)] for key, row in sorted(keys.items())
    ]
    title = _("Share kept, by stage of the loop")
    tables = [
        Table(title, [_("Stage"), *runs], stages, _numbers(runs)),
        Table(_("Share kept, by deadline"), [_("Deadline"), *runs], each, _numbers(runs)),
        Table(
            _("Time given, where the plans differ"),
            [_("Deadline"), *runs],
            _given(keys, by),
            _numbers(runs),
        ),
        Table(
            _("Late, by whose it was"),
            [pgettext("deadlines", "Whose"), *runs],
            _whose(scores),
            _numbers(runs),
        ),
    ]
    return [table for table in tables if table.rows]


def _alike(scores: Sequence[Score]) -> str:
    """That plans which were compared gave the same time for all that was asked for; else ""."""
    by = [{row["key"]: row for row in found["deadlines"]["by"]} for found in scores]
    keys = {key: row for lines in by for key, row in lines.items()}
    plans = {found["exercise"]["profile"] for found in scores}
    if len(plans) == 1 or not keys or _given(keys, by):
        return ""
    return _("These plans give the same time for every deadline that was asked for here.")


def _kept(row: dict[str, Any] | None) -> str:
    """How much was kept, of how many that are over."""
    if row is None or row["share"] is None:
        return words.NOT_KNOWN
    return f"{share(row['share'])} ({count(row['kept'])}/{count(row['kept'] + row['late'])})"


def _given(keys: dict[str, Any], by: Sequence[dict[str, Any]]) -> list[list[str]]:
    """How long each plan gives for what all of them give another time for, with its clause."""
    rows = []
    for key, row in sorted(keys.items()):
        given = [lines[key]["given_hours"] if key in lines else None for lines in by]
        if len({one for one in given if one is not None}) > 1:
            said = [
                words.NOT_KNOWN if one is None else f"{hours(one)} ({lines[key]['source']})"
                for one, lines in zip(given, by, strict=True)
            ]
            rows.append([named(row), *said])
    return rows


def _whose(scores: Sequence[Score]) -> list[list[str]]:
    """How often each was late; whoever was late most often first."""
    late = [
        Counter(
            " ".join(filter(None, (named(row, "organisation"), row["who"]))) or words.NOT_KNOWN
            for row in found["deadlines"]["late"]
        )
        for found in scores
    ]
    together = sum(late, Counter[str]())
    return [[whose, *(count(one[whose]) for one in late)] for whose, _n in together.most_common()]


def _outbreak(runs: list[str], scores: Sequence[Score]) -> Table:
    rows = [
        [str(label), *(count(found["outbreak"]["totals"][name]) for found in scores)]
        for name, label in words.CURVES.items()
    ]
    averted = [(found["outbreak"]["averted"] or {}).get("infected") for found in scores]
    rows.append([_("Infections averted"), *(count(one) for one in averted)])
    return Table(_("People, of all days lived"), ["", *runs], rows, _numbers(runs))


def _numbers(runs: list[str]) -> list[int]:
    return list(range(1, len(runs) + 1))
