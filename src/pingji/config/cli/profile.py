"""`pingji profile`: list, show and check the plans. Needs no database."""

from pathlib import Path

import click

from pingji.config.cli.language import language, say
from pingji.ground.standards import SECTIONS, figure, label
from pingji.ground.standards.rules.faults import ProfileProblem
from pingji.ground.standards.rules.profile import (
    ProfileFile,
    Row,
    load_profile_file,
    shipped_profiles,
)


@click.group(
    help=say("县级方案：列出、查看、检查。", "County plans: list, show, check."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
def profile() -> None:
    """Group of the commands about plans."""


@profile.command("list", help=say("列出随程序提供的方案。", "List the plans that ship."))
def list_() -> None:
    """One line for each shipped plan."""
    for name, path in shipped_profiles().items():
        plan = read(path)
        where = ",".join(plan.profile.areas) or say("全国", "everywhere")
        click.echo(f"{name:<10} {where:<7} {title(plan)}")


@profile.command(
    help=say(
        "查看一个方案；NAME 为方案名或文件路径。",
        "Show one plan; NAME is its name or the path of a file.",
    )
)
@click.argument("name")
@click.option(
    "--json", "as_json", is_flag=True, help=say("以 JSON 输出全部内容", "everything, as JSON")
)
def show(name: str, *, as_json: bool) -> None:
    """Every promise of a plan with its clause."""
    path = shipped_profiles().get(name, Path(name))
    if name not in shipped_profiles() and not path.exists():
        known = ", ".join(shipped_profiles())
        raise click.UsageError(
            say(f"没有名为“{name}”的方案。可选：{known}", f"No plan “{name}”. There are: {known}")
        )
    plan = read(path)
    if as_json:
        click.echo(plan.model_dump_json(by_alias=True, exclude_none=True, indent=2))
        return
    click.echo(f"{plan.profile.name}  {title(plan)}")
    click.echo(" ".join(x for x in (plan.document.title, plan.document.number) if x))
    for section in SECTIONS:
        rows = [row for place, row in plan.rows() if place == section]
        if rows:
            click.echo(f"\n{label('sections', section, language())} ({len(rows)})")
        for row in rows:
            click.echo(line(plan, section, row))
    for words, count in (
        (say("指挥小组", "Command groups"), len(plan.group)),
        (say("任务台账", "Task ledger"), len(plan.task)),
    ):
        click.echo(f"\n{words} ({count})")
    for task in plan.task:
        due = task.due.isoformat() if task.due else say("未定期限", "no date")
        click.echo(f"  {task.number:<8} {due}  {getattr(task, language())}")


@profile.command(
    help=say(
        "检查一个方案文件；有问题时逐条指出文件、行、键和原因。",
        "Check a plan's file; each fault is told with file, line, key and reason.",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say whether a file is a good plan."""
    plan = read(file)
    rows = len(list(plan.rows()))
    click.echo(
        say(
            f"{file.name}：合格。{rows} 项标准，{len(plan.group)} 个小组，{len(plan.task)} 项任务。",
            f"{file.name}: good. {rows} standards, {len(plan.group)} groups, "
            f"{len(plan.task)} tasks.",
        )
    )


def read(path: Path) -> ProfileFile:
    """The plan in a file; the faults are printed and the exit status is 1."""
    try:
        return load_profile_file(path)
    except ProfileProblem as found:
        for problem in found.problems:
            click.echo(problem.told(language()), err=True)
        raise click.exceptions.Exit(1) from None


def title(plan: ProfileFile) -> str:
    """The plan's name in the language asked for."""
    return str(getattr(plan.profile.title, language()))


def line(plan: ProfileFile, section: str, row: Row) -> str:
    """One promise: key, figure, name, where it is written."""
    origin = row.clause or getattr(plan.sources[row.source or ""], language())
    doubt = "" if row.verified else say(" [未核对]", " [not verified]")
    value = figure(plan.columns_of(section, row), language())
    return f"  {row.key:<46} {value}  {getattr(row, language())}  ({origin}){doubt}"
