"""`pingji record`: is the record whole?"""

import sys

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say


@click.group(help=say("留痕。", "The record."))
def record() -> None:
    """Group of the commands about the record."""


@record.command(
    help=say(
        "核验留痕链是否完整；被改动或删除时指出第一处并以状态 1 退出。",
        "Verify the chain; names the first line that was altered or removed and exits with 1.",
    )
)
@with_django
def verify() -> None:
    """Walk the whole chain."""
    from pingji.ground.record.queries import first_break

    lines, broken = first_break()
    if broken is None:
        click.echo(say(f"留痕完整，共 {lines} 行。", f"The record is whole: {lines} lines."))
        return
    what = {"altered": ("被改动", "was altered"), "removed": ("被删除", "was removed")}[broken.what]
    click.echo(
        say(f"第 {broken.number} 行{what[0]}。", f"Line {broken.number} {what[1]}."), err=True
    )
    sys.exit(1)
