"""Lines into tables, many at once: copied beside, then taken over where they are new."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from pingji.ground.directory.models.identity import seal, sealed_hash
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import Channel, Import
from pingji.monitor.surveillance.rules.duplicates import sound
from pingji.monitor.surveillance.rules.rows import CaseLine, CountLine, Person

# A row, why it brings nothing new, the cell's content, and what the reason's sentence needs.
MetRow = tuple[int, str, str, dict[str, str]]
Met = list[MetRow]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to one row, as `RowAnswer` keeps it."""

    row: int
    verdict: str
    column: str
    cell: str
    value: str
    reason: str
    details: dict[str, str]


ANSWERS = """
    copy surveillance_rowanswer (file_id, row, verdict, "column", cell, value, reason, details)
    from stdin
"""
CASE_COLUMNS = "key, disease_id, area_id, organisation_id, status, sex, age, onset_on, diagnosed_on"
PERSON_COLUMNS = (
    "name, name_sound, guardian, identity_encrypted, identity_hash, born_on, phone, address,"
    " occupation, institution_id, workplace, school_class"
)
# Who a patient is, if the register of residents knows; and whether two rows speak of two people.
RESIDENT = "(select r.id from directory_resident r where r.identity_hash = once.identity_hash)"
SAME_PERSON = "(i.identity_hash = '' or c.identity_hash in ('', i.identity_hash))"
NOBODY = ("", "", "", None, "", None, "", "", "", None, "", "")
NEW_CASES = f"""
    with new as (
        insert into surveillance_casereport ({{columns}}, resident_id, known_at, file_id, row)
        select {{columns}}, {{resident}}, %(known_at)s, %(file)s, row
        from (select distinct on (key) * from incoming_case order by key, row) once
        order by onset_on, row -- as most indexes are ordered: neighbours are put in together
        on conflict (key) do nothing
        returning disease_id, area_id, onset_on
    ),
    added as (
        select disease_id, %(channel)s::text as channel, area_id, onset_on as day,
               count(*)::int as change
        from new group by 1, 3, 4
    ),
    {tallies.ADDED}
    select sum(change) from added
"""  # noqa: S608 - the columns are ours
# Rows that are not the one now standing under their number: repeats, or the number of another case.
MET_CASES = """
    select i.row, c.row, c.file_id = %(file)s,
           (i.disease_id, i.area_id, i.onset_on, i.sex, i.age, i.status)
               is not distinct from (c.disease_id, c.area_id, c.onset_on, c.sex, c.age, c.status)
               and {same_person},
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


def save_answers(file: Import, answers: Iterable[Answer]) -> None:
    """Keep the answers to a batch of rows."""
    with connection.cursor() as cursor, cursor.copy(ANSWERS) as copy:
        for said in answers:
            copy.write_row(
                (
                    file.pk,
                    said.row,
                    said.verdict,
                    said.column,
                    said.cell,
                    said.value,
                    said.reason,
                    json.dumps(said.details, ensure_ascii=False) if said.details else "{}",
                )
            )


def save_cases(file: Import, lines: list[CaseLine], at: datetime) -> Met:
    """Keep the new cases; say which rows were met before, and how.

    "same_row" or "known_before" for a case that already stands there just so, "number_taken" where
    another case has this number.
    """
    if not lines:
        return []
    told = any(line.person for line in lines)
    columns = f"{CASE_COLUMNS}, {PERSON_COLUMNS}" if told else CASE_COLUMNS
    _copy(
        "incoming_case",
        f"row, {columns}",
        "surveillance_casereport",
        (_case(line, file) + (_person(line.person) if told else ()) for line in lines),
    )
    given = {"known_at": at, "file": file.pk}
    with connection.cursor() as cursor:
        new_cases = NEW_CASES.format(columns=columns, resident=RESIDENT if told else "null")
        cursor.execute(new_cases, given | {"channel": Channel.CASE})
        (new,) = cursor.fetchone()
        met: Met = []
        if new != len(lines):  # else every row brought a case, and none was met
            cursor.execute("analyze incoming_case")
            cursor.execute(MET_CASES.format(same_person=SAME_PERSON if told else "true"), given)
            for row, earlier_row, same_file, same, key in cursor.fetchall():
                reason = "number_taken" if not same else "same_row" if same_file else "known_before"
                met.append((row, reason, key, {"row": str(earlier_row)} if same_file else {}))
        cursor.execute("drop table incoming_case")
    return met


def _case(line: CaseLine, file: Import) -> tuple[object, ...]:
    """A line in the order of CASE_COLUMNS, its row first."""
    return (
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


def _person(person: Person | None) -> tuple[object, ...]:
    """A patient in the order of PERSON_COLUMNS; the identity number sealed, as on a report card."""
    if person is None:
        return NOBODY
    number = person.identity
    return (
        person.name,
        sound(person.name) if person.name else "",
        person.guardian,
        seal(number) if number else None,
        sealed_hash(number) if number else "",
        person.born_on,
        person.phone,
        person.address,
        person.occupation,
        person.institution,
        person.workplace,
        person.school_class,
    )


# The version of each incoming count that is in force, if any. Files handed in later may have been
# read before this one: they do not count. Two files of the very same moment follow one another.
IN_FORCE = """
    left join lateral (
        select count, file_id, row, known_at from surveillance_count c
        where (c.disease_id, c.channel, c.area_id, c.period, c.starts_on)
            = (i.disease_id, %(channel)s, i.area_id, i.period, i.starts_on)
          and c.known_at < %(known_at)s::timestamptz + interval '1 millisecond'
        order by known_at desc limit 1
    ) c on true
"""
MET_COUNTS = f"""
    select i.row, i.starts_on, i.count = c.count, c.file_id = %(file)s, c.row
    from incoming_count i {IN_FORCE} where c.count is not null
"""  # noqa: S608 - the text is ours
TWICE_IN_FILE = """
    select row, starts_on, count = first_count, first_row from (
        select row, starts_on, count, first_value(row) over same as first_row,
               first_value(count) over same as first_count
        from incoming_count
        window same as (partition by disease_id, area_id, period, starts_on order by row)
    ) numbered where row <> first_row
"""
COUNT_COLUMNS = "row, disease_id, area_id, period, starts_on, count"
NEW_COUNTS = f"""
    insert into surveillance_count
        (row, disease_id, area_id, period, starts_on, count, channel, file_id, known_at)
    select i.row, i.disease_id, i.area_id, i.period, i.starts_on, i.count, %(channel)s, %(file)s,
           greatest(%(known_at)s, c.known_at + interval '1 microsecond')
    from incoming_count i {IN_FORCE} where i.row <> all(%(skip)s)
"""  # noqa: S608 - the text is ours


def save_counts(file: Import, lines: list[CountLine], at: datetime) -> Met:
    """Keep new counts and new versions of known ones; say which rows bring nothing new.

    "known_before" where the same count already stands, "same_row" where the file itself says it
    twice, "period_taken" where an earlier row of the file gives the period another count.
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
    met: Met = []
    with connection.cursor() as cursor:
        cursor.execute(TWICE_IN_FILE)
        for row, day, same, first in cursor.fetchall():
            met.append(_said_in_row(row, day, first, same=same))
        skip = {row for row, *_rest in met}
        cursor.execute(MET_COUNTS, given)
        for row, day, same, same_file, earlier in cursor.fetchall():
            if row in skip:
                continue
            if same_file:
                skip.add(row)
                if earlier != row:  # else kept by an attempt that was killed
                    met.append(_said_in_row(row, day, earlier, same=same))
            elif same:
                skip.add(row)
                met.append((row, "known_before", day.isoformat(), {}))
        cursor.execute(NEW_COUNTS, given | {"skip": list(skip)})
        cursor.execute("drop table incoming_count")
    return met


def _said_in_row(row: int, day: date, earlier: int, *, same: bool) -> MetRow:
    reason = "same_row" if same else "period_taken"
    return row, reason, day.isoformat(), {"row": str(earlier)}
