"""Rows that hundreds of tests begin with: made once in a test process, copied in from then on.

rows("plan youyang", make)    what `make` writes; the second test that asks gets the same rows

The rows are those that `make` wrote the first time, under the same keys. What they refer to is
made before, not in `make`, and has the same key in every test or stands in the name. What was put
on record is left out: the record is a chain of its own in every test.
"""

from collections.abc import Callable, Iterable

from django.apps import apps
from django.db import connection, models
from psycopg import sql

KEPT: dict[str, list[tuple[sql.Composed, bytes]]] = {}
OF_THE_RECORD = "record"
Keys = dict[str, set[object]]


def rows(name: str, make: Callable[[], object]) -> None:
    """Write rows as `make` does."""
    if name in KEPT:
        for statement, content in KEPT[name]:
            with connection.connection.cursor().copy(statement) as copy:
                copy.write(content)
        return
    before = _keys()
    make()
    KEPT[name] = [
        copied
        for table, keys in _keys().items()
        if (copied := _copied(table, keys - before[table])) is not None
    ]


def _tables() -> Iterable[type[models.Model]]:
    every = apps.get_models(include_auto_created=True)
    return (one for one in every if one._meta.managed and one._meta.app_label != OF_THE_RECORD)


def _keys() -> Keys:
    """The keys of all rows there are, by table."""
    return {
        table._meta.label: set(table._base_manager.values_list("pk", flat=True))
        for table in _tables()
    }


def _copied(label: str, keys: set[object]) -> tuple[sql.Composed, bytes] | None:
    """The statement that takes rows in, and the rows."""
    if not keys:
        return None
    meta = apps.get_model(label)._meta
    assert meta.pk is not None
    columns = sql.SQL(", ").join(
        sql.Identifier(one.column) for one in meta.local_concrete_fields if not one.generated
    )
    table = sql.Identifier(meta.db_table)
    chosen = sql.SQL("select {} from {} where {} = any({})").format(
        columns, table, sql.Identifier(meta.pk.column), sql.Literal(sorted(keys, key=str))
    )
    with connection.connection.cursor().copy(sql.SQL("copy ({}) to stdout").format(chosen)) as copy:
        content = b"".join(bytes(part) for part in copy)
    return sql.SQL("copy {} ({}) from stdin").format(table, columns), content
