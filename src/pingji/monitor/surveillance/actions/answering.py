"""What a waiting file asks, and the answer given at once: for other programs and the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.monitor.surveillance.actions import mapping
from pingji.monitor.surveillance.actions.files import Unreadable
from pingji.monitor.surveillance.actions.reading import column_letter, directory_for
from pingji.monitor.surveillance.models import ColumnMapping, Import
from pingji.monitor.surveillance.queries.meanings import Choices, meanings
from pingji.monitor.surveillance.rules import mapping as rules
from pingji.monitor.surveillance.rules.mapping import ALL_ROWS, COLUMNS, FOR_ALL, LABELS, WORDS
from pingji.monitor.surveillance.rules.rows import Directory

Words = dict[str, dict[str, str]]


class WordsAsked(Refused):
    """Words of the file are not understood.

    Attributes:
        words: They, by column; the most used first.
    """

    def __init__(self, words: dict[str, list[str]]) -> None:
        said = _("; ").join(f"{LABELS[name]}: {'、'.join(texts)}" for name, texts in words.items())
        super().__init__(
            _(
                "These words are not known: %(words)s. Say what they mean, or that their rows may be"
                " refused."
            )
            % {"words": said[:500]},
            field="words",
        )
        self.words = words


@dataclass(frozen=True)
class Asked:
    """What a file asks.

    Attributes:
        begin: How it begins.
        kind: What it seems to hold.
        columns: Place of each column that is known, by what was said before or by its heading.
        words: What was said before, or with the file.
        lacking: Columns that are needed and not known yet.
        unknown: Words that are not understood, by column.
        choices: What may be said of them.
    """

    begin: mapping.Beginning
    kind: str
    columns: dict[str, int]
    words: Words
    lacking: list[str]
    unknown: dict[str, list[str]]
    choices: dict[str, Choices]


@dataclass(frozen=True)
class Answer:
    """What somebody says; whatever is left out stays as it was said before or is known anyway.

    Attributes:
        heading: Number of the row that names the columns; 0 for the one that looks like it.
        kind: "cases" or "counts".
        columns: By column, its heading as it stands in the file or its letter; empty for none.
        words: By column, what words of the file mean.
        for_all: What holds for all rows: status, disease, area.
        leave_words: Whether rows with other unknown words may be refused without asking.
    """

    heading: int = 0
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    for_all: Mapping[str, str] = field(default_factory=dict)
    leave_words: bool = False


def what_is_asked(*, file: Import, by: User, at: datetime, heading: int = 0) -> Asked:
    """How a file begins, what is known of its columns, and what is not."""
    rules.check_can_say(by, file)
    return _asked(file, by, directory_for(by, at), heading)


def _asked(file: Import, by: User, directory: Directory, heading: int) -> Asked:
    try:
        begin = mapping.begin_of(file, heading)
        earlier = mapping.mapping_for(file, begin.cells)
        columns = dict(earlier.columns) if earlier else rules.guess(begin.cells)
        kind = earlier.kind if earlier else rules.likely_kind(set(columns))
        columns = {name: at for name, at in columns.items() if name in COLUMNS[kind]}
        words: Words = {**(earlier.words if earlier else {})}
        words[ALL_ROWS] = file.given | words.get(ALL_ROWS, {})
        unknown = mapping.unknown_words(file, begin.heading, columns, directory)
    except Unreadable as problem:
        raise Refused(str(problem)) from problem
    unknown = {name: _unsaid(texts, words.get(name, {})) for name, texts in unknown.items()}
    return Asked(
        begin=begin,
        kind=kind,
        columns=columns,
        words=words,
        lacking=rules.missing(kind, {*columns, *words[ALL_ROWS]}),
        unknown={name: texts for name, texts in unknown.items() if texts},
        choices=meanings(by),
    )


def _unsaid(texts: list[str], said: Mapping[str, str]) -> list[str]:
    told = {text.lower() for text in said}
    return [text for text in texts if text.lower() not in told]


def answer(*, file: Import, said: Answer, by: User, at: datetime) -> ColumnMapping:
    """Say what a file asks; it is read by that, and so is every file with the same heading.

    Raises:
        WordsAsked: If words of it are not understood and nothing was said of them.
    """
    rules.check_can_say(by, file)
    directory = directory_for(by, at)
    known = _asked(file, by, directory, said.heading)

    kind = said.kind or known.kind
    if kind not in COLUMNS:
        raise Refused(_("Say whether the file holds case lines or counts."), field="kind")
    columns = {**known.columns, **_places(said.columns, known.begin.cells)}
    columns = {name: at for name, at in columns.items() if at >= 0 and name in COLUMNS[kind]}
    _check_once(columns)
    words = _meant(said, known, directory)
    rules.check_columns(kind, columns, words[ALL_ROWS])
    if not said.leave_words:
        unknown = mapping.unknown_words(file, known.begin.heading, columns, directory)
        unsaid = {name: _unsaid(texts, words.get(name, {})) for name, texts in unknown.items()}
        if any(unsaid.values()):
            raise WordsAsked({name: texts for name, texts in unsaid.items() if texts})
    return mapping.say_mapping(
        file=file,
        cells=known.begin.cells,
        kind=kind,
        columns=columns,
        words={name: told for name, told in words.items() if told},
        by=by,
        at=at,
    )


def _places(columns: Mapping[str, str], cells: list[str]) -> dict[str, int]:
    """Where the columns stand; -1 for one that the file is said not to have."""
    letters = {column_letter(at): at for at in range(len(cells))}
    found: dict[str, int] = {}
    for name, heading in columns.items():
        if name not in LABELS:
            raise Refused(
                _("There is no column “%(column)s”. Known are: %(known)s.")
                % {"column": name[:60], "known": "、".join(LABELS)},
                field="columns",
            )
        places = [at for at, cell in enumerate(cells) if cell.strip() == heading.strip()]
        if heading and not places and heading.upper() in letters:
            places = [letters[heading.upper()]]
        if heading and len(places) != 1:
            raise Refused(
                _("The heading holds “%(heading)s” %(times)s times; give the column's letter.")
                % {"heading": heading[:60], "times": len(places)},
                field="columns",
            )
        found[name] = places[0] if heading else -1
    return found


def _check_once(columns: Mapping[str, int]) -> None:
    places = list(columns.values())
    for name, at in columns.items():
        if places.count(at) > 1:
            raise Refused(
                _("The column of “%(column)s” is said to mean two things.")
                % {"column": LABELS[name]},
                field="columns",
            )


def _meant(said: Answer, known: Asked, directory: Directory) -> Words:
    """What was said before, and what is said now in its place."""
    words = {name: dict(told) for name, told in known.words.items()}
    now: dict[str, Mapping[str, str]] = {**said.words, ALL_ROWS: said.for_all}
    for name, told in now.items():
        for text, meaning in told.items():
            column = text if name == ALL_ROWS else name
            if column not in (FOR_ALL if name == ALL_ROWS else WORDS):
                raise Refused(
                    _("Nothing can be said so of “%(column)s”.") % {"column": column[:60]},
                    field="words",
                )
            if not _may_mean(column, meaning, known.choices, directory):
                raise Refused(
                    _("“%(meaning)s” is no %(column)s that is known here.")
                    % {"meaning": meaning[:60], "column": LABELS[column]},
                    field="words",
                )
            words.setdefault(name, {})[text] = meaning
    return words


def _may_mean(
    column: str, meaning: str, choices: Mapping[str, Choices], directory: Directory
) -> bool:
    """A page shows the first of many places; another program may name any."""
    if column == "area":
        return meaning in directory.areas
    if column == "organisation":
        return meaning in directory.organisations
    return meaning in {value for value, _label in choices[column]}
