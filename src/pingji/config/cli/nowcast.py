"""`pingji nowcast`: how many cases each recent day will come to when all are reported."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack, cast

import click
import numpy as np

from pingji.config.cli.estimates import note_words
from pingji.config.cli.language import say
from pingji.config.cli.outputs import output_options, progress
from pingji.config.cli.tables.bad_input import BadInput
from pingji.config.cli.tables.line_list import LineList, read_line_list
from pingji.config.cli.tables.values import as_day
from pingji.config.cli.tables.writing import write_table

if TYPE_CHECKING:
    from pingji.analysis.estimate import Nowcast
    from pingji.analysis.estimate.reporting_delay.methods import Method

METHODS = ("bayes-trunc", "bayes-notrunc-bnb", "bayes-notrunc", "lawless")


class Options(TypedDict):
    """The options that say how to nowcast."""

    period: Literal["day", "week", "month"]
    max_delay: int
    method: str
    window: int | None
    level: float
    samples: int
    seed: int


@click.command(
    help=say(
        "按报告延迟，由病例清单推算最近各期最终会有多少病例。\n\n"
        "输入列 event_date,report_date[,series][,count]；输出列 "
        "series,date,reported,median,lower,upper,reported_share,note。",
        "Estimate from a line list how many cases each recent period will come to when all are"
        " reported.\n\nInput columns event_date,report_date[,series][,count]; output columns"
        " series,date,reported,median,lower,upper,reported_share,note.",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--now",
    metavar=say("日期", "DATE"),
    help=say(
        "以哪一天所知为准（默认最后的报告日期）",
        "day whose knowledge is taken (default: the last report date)",
    ),
)
@click.option(
    "--period",
    type=click.Choice(["day", "week", "month"]),
    default="day",
    show_default=True,
    help=say("按日、周或月计", "count by day, week or month"),
)
@click.option(
    "--max-delay",
    type=click.IntRange(1),
    default=15,
    show_default=True,
    help=say("区分的最长延迟（期数）", "longest delay told apart, in periods"),
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="bayes-trunc",
    show_default=True,
    help=say("方法", "method"),
)
@click.option(
    "--window",
    type=click.IntRange(1),
    help=say("只用最近多少期学习延迟", "learn the delays from so many recent periods"),
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help=say("区间的概率", "probability of the interval"),
)
@click.option(
    "--samples",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help=say("抽样次数", "draws"),
)
@click.option("--seed", type=int, default=1, show_default=True, help=say("随机种子", "seed"))
@click.option(
    "--all",
    "complete",
    is_flag=True,
    help=say("也输出已完整的各期", "give the complete periods as well"),
)
@output_options
def nowcast(
    file: Path,
    now: str | None,
    complete: bool,  # noqa: FBT001 - a flag of the command line
    out: Path | None,
    html: Path | None,
    charts: int,
    **given: Unpack[Options],
) -> None:
    """Nowcast a line list."""
    cases = read_line_list(file)
    today = _today(cases, now)
    found = []
    with progress(len(cases.names), "推算序列", "nowcasting series") as bar:
        for index, name in enumerate(cases.names):
            found.append((name, _one(cases, index, today, given)))
            bar.update(1)
    shown = None if complete else given["max_delay"]
    write_table(_columns(found, shown), out)
    _tell_left_out(cases, today)
    if html is not None:
        from pingji.config.cli.reports.nowcasts import nowcast_report
        from pingji.config.cli.reports.page import write_report

        write_report(nowcast_report(found, cases, today, given, charts=charts), html)


def _today(cases: LineList, now: str | None) -> np.datetime64:
    if now is None:
        known = cases.report[~np.isnat(cases.report)]
        if not known.size:
            raise BadInput(say(f"{cases.file}：没有报告日期", f"{cases.file}: no report date"))
        return known.max()
    day = as_day(now)
    if day is None:
        raise BadInput(
            say(
                f"--now “{now}”不是日期，请写成 2024-05-01",
                f"--now “{now}” is not a date; write 2024-05-01",
            )
        )
    return np.datetime64(day)


def _one(cases: LineList, index: int, today: np.datetime64, given: Options) -> "Nowcast":
    from pingji.analysis.estimate import nowcast as estimate
    from pingji.analysis.estimate import reporting_triangle

    mine = cases.series == index
    try:
        triangle = reporting_triangle(
            cases.event[mine],
            cases.report[mine],
            now=today,
            period=given["period"],
            max_delay=given["max_delay"],
            cases=cases.cases[mine],
        )
        return estimate(
            triangle,
            method=cast("Method", given["method"].replace("-", "_")),
            window=given["window"],
            level=given["level"],
            samples=given["samples"],
            seed=given["seed"],
        )
    except ValueError as error:
        name = cases.names[index]
        place = cases.file + (say("，序列 ", ", series ") + name if name else "")
        raise BadInput(say(f"{place}：{error}", f"{place}: {error}")) from error


def _columns(found: "list[tuple[str, Nowcast]]", shown: int | None) -> dict[str, object]:
    parts = [
        (name, result, slice(None if shown is None else -shown, None)) for name, result in found
    ]
    columns: dict[str, object] = {
        "series": [name for name, result, part in parts for _ in result.dates[part]],
        "date": np.concatenate([result.dates[part] for _, result, part in parts]),
    }
    for figure in ("reported", "median", "lower", "upper", "reported_share"):
        columns[figure] = np.concatenate([getattr(r, figure)[part] for _, r, part in parts])
    columns["note"] = [note_words(int(n)) for _, r, part in parts for n in r.note[part]]
    return columns


def _tell_left_out(cases: LineList, today: np.datetime64) -> None:
    unknown = int(cases.cases[np.isnat(cases.event) | np.isnat(cases.report)].sum())
    later = int(cases.cases[cases.report > today].sum())
    if unknown:
        click.echo(
            say(f"{unknown} 例缺日期，未计入", f"{unknown} cases without dates left out"), err=True
        )
    if later:
        click.echo(
            say(
                f"{later} 例在 {today} 之后才报告，未计入",
                f"{later} cases reported after {today} left out",
            ),
            err=True,
        )
