"""`pingji detect`: which points of many series of counts are out of the ordinary."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from pingji.config.cli.language import say
from pingji.config.cli.methods import Detector, describe, detectors, find, read_options
from pingji.config.cli.outputs import output_options, progress
from pingji.config.cli.reports.page import write_report
from pingji.config.cli.tables.bad_input import BadInput
from pingji.config.cli.tables.series_file import Block, Gaps, SeriesFile, read_series
from pingji.config.cli.tables.writing import write_table

# Figures judged at once: bounds the memory, and how often the progress bar moves.
CELLS = 1_000_000
NOTES = {
    1: ("历史数据不足", "history too short"),
    2: ("病例数太少", "too few cases"),
    3: ("当期无数据", "count missing"),
    4: ("未要求判定", "not asked for"),
    5: ("历史无波动", "no variation in the history"),
    6: ("模型未能拟合", "model could not be fitted"),
}


@dataclass(frozen=True)
class Judged:
    """The points of one series that were judged; arrays of shape (time,).

    Attributes:
        name: Name of the series.
        first: Place of the first judged point in the series.
        dates: Date of every point of the series, also of those before `first`.
        counts: Count of every point of the series.
        figures: Figures of the judged points by column.
        alarm: Whether each judged point alarms.
        note: Why a point was not judged; 0 where it was.
    """

    name: str
    first: int
    dates: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    figures: dict[str, NDArray[np.float64]]
    alarm: NDArray[np.bool_]
    note: NDArray[np.int8]


def note_words(note: int) -> str:
    """Why a point was not judged, in words."""
    return say(*NOTES.get(int(note), ("未判定", "not judged"))) if note else ""


def judge_all(
    detector: Detector,
    options: dict[str, object],
    file: SeriesFile,
    last: int | None,
    step: Callable[[int], None],
) -> list[Judged]:
    """Run a detector on every series of a file.

    Args:
        detector: The method.
        options: Its options.
        file: The series.
        last: Judge only so many points at the end of each series; None for all.
        step: Told how many more series are done.

    Returns:
        What was found, in the file's order.

    Raises:
        BadInput: If the method refuses its options or the counts.
    """
    found: dict[int, Judged] = {}
    for block in file.parts(CELLS):
        for index, judged in zip(
            block.index, _judge(detector, options, file, block, last), strict=True
        ):
            found[index] = judged
        step(len(block.names))
    return [found[index] for index in sorted(found)]


def _judge(
    detector: Detector,
    options: dict[str, object],
    file: SeriesFile,
    block: Block,
    last: int | None,
) -> list[Judged]:
    size = len(block.dates)
    first = 0 if last is None else max(0, size - last)
    counts = block.columns["count"]
    given = {
        "dates": block.dates,
        "period": file.period,
        "population": _population(block, detector),
        "judge": slice(first, size),
        "names": block.names,
    }
    try:
        result = detector.function(
            counts, **{name: given[name] for name in detector.takes}, **options
        )
    except ValueError as error:
        raise BadInput(
            say(
                f"{file.file}：方法 {detector.name} 无法使用：{error}",
                f"{file.file}: method {detector.name} refuses: {error}",
            )
        ) from error
    # Copies: a view would keep the figures of every point, judged or not, until the end.
    columns = {
        "observed": counts[first:],
        "expected": result.expected[first:].copy(),
        "upperbound": result.upper_bound[first:].copy(),
        "score": result.score[first:].copy(),
    }
    alarm, note = result.alarm[first:].copy(), result.note[first:].copy()
    return [
        Judged(
            name,
            first,
            block.dates,
            counts[:, s],
            {column: figures[:, s] for column, figures in columns.items()},
            alarm[:, s],
            note[:, s],
        )
        for s, name in enumerate(block.names)
    ]


def _population(block: Block, detector: Detector) -> NDArray[np.float64] | None:
    population = block.columns.get("population")
    if population is None or np.isnan(population).all():
        if "population" in detector.needs:
            raise BadInput(
                say(
                    f"方法 {detector.name} 需要 population 列",
                    f"method {detector.name} needs a column population",
                )
            )
        return None
    # A constant population is no population: so a series without one is left as it is.
    return np.where(np.isnan(population), 1.0, population)


def result_columns(found: list[Judged]) -> dict[str, object]:
    """The output table.

    Args:
        found: What was found.

    Returns:
        Columns `series,date,observed,expected,upperbound,score,alarm,note`.
    """
    words = {note: note_words(note) for note in range(max(NOTES) + 1)}
    notes = np.concatenate([one.note for one in found])
    columns: dict[str, object] = {
        "series": [one.name for one in found for _ in one.note],
        "date": np.concatenate([one.dates[one.first :] for one in found]),
    }
    for column in ("observed", "expected", "upperbound", "score"):
        columns[column] = np.concatenate([one.figures[column] for one in found])
    columns["alarm"] = np.concatenate([one.alarm for one in found]).astype(np.int8)
    columns["note"] = [words.get(int(note), note_words(int(note))) for note in notes]
    return columns


def _list(known: dict[str, Detector]) -> str:
    lines = []
    for detector in known.values():
        lines.append(f"{detector.name}  {detector.words}")
        for name, parameter in detector.options.items():
            lines.append(f"    {name} = {parameter.default}  ({describe(parameter)})")
    return "\n".join(lines)


def _show_list(context: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's callback
    if asked:
        click.echo(_list(detectors()))
        context.exit()


@click.command(
    help=say(
        "找出计数序列中异常偏高的时点。\n\n输入列 series,date,count[,population]"
        "（按日、周或月，自动识别；CSV 或 Parquet）；输出列 "
        "series,date,observed,expected,upperbound,score,alarm,note。",
        "Find the points of series of counts that are out of the ordinary.\n\n"
        "Input columns series,date,count[,population] (day, week or month, found by itself; CSV "
        "or Parquet); output columns series,date,observed,expected,upperbound,score,alarm,note.",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--method",
    default="recommended",
    show_default=True,
    help=say("方法，--list 列出全部", "method; --list shows all"),
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar=say("名称=值", "NAME=VALUE"),
    help=say("方法的选项，可多次", "option of the method, may be repeated"),
)
@click.option(
    "--last",
    type=click.IntRange(min=1),
    help=say("只判定每条序列的最后 N 个时点", "judge only the last N points of each series"),
)
@click.option(
    "--gaps",
    type=click.Choice(["missing", "zero"]),
    default="missing",
    show_default=True,
    help=say("缺少的日期：无报告，或零病例", "what an absent date means: no report, or no case"),
)
@click.option(
    "--population/--no-population",
    default=True,
    show_default=True,
    help=say("是否使用 population 列", "whether to use the column population"),
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_list,
    help=say("列出方法及其选项", "list the methods and their options"),
)
@output_options
def detect(
    file: Path,
    method: str,
    settings: tuple[str, ...],
    out: Path | None,
    last: int | None,
    gaps: Gaps,
    population: bool,  # noqa: FBT001 - a flag of the command line
    html: Path | None,
    charts: int,
) -> None:
    """Judge a file of series."""
    detector = find(method, detectors())
    options = read_options(detector, settings)
    series = read_series(file, optional=("population",) if population else (), gaps=gaps)
    with progress(len(series.names), "判定序列", "judging series") as bar:
        found = judge_all(detector, options, series, last, bar.update)
    write_table(result_columns(found), out)
    if html is not None:
        from pingji.config.cli.reports.detection import detection_report

        write_report(
            detection_report(found, series, detector, options, last=last, charts=charts), html
        )
    if out is not None:
        alarms = sum(int(one.alarm.sum()) for one in found)
        points = sum(len(one.note) for one in found)
        unjudged = sum(int((one.note != 0).sum()) for one in found)
        click.echo(
            say(
                f"{len(found)} 条序列，{points} 个时点：{alarms} 个异常，{unjudged} 个未判定",
                f"{len(found)} series, {points} points: {alarms} out of the ordinary,"
                f" {unjudged} not judged",
            ),
            err=True,
        )
