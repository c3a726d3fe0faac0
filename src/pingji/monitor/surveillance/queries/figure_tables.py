"""The rows behind a figure as a table: headings, and what stands in each cell."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import (
    CaseReport,
    Count,
    Disease,
    LabResult,
    RowAnswer,
    SentinelReport,
    SentinelValue,
    Visit,
)
from pingji.monitor.surveillance.queries.figure_rows import (
    CARDS,
    COUNTS,
    RESULTS,
    SENTINELS,
    UNKNOWN,
    VISITS,
)
from pingji.monitor.surveillance.queries.list_words import sexes
from pingji.monitor.surveillance.queries.series import sentence
from pingji.monitor.surveillance.rules.sentinels import plain_figure

NUMBER, ONE_LINE, CLIP = "number", "nowrap", "clip"


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its style, and where it leads."""

    text: str
    style: str = ""
    url: str = ""


@dataclass(frozen=True)
class Table:
    """What is shown of the rows.

    Attributes:
        heads: Each heading, and whether it stands above figures.
        rows: The cells of each row.
    """

    heads: list[tuple[str, bool]]
    rows: list[list[Cell]]


def table(kind: str, rows: Iterable[Any], *, user: User, diseases: Collection[str] = ()) -> Table:
    """The rows of one kind as this reader may see them.

    Args:
        kind: One of `figure_rows.KINDS`.
        rows: Rows of one page.
        user: The reader.
        diseases: The disease or syndrome asked about with its parts; empty for all.
    """
    writers: dict[str, Callable[..., Table]] = {
        VISITS: _visits,
        RESULTS: _results,
        SENTINELS: _reports,
        COUNTS: _counts,
        CARDS: _cards,
        UNKNOWN: _unknown,
    }
    return writers[kind](list(rows), user, diseases)


def related(kind: str, rows: Any) -> Any:
    """The same rows, read together with what they name."""
    joined = {
        VISITS: ("organisation", "area"),
        RESULTS: ("organisation", "area", "disease"),
        SENTINELS: ("sentinel__type", "sentinel__area"),
        COUNTS: ("disease", "area", "file"),
        CARDS: ("disease", "area", "organisation"),
        UNKNOWN: ("file",),
    }
    return rows.select_related(*joined[kind])


def _moment(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "–"


def _age(age: int | None) -> str:
    return "–" if age is None else str(age)


def _message(row: Any) -> Cell:
    if not row.message_id:
        return Cell("–")
    return Cell(str(row.message_id), "code", reverse("surveillance:message", args=[row.message_id]))


def _visits(rows: list[Visit], user: User, diseases: Collection[str]) -> Table:
    names = {one.pk: one.label for one in Disease.objects.filter(pk__in=_signs(rows))}
    clear = user.holds(Permission.PERSONAL_DATA_VIEW)
    sex = sexes()
    heads = [
        (_("Visited"), False),
        (_("Kind of visit"), False),
        (pgettext("column", "Hospital"), False),
        (_("Area"), False),
        (pgettext("column", "Sex"), False),
        (pgettext("column", "Age"), True),
        (_("Chief complaint"), False),
        (_("Diagnosis"), False),
        (_("Counts for"), False),
        (_("Message"), False),
    ]
    return Table(
        heads,
        [
            [
                Cell(_moment(row.visited_at), ONE_LINE),
                Cell(row.get_kind_display(), ONE_LINE),
                Cell(row.organisation.label, CLIP),
                Cell(row.area.label, CLIP),
                Cell(sex.get(row.sex, "–")),
                Cell(_age(row.age), NUMBER),
                # A complaint is free text: it may name somebody.
                Cell(row.complaint or "–") if clear else Cell("***"),
                Cell(" ".join(filter(None, (row.diagnosis_code, row.diagnosis))) or "–"),
                Cell("、".join(names.get(sign, sign) for sign in row.signs)),
                _message(row),
            ]
            for row in rows
        ],
    )


def _signs(rows: list[Visit]) -> set[str]:
    return {sign for row in rows for sign in row.signs}


def _results(rows: list[LabResult], user: User, diseases: Collection[str]) -> Table:
    sex = sexes()
    heads = [
        (_("Specimen taken"), False),
        (_("Reported by the laboratory"), False),
        (_("Laboratory"), False),
        (_("Area"), False),
        (_("Specimen"), False),
        (_("Test"), False),
        (_("Finding"), False),
        (_("Disease"), False),
        (pgettext("column", "Sex"), False),
        (pgettext("column", "Age"), True),
        (_("Message"), False),
    ]
    return Table(
        heads,
        [
            [
                Cell(_moment(row.taken_at), ONE_LINE),
                Cell(_moment(row.reported_at), ONE_LINE),
                Cell(row.organisation.label, CLIP),
                Cell(row.area.label, CLIP),
                Cell(row.specimen or "–"),
                Cell(row.test or row.test_code or "–"),
                Cell(" ".join(filter(None, (row.get_finding_display(), row.value, row.unit)))),
                Cell(row.disease.label if row.disease else "–"),
                Cell(sex.get(row.sex, "–")),
                Cell(_age(row.age), NUMBER),
                _message(row),
            ]
            for row in rows
        ],
    )


def _reports(rows: list[SentinelReport], user: User, diseases: Collection[str]) -> Table:
    figures: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    values = SentinelValue.objects.visible_to(user).filter(report__in=[row.pk for row in rows])
    if diseases:
        values = values.filter(item__disease__in=diseases)
    name = F("item__name" if (get_language() or "zh").startswith("zh") else "item__name_en")
    said = values.order_by("item__order", "item__code").values_list("report_id", name, "value")
    for report, item, value in said:
        figures[report].append((str(item), value))
    heads = [
        (_("Period begins"), False),
        (_("Sentinel"), False),
        (_("Kind of sentinel"), False),
        (_("Area"), False),
        (_("Reported figures"), False),
        (_("Reported at"), False),
        (_("In time"), False),
        (_("Added to the figures"), False),
        (_("Version"), True),
    ]
    return Table(
        heads,
        [
            [
                Cell(row.starts_on.isoformat(), ONE_LINE),
                Cell(
                    row.sentinel.label,
                    CLIP,
                    url=reverse("surveillance:sentinel", args=[row.sentinel_id]),
                ),
                Cell(row.sentinel.type.label, CLIP),
                Cell(row.sentinel.area.label, CLIP),
                Cell("、".join(f"{item} {plain_figure(value)}" for item, value in figures[row.pk])),
                Cell(_moment(row.known_at), ONE_LINE),
                Cell(_("yes") if row.known_at <= row.due_at else _("no")),
                Cell(_("yes") if row.counted else _("no, counted from visits")),
                Cell(str(row.version), NUMBER),
            ]
            for row in rows
        ],
    )


def _counts(rows: list[Count], user: User, diseases: Collection[str]) -> Table:
    heads = [
        (_("Period begins"), False),
        (_("Period"), False),
        (_("Disease or syndrome"), False),
        (_("Channel"), False),
        (_("Area"), False),
        (_("Count"), True),
        (_("Known since"), False),
        (_("File"), False),
        (_("Row"), True),
    ]
    may_open = user.holds(Permission.REPORT_IMPORT)
    return Table(
        heads,
        [
            [
                Cell(row.starts_on.isoformat(), ONE_LINE),
                Cell(row.get_period_display()),
                Cell(row.disease.label),
                Cell(row.get_channel_display()),
                Cell(row.area.label, CLIP),
                Cell(str(row.count), NUMBER),
                Cell(_moment(row.known_at), ONE_LINE),
                _file(row, may_open=may_open),
                Cell(str(row.row or "–"), NUMBER),
            ]
            for row in rows
        ],
    )


def _file(row: Any, *, may_open: bool) -> Cell:
    if row.file is None:
        return Cell("–")
    url = reverse("surveillance:import", args=[row.file_id]) if may_open else ""
    return Cell(row.file.file_name, url=url)


def _cards(rows: list[CaseReport], user: User, diseases: Collection[str]) -> Table:
    heads = [
        (pgettext("column", "Card number"), False),
        (_("Disease"), False),
        (_("Onset"), False),
        (_("Area"), False),
        (_("Who reported"), False),
    ]
    return Table(
        heads,
        [
            [
                Cell(row.key, "code", row.get_absolute_url()),
                Cell(row.disease.label),
                Cell(row.onset_on.isoformat(), ONE_LINE),
                Cell(row.area.label, CLIP),
                Cell(row.organisation.label if row.organisation else "–"),
            ]
            for row in rows
        ],
    )


def _unknown(rows: list[RowAnswer], user: User, diseases: Collection[str]) -> Table:
    heads = [
        (_("File"), False),
        (_("Row"), True),
        (_("Cell"), False),
        (_("Column"), False),
        (_("Content"), False),
        (_("Why"), False),
    ]
    may_open = user.holds(Permission.REPORT_IMPORT)
    return Table(
        heads,
        [
            [
                _file(row, may_open=may_open),
                Cell(str(row.row), NUMBER),
                Cell(row.cell or "–"),
                Cell(row.column or "–"),
                Cell(row.value or "–"),
                Cell(sentence(row)),
            ]
            for row in rows
        ],
    )
