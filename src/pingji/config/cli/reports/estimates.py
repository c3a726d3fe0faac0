"""The reports of `pingji estimate`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pingji.config.cli.estimates import Estimated, note_words
from pingji.config.cli.language import say
from pingji.config.cli.reports.page import Card, Cell, Report, Tile, number
from pingji.config.cli.reports.svg import Plot
from pingji.config.cli.reports.words import PERIODS, UNITS, day_words, settings_words

if TYPE_CHECKING:
    from pingji.config.cli.tables.series_file import SeriesFile

DRAWN = 150
ROWS = 60
Settings = list[tuple[str, object]]
Verdict = tuple[str, str]


@dataclass(frozen=True)
class Kind:
    """What tells the reports of the estimates apart.

    Attributes:
        title: The question.
        shown: Columns of the estimate, its lower and its upper bound.
        name: What the estimate is called.
        digits: Digits after the point.
        verdict: The finding of a series at one of its estimates, and its colour.
        reading: How to read the report.
        scale: What the figures are multiplied with.
        level: Value that parts rising from falling, if there is one.
        level_words: What stands at its line.
    """

    title: str
    shown: tuple[str, str, str]
    name: str
    digits: int
    verdict: Callable[[Estimated, int], Verdict]
    reading: list[str]
    scale: float = 1.0
    level: float | None = None
    level_words: str = ""

    def figures(self, one: Estimated, t: int) -> list[str]:
        """Estimate, lower and upper bound as text."""
        return [number(self.scale * one.figures[c][t], self.digits) for c in self.shown]


def reproduction_report(
    found: list[Estimated], file: "SeriesFile", *, charts: int, settings: Settings
) -> Report:
    """The report of `pingji estimate rt`.

    Args:
        found: The estimates.
        file: The series.
        charts: Most series drawn.
        settings: Options and their values.

    Returns:
        The report.
    """

    def verdict(one: Estimated, t: int) -> tuple[str, str]:
        if one.figures["q025"][t] > 1:
            return say("上升（区间高于 1）", "rising (interval above 1)"), "alarm"
        if one.figures["q975"][t] < 1:
            return say("下降（区间低于 1）", "falling (interval below 1)"), ""
        return say("升降未定（区间含 1）", "not settled (interval holds 1)"), "quiet"

    return _report(
        found,
        file,
        charts,
        settings,
        Kind(
            title=say("疫情在上升还是下降？", "Is the epidemic rising or falling?"),
            shown=("median", "q025", "q975"),
            level=1.0,
            level_words="R = 1",
            verdict=verdict,
            name=say("再生数 R", "Reproduction number R"),
            digits=2,
            reading=[
                say(
                    "R 是每个病例平均再传染的人数：大于 1 上升，小于 1 下降。",
                    "R is how many people each case infects on average: above 1 cases rise, below 1"
                    " they fall.",
                ),
                say(
                    "阴影是 95% 区间；R 属于窗口的最后一天。",
                    "The band is the 95 % interval; an R belongs to the last day of its window.",
                ),
                say(
                    "最近几天的病例若尚未报全，R 会偏低：先做即时预测。",
                    "Where recent cases are still to be reported R is too low: nowcast first.",
                ),
            ],
        ),
    )


def growth_report(
    found: list[Estimated], file: "SeriesFile", *, charts: int, settings: Settings
) -> Report:
    """The report of `pingji estimate growth`.

    Args:
        found: The estimates.
        file: The series.
        charts: Most series drawn.
        settings: Options and their values.

    Returns:
        The report.
    """

    def verdict(one: Estimated, t: int) -> tuple[str, str]:
        zh, en = UNITS[file.period]
        times = number(abs(one.figures["doubling_time"][t]))
        if one.figures["lower"][t] > 0:
            return say(f"上升，{times} {zh}翻倍", f"rising, doubles in {times} {en}"), "alarm"
        if one.figures["upper"][t] < 0:
            return say(f"下降，{times} {zh}减半", f"falling, halves in {times} {en}"), ""
        return say("升降未定（区间含 0）", "not settled (interval holds 0)"), "quiet"

    return _report(
        found,
        file,
        charts,
        settings,
        Kind(
            title=say("病例增长有多快？", "How fast do cases grow?"),
            shown=("rate", "lower", "upper"),
            level=0.0,
            verdict=verdict,
            name=say(
                f"每{PERIODS[file.period][0]}增长率",
                f"{PERIODS[file.period][1].capitalize()} growth rate",
            ),
            digits=3,
            reading=[
                say(
                    "增长率为自然对数：0.10 约为每期增加 10.5%。",
                    "The rate is a natural logarithm: 0.10 is about 10.5 % more each period.",
                ),
                say(
                    "区间含 0 时不给倍增时间的界。",
                    "Where the interval holds 0, bounds of the doubling time are not given.",
                ),
            ],
        ),
    )


def fatality_report(
    found: list[Estimated], file: "SeriesFile", *, charts: int, settings: Settings
) -> Report:
    """The report of `pingji estimate cfr`.

    Args:
        found: The estimates.
        file: The series.
        charts: Most series drawn.
        settings: Options and their values.

    Returns:
        The report.
    """

    def verdict(one: Estimated, t: int) -> tuple[str, str]:
        share, low, high = (100 * one.figures[c][t] for c in ("ratio", "lower", "upper"))
        return say(
            f"{share:.2f}%（{low:.2f}–{high:.2f}%）", f"{share:.2f}% ({low:.2f}–{high:.2f}%)"
        ), ""

    return _report(
        found,
        file,
        charts,
        settings,
        Kind(
            title=say("病例中有多少人死亡？", "How many of the cases die?"),
            shown=("ratio", "lower", "upper"),
            verdict=verdict,
            name=say("病死率（%）", "Case fatality (%)"),
            digits=2,
            scale=100.0,
            reading=[
                say(
                    "分母是结局已可知的病例数，而非全部病例：疫情增长时粗病死率偏低。",
                    "The denominator is the cases whose outcome can be known by then, not all cases:"
                    " the crude ratio is too low while an epidemic grows.",
                ),
                say(
                    "区间不含延迟本身的不确定。",
                    "The interval does not hold the uncertainty of the delay itself.",
                ),
            ],
        ),
    )


def _report(
    found: list[Estimated], file: "SeriesFile", charts: int, settings: Settings, kind: Kind
) -> Report:
    latest = [_latest(one) for one in found]
    verdicts = [
        kind.verdict(one, t)
        if t is not None
        else (say("未估计：", "not estimated: ") + note_words(one.note[-1]), "quiet")
        for one, t in zip(found, latest, strict=True)
    ]
    order = sorted(
        range(len(found)),
        key=lambda i: (verdicts[i][1] != "alarm", latest[i] is None, -np.nansum(found[i].counts)),
    )
    zh, en = PERIODS[file.period]
    return Report(
        title=kind.title,
        lead=_lead([(found[i], latest[i], verdicts[i]) for i in order], file.period, kind),
        tiles=_tiles(latest, verdicts, kind),
        columns=[
            Cell(say("序列", "Series"), "text"),
            Cell(say("截至", "As of")),
            Cell(kind.name, "number"),
            Cell(say("下限", "Lower"), "number"),
            Cell(say("上限", "Upper"), "number"),
            Cell(say("结论", "Finding")),
        ],
        rows=[_row(found[i], latest[i], verdicts[i], kind, file.period) for i in order],
        cards=[_card(found[i], latest[i], verdicts[i], kind, file.period) for i in order[:charts]],
        legend=[
            ('<rect x="6" y="1" width="12" height="11" class="bar"/>', say("病例数", "cases")),
            ('<path d="M0 6h26" class="median"/>', kind.name),
            ('<rect width="26" height="12" class="band"/>', say("区间", "interval")),
        ],
        method=[
            (say("设置", "Settings"), settings_words(settings)),
            (
                say("数据", "Data"),
                say(
                    f"{file.file}：{len(found)} 条按{zh}的序列",
                    f"{file.file}: {len(found)} {en} series",
                ),
            ),
        ],
        reading=kind.reading,
    )


def _lead(found: list[tuple[Estimated, int | None, Verdict]], period: str, kind: Kind) -> str:
    one, t, verdict = found[0]
    if len(found) == 1 or kind.level is None:
        if t is None:
            return say(f"{one.name}：{verdict[0]}。", f"{one.name}: {verdict[0]}.")
        day = day_words(one.dates[one.end[t]], period)
        return say(
            f"{one.name}，截至{day}：{verdict[0]}。", f"{one.name} as of {day}: {verdict[0]}."
        )
    rising = [one.name for one, _, verdict in found if verdict[1] == "alarm"]
    if not rising:
        return say(
            f"{len(found)} 条序列中没有一条明确上升。",
            f"None of {len(found)} series is clearly rising.",
        )
    names = say("、", ", ").join(rising[:3]) + (say(" 等", " and others") if rising[3:] else "")
    return say(
        f"{len(found)} 条序列中有 {len(rising)} 条在上升：{names}。",
        f"{len(rising)} of {len(found)} series are rising: {names}.",
    )


def _tiles(latest: list[int | None], verdicts: list[Verdict], kind: Kind) -> list[Tile]:
    tiles = [Tile(str(len(latest)), say("条序列", "series"))]
    if kind.level is not None:
        known = [v for t, (_, v) in zip(latest, verdicts, strict=True) if t is not None]
        rising = known.count("alarm")
        tiles += [
            Tile(str(rising), say("条在上升", "rising"), "alarm" if rising else ""),
            Tile(str(known.count("")), say("条在下降", "falling")),
            Tile(str(known.count("quiet")), say("条升降未定", "not settled")),
        ]
    return [*tiles, Tile(str(latest.count(None)), say("条未能估计", "not estimated"))]


def _latest(one: Estimated) -> int | None:
    known = np.flatnonzero(one.note == 0)
    return int(known[-1]) if known.size else None


def _row(one: Estimated, t: int | None, verdict: Verdict, kind: Kind, period: str) -> list[Cell]:
    figures = kind.figures(one, t) if t is not None else ["—"] * 3
    return [
        Cell(one.name, "text"),
        Cell(day_words(one.dates[one.end[t]], period) if t is not None else "—"),
        *(Cell(figure, "number") for figure in figures),
        Cell(*verdict),
    ]


def _card(one: Estimated, t: int | None, verdict: Verdict, kind: Kind, period: str) -> Card:
    caption = say("没有可用的估计。", "There is no estimate.")
    if t is not None:
        day = day_words(one.dates[one.end[t]], period)
        a, b, c = kind.figures(one, t)
        caption = say(
            f"{day}：{kind.name} {a}（{b} 至 {c}）。", f"{day}: {kind.name} {a} ({b} to {c})."
        )
    rows = [
        [day_words(one.dates[one.end[w]], period), *kind.figures(one, w), note_words(one.note[w])]
        for w in range(len(one.note) - 1, max(-1, len(one.note) - 1 - ROWS), -1)
    ]
    columns = [
        say("日期", "Date"),
        kind.name,
        say("下限", "Lower"),
        say("上限", "Upper"),
        say("说明", "Note"),
    ]
    charts = _charts(one, kind, period, f"{one.name}. {caption}")
    return Card(one.name, verdict[0], verdict[1], charts, caption, columns, rows)


def _charts(one: Estimated, kind: Kind, period: str, title: str) -> str:
    """The cases, and below them on the same days the estimate with its interval."""
    size = len(one.dates)
    begin = max(0, size - DRAWN)
    columns = []
    for column in kind.shown:
        whole = np.full(size, np.nan)
        whole[one.end] = kind.scale * one.figures[column]
        columns.append(whole[begin:])
    middle, lower, upper = columns
    # Early intervals can be huge: the axis ends at three times the largest estimate.
    most = 3 * np.nanmax(np.abs(middle)) if np.isfinite(middle).any() else 1.0
    lower, upper = np.clip(lower, -most, most), np.clip(upper, -most, most)
    labels = [day_words(day, period) for day in one.dates[begin:]]
    cases = Plot.over(labels, one.counts[begin:], height=92, times=False)
    cases.bars(one.counts[begin:], "bar")
    fixed = [] if kind.level is None else [np.array([kind.level])]
    plot = Plot.over(labels, middle, lower, upper, *fixed)
    plot.band(lower, upper, "band")
    if kind.level is not None:
        plot.level(kind.level, "one", kind.level_words)
    plot.line(middle, "median")
    words = say("病例数", "cases")
    return cases.svg(f"{one.name}: {words}") + plot.svg(title)
