"""The report on an exercise: what was reached when, what was late and whose it was, what it spared."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pingji.evaluate.exercises.queries.score import words
from pingji.evaluate.exercises.queries.score.figures import Score
from pingji.evaluate.exercises.queries.score.words import count, hours, moment, named, share
from pingji.warn.alerts.queries.analyses import pictures
from pingji.warn.alerts.queries.analyses.document import Document, Picture, Section, Table

MOST_LATE = 40  # rows of what was late, the latest first; the figures hold all of them


def report_of(score: Score) -> Document:
    """Lay the score of one exercise out in the language in force."""
    sections = [
        Section("summary", _("In brief"), _brief(score), [], []),
        Section("milestones", _("From the first case to the end"), "", [_milestones(score)], []),
        Section("clocks", _("Deadlines kept and missed"), "", _clocks(score), []),
        Section("late", _("What was late, and whose it was"), _late_text(score), _late(score), []),
        Section("outbreak", _("The outbreak"), "", [_totals(score)], _curves(score)),
        Section("measures", _("What acted on the outbreak"), "", [_measures(score)], []),
    ]
    about = score["exercise"]
    return Document(
        title=named(about, "name"),
        subtitle=_("Report on an exercise"),
        facts=_facts(score),
        mark=_("Exercise: nothing in it is real"),
        sections=[section for section in sections if _says(section)],
        notes=_notes(score),
    )


def _says(section: Section) -> bool:
    return bool(section.text or section.pictures or any(table.rows for table in section.tables))


def _facts(score: Score) -> list[tuple[str, str]]:
    about = score["exercise"]
    return [
        (_("Area"), named(about["area"])),
        (_("Plan"), named(about["plan"])),
        (_("Disease"), named(about["disease"])),
        (_("Residents"), count(about["residents"])),
        (_("Seed"), str(about["seed"])),
        (_("From"), moment(about["starts_at"])),
        (pgettext("span of an exercise", "To"), moment(about["moment"])),
    ]


def _brief(score: Score) -> str:
    reached = {row["key"]: row for row in score["milestones"]}
    clocks, totals = score["deadlines"]["all"], score["outbreak"]["totals"]
    lines = []
    if reached["case"]["at"] is None:
        lines.append(_("Nobody fell ill."))
    elif reached["alert"]["at"] is None:
        lines.append(_("The outbreak raised no alert."))
    else:
        lines.append(
            _(
                "The first alert came %(alert)s after the first case; it was verified %(verified)s later."
            )
            % {
                "alert": hours(reached["alert"]["hours"]),
                "verified": hours(reached["verified"]["hours"] - reached["alert"]["hours"]),
            }
            if reached["verified"]["at"]
            else _("The first alert came %(alert)s after the first case; nobody verified it.")
            % {"alert": hours(reached["alert"]["hours"])}
        )
    if reached["alert"]["at"] is not None and reached["incident"]["at"] is None:
        lines.append(_("No event was opened."))
    elif reached["plan"]["at"] is not None:
        lines.append(
            _("The plan was activated %(plan)s after the first case.")
            % {"plan": hours(reached["plan"]["hours"])}
        )
    lines.append(
        _("%(kept)s of %(of)s deadlines were kept (%(share)s).")
        % {
            "kept": count(clocks["kept"]),
            "of": count(clocks["kept"] + clocks["late"]),
            "share": share(clocks["share"]),
        }
    )
    averted = score["outbreak"]["averted"]
    if averted is None:
        lines.append(_("%(n)s people were infected.") % {"n": count(totals["infected"])})
    else:
        lines.append(
            _("%(n)s people were infected; without any measure there would have been %(other)s.")
            % {
                "n": count(totals["infected"]),
                "other": count(totals["infected"] + averted["infected"]),
            }
        )
    return "\n".join(lines)


def _milestones(score: Score) -> Table:
    return Table(
        _("When each step was reached"),
        [_("Step"), _("Reached"), _("After the first case")],
        [
            [str(words.MILESTONES[row["key"]]), moment(row["at"]), hours(row["hours"])]
            for row in score["milestones"]
        ],
        [2],
    )


def _clocks(score: Score) -> list[Table]:
    found = score["deadlines"]
    stages = Table(
        _("By stage of the loop"),
        [_("Stage"), pgettext("deadlines", "Kept"), pgettext("deadlines", "Late"), _("Share kept")],
        [
            [str(words.STAGES[key]), count(row["kept"]), count(row["late"]), share(row["share"])]
            for key, row in found["stages"].items()
        ]
        + [
            [
                pgettext("of a table", "Total"),
                count(found["all"]["kept"]),
                count(found["all"]["late"]),
                share(found["all"]["share"]),
            ]
        ],
        [1, 2, 3],
    )
    head = [
        _("Deadline"),
        _("Source"),
        pgettext("deadlines", "Kept"),
        pgettext("deadlines", "Late"),
        _("Share kept"),
        _("Late by, median"),
        _("Late by, at most"),
    ]
    rows = [
        [
            named(row),
            row["source"] or words.NOT_KNOWN,
            count(row["kept"]),
            count(row["late"]),
            share(row["share"]),
            hours(row["late_median"]),
            hours(row["late_worst"]),
        ]
        for row in found["by"]
    ]
    return [stages, Table(_("By deadline"), head, rows, [2, 3, 4, 5, 6])]


def _late_text(score: Score) -> str:
    late = score["deadlines"]["late"]
    if not late:
        return _("Nothing was late.") if score["deadlines"]["all"]["kept"] else ""
    if len(late) > MOST_LATE:
        return _("The %(n)s latest of %(all)s.") % {"n": MOST_LATE, "all": len(late)}
    return ""


def _late(score: Score) -> list[Table]:
    rows = [
        [
            named(row),
            named(row, "subject"),
            " ".join(filter(None, (named(row, "organisation"), row["who"]))) or words.NOT_KNOWN,
            moment(row["due_at"]),
            _met(row),
            hours(row["late_hours"]),
        ]
        for row in score["deadlines"]["late"][:MOST_LATE]
    ]
    head = [
        _("Deadline"),
        pgettext("deadlines", "About"),
        pgettext("deadlines", "Whose"),
        pgettext("deadlines", "Due"),
        pgettext("deadlines", "Met on"),
        _("Late by"),
    ]
    return [Table(_("Late, the latest first"), head, rows, [5])] if rows else []


def _met(row: dict[str, Any]) -> str:
    """When a deadline was met; or when it was let go, and asked for no longer."""
    let_go = row.get("let_go_at")
    if row["met_at"] is None and let_go is not None:
        return _("let go %(at)s") % {"at": moment(let_go)}
    return moment(row["met_at"])


def _totals(score: Score) -> Table:
    found = score["outbreak"]
    head = ["", _("In this exercise")]
    without, averted = found["without"], found["averted"]
    if without is not None:
        head += [_("Without any measure"), _("Averted")]

    def row(name: str) -> list[str]:
        cells = [str(words.CURVES[name]), count(found["totals"][name])]
        if without is not None:
            other = sum(without[name]) if name in without else None
            cells += [count(other), count(averted.get(name))]
        return cells

    rows = [row(name) for name in words.CURVES]
    reported = [pgettext("people", "Reported"), count(sum(found["reported"]))]
    rows.append(reported + [words.NOT_KNOWN] * (len(head) - len(reported)))
    return Table(_("People, of all days lived"), head, rows, list(range(1, len(head))))


def _curves(score: Score) -> list[Picture]:
    found = score["outbreak"]
    if not found["dates"]:
        return []
    labels = [date[5:] for date in found["dates"]]
    without = (found["without"] or {}).get("infected")
    none: list[int | None] = [None] * len(labels)
    infected = pictures.curve(
        labels,
        found["curves"]["infected"],
        list(without) if without else none,
        words=(_("infected in this exercise"), _("without any measure"), ""),
        unfinished=False,
    )
    reported = pictures.curve(
        labels,
        found["reported"],
        list(found["curves"]["onset"]),
        words=(pgettext("people", "reported"), _("fell ill"), ""),
        unfinished=False,
    )
    return [
        Picture("infected", _("Infections by day"), infected),
        Picture("reported", _("Cases reported and people fallen ill, by day"), reported),
    ]


def _measures(score: Score) -> Table:
    rows = [
        [named(row), count(row["times"]), moment(row["first"]), moment(row["last"])]
        for row in score["outbreak"]["measures"]
    ]
    head = [pgettext("exercise", "Measure"), _("Times"), _("First"), _("Last")]
    return Table(_("Measures done in the program"), head, rows, [1])


def _notes(score: Score) -> list[str]:
    about, alerts, machine = score["exercise"], score["alerts"], score["machine"]
    played = ", ".join(about["people_play"]) or _("none")
    return [
        _("Roles played by people: %(roles)s. The machine played all others.") % {"roles": played},
        _(
            "Alerts raised: %(raised)s, of them about this outbreak: %(ours)s; of these wrongly "
            "dismissed: %(dismissed)s; still without a verdict: %(waiting)s."
        )
        % {
            "raised": alerts["raised"],
            "ours": alerts["of_outbreak"],
            "dismissed": alerts["wrongly_dismissed"],
            "waiting": alerts["waiting"],
        },
        _("Deeds of the machine: %(done)s done, %(refused)s refused by the rules.")
        % {"done": machine.get("done", 0), "refused": machine.get("refused", 0)},
        _(
            "A deadline counts as kept when it was met in time, as late when it was met late or not "
            "at all; those let go and those still running in time do not count."
        ),
        _(
            "“Without any measure” is the same outbreak with the same people, the same first "
            "infections and the same chance, in which nothing of what was done has an effect."
        ),
    ]
