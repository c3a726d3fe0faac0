"""`pingji import`: a spreadsheet, answered row by row."""

import sys
from pathlib import Path

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say

SHOWN = 20


@click.command(
    "import",
    help=say(
        "导入病例个案或计数表格(CSV、Excel)，逐行答复；有退回的行时以状态 1 退出。",
        "Import case lines or counts (CSV, Excel); every row is answered. Exits with 1 if a row "
        "was refused.",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", "username", default="cdc", help=say("以哪个用户报送", "who hands it in"))
@click.option(
    "--channel",
    default="case",
    type=click.Choice(["case", "pathogen", "syndrome", "vector", "department"]),
    help=say("渠道", "channel"),
)
@click.option("--disease", default="", help=say("文件无病种列时的病种", "disease for every row"))
@click.option("--area", default="", help=say("文件无地区列时的地区代码", "area for every row"))
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("逐行答复写入此 CSV", "write every row's answer to this CSV"),
)
@with_django
def import_(
    file: Path, username: str, channel: str, disease: str, area: str, answers: Path | None
) -> None:
    """Hand a file in and read it at once."""
    import csv

    from django.utils import timezone

    from pingji.ground.directory.models import User
    from pingji.monitor.surveillance import actions, queries
    from pingji.monitor.surveillance.models import RowAnswer

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise click.UsageError(say(f"没有用户“{username}”。", f"There is no user “{username}”."))
    now = timezone.now()
    taken = actions.hand_in(
        name=file.name,
        content=file.read_bytes(),
        channel=channel,
        disease=disease,
        area=area,
        by=user,
        at=now,
    )
    taken = actions.read_file(import_id=taken.pk, at=now, disease=disease, area=area)
    if taken.problem:
        raise click.ClickException(f"{file.name}: {taken.problem}")
    click.echo(
        say(
            f"{file.name}:{taken.rows} 行，接受 {taken.accepted},更正 {taken.corrected},"
            f"已有 {taken.repeated},退回 {taken.refused}",
            f"{file.name}: {taken.rows} rows, {taken.accepted} accepted, "
            f"{taken.corrected} corrected, {taken.repeated} already known, "
            f"{taken.refused} refused",
        )
    )
    refused = taken.answers.filter(verdict=RowAnswer.Verdict.REFUSED)
    for answer in refused[:SHOWN]:
        click.echo(f"  {answer.cell} {answer.column} {answer.value!r}: {queries.sentence(answer)}")
    if taken.refused > SHOWN:
        click.echo(
            say(f"  …另有 {taken.refused - SHOWN} 行", f"  … and {taken.refused - SHOWN} more")
        )
    if answers:
        with answers.open("w", newline="", encoding="utf-8-sig") as out:
            writer = csv.writer(out)
            for row in queries.answers_as_rows(taken):
                writer.writerow([queries.harmless(cell) for cell in row])
    sys.exit(1 if taken.refused else 0)
