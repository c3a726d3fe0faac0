"""What is shown and counted."""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.db.models import Count as CountOf
from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area
from pingji.monitor.surveillance.models import (
    CaseReport,
    Channel,
    Count,
    Disease,
    Import,
    Period,
    RowAnswer,
)
from pingji.monitor.surveillance.queries import tallies
from pingji.monitor.surveillance.queries.parts import (
    sent_for_wholes,
    sent_of,
    wholes,
    with_parts,
)
from pingji.monitor.surveillance.rules import persons as person_rules
from pingji.monitor.surveillance.rules import sentinels as sentinel_rules

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
    "period_taken": gettext_lazy(
        "Row %(row)s of this file gives another count for the same period; only that one was kept."
    ),
    "week_begins": gettext_lazy("A week begins on Monday: %(became)s."),
    "month_begins": gettext_lazy("A month begins on its first day: %(became)s."),
    "number_taken": gettext_lazy(
        "Another case already has this number; check the number or correct the earlier case."
    ),
}
REASONS |= sentinel_rules.REASONS | person_rules.REASONS
WEEK = timedelta(days=7)
# Channels whose single reports are counted here, day by day, with zeros in between.
KEPT_HERE = (Channel.CASE, Channel.SYNDROME, Channel.PATHOGEN)


def sentence(answer: RowAnswer) -> str:
    """The reason of an answer as a sentence in the reader's language."""
    return str(REASONS[answer.reason]) % defaultdict(str, answer.details)


def answers_as_rows(file: Import) -> Iterator[list[str]]:
    """Every row's answer for a spreadsheet: row, answer, cell, column, content, reason.

    Rows come one at a time, so that a large file takes no more memory than a small one.
    """
    yield [
        _("Row"),
        pgettext("row of a file", "Answer"),
        _("Cell"),
        _("Column"),
        _("Content"),
        _("Why"),
    ]
    table = Count if file.kind == Import.Kind.COUNTS else CaseReport
    kept = table.objects.filter(file=file).order_by("row").values_list("row", flat=True)
    if file.kind == Import.Kind.SENTINELS:
        kept = kept.none()  # a report does not keep its row; what was not accepted is answered
    answers = file.answers.order_by("row", "id").iterator()
    numbers = heapq.merge(
        ((row, None) for row in kept.iterator()),
        ((answer.row, answer) for answer in answers),
        key=itemgetter(0),
    )
    for row, together in groupby(numbers, key=itemgetter(0)):
        said = [answer for _row, answer in together if answer is not None]
        for answer in said:
            verdict = answer.get_verdict_display()
            yield [str(row), verdict, answer.cell, answer.column, answer.value, sentence(answer)]
        if not said:
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


def case_series(
    *,
    area: str,
    as_of: datetime | None,
    disease: str = "",
    levels: Sequence[int] = (COUNTY_DIGITS, TOWNSHIP_DIGITS),
    reported_in: str = "",
    channel: str = Channel.CASE,
    period: str = Period.DAY,
) -> Series | None:
    """Figures by disease kept from single reports, as known at a moment.

    Reports were sent between the first and the last day of reporting, so the days without one in
    between are zeros.

    Args:
        area: Code of the area whose figures count.
        as_of: What became known after this moment is left out; None leaves nothing out.
        disease: Only this one; empty for all. A whole's figures hold those of its parts.
        levels: Lengths of the codes of the areas that each have a series.
        reported_in: Code of the area whose first and last report bound the days; the area itself
            where none is given.
        channel: Cases by onset; visits of the syndrome channel; findings of the pathogen channel.
        period: day, week or month.
    """
    asked = tallies.Asked(channel=channel, area=area, disease=disease, as_of=as_of)
    if not tallies.known_later(replace(asked, area=reported_in or area, disease="")):
        asked = replace(asked, as_of=None)  # as known now, which is read faster
    ends = tallies.span(replace(asked, area=reported_in or area, disease=""))
    if ends is None:
        return None
    names, dates, counts = tallies.table(asked, levels, *ends, period)
    keys = [SeriesKey(name, channel, code, period) for name, code in names]
    return Series(keys, dates, counts, period)


def count_series(
    *, area: str, as_of: datetime, period: str, disease: str = "", within: bool = True
) -> Series | None:
    """Reported counts by disease, channel and area, as known at a moment; gaps are unknown.

    Args:
        area: Code of the area whose counts are wanted.
        as_of: Counts known after this moment are left out.
        period: day, week or month.
        disease: Only this one; empty for all. A whole that was not sent is the sum of its parts.
        within: Whether the areas inside it are wanted too.
    """
    versions = Count.objects.filter(period=period)
    versions = (
        versions.filter(area__code__startswith=area) if within else versions.filter(area=area)
    )
    if disease:
        versions = sent_of(versions, disease, as_of=as_of)
    found = sent_for_wholes(
        versions.as_known(as_of).values_list(
            "disease_id", "channel", "area_id", "starts_on", "count"
        )
    )
    if disease:
        found = [row for row in found if row[0] == disease]
    if not found:
        return None
    names = sorted({row[:3] for row in found})
    column = {name: at for at, name in enumerate(names)}
    dates = tallies.steps(min(row[3] for row in found), max(row[3] for row in found), period)
    place = {day: at for at, day in enumerate(dates.tolist())}
    counts = np.full((len(dates), len(names)), np.nan)
    for disease_id, channel, code, day, number in found:
        counts[place[day], column[disease_id, channel, code]] = number
    keys = [SeriesKey(disease_id, channel, code, period) for disease_id, channel, code in names]
    return Series(keys, dates, counts, period)


def unit_of(channel: str) -> str:
    """What one of a channel's figures counts."""
    units = {
        Channel.CASE: _("cases"),
        Channel.PATHOGEN: _("positive findings"),
        Channel.SYNDROME: pgettext("unit of a figure", "visits"),
    }
    return units.get(Channel(channel), _("counted"))


def one_series(*, key: SeriesKey, as_of: datetime) -> tuple[np.ndarray, np.ndarray]:
    """Dates and counts of one series, as known at a moment, for an area of any level.

    A series that nobody counts here is looked for among the counts that others send.
    """
    dates, counts, _kept_here = one_series_and_kind(key=key, as_of=as_of)
    return dates, counts


def one_series_and_kind(
    *, key: SeriesKey, as_of: datetime, channels: Collection[str] = KEPT_HERE
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Dates and counts of one series, and whether it is counted here from single rows.

    Args:
        key: The series.
        as_of: What became known after this moment is left out.
        channels: Those of which the figures kept here come before counts that others send.
    """
    if key.channel in channels and key.period == Period.DAY:
        series = case_series(
            area=key.area,
            as_of=as_of,
            disease=key.disease,
            levels=(len(key.area),),
            reported_in=key.area[:COUNTY_DIGITS],
            channel=key.channel,
        )
        if series is not None and key in series.keys:
            return series.dates, series.counts[:, series.keys.index(key)], True
    series = count_series(
        area=key.area, as_of=as_of, period=key.period, disease=key.disease, within=False
    )
    if series is None or key not in series.keys:
        return np.array([], dtype="datetime64[D]"), np.array([]), False
    return series.dates, series.counts[:, series.keys.index(key)], False


@dataclass(frozen=True)
class LastWeeks:
    """Cases of one disease in the last week of reporting and in the week before.

    Attributes:
        rows_url: The line list of the last week's.
        before_url: The line list of those of the week before.
        is_part: Whether it is a part of the disease before it, and counted there too.
    """

    disease: Disease
    week: int
    before: int
    rows_url: str
    before_url: str
    is_part: bool


def last_weeks(cases: QuerySet[CaseReport]) -> tuple[date | None, list[LastWeeks]]:
    """The last day of onset, and each disease of the two weeks up to it, the most cases first.

    A whole's cases hold those of its parts, which follow it.
    """
    last = cases.aggregate(day=Max("onset_on"))["day"]
    if last is None:
        return None, []
    week = Q(onset_on__gt=last - WEEK)
    counted = (
        cases.filter(onset_on__gt=last - 2 * WEEK)
        .order_by()
        .values("disease_id")
        .annotate(now=CountOf("id", filter=week), before=CountOf("id", filter=~week))
    )
    numbers: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    whole_of = wholes()
    for row in counted:
        for code in filter(None, (row["disease_id"], whole_of.get(row["disease_id"]))):
            now, before = numbers[code]
            numbers[code] = now + row["now"], before + row["before"]
    diseases = Disease.objects.in_bulk(numbers)

    def rows_of(code: str, until: date) -> str:
        days = {"onset_from": until - WEEK + timedelta(days=1), "onset_to": until}
        return f"{reverse('surveillance:cases')}?{urlencode({'disease': code} | days)}"

    def place(code: str) -> tuple[int, str, bool, int, str]:
        """Parts follow their whole."""
        whole = whole_of.get(code, code)
        return -numbers[whole][0], whole, code != whole, -numbers[code][0], code

    return last, [
        LastWeeks(
            diseases[code],
            *numbers[code],
            rows_of(code, last),
            rows_of(code, last - WEEK),
            is_part=code in whole_of,
        )
        for code in sorted(numbers, key=place)
    ]


@dataclass(frozen=True)
class Reported:
    """A series of counts that others send, and how far it goes."""

    disease: Disease
    area: Area
    channel: str
    period: str
    periods: int
    last: date
    rows_url: str


def reported_series(counts: QuerySet[Count]) -> list[Reported]:
    """Every series of counts, in the reader's words.

    A whole that was sent has the periods too for which only parts of it were.
    """
    found = list(
        counts.order_by("disease_id", "area_id", "channel", "period")
        .values("disease_id", "channel", "period", "area_id")
        .annotate(last=Max("starts_on"), periods=CountOf("starts_on", distinct=True))
    )
    diseases = Disease.objects.in_bulk({row["disease_id"] for row in found})
    areas = Area.objects.in_bulk({row["area_id"] for row in found})
    with_parts_sent = {whole for part, whole in wholes().items() if part in diseases}
    for row in found:
        if row["disease_id"] in with_parts_sent:
            same = {name: row[name] for name in ("channel", "period", "area_id")}
            all_sent = counts.order_by().filter(
                disease_id__in=with_parts(row["disease_id"]), **same
            )
            row |= all_sent.aggregate(
                last=Max("starts_on"), periods=CountOf("starts_on", distinct=True)
            )
    return [
        Reported(
            diseases[row["disease_id"]],
            areas[row["area_id"]],
            str(Channel(row["channel"]).label),
            str(Period(row["period"]).label),
            row["periods"],
            row["last"],
            _counts_address(row),
        )
        for row in found
    ]


def _counts_address(row: dict[str, Any]) -> str:
    query = {
        "kind": "counts",
        "channel": row["channel"],
        "disease": row["disease_id"],
        "area": row["area_id"],
        "period": row["period"],
    }
    return f"{reverse('surveillance:figure_rows')}?{urlencode(query)}"


def as_day(text: str) -> date | None:
    """A day from an address; None where there is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
