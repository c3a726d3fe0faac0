"""`pingji run`: the whole program from one command; `pingji setup`: the same without starting."""

import sys

import click

from pingji.config.cli.language import say


@click.command(
    help=say(
        "启动整个系统：数据库、网页、后台任务。按 Ctrl-C 全部停止。",
        "Start the whole program: database, pages, worker. Ctrl-C stops everything.",
    )
)
@click.option("--port", type=int, help=say("端口（默认 8000，或 PINGJI_PORT）", "port (8000)"))
@click.option(
    "--host", default=None, help=say("监听地址（默认 127.0.0.1）", "address to listen on")
)
@click.option(
    "--profile",
    default=None,
    help=say(
        "首次启动时装入的县级方案（默认 youyang）", "county plan for the first start (youyang)"
    ),
)
@click.option(
    "--no-demo", is_flag=True, help=say("首次启动时不装入演示县", "leave the demo county out")
)
@click.option(
    "--still",
    is_flag=True,
    help=say(
        "首次启动时，演示县的时间就是真实时间，不自动推进",
        "let the demo county's time be the wall clock's instead of an hour a second",
    ),
)
def run(
    port: int | None,
    host: str | None,
    profile: str | None,
    no_demo: bool,  # noqa: FBT001 - a flag of the command line
    still: bool,  # noqa: FBT001 - likewise
) -> None:
    """Start everything and stay until stopped."""
    from pingji.config.running import Program

    program = Program(port=port, host=host, profile=profile, demo=not no_demo, still=still)
    sys.exit(program.run())


@click.command(
    help=say(
        "完成全部准备（数据库、表、译文、页面资源）但不启动。",
        "Prepare everything (database, tables, translations, page assets) without starting.",
    )
)
@click.option("--profile", default=None, help=say("县级方案（默认 youyang）", "county plan"))
@click.option("--no-demo", is_flag=True, help=say("不装入演示县", "leave the demo county out"))
def setup(profile: str | None, no_demo: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Do what the first `run` would do, and stop."""
    from pingji.config.running import Program

    sys.exit(Program(port=None, host=None, profile=profile, demo=not no_demo).prepare_only())
