"""The options every command of the analysis library has: where results go, and language."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from pingji.config.cli.language import say


def output_options(command: Callable) -> Callable:
    """Add `--out`, `--html`, `--charts` and `--lang` to a command.

    Args:
        command: The command's function.

    Returns:
        The function with the options.
    """
    options = (
        click.option(
            "--out",
            type=click.Path(path_type=Path, dir_okay=False),
            help=say(
                "结果文件（.csv 或 .parquet），默认输出到屏幕",
                "file of results, .csv or .parquet (default: screen)",
            ),
        ),
        click.option(
            "--html",
            type=click.Path(path_type=Path, dir_okay=False),
            help=say(
                "另写一份带图的报告（单个 HTML 文件）",
                "also write a report with charts (one HTML file)",
            ),
        ),
        click.option(
            "--charts",
            type=click.IntRange(min=0),
            default=24,
            show_default=True,
            help=say("报告中最多画多少条序列", "most series drawn in the report"),
        ),
        click.option(
            "--lang",
            type=click.Choice(["zh", "en"]),
            expose_value=False,
            help=say("语言", "language"),
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def progress(length: int, zh: str, en: str):
    """A progress bar on standard error."""
    return click.progressbar(length=length, label=say(zh, en), file=sys.stderr)
