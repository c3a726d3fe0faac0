"""A program of the benchmarks' own: its folder, database and demo county, gone afterwards."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def own_county() -> Iterator[Path]:
    """A fresh embedded database with the demo county, settings read, Django ready."""
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

            from pingji.config import beginning

            call_command("migrate", verbosity=0)
            call_command("collectstatic", verbosity=0, interactive=False)
            beginning.fill(profile="youyang", demo=True)
            yield Path(folder)
            connections.close_all()
        finally:
            server.stop()
