"""Figures by disease, channel, place and day: as they are known now, and as of any moment.

As of a moment a figure is what is known now less what became known later. Both parts are read in
one statement, so that a report arriving meanwhile is in both or in neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from pingji.monitor.surveillance.models import CaseReport, Channel, Count, Period, TallyEntry
from pingji.monitor.surveillance.queries import months
from pingji.monitor.surveillance.queries.parts import Cell, wholes, with_parts

VILLAGE = 12
DAY = timedelta(days=1)
FIRST_WINDOW = timedelta(days=31)
CELL = np.dtype([("step", ">i4"), ("n", ">i4")])  # day since 1970 that a step begins with
NO_LEVEL = 0  # one figure for the whole area asked about
# What a step of a series begins with: the day itself, its Monday, or the first of its month.
STEPS = {
    Period.DAY: "day",
    Period.WEEK: "day - (extract(isodow from day)::int - 1)",
    Period.MONTH: "date_trunc('month', day)::date",
}


@dataclass(frozen=True)
class Asked:
    """Which figures are wanted.

    Attributes:
        channel: One of the five.
        area: Beginning of the codes that count; empty for all.
        disease: Only this one with its parts; empty for all, each by itself.
        since: First day; None from the first.
        until: Last day; None to the last.
        as_of: What became known after this moment is left out; None for all that is known.
    """

    channel: str
    area: str = ""
    disease: str = ""
    since: date | None = None
    until: date | None = None
    as_of: datetime | None = None

    def where(self, disease: str = "any(%(diseases)s)") -> tuple[str, dict[str, object]]:
        """The condition, alike for tallies and for entries, and its values.

        Args:
            disease: What the disease is held against: all that were asked about, or one of them.
        """
        parts = ["channel = %(channel)s"]
        if self.area:
            parts.append("area_id like %(prefix)s")
        if self.disease:
            parts.append(f"disease_id = {disease}")
        if self.since:
            parts.append("day >= %(since)s")
        if self.until:
            parts.append("day <= %(until)s")
        values: dict[str, object] = {
            "channel": self.channel,
            "prefix": f"{self.area}%",
            "disease": self.disease,
            "diseases": with_parts(self.disease) if self.disease else [self.disease],
            "since": self.since,
            "until": self.until,
            "as_of": self.as_of,
        }
        return " and ".join(parts), values

    def source(self) -> tuple[str, dict[str, object]]:
        """The rows whose numbers add up to the figures, as a subquery."""
        where, values = self.where()
        # What is counted for a part is counted for the whole that is asked about.
        name = "%(disease)s::text" if self.disease else "disease_id"
        rows = f"""
            select {name} as disease_id, area_id, day, count as number
            from surveillance_tally where {where}
        """  # noqa: S608 - the condition is made of constants; values travel apart
        if self.as_of is not None:
            rows += f"""
                union all
                select {name}, area_id, day, -change
                from surveillance_tallyentry where {where} and known_at > %(as_of)s
            """  # noqa: S608 - likewise
        return f"({rows}) figures", values


def figures(asked: Asked, *, level: int = NO_LEVEL, period: str = Period.DAY) -> list[Cell]:
    """How many by disease, area of one level, and step; nothing where there was nothing.

    Args:
        asked: Which figures.
        level: Length of the codes that each have a figure, 6 for counties, 9 for townships, 12 for
            villages; 0 for the whole area. What was reported for a larger area only is left out.
        period: day, week or month.
    """
    source, values = asked.source()
    place = "%(area)s::text" if level == NO_LEVEL else "left(area_id, %(level)s)"
    values |= {"level": level, "area": asked.area}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select disease_id, {place}, {STEPS[Period(period)]}, sum(number)::int
            from {source} where length(area_id) >= %(level)s
            group by 1, 2, 3 having sum(number) <> 0
            """,  # noqa: S608 - made of constants
            values,
        )
        return cursor.fetchall()


def totals(asked: Asked, *, level: int = NO_LEVEL) -> dict[tuple[str, str], int]:
    """How many in the whole time, by disease and area of one level.

    First by the areas as reported, then by those of the level: codes are cut for each area once,
    not for each of its days. `offset 0` keeps the database from looking at the codes earlier.
    Where whole months are summed already, they are read instead of their days.
    """
    source, values = months.source(asked) or asked.source()
    place = "%(area)s::text" if level == NO_LEVEL else "left(area_id, %(level)s)"
    values |= {"level": level, "area": asked.area}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select disease_id, {place}, sum(number)::int
            from (select disease_id, area_id, sum(number) as number
                  from {source} group by 1, 2 offset 0) areas
            where length(area_id) >= %(level)s group by 1, 2 having sum(number) <> 0
            """,  # noqa: S608 - made of constants
            values,
        )
        return {(disease, code): number for disease, code, number in cursor.fetchall()}


def span(asked: Asked) -> tuple[date, date] | None:
    """First and last day with a figure above zero; None where there is none."""
    first = _first_day(asked, since=date.min, until=date.max, last=False)
    if first is None:
        return None
    last = _first_day(asked, since=first, until=date.max, last=True)
    return first, last or first


def _first_day(asked: Asked, *, since: date, until: date, last: bool) -> date | None:
    """The first day with a figure above zero, or the last.

    Figures are never taken away, only lowered to zero; so the days to look at are those that have
    one, from the end inwards, in windows that grow.
    """
    days = FIRST_WINDOW
    while (outer := _kept_day(asked, since, until, last=last)) is not None:
        if last:
            window = (max(outer, date.min + days) - days, outer)
        else:
            window = (outer, min(outer, date.max - days) + days)
        source, values = replace(asked, since=window[0], until=window[1]).source()
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                select {"max" if last else "min"}(day) from (
                    select day from {source}
                    group by disease_id, area_id, day having sum(number) > 0
                ) days
                """,  # noqa: S608 - made of constants
                values,
            )
            found = cursor.fetchone()[0]
        if found is not None:
            return found
        if last:
            until = window[0] - DAY
        else:
            since = window[1] + DAY
        days *= 4
    return None


def _kept_day(asked: Asked, since: date, until: date, *, last: bool) -> date | None:
    """The first day of a time, or its last, for which a figure is kept, be it zero."""
    where, values = replace(asked, since=since, until=until).where(disease="code")
    with connection.cursor() as cursor:
        # Of each disease by itself, so that an index gives its end without reading the rest.
        cursor.execute(
            f"""
            select {"max" if last else "min"}(day) from unnest(%(diseases)s::text[]) codes (code),
            lateral (select day from surveillance_tally where {where}
                     order by day {"desc" if last else "asc"} limit 1) ends
            """,  # noqa: S608 - made of constants
            values,
        )
        return cursor.fetchone()[0]


def known_later(asked: Asked) -> bool:
    """Whether anything asked for became known after the moment asked about."""
    if asked.as_of is None:
        return False
    where, values = asked.where()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select exists (select from surveillance_tallyentry
                           where {where} and known_at > %(as_of)s)
            """,  # noqa: S608 - made of constants
            values,
        )
        return cursor.fetchone()[0]


def figures_since(area: str, moment: datetime | None) -> bool:
    """Whether any figure of an area became known after a moment; None asks for any at all."""
    since = {"known_at__gt": moment} if moment is not None else {}
    return any(
        rows.filter(area__code__startswith=area, **since).exists()
        for rows in (TallyEntry.objects, Count.objects)
    )


def steps(first: date, last: date, period: str = Period.DAY) -> np.ndarray:
    """Every step from the first to the last, so that gaps show."""
    begin, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    if period == Period.MONTH:
        months = np.arange(begin.astype("M8[M]"), end.astype("M8[M]") + 1)
        return months.astype("datetime64[D]")
    step = 7 if period == Period.WEEK else 1
    if period == Period.WEEK:
        begin -= np.timedelta64((first.isoweekday() - 1), "D")
    return np.arange(begin, end + np.timedelta64(1, "D"), np.timedelta64(step, "D"))


def table(
    asked: Asked, levels: Sequence[int], first: date, last: date, period: str = Period.DAY
) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray]:
    """Figures of several levels of areas as one array, with zeros where nothing was reported.

    Args:
        asked: Which figures; where no disease is named, a whole's hold those of its parts.
        levels: Lengths of the codes that each have a figure, as of `figures`; none of them 0.
        first: The first day of the array.
        last: The last.
        period: day, week or month.

    Returns:
        Disease and area of each column, the steps, and the counts of shape (time, column).
    """
    dates = steps(first, last, period)
    whole_of = {} if asked.disease else wholes()
    columns: dict[tuple[str, str], np.ndarray] = {}
    for disease, code, packed in _packed(asked, levels, period):
        cells = np.frombuffer(packed, CELL)
        days = cells["step"].astype("datetime64[D]")
        inside = (days >= dates[0]) & (days <= dates[-1])
        rows = np.searchsorted(dates, days[inside])
        numbers = np.bincount(rows, cells["n"][inside], minlength=len(dates))
        for name in filter(None, (disease, whole_of.get(disease))):
            for place in (code[:level] for level in levels if len(code) >= level):
                columns[name, place] = columns.get((name, place), 0) + numbers
    kept = sorted(column for column, numbers in columns.items() if numbers.any())
    counts = np.zeros((len(dates), len(kept)))
    for at, column in enumerate(kept):
        counts[:, at] = columns[column]
    return kept, dates, counts


def _packed(asked: Asked, levels: Sequence[int], period: str) -> list[tuple[str, str, bytes]]:
    """What adds up to figures, by disease and area of the longest level or as large as reported.

    All steps of one travel as one row of bytes: a county's five years are half a million figures,
    each of which would become an object of its own.
    """
    source, values = asked.source()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select disease_id, left(area_id, %(longest)s),
                   string_agg(int4send({STEPS[Period(period)]} - date '1970-01-01')
                              || int4send(number), '')
            from {source} where length(area_id) >= %(shortest)s group by 1, 2
            """,  # noqa: S608 - made of constants
            values | {"longest": max(levels), "shortest": min(levels)},
        )
        return cursor.fetchall()


def by_level(asked: Asked, levels: Sequence[int], period: str = Period.DAY) -> list[Cell]:
    """Figures of several levels of areas together."""
    return [cell for level in levels for cell in figures(asked, level=level, period=period)]


@dataclass(frozen=True)
class Difference:
    """A figure that is not what its rows say."""

    disease: str
    channel: str
    area: str
    day: date
    kept: int
    said: int


# What stands in the cards, beside what the tallies say of them.
CARDS_AGAINST_TALLIES = """
    select coalesce(t.disease_id, c.disease_id), coalesce(t.area_id, c.area_id),
           coalesce(t.day, c.day), coalesce(t.count, 0), coalesce(c.n, 0)
    from (select disease_id, area_id, day, count from surveillance_tally
          where channel = 'case' and area_id like %(prefix)s and day >= %(since)s and count <> 0
            and disease_id <> all(%(mixed)s)) t
    full join (select disease_id, area_id, onset_on as day, count(*)::int as n
               from surveillance_casereport
               where area_id like %(prefix)s and onset_on >= %(since)s and state = any(%(counted)s)
                 and disease_id <> all(%(mixed)s)
               group by 1, 2, 3) c
      on (t.disease_id, t.area_id, t.day) = (c.disease_id, c.area_id, c.day)
    where coalesce(t.count, 0) <> coalesce(c.n, 0) limit %(most)s
"""
# Likewise of the few diseases of which sentinels count cases beside the cards.
MIXED = """
    select distinct i.disease_id from surveillance_sentinelitem i
    join surveillance_sentineltype k on k.code = i.type_id
    where k.channel = 'case' and i.disease_id is not null
"""
MIXED_AGAINST_TALLIES = """
    select coalesce(t.disease_id, c.disease_id), coalesce(t.area_id, c.area_id),
           coalesce(t.day, c.day), coalesce(t.count, 0), coalesce(c.n, 0)
    from (select disease_id, area_id, day, count from surveillance_tally
          where channel = 'case' and area_id like %(prefix)s and day >= %(since)s and count <> 0
            and disease_id = any(%(mixed)s)) t
    full join (select disease_id, area_id, day, sum(n)::int as n from (
                   select disease_id, area_id, onset_on as day, 1 as n
                   from surveillance_casereport
                   where area_id like %(prefix)s and onset_on >= %(since)s
                     and state = any(%(counted)s) and disease_id = any(%(mixed)s)
                   union all
                   select i.disease_id, s.area_id, r.starts_on, v.value::int
                   from surveillance_sentinelvalue v
                   join surveillance_sentinelitem i on i.id = v.item_id
                   join surveillance_sentinelreport r on r.id = v.report_id
                   join surveillance_sentinel s on s.id = r.sentinel_id
                   join surveillance_sentineltype k on k.code = s.type_id
                   where k.channel = 'case' and i.disease_id = any(%(mixed)s) and r.latest
                     and r.counted and s.area_id like %(prefix)s and r.starts_on >= %(since)s
                     and v.value > 0
               ) said group by 1, 2, 3) c
      on (t.disease_id, t.area_id, t.day) = (c.disease_id, c.area_id, c.day)
    where coalesce(t.count, 0) <> coalesce(c.n, 0) limit %(most)s
"""
ENTRIES_AGAINST_TALLIES = """
    select coalesce(t.disease_id, e.disease_id), coalesce(t.channel, e.channel),
           coalesce(t.area_id, e.area_id), coalesce(t.day, e.day), coalesce(t.count, 0),
           coalesce(e.n, 0)
    from (select disease_id, channel, area_id, day, count from surveillance_tally
          where channel = any(%(channels)s) and area_id like %(prefix)s and day >= %(since)s
            and count <> 0) t
    full join (select disease_id, channel, area_id, day, sum(change)::int as n
               from surveillance_tallyentry where area_id like %(prefix)s and day >= %(since)s
               group by 1, 2, 3, 4 having sum(change) <> 0) e
      on (t.disease_id, t.channel, t.area_id, t.day) = (e.disease_id, e.channel, e.area_id, e.day)
    where coalesce(t.count, 0) <> coalesce(e.n, 0) limit %(most)s
"""


def differences(*, area: str = "", since: date = date.min, most: int = 1000) -> list[Difference]:
    """Every figure that is not the sum of its entries, and of cases every one that is not the
    number of cards that stand; none when all is well."""
    values: dict[str, object] = {
        "prefix": f"{area}%",
        "since": max(since, date(1, 1, 1)),
        "most": most,
        "channels": list(Channel.values),
        "counted": [str(state) for state in CaseReport.COUNTED],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local work_mem = '64MB'")  # so that a month's figures stay off the disk
        cursor.execute(ENTRIES_AGAINST_TALLIES, values)
        found = [Difference(*row) for row in cursor.fetchall()]
        cursor.execute(MIXED)
        values["mixed"] = [code for (code,) in cursor.fetchall()]
        for question in (CARDS_AGAINST_TALLIES, MIXED_AGAINST_TALLIES):
            cursor.execute(question, values)
            rows = cursor.fetchall()
            found += [Difference(disease, Channel.CASE, *row) for disease, *row in rows]
    return found
