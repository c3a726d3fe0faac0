"""Commands that need the database: the running program's, or one started just for the command."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from pingji.config.cli.language import language, say


def with_django(command: Callable[..., Any]) -> Callable[..., Any]:
    """Set Django up and make sure that the database answers; stop what was started for it."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from pingji.config.messages import compile_all
        from pingji.config.postgres import DatabaseProblem, Postgres, check_url

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
        server = None
        try:
            check_url(os.environ.get("PINGJI_DATABASE_URL", ""))
            if not os.environ.get("PINGJI_DATABASE_URL") and "pytest" not in sys.modules:
                server = Postgres()
                if server.answers():
                    server = None  # the running program's own
                elif not (server.data / "PG_VERSION").exists():
                    raise click.ClickException(
                        say(
                            "尚无数据库，请先执行 make run 或 pingji setup。",
                            "There is no database yet; run make run or pingji setup first.",
                        )
                    )
                else:
                    server.start()
            compile_all()
            import django

            django.setup()
            return _guarded(command, *args, **kwargs)
        except DatabaseProblem as problem:
            raise click.ClickException(str(problem)) from problem
        finally:
            if server is not None:
                from django.db import connections

                connections.close_all()
                server.stop()

    return run


def _guarded(command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    from django.db import OperationalError
    from django.utils import translation

    from pingji.config.places import home
    from pingji.ground import Refused
    from pingji.ground.record.actions import origin

    with translation.override("zh-hans" if language() == "zh" else "en"), origin("command line"):
        try:
            return command(*args, **kwargs)
        except Refused as refused:
            raise click.ClickException(str(refused)) from refused
        except OperationalError as problem:
            reason = str(problem).strip().splitlines()[0]
            raise click.ClickException(
                say(f"数据库连接失败：{reason}", f"cannot reach the database: {reason}")
            ) from problem
        except OSError as problem:  # a full disk, a file that may not be read
            where = problem.filename or home()
            raise click.ClickException(
                say(
                    f"{where}：{problem.strerror}。已有数据保留。",
                    f"{where}: {problem.strerror}. Existing data were kept.",
                )
            ) from problem
