"""What is shown and counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pingji.monitor.surveillance.models import CaseReport, Count, Import, RowAnswer

# What is said to a row: one sentence for each reason, with what to do.
REASONS = {
    "missing": gettext_lazy("The cell is empty; fill it in."),
    "too_long": gettext_lazy("The number is longer than 80 characters."),
    "not_a_date": gettext_lazy("This is not a date; write it as 2026-11-21."),
    "in_the_future": gettext_lazy("The date lies after today (%(today)s); check the year."),
    "too_long_ago": gettext_lazy("The date lies before 1900; check the year."),
    "before_onset": gettext_lazy("The diagnosis lies before the onset (%(onset)s)."),
    "unknown_area": gettext_lazy(
        "No area of your district has this code or name; use the statistical code."
    ),
    "area_by_name": gettext_lazy("The area was found by its name: %(became)s."),
    "area_code_padded": gettext_lazy("Zeros were taken off the code: %(became)s."),
    "unknown_disease": gettext_lazy(
        "The disease is not in the catalogue; use its name by law, or have it added."
    ),
    "unknown_organisation": gettext_lazy("No organisation of your district has this name or code."),
    "unknown_word": gettext_lazy("This word is not known here; write for instance %(words)s."),
    "not_a_number": gettext_lazy("This is not a number."),
    "impossible_age": gettext_lazy("The age lies outside 0 to 130 years."),
    "not_a_count": gettext_lazy("A count is a whole number from 0 up."),
    "same_row": gettext_lazy("The same as row %(row)s of this file; counted once."),
    "known_before": gettext_lazy("Already known from an earlier file; nothing changed."),
    "number_taken": gettext_lazy(
        "Another case already has this number; check the number or correct the earlier case."
    ),
}
TOWNSHIP = 9
COUNTY = 6


def sentence(answer: RowAnswer) -> str:
    """The reason of an answer as a sentence in the reader's language."""
    return str(REASONS[answer.reason]) % answer.details


def answers_as_rows(file: Import) -> Iterator[list[str]]:
    """Every row's answer for a spreadsheet: row, cell, column, content, answer, reason."""
    yield [_("Row"), pgettext("row of a file", "Answer"), _("Cell"), _("Column"), _("Content"), _("Why")]
    said = {}
    for answer in file.answers.all():
        said.setdefault(answer.row, []).append(answer)
    table = Count if file.kind == Import.Kind.COUNTS else CaseReport
    kept = set(table.objects.filter(file=file).values_list("row", flat=True))
    for row in sorted(kept | set(said)):
        for answer in said.get(row, []):
            yield [
                str(row),
                answer.get_verdict_display(),
                answer.cell,
                answer.column,
                answer.value,
                sentence(answer),
            ]
        if row not in said:
            yield [str(row), _("Accepted"), "", "", "", ""]


@dataclass(frozen=True)
class SeriesKey:
    """What one series counts."""

    disease: str
    channel: str
    area: str
    period: str


@dataclass(frozen=True)
class Series:
    """Counts of many series over the same periods.

    Attributes:
        keys: What each column counts.
        dates: First day of each period, oldest first.
        counts: Shape (time, series); NaN where nothing was reported.
        period: day, week or month.
    """

    keys: list[SeriesKey]
    dates: np.ndarray
    counts: np.ndarray
    period: str


# Case lines count by day of onset in their township and in their county; the days with no case
# between the county's first and last day of reporting are zeros, because lines were sent then.
CASES_BY_DAY = """
    select disease_id, left(area_id, %(length)s), onset_on, count(*)
    from surveillance_casereport
    where area_id like %(prefix)s and known_at <= %(as_of)s and length(area_id) >= %(length)s
      and (%(disease)s = '' or disease_id = %(disease)s)
    group by 1, 2, 3
"""
CASES_SPAN = """
    select min(onset_on), max(onset_on) from surveillance_casereport
    where area_id like %(prefix)s and known_at <= %(as_of)s
"""


def case_series(*, area: str, as_of: datetime, disease: str = "") -> Series | None:
    """Daily cases by disease, for each township and the county, as known at a moment."""
    given = {"prefix": f"{area}%", "as_of": as_of, "disease": disease}
    with connection.cursor() as cursor:
        cursor.execute(CASES_SPAN, given)
        first, last = cursor.fetchone()
        if first is None:
            return None
        found = []
        for length in (COUNTY, TOWNSHIP):
            cursor.execute(CASES_BY_DAY, given | {"length": length})
            found += cursor.fetchall()
    names = sorted({(disease_id, code) for disease_id, code, _day, _n in found})
    column = {name: at for at, name in enumerate(names)}
    counts = np.zeros(((last - first).days + 1, len(names)))
    for disease_id, code, day, number in found:
        counts[(day - first).days, column[disease_id, code]] = number
    return Series(
        [SeriesKey(disease_id, "case", code, "day") for disease_id, code in names],
        np.arange(first, date.fromordinal(last.toordinal() + 1), dtype="datetime64[D]"),
        counts,
        "day",
    )


def count_series(*, area: str, as_of: datetime, period: str, disease: str = "") -> Series | None:
    """Reported counts by disease, channel and area, as known at a moment; gaps are unknown."""
    versions = Count.objects.filter(area__code__startswith=area, period=period)
    if disease:
        versions = versions.filter(disease_id=disease)
    found = list(
        versions.as_known(as_of).values_list(
            "disease_id", "channel", "area_id", "starts_on", "count"
        )
    )
    if not found:
        return None
    names = sorted({row[:3] for row in found})
    column = {name: at for at, name in enumerate(names)}
    dates = _all_periods(sorted({row[3] for row in found}), period)
    place = {day: at for at, day in enumerate(dates.tolist())}
    counts = np.full((len(dates), len(names)), np.nan)
    for *name, day, number in found:
        if day in place:
            counts[place[day], column[tuple(name)]] = number
    return Series([SeriesKey(*name, period) for name in names], dates, counts, period)


def _all_periods(days: list[date], period: str) -> np.ndarray:
    """Every period from the first to the last, so that gaps show."""
    first, last = np.datetime64(days[0], "D"), np.datetime64(days[-1], "D")
    if period == "month":
        months = np.arange(first.astype("M8[M]"), last.astype("M8[M]") + 1)
        return months.astype("datetime64[D]")
    step = 7 if period == "week" else 1
    return np.arange(first, last + np.timedelta64(1, "D"), np.timedelta64(step, "D"))


def one_series(*, key: SeriesKey, as_of: datetime) -> tuple[np.ndarray, np.ndarray]:
    """Dates and counts of one series, as known at a moment."""
    if key.channel == "case" and key.period == "day":
        series = case_series(area=key.area[:COUNTY], as_of=as_of, disease=key.disease)
        if series is not None and key in series.keys:
            return series.dates, series.counts[:, series.keys.index(key)]
    series = count_series(area=key.area, as_of=as_of, period=key.period, disease=key.disease)
    if series is None or key not in series.keys:
        return np.array([], dtype="datetime64[D]"), np.array([])
    return series.dates, series.counts[:, series.keys.index(key)]


def as_day(text: str) -> date | None:
    """A day from an address; None where there is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def harmless(cell: str) -> str:
    """A cell that a spreadsheet program will not run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
