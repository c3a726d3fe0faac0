"""`pingji posts`: a file of posts of the public, answered line by line."""

import sys
from pathlib import Path

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say

SHOWN = 20


@click.command(
    help=say(
        "提交网络信息文件(CSV、Excel、JSON Lines)，逐行答复；有退回的行时以状态 1 退出。",
        "Hand in a file of posts (CSV, Excel, JSON Lines); every line is answered. Exits with 1 "
        "if a line was refused.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", "username", default="press", help=say("以哪个用户提交", "who hands it in"))
@with_django
def posts(file: Path, username: str) -> None:
    """Hand a file in, and say what became of each line that was refused."""
    from django.utils import timezone

    from pingji.ground import Refused
    from pingji.ground.directory.models import User
    from pingji.monitor.opinion import actions
    from pingji.monitor.opinion.queries.faults import in_words, sentence

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise click.UsageError(say(f"没有用户“{username}”。", f"There is no user “{username}”."))
    try:
        batch = actions.hand_in(
            name=file.name, content=file.read_bytes(), by=user, at=timezone.now()
        )
    except Refused as refused:
        raise click.ClickException(f"{file.name}: {refused}") from refused
    problems = in_words(batch)
    click.echo(
        say(
            f"{file.name}:{batch.lines} 条，收下 {batch.kept},已有 {batch.known},"
            f"退回 {len(problems)}",
            f"{file.name}: {batch.lines} posts, {batch.kept} kept, {batch.known} already known, "
            f"{len(problems)} refused",
        )
    )
    for line, reason in problems[:SHOWN]:
        click.echo(f"  {sentence(line, reason)}")
    if len(problems) > SHOWN:
        click.echo(
            say(f"  …另有 {len(problems) - SHOWN} 行", f"  … and {len(problems) - SHOWN} more")
        )
    sys.exit(1 if problems else 0)
