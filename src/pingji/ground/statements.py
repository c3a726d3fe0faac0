"""Statements that are asked thousands of times: the database remembers how it answers them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from django.db import connection
from django.db.models import AutoField, Model
from django.db.models.expressions import DatabaseDefault
from psycopg import Cursor

PREPARED_AFTER = 3  # times that a connection asks the same


def ask(statement: str, arguments: Sequence[Any] | Mapping[str, Any] = ()) -> Cursor[Any]:
    """Ask the database what is asked again and again, in the present transaction.

    The statement and its arguments travel apart, so that it is read and planned once for each
    connection; elsewhere in the program they are sent as one text, which is planned every time.
    """
    connection.close_if_health_check_failed()  # as the framework does before it asks anything
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    held = connection.connection
    if held.prepare_threshold is None:
        held.prepare_threshold = PREPARED_AFTER
    cursor: Cursor[Any] = Cursor(held)
    with connection.wrap_database_errors:
        cursor.execute(statement, arguments)
    return cursor


def stamp(*tables: type[Model]) -> str:
    """What changes whenever a row of small tables changes, whoever changed it and where.

    Every version of a row has its own transaction and place, so no process needs to be told: a
    table of some hundred rows is asked in a fraction of a millisecond.
    """
    return "/".join(map(str, ask(_stamp(tables)).fetchone() or ()))


@cache
def _stamp(tables: tuple[type[Model], ...]) -> str:
    parts = " union all ".join(
        f"select '{table._meta.db_table}' || xmin || ctid from {table._meta.db_table}"  # noqa: S608 - names of our own tables
        for table in tables
    )
    return f"select count(*), sum(hashtextextended(v, 0)) from ({parts}) t(v)"  # noqa: S608


def insert(rows: Sequence[Model]) -> None:
    """Put new rows of one table into it, as `bulk_create` does, with a remembered statement."""
    if not rows:
        return
    fields, statement = _insert(type(rows[0]))  # type: ignore[arg-type] # a class can be hashed
    values = [{f.column: _given(f, row) for f in fields} for row in rows]
    made = ask(statement, [orjson.dumps(values, default=_plain).decode()]).fetchall()
    for row, (pk,) in zip(rows, made, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


@cache
def _insert(table: type[Model]) -> tuple[list[Any], str]:
    fields = [f for f in table._meta.concrete_fields if not isinstance(f, AutoField)]
    names = ", ".join(f'"{f.column}"' for f in fields)
    types = ", ".join(f'"{f.column}" {f.db_type(connection)}' for f in fields)
    return fields, (
        f"insert into {table._meta.db_table} ({names}) "  # noqa: S608 - names of our own tables
        f"select {names} from json_to_recordset(%s::json) as r({types}) "
        f"returning {table._meta.pk.column}"  # type: ignore[union-attr] # every table has one
    )


def _given(field: Any, row: Model) -> Any:
    value = field.pre_save(row, add=True)
    return value.expression.value if isinstance(value, DatabaseDefault) else value


def _plain(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
