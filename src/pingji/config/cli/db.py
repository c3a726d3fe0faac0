"""`pingji db shell`: the database's own command line."""

import os
import subprocess
import sys

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say


@click.group(help=say("数据库。", "The database."))
def db() -> None:
    """Group of the commands about the database."""


@db.command(
    help=say(
        "打开数据库命令行；ARGS 原样传给 psql。",
        "Open the database's own shell; ARGS go to psql as they are.",
    ),
    context_settings={"ignore_unknown_options": True},
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@with_django
def shell(args: tuple[str, ...]) -> None:
    """Run psql on the program's database."""
    command, environment = client("psql")
    sys.exit(subprocess.call([*command, *args], env=environment))


def client(program: str) -> tuple[list[str], dict[str, str]]:
    """A client program with the options that lead to our database."""
    from django.conf import settings

    from pingji.config.postgres import programs

    database = settings.DATABASES["default"]
    folder = programs()
    found = folder / program
    command = [str(found) if found.exists() else program]
    for option, key in (("-h", "HOST"), ("-p", "PORT"), ("-U", "USER"), ("-d", "NAME")):
        if database.get(key):
            command += [option, str(database[key])]
    environment = dict(os.environ)
    if database.get("PASSWORD"):
        environment["PGPASSWORD"] = str(database["PASSWORD"])
    for key, value in dict(database.get("OPTIONS", {})).items():
        environment[f"PG{key.upper()}"] = str(value)
    return command, environment
