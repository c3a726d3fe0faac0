"""The report of `pingji nowcast`."""

from typing import TYPE_CHECKING

import numpy as np

from pingji.config.cli.estimates import note_words
from pingji.config.cli.language import say
from pingji.config.cli.reports.page import Card, Cell, Report, Tile, number
from pingji.config.cli.reports.svg import Plot
from pingji.config.cli.reports.words import day_words, settings_words

if TYPE_CHECKING:
    from pingji.analysis.estimate import Nowcast
    from pingji.config.cli.nowcast import Options
    from pingji.config.cli.tables.line_list import LineList

DRAWN = 75


def nowcast_report(
    found: list[tuple[str, "Nowcast"]],
    cases: "LineList",
    today: np.datetime64,
    settings: "Options",
    *,
    charts: int,
) -> Report:
    """Put nowcasts into words and charts.

    Args:
        found: Name and nowcast of each series.
        cases: The line list.
        today: Day of the nowcast.
        settings: Options and their values.
        charts: Most series drawn.

    Returns:
        The report.
    """
    period, delay = settings["period"], settings["max_delay"]
    found = [(name or say("全部病例", "all cases"), one) for name, one in found]
    order = sorted(found, key=lambda item: -_missing(item[1], delay))
    reported = sum(float(one.reported[-delay:].sum()) for _, one in found)
    added = sum(_missing(one, delay) for _, one in found)
    first, last = (
        day_words(found[0][1].dates[-delay], period),
        day_words(found[0][1].dates[-1], period),
    )
    return Report(
        title=say(
            "最近还有多少病例没有报上来？", "How many recent cases are still to be reported?"
        ),
        lead=say(
            f"截至 {today}，{first}至{last}已报 {number(reported)} 例，估计还有约 {number(added, 0)} 例未报。",
            f"As of {today}, {number(reported)} cases of {first} to {last} are reported; about"
            f" {number(added, 0)} are still to come.",
        ),
        tiles=[
            Tile(number(reported), say("例已报告", "reported")),
            Tile(number(round(added)), say("例估计未报", "estimated still to come")),
            Tile(number(round(reported + added)), say("例估计合计", "estimated in all")),
        ],
        columns=[
            Cell(say("序列", "Series"), "text"),
            Cell(say("时期", "Period")),
            Cell(say("已报告", "Reported"), "number"),
            Cell(say("估计", "Estimate"), "number"),
            Cell(say("下限", "Lower"), "number"),
            Cell(say("上限", "Upper"), "number"),
            Cell(say("已报比例", "Share reported"), "number"),
            Cell(say("说明", "Note")),
        ],
        rows=[row for name, one in order for row in _rows(name, one, delay, period)],
        cards=[_card(name, one, delay, period) for name, one in order[:charts]],
        legend=[
            ('<rect x="6" y="1" width="12" height="11" class="bar"/>', say("已报告", "reported")),
            (
                '<rect x="6" y="1" width="12" height="11" class="bar-added"/>',
                say("估计未报", "estimated still to come"),
            ),
            ('<path d="M13 0v12" class="whisker"/>', say("区间", "interval")),
            ('<rect width="26" height="12" class="span"/>', say("尚不完整的时期", "not complete")),
        ],
        method=[
            (
                say("设置", "Settings"),
                settings_words(list(settings.items())),
            ),
            (
                say("数据", "Data"),
                say(
                    f"{cases.file}：{number(float(cases.cases.sum()))} 例",
                    f"{cases.file}: {number(float(cases.cases.sum()))} cases",
                ),
            ),
        ],
        reading=[
            say(
                "延迟突然变化（如放假、系统停用）时，估计会偏。",
                "Where delays change suddenly (holidays, a system down) the estimate is off.",
            ),
            say(
                "最近一两期报得极少，区间很宽：不要只看中位数。",
                "Of the last one or two periods little is reported and the interval is wide: do"
                " not read the median alone.",
            ),
        ],
    )


def _missing(one: "Nowcast", delay: int) -> float:
    return float(np.nansum((one.median - one.reported)[-delay:]))


def _rows(name: str, one: "Nowcast", delay: int, period: str) -> list[list[Cell]]:
    rows = []
    for t in range(len(one.dates) - 1, max(-1, len(one.dates) - 1 - delay), -1):
        rows.append(
            [
                Cell(name, "text"),
                Cell(day_words(one.dates[t], period)),
                *(
                    Cell(number(getattr(one, figure)[t]), "number")
                    for figure in ("reported", "median", "lower", "upper")
                ),
                Cell(f"{100 * one.reported_share[t]:.1f}%", "number"),
                Cell(note_words(one.note[t]), "quiet"),
            ]
        )
    return rows


def _card(name: str, one: "Nowcast", delay: int, period: str) -> Card:
    begin = max(0, len(one.dates) - max(DRAWN, 2 * delay))
    part = slice(begin, None)
    reported, median = one.reported[part], one.median[part]
    lower, upper = one.lower[part], one.upper[part]
    # A last bar about which nothing is known must not flatten all the others.
    most = 2.5 * np.nanmax(np.append(median[np.isfinite(median)], 1.0))
    upper = np.where(np.isnan(upper) & np.isfinite(lower), most, np.minimum(upper, most))
    plot = Plot.over([day_words(day, period) for day in one.dates[part]], reported, median, upper)
    plot.shade(len(reported) - delay, "span")
    plot.bars(reported, "bar")
    open_now = np.arange(len(reported)) >= len(reported) - delay
    plot.bars(np.where(open_now, median, np.nan), "bar-added", base=reported)
    plot.whiskers(np.where(open_now, lower, np.nan), upper, "whisker")
    added = _missing(one, delay)
    caption = say(
        f"最近 {delay} 期已报 {number(float(one.reported[-delay:].sum()))} 例，估计还有 {number(round(added))} 例。",
        f"The last {delay} periods: {number(float(one.reported[-delay:].sum()))} reported, about"
        f" {number(round(added))} to come.",
    )
    rows = [[cell.text for cell in row[1:]] for row in _rows(name, one, delay, period)]
    columns = [
        say("时期", "Period"),
        say("已报告", "Reported"),
        say("估计", "Estimate"),
        say("下限", "Lower"),
        say("上限", "Upper"),
        say("已报比例", "Share"),
        say("说明", "Note"),
    ]
    verdict = say(f"未报约 {number(round(added))} 例", f"about {number(round(added))} to come")
    return Card(name, verdict, "", plot.svg(f"{name}. {caption}"), caption, columns, rows)
