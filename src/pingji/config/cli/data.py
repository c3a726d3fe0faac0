"""`pingji import` and `pingji columns`: a spreadsheet, what it asks, and an answer to every row."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say

if TYPE_CHECKING:
    from pingji.ground.directory.models import User
    from pingji.monitor.surveillance.actions.answering import Answer
    from pingji.monitor.surveillance.models import Import

SHOWN = 20
USER = click.option(
    "--user", "username", default="cdc", help=say("以哪个用户报送", "who hands it in")
)
ANSWERS = click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("逐行答复写入此 CSV", "write every row's answer to this CSV"),
)
FOR_ALL = (
    click.option(
        "--disease", default="", help=say("文件无病种列时的病种", "disease for every row")
    ),
    click.option("--area", default="", help=say("文件无地区列时的地区代码", "area for every row")),
    click.option(
        "--status",
        default="",
        type=click.Choice(["", "suspected", "clinical", "confirmed", "carrier"]),
        help=say("文件无病例分类列时的分类", "status of every case"),
    ),
)
MEANING = (
    click.option(
        "--kind",
        default="",
        type=click.Choice(["", "cases", "counts"]),
        help=say("个案（cases）或汇总数（counts）", "case lines or counts"),
    ),
    click.option(
        "--heading", default=0, help=say("表头所在行号", "number of the row that names the columns")
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME=HEADING",
        help=say(
            "某项在哪一列，写表头文字或列标，如 key=门诊号；可多次",
            "where a column stands, by its heading or letter, such as key=B; may be repeated",
        ),
    ),
    click.option(
        "--word",
        "words",
        multiple=True,
        metavar="NAME:WORD=MEANING",
        help=say(
            "文件用词的含义，如 disease:手口=hand_foot_mouth；可多次",
            "what a word of the file means, such as sex:1=M; may be repeated",
        ),
    ),
    click.option(
        "--leave-words",
        is_flag=True,
        help=say("其余不识别的词不再询问，有关行退回", "refuse rows with other unknown words"),
    ),
)


def options(*groups: Any) -> Callable[[Any], Any]:
    """Several options at once, in their order."""

    def put(command: Any) -> Any:
        for option in reversed([one for group in groups for one in group]):
            command = option(command)
        return command

    return put


@click.command(
    "import",
    help=say(
        "导入病例个案或计数表格(CSV、Excel)，逐行答复；有退回的行，或文件等待说明各列含义时，以状态 1 退出。",
        "Import case lines or counts (CSV, Excel); every row is answered. Exits with 1 if a row "
        "was refused, or the file waits to be told what its columns mean.",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@USER
@click.option(
    "--channel",
    default="case",
    type=click.Choice(["case", "pathogen", "syndrome", "vector", "department"]),
    help=say("渠道", "channel"),
)
@options(FOR_ALL, MEANING)
@ANSWERS
@with_django
def import_(file: Path, username: str, channel: str, answers: Path | None, **said: Any) -> None:
    """Hand a file in and read it at once."""
    from django.core.files import File
    from django.utils import timezone

    from pingji.monitor.surveillance import actions

    user = user_named(username)
    now = timezone.now()
    for_all = {name: said[name] for name in ("disease", "area", "status")}
    with file.open("rb") as content:
        taken = actions.hand_in(
            name=file.name, content=File(content), channel=channel, by=user, at=now, **for_all
        )
    taken = actions.read_file(import_id=taken.pk, at=now)
    if taken.state == "asks" and any(
        said[name] for name in ("kind", "heading", "columns", "words")
    ):
        taken = answered(taken, user, said)
    told(taken, answers)


@click.command(
    help=say(
        "文件等待说明各列含义时：不带选项则列出文件所问，带选项则作答并读入。编号见 pingji import 的提示。",
        "A file that waits to be told what its columns mean: without options, show what it asks; "
        "with them, answer and read it. Its number is told by pingji import.",
    ),
)
@click.argument("number", type=int)
@USER
@options(FOR_ALL, MEANING)
@ANSWERS
@with_django
def columns(number: int, username: str, answers: Path | None, **said: Any) -> None:
    """Show what a file asks, or answer it and have it read."""
    from pingji.monitor.surveillance.models import Import

    user = user_named(username)
    file = Import.objects.visible_to(user).filter(pk=number).first()
    if file is None:
        raise click.UsageError(say(f"没有编号为 {number} 的文件。", f"There is no file {number}."))
    if any(said.values()):
        told(answered(file, user, said), answers)
    else:
        show_question(file, user)


def user_named(username: str) -> "User":
    """The user in whose name a command works."""
    from pingji.ground.directory.models import User

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise click.UsageError(say(f"没有用户“{username}”。", f"There is no user “{username}”."))
    return user


def answered(file: "Import", user: "User", said: dict[str, Any]) -> "Import":
    """The file, read by what was said."""
    from django.utils import timezone

    from pingji.monitor.surveillance import actions

    now = timezone.now()
    actions.answer(file=file, said=answer_of(said), by=user, at=now)
    return actions.read_file(import_id=file.pk, at=now)


def answer_of(said: dict[str, Any]) -> "Answer":
    """The options as an answer."""
    from pingji.monitor.surveillance.actions.answering import Answer

    words: dict[str, dict[str, str]] = {}
    for one in said["words"]:
        left, meaning = split(one, "=")
        column, word = split(left, ":")
        words.setdefault(column, {})[word] = meaning
    for_all = {name: said[name] for name in ("status", "disease", "area")}
    return Answer(
        heading=said["heading"],
        kind=said["kind"],
        columns=dict(split(one, "=", last=False) for one in said["columns"]),
        words=words,
        for_all={name: value for name, value in for_all.items() if value},
        leave_words=said["leave_words"],
    )


def split(text: str, sign: str, *, last: bool = True) -> tuple[str, str]:
    """What stands before a sign and after it."""
    left, found, right = text.rpartition(sign) if last and sign == "=" else text.partition(sign)
    if not found:
        raise click.UsageError(say(f"“{text}”中缺少“{sign}”。", f"“{text}” holds no “{sign}”."))
    return left, right


def told(file: "Import", answers: Path | None) -> None:
    """Say what became of a file, and end with the status that tells it."""
    import csv

    from pingji.monitor.surveillance import queries
    from pingji.monitor.surveillance.models import Import, RowAnswer

    if file.state == Import.State.ASKS:
        raise click.ClickException(
            say(
                f"{file.file_name}：{file.problem}文件已保存，编号 {file.pk}；"
                f"查看所问并作答：pingji columns {file.pk}",
                f"{file.file_name}: {file.problem} It is kept as file {file.pk}; "
                f"see what it asks, and answer: pingji columns {file.pk}",
            )
        )
    if file.problem:
        raise click.ClickException(f"{file.file_name}: {file.problem}")
    click.echo(
        say(
            f"{file.file_name}：{file.rows} 行，接受 {file.accepted}，更正 {file.corrected}，"
            f"已有 {file.repeated}，退回 {file.refused}",
            f"{file.file_name}: {file.rows} rows, {file.accepted} accepted, "
            f"{file.corrected} corrected, {file.repeated} already known, "
            f"{file.refused} refused",
        )
    )
    refused = file.answers.filter(verdict=RowAnswer.Verdict.REFUSED)
    for answer in refused[:SHOWN]:
        click.echo(f"  {answer.cell} {answer.column} {answer.value!r}: {queries.sentence(answer)}")
    if file.refused > SHOWN:
        click.echo(
            say(f"  …另有 {file.refused - SHOWN} 行", f"  … and {file.refused - SHOWN} more")
        )
    if answers:
        with answers.open("w", newline="", encoding="utf-8-sig") as out:
            writer = csv.writer(out)
            for row in queries.answers_as_rows(file):
                writer.writerow([queries.harmless(cell) for cell in row])
    sys.exit(1 if file.refused else 0)


def show_question(file: "Import", user: "User") -> None:
    """Headings, what they are taken for, what is lacking and which words are not known."""
    from django.utils import timezone

    from pingji.monitor.surveillance.actions.answering import what_is_asked
    from pingji.monitor.surveillance.actions.reading import column_letter
    from pingji.monitor.surveillance.rules.mapping import COLUMNS, LABELS

    asked = what_is_asked(file=file, by=user, at=timezone.now())
    names = {at: name for name, at in asked.columns.items()}
    click.echo(f"{file.file_name} ({file.pk}): {file.get_state_display()} {file.problem}")
    click.echo(
        say(f"第 {asked.begin.heading} 行为表头：", f"row {asked.begin.heading} is the heading:")
    )
    for at, cell in enumerate(asked.begin.cells):
        name = names.get(at, "")
        meaning = f"  -> {name} {LABELS[name]}" if name else ""
        click.echo(f"  {column_letter(at)}  {cell}{meaning}")
    for name in asked.lacking:
        click.echo(say(f"尚缺：{name} {LABELS[name]}", f"lacking: {name} {LABELS[name]}"))
    for name, words in asked.unknown.items():
        shown = "、".join(words)
        click.echo(say(f"不识别的词：{name}: {shown}", f"words not known: {name}: {shown}"))
    left = [name for name in COLUMNS[asked.kind] if name not in asked.columns]
    click.echo(say("其他可说明的列：", "other columns: ") + " ".join(left))
