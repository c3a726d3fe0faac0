"""Figures of many days read from whole months, with the days at both ends and what came since."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from pingji.monitor.surveillance.queries.tallies import Asked

FEWEST_MONTHS = 2
MOST_LATER = 100_000  # more entries than these since the months were summed are read day by day
DAY = timedelta(days=1)


def source(asked: "Asked") -> tuple[str, dict[str, object]] | None:
    """Rows whose numbers add up to the figures of the whole time, as a subquery, with its values.

    Everything is read in one statement, so that an entry is either in the months or behind their
    mark. None where months are of no use: for a moment of the past, for a short time, or when they
    were not summed lately.
    """
    if asked.as_of is not None or asked.until == date.max:
        return None
    first = _month_from(asked.since) if asked.since else date.min
    end = _month_of(asked.until + DAY) if asked.until else date.max
    if (end.year - first.year) * 12 + end.month - first.month < FEWEST_MONTHS or not _lately():
        return None
    wanted, values = replace(asked, since=None, until=None).where()
    name = "%(disease)s::text" if asked.disease else "disease_id"
    rows = f"""
        select {name} as disease_id, area_id, count as number from surveillance_tallymonth
        where {wanted} and month >= %(first)s and month < %(end)s
        union all
        select {name}, area_id, change from surveillance_tallyentry
        where {wanted} and day >= %(first)s and day < %(end)s
          and id > (select entry from surveillance_tallymark)
    """  # noqa: S608 - the conditions are made of constants; values travel apart
    for ends, condition in (
        (asked.since, "day >= %(since)s and day < %(first)s"),
        (asked.until, "day >= %(end)s and day <= %(until)s"),
    ):
        if ends is not None:
            rows += f"""
                union all
                select {name}, area_id, count from surveillance_tally
                where {wanted} and {condition}
            """  # noqa: S608 - likewise
    given = {"first": first, "end": end, "since": asked.since, "until": asked.until}
    return f"({rows}) figures", values | given


def _lately() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select coalesce((select max(id) from surveillance_tallyentry), 0) - entry
            from surveillance_tallymark
            """
        )
        later = cursor.fetchone()
    return later is not None and later[0] <= MOST_LATER


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _month_from(day: date) -> date:
    """The first day of the first whole month from a day on."""
    return day if day.day == 1 else _month_of(_month_of(day) + timedelta(days=32))
