"""Lines into tables, many at once: copied beside, then taken over where they are new."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from pingji.monitor.surveillance.models import Import
from pingji.monitor.surveillance.rules.rows import CaseLine, CountLine

Met = list[tuple[int, str, dict[str, str]]]

CASE_COLUMNS = "key, disease_id, area_id, organisation_id, status, sex, age, onset_on, diagnosed_on"
NEW_CASES = f"""
    insert into surveillance_casereport ({CASE_COLUMNS}, known_at, file_id, row)
    select distinct on (key) {CASE_COLUMNS}, %(known_at)s, %(file)s, row
    from incoming_case order by key, row
    on conflict (key) do nothing
"""  # noqa: S608 - the columns are ours
# Rows that are not the one now standing under their number: repeats, or the number of another case.
MET_CASES = """
    select i.row, c.row, c.file_id = %(file)s,
           (i.disease_id, i.area_id, i.onset_on, i.sex, i.age, i.status)
               is not distinct from (c.disease_id, c.area_id, c.onset_on, c.sex, c.age, c.status),
           i.key
    from incoming_case i join surveillance_casereport c using (key)
    where c.file_id is distinct from %(file)s or c.row <> i.row
"""


def _copy(table: str, columns: str, like: str, records: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table {table} on commit drop as select {columns} from {like} limit 0"  # noqa: S608 - the names are ours
        )
        with cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
            for record in records:
                copy.write_row(record)


def save_cases(file: Import, lines: list[CaseLine], at: datetime) -> Met:
    """Keep the new cases; say which rows were met before, and how.

    Each entry is (row, reason, details): "same_row" for a case that already stands there just so,
    "number_taken" where another case has this number.
    """
    if not lines:
        return []
    _copy(
        "incoming_case",
        f"row, {CASE_COLUMNS}",
        "surveillance_casereport",
        (
            (
                line.row,
                line.key,
                line.disease,
                line.area,
                line.organisation or file.organisation_id,
                line.status,
                line.sex,
                line.age,
                line.onset_on,
                line.diagnosed_on,
            )
            for line in lines
        ),
    )
    given = {"known_at": at, "file": file.pk}
    with connection.cursor() as cursor:
        cursor.execute(NEW_CASES, given)
        cursor.execute(MET_CASES, given)
        met: Met = []
        for row, earlier_row, same_file, same, key in cursor.fetchall():
            details = {"value": key}
            if same_file:
                details["row"] = str(earlier_row)
            reason = "number_taken" if not same else "same_row" if same_file else "known_before"
            met.append((row, reason, details))
        cursor.execute("drop table incoming_case")
    return met


# The version now in force of each incoming count, if any.
MET_COUNTS = """
    select i.row, i.count, c.count, c.file_id is not distinct from %(file)s, c.row
    from incoming_count i
    join lateral (
        select count, file_id, row from surveillance_count c
        where (c.disease_id, c.channel, c.area_id, c.period, c.starts_on)
            = (i.disease_id, %(channel)s, i.area_id, i.period, i.starts_on)
        order by known_at desc limit 1
    ) c on true
"""
TWICE_IN_FILE = """
    select row, first_row from (
        select row, first_value(row) over same as first_row from incoming_count
        window same as (partition by disease_id, area_id, period, starts_on order by row)
    ) numbered where row <> first_row
"""
COUNT_COLUMNS = "row, disease_id, area_id, period, starts_on, count"


def save_counts(file: Import, lines: list[CountLine], at: datetime) -> Met:
    """Keep new counts and new versions of known ones; say which rows bring nothing new.

    Each entry is (row, reason, details): "known_before" where the same count already stands,
    "same_row" where the file itself holds the period twice (the first row counts).
    """
    if not lines:
        return []
    _copy(
        "incoming_count",
        COUNT_COLUMNS,
        "surveillance_count",
        (
            (line.row, line.disease, line.area, line.period, line.starts_on, line.count)
            for line in lines
        ),
    )
    given = {"known_at": at, "file": file.pk, "channel": file.channel}
    with connection.cursor() as cursor:
        cursor.execute(TWICE_IN_FILE)
        met: Met = [(row, "same_row", {"row": str(first)}) for row, first in cursor.fetchall()]
        skip = {row for row, _reason, _details in met}
        cursor.execute(MET_COUNTS, given)
        for row, count, before, same_file, earlier_row in cursor.fetchall():
            if row in skip:
                continue
            if same_file and earlier_row == row:
                skip.add(row)  # kept by an attempt that was killed
            elif same_file:
                met.append((row, "same_row", {"row": str(earlier_row)}))
                skip.add(row)
            elif count == before:
                met.append((row, "known_before", {"value": str(count)}))
                skip.add(row)
        cursor.execute(
            f"""insert into surveillance_count (channel, known_at, file_id, {COUNT_COLUMNS})
            select %(channel)s, %(known_at)s, %(file)s, {COUNT_COLUMNS}
            from incoming_count where row <> all(%(skip)s)""",  # noqa: S608 - the columns are ours
            given | {"skip": list(skip)},
        )
        cursor.execute("drop table incoming_count")
    return met
