"""`pingji estimate`: reproduction number, growth and case fatality, each with its interval."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import click
import numpy as np
from numpy.typing import NDArray

from pingji.config.cli.estimates import Estimated, estimate_all, read_weights, result_columns
from pingji.config.cli.language import say
from pingji.config.cli.outputs import output_options, progress
from pingji.config.cli.reports.page import write_report
from pingji.config.cli.tables.bad_input import BadInput
from pingji.config.cli.tables.series_file import Block, Gaps, SeriesFile, read_series
from pingji.config.cli.tables.writing import write_table

if TYPE_CHECKING:
    from pingji.analysis.estimate import ReproductionNumber, UncertainSerialInterval
    from pingji.config.cli.estimates import Result

FILE = click.argument("file", type=click.Path(path_type=Path))
GAPS = click.option(
    "--gaps",
    type=click.Choice(["missing", "zero"]),
    default="missing",
    show_default=True,
    help=say("缺少的日期：无报告，或零病例", "what an absent date means: no report, or no case"),
)
LEVEL = click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help=say("区间的概率", "probability of the interval"),
)


class Options(TypedDict):
    """The options of the reproduction number that say what is known beforehand."""

    si_mean: float | None
    si_sd: float | None
    si_file: Path | None
    si_mean_sd: float | None
    si_sd_sd: float | None
    draws: int
    seed: int
    prior_mean: float
    prior_sd: float


class Interval(TypedDict, total=False):
    """A serial interval that is known, as arguments of the estimate."""

    si_mean: float
    si_sd: float
    si_weights: NDArray[np.float64]


class Delay(TypedDict, total=False):
    """The delay to death as arguments of the estimate."""

    delay_mean: float | None
    delay_sd: float | None
    delay_weights: NDArray[np.float64]


@click.group(
    help=say(
        "估计再生数、增长率、病死率，均带区间。",
        "Estimate reproduction number, growth or case fatality, each with its interval.",
    )
)
def estimate() -> None:
    """The group."""


@estimate.command(
    help=say(
        "瞬时再生数 Rt（Cori 法）或病例再生数（Wallinga-Teunis 法）。\n\n"
        "输入列 series,date,count[,imported]；代际间隔以时间步计，三选一："
        "--si-mean 与 --si-sd；--si-file；再加 --si-mean-sd 等表示不确定。",
        "Instantaneous reproduction number (Cori) or case reproduction number "
        "(Wallinga-Teunis).\n\nInput columns series,date,count[,imported]; the serial interval is"
        " in time steps: --si-mean and --si-sd; or --si-file; or --si-mean-sd and --si-sd-sd as"
        " well where it is uncertain.",
    )
)
@FILE
@click.option("--si-mean", type=float, help=say("代际间隔均值", "mean serial interval"))
@click.option("--si-sd", type=float, help=say("代际间隔标准差", "its standard deviation"))
@click.option(
    "--si-file",
    type=click.Path(path_type=Path),
    help=say("代际间隔的概率（列 k,w）", "its probabilities (columns k,w)"),
)
@click.option(
    "--si-mean-sd", type=float, help=say("均值的标准差（不确定）", "uncertainty of the mean (sd)")
)
@click.option(
    "--si-sd-sd", type=float, help=say("标准差的标准差（不确定）", "uncertainty of the sd (sd)")
)
@click.option(
    "--draws",
    type=click.IntRange(1),
    default=300,
    show_default=True,
    help=say("不确定时抽取的代际间隔数", "serial intervals drawn where uncertain"),
)
@click.option("--seed", type=int, default=1, show_default=True, help=say("随机种子", "seed"))
@click.option(
    "--window",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    help=say("窗口的时间步数", "time steps of the window"),
)
@click.option(
    "--prior-mean",
    type=float,
    default=5.0,
    show_default=True,
    help=say("R 的先验均值", "prior mean of R"),
)
@click.option(
    "--prior-sd",
    type=float,
    default=5.0,
    show_default=True,
    help=say("R 的先验标准差", "prior standard deviation of R"),
)
@click.option(
    "--method",
    type=click.Choice(["cori", "wallinga-teunis"]),
    default="cori",
    show_default=True,
    help=say("方法", "method"),
)
@GAPS
@output_options
def rt(
    file: Path,
    method: str,
    window: int,
    gaps: Gaps,
    out: Path | None,
    html: Path | None,
    charts: int,
    **given: Unpack[Options],
) -> None:
    """Estimate the reproduction number."""
    from pingji.analysis.estimate import reproduction_number, wallinga_teunis

    interval, uncertain = _interval(given)
    series = read_series(file, optional=("imported",), gaps=gaps)

    def one(block: Block) -> "ReproductionNumber":
        counts, imported = block.columns["count"], block.columns.get("imported")
        if method == "cori":
            return reproduction_number(
                counts,
                prior_mean=given["prior_mean"],
                prior_sd=given["prior_sd"],
                window=window,
                imported=imported,
                names=block.names,
                si_uncertain=uncertain,
                **interval,
            )
        if uncertain is not None:
            raise ValueError(
                say(
                    "Wallinga-Teunis 法不支持不确定的代际间隔",
                    "Wallinga-Teunis takes no uncertain serial interval",
                )
            )
        return wallinga_teunis(
            counts, window=window, imported=imported, names=block.names, **interval
        )

    found = _run(series, one)
    write_table(result_columns(found), out)
    if html is not None:
        from pingji.config.cli.reports.estimates import reproduction_report

        settings = _told(given)
        write_report(
            reproduction_report(
                found,
                series,
                charts=charts,
                settings=[("method", method), ("window", window), *settings],
            ),
            html,
        )


def _told(given: Options) -> list[tuple[str, object]]:
    """The options worth telling: draws and seed only where something is drawn."""
    drawn = given["si_mean_sd"] is not None
    return [(k, v) for k, v in given.items() if drawn or k not in ("draws", "seed")]


def _interval(given: Options) -> "tuple[Interval, UncertainSerialInterval | None]":
    """The serial interval: as it is known, or what is known of it."""
    from pingji.analysis.estimate import UncertainSerialInterval

    si_mean, si_sd, si_file = given["si_mean"], given["si_sd"], given["si_file"]
    si_mean_sd, si_sd_sd = given["si_mean_sd"], given["si_sd_sd"]
    if si_file is not None:
        if si_mean is not None or si_sd is not None:
            raise BadInput(
                say(
                    "--si-file 与 --si-mean、--si-sd 不能同时给",
                    "give --si-file or --si-mean and --si-sd, not both",
                )
            )
        return {"si_weights": read_weights(si_file)}, None
    if si_mean is None or si_sd is None:
        raise BadInput(
            say(
                "请给出 --si-mean 与 --si-sd，或 --si-file",
                "give --si-mean and --si-sd, or --si-file",
            )
        )
    if si_mean_sd is None and si_sd_sd is None:
        return {"si_mean": si_mean, "si_sd": si_sd}, None
    if si_mean_sd is None or si_sd_sd is None:
        raise BadInput(
            say("--si-mean-sd 与 --si-sd-sd 须同时给", "give --si-mean-sd and --si-sd-sd together")
        )
    try:
        # Two standard deviations to either side, as far as such an interval can exist.
        uncertain = UncertainSerialInterval(
            mean=si_mean,
            mean_sd=si_mean_sd,
            mean_min=max(si_mean - 2 * si_mean_sd, 1 + (si_mean - 1) / 10),
            mean_max=si_mean + 2 * si_mean_sd,
            sd=si_sd,
            sd_sd=si_sd_sd,
            sd_min=max(si_sd - 2 * si_sd_sd, si_sd / 10),
            sd_max=si_sd + 2 * si_sd_sd,
            draws=given["draws"],
            seed=given["seed"],
        )
    except ValueError as error:
        raise BadInput(say(f"代际间隔：{error}", f"serial interval: {error}")) from error
    return {}, uncertain


@estimate.command(
    help=say(
        "增长率与倍增时间（窗口内的对数线性拟合）。输入列 series,date,count。",
        "Growth rate and doubling time (log-linear fit over windows). Input columns"
        " series,date,count.",
    )
)
@FILE
@click.option(
    "--window",
    type=click.IntRange(4),
    default=14,
    show_default=True,
    help=say("窗口的时间步数", "time steps of the window"),
)
@click.option(
    "--dispersion",
    type=click.Choice(["quasi", "poisson"]),
    default="quasi",
    show_default=True,
    help=say("是否估计超泊松离散", "more spread than Poisson, or not"),
)
@click.option(
    "--min-cases",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help=say("窗口内最少病例数", "fewest cases in a window"),
)
@LEVEL
@GAPS
@output_options
def growth(
    file: Path,
    window: int,
    dispersion: Literal["quasi", "poisson"],
    min_cases: int,
    level: float,
    gaps: Gaps,
    out: Path | None,
    html: Path | None,
    charts: int,
) -> None:
    """Estimate growth."""
    from pingji.analysis.estimate import growth_rate

    series = read_series(file, optional=(), gaps=gaps)
    found = _run(
        series,
        lambda block: growth_rate(
            block.columns["count"],
            window=window,
            dispersion=dispersion,
            level=level,
            min_cases=min_cases,
            names=block.names,
        ),
    )
    write_table(result_columns(found), out)
    if html is not None:
        from pingji.config.cli.reports.estimates import growth_report

        settings: list[tuple[str, object]] = [
            ("window", window),
            ("dispersion", dispersion),
            ("level", level),
            ("min_cases", min_cases),
        ]
        write_report(growth_report(found, series, charts=charts, settings=settings), html)


@estimate.command(
    help=say(
        "病死率，按发病到死亡的延迟校正。输入列 series,date,count,deaths。",
        "Case fatality, corrected for the delay from onset to death. Input columns"
        " series,date,count,deaths.",
    )
)
@FILE
@click.option("--delay-mean", type=float, help=say("发病到死亡的平均延迟", "mean delay to death"))
@click.option("--delay-sd", type=float, help=say("延迟的标准差", "its standard deviation"))
@click.option(
    "--delay-file",
    type=click.Path(path_type=Path),
    help=say("延迟的概率（列 k,w）", "its probabilities (columns k,w)"),
)
@LEVEL
@GAPS
@output_options
def cfr(
    file: Path,
    delay_mean: float | None,
    delay_sd: float | None,
    delay_file: Path | None,
    level: float,
    gaps: Gaps,
    out: Path | None,
    html: Path | None,
    charts: int,
) -> None:
    """Estimate case fatality."""
    from pingji.analysis.estimate import case_fatality

    if (delay_file is None) == (delay_mean is None or delay_sd is None):
        raise BadInput(
            say(
                "请给出 --delay-mean 与 --delay-sd，或 --delay-file",
                "give --delay-mean and --delay-sd, or --delay-file",
            )
        )
    delay: Delay = (
        {"delay_weights": read_weights(delay_file)}
        if delay_file is not None
        else {"delay_mean": delay_mean, "delay_sd": delay_sd}
    )
    series = read_series(file, needed=("deaths",), optional=(), gaps=gaps)
    found = _run(
        series,
        lambda block: case_fatality(
            block.columns["count"], block.columns["deaths"], level=level, names=block.names, **delay
        ),
    )
    write_table(result_columns(found, windows=False), out)
    if html is not None:
        from pingji.config.cli.reports.estimates import fatality_report

        settings: list[tuple[str, object]] = [
            ("delay_mean", delay_mean),
            ("delay_sd", delay_sd),
            ("delay_file", delay_file),
            ("level", level),
        ]
        write_report(fatality_report(found, series, charts=charts, settings=settings), html)


def _run(series: SeriesFile, one: "Callable[[Block], Result]") -> list[Estimated]:
    with progress(len(series.names), "估计序列", "estimating series") as bar:
        return estimate_all(series, one, bar.update)
