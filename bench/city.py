"""A city of five million people for benchmarks: a scratch database, gone afterwards.

Twenty counties of 21 townships each; nobody reports here but the benchmark itself.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

CITY = "5101"
COUNTIES, TOWNSHIPS = 20, 21
PEOPLE = 5_000_000


def townships() -> list[str]:
    """Codes of the city's townships."""
    return [
        f"{CITY}{county:02}{town:03}"
        for county in range(1, COUNTIES + 1)
        for town in range(101, 101 + TOWNSHIPS)
    ]


@contextlib.contextmanager
def city() -> Iterator[None]:
    """A fresh embedded database with the city's areas, the catalogue and one epidemiologist."""
    with tempfile.TemporaryDirectory(prefix="pingji-bench-") as folder:
        Path(folder).chmod(0o755)  # as root, the database server runs as another user
        os.environ["PINGJI_HOME"] = folder
        os.environ.pop("PINGJI_DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "pingji.config.settings"
        from pingji.config import messages
        from pingji.config.postgres import Postgres

        server = Postgres()
        server.start()
        try:
            messages.compile_all()
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connections

            call_command("migrate", verbosity=0)
            call_command("collectstatic", verbosity=0, interactive=False)
            _people_and_places()
            yield
            connections.close_all()
        finally:
            server.stop()


def _people_and_places() -> None:
    from django.utils import timezone

    from pingji.ground.directory import actions as directory
    from pingji.ground.directory.models import Area, Organisation, Role, User
    from pingji.ground.standards import actions as standards
    from pingji.monitor.surveillance import actions

    now = timezone.now()
    towns = townships()
    codes = sorted({code[:length] for code in towns for length in (2, 4, 6, 9)})
    Area.objects.bulk_create(
        Area(code=code, name=f"区域{code}", population=PEOPLE // len(towns)) for code in codes
    )
    Organisation.objects.bulk_create(
        Organisation(
            code=f"H{code}",
            name=f"{code}卫生院",
            kind=Organisation.Kind.TOWNSHIP_HEALTH_CENTRE,
            area_id=code,
        )
        for code in towns
    )
    system = directory.ensure_system_user(area_code=CITY, at=now)
    standards.load_shipped_profiles(by=system, at=now)
    actions.load_diseases(by=system, at=now)
    User.objects.create(
        username="cdc",
        display_name="流行病学专员",
        role=Role.EPIDEMIOLOGIST,
        area_id=CITY,
        created_at=now,
    )


def copy_in(table: str, columns: str, lines: Iterable[str]) -> int:
    """Fill a table by COPY without its indexes and checks, then make the indexes; give the rows."""
    import psycopg

    from pingji.config.postgres import OWNER, Postgres

    number = 0
    with psycopg.connect(Postgres().conninfo(role=OWNER), autocommit=True) as admin:
        admin.execute("set session_replication_role = replica; set maintenance_work_mem = '1GB'")
        indexes = _take_indexes(admin, table)
        with admin.cursor().copy(f"copy {table} ({columns}) from stdin") as copy:
            block: list[str] = []
            for line in lines:
                block.append(line)
                if len(block) == 20_000:
                    copy.write("\n".join(block) + "\n")
                    number += len(block)
                    block.clear()
            if block:
                copy.write("\n".join(block) + "\n")
                number += len(block)
        for statement in indexes:
            admin.execute(statement)
        admin.execute(f"vacuum (analyze) {table}")
    return number


def _take_indexes(admin: Any, table: str) -> list[str]:
    """Drop every index but the primary key; give the statements that make them again."""
    found = admin.execute(
        """
        select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname,
               pg_get_constraintdef(c.oid)
        from pg_index i left join pg_constraint c
             on c.conindid = i.indexrelid and c.conrelid = i.indrelid
        where i.indrelid = %s::regclass and not i.indisprimary
        """,
        [table],
    ).fetchall()
    again = []
    for name, definition, constraint, clause in found:
        if constraint:
            admin.execute(f'alter table {table} drop constraint "{constraint}"')
            again.append(f'alter table {table} add constraint "{constraint}" {clause}')
        else:
            admin.execute(f"drop index {name}")
            again.append(definition)
    return again
