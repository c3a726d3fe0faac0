"""The report of `pingji detect`."""

from typing import TYPE_CHECKING

import numpy as np

from pingji.config.cli.detect import Judged, note_words
from pingji.config.cli.language import say
from pingji.config.cli.reports.page import Card, Cell, Report, Tile, number
from pingji.config.cli.reports.svg import Plot
from pingji.config.cli.reports.words import PERIODS, day_words, span_words, with_settings

if TYPE_CHECKING:
    from pingji.config.cli.methods import Detector
    from pingji.config.cli.tables.series_file import SeriesFile

# Points drawn at most, and rows of the table behind a chart.
DRAWN = 120
ROWS = 60
BAR = '<rect x="1" y="2" width="6" height="10" class="bar"/>'
BAR += '<rect x="9" y="5" width="6" height="7" class="bar"/>'


def detection_report(
    found: list[Judged],
    file: "SeriesFile",
    detector: "Detector",
    options: dict[str, object],
    *,
    last: int | None,
    charts: int,
) -> Report:
    """Put what was found into words and charts.

    Args:
        found: What was found.
        file: The series.
        detector: The method.
        options: Options that were set.
        last: Points judged at the end of each series; None for all.
        charts: Most series drawn.

    Returns:
        The report.
    """
    order = sorted(range(len(found)), key=lambda i: _urgency(found[i]), reverse=True)
    now = [one for one in found if one.alarm[-1]]
    alarmed = [one for one in found if one.alarm.any()]
    unjudged = sum(bool(one.note[-1]) for one in found)
    newest = max(one.dates[-1] for one in found)
    return Report(
        title=say("哪些序列异常偏高？", "Which series are out of the ordinary?"),
        lead=_lead(found, now, alarmed, newest, file.period),
        tiles=[
            Tile(str(len(found)), say("条序列", "series")),
            Tile(
                str(len(now)),
                say("条最近一期异常", "alarm at their latest point"),
                "alarm" if now else "",
            ),
            Tile(str(len(alarmed)), say("条在判定期内有过异常", "alarmed within the time judged")),
            Tile(
                f"{sum(int(one.alarm.sum()) for one in found):,}",
                say("个异常时点", "points out of the ordinary"),
            ),
            Tile(str(unjudged), say("条最近一期未能判定", "not judged at their latest point")),
        ],
        columns=_columns(),
        rows=[_row(found[i], file.period) for i in order],
        cards=[_card(found[i], file.period) for i in order[:charts]],
        legend=[
            (BAR, say("病例数", "count")),
            ('<path d="M0 6h26" class="expected"/>', say("期望值", "expected")),
            ('<path d="M0 6h26" class="bound"/>', say("上界", "upper bound")),
            ('<path d="M13 11l-5-8h10z" class="mark"/>', say("异常", "out of the ordinary")),
            ('<rect width="26" height="12" class="span"/>', say("判定的时段", "time judged")),
        ],
        method=[
            (
                say("方法", "Method"),
                say(f"{detector.words}（{detector.name}）", f"{detector.words} ({detector.name})"),
            ),
            (say("设置", "Settings"), with_settings(detector, options)),
            (say("数据", "Data"), _data_words(found, file)),
            (say("判定范围", "Time judged"), span_words(last, file.period)),
        ],
        reading=[
            say(
                "上界是不算异常的最大病例数；超过上界的时点标为异常。",
                "The upper bound is the largest count that is not an alarm; points above it are"
                " marked.",
            ),
            say(
                "异常是提示而非结论：先核实数据，再核实病例。",
                "An alarm is a hint, not a finding: verify the data first, then the cases.",
            ),
            say(
                "未判定的时点写明原因，不等于正常。",
                "A point that was not judged says why; that does not mean it is ordinary.",
            ),
        ],
    )


def _urgency(one: Judged) -> tuple:
    scores = one.figures["score"]
    score = scores[-1] if np.isfinite(scores[-1]) else -np.inf
    recent = np.flatnonzero(one.alarm)
    ago = -(len(one.alarm) - recent[-1]) if len(recent) else -np.inf
    return bool(one.alarm[-1]), ago, int(one.alarm.sum()), float(score)


def _lead(
    found: list[Judged], now: list[Judged], alarmed: list[Judged], last: np.datetime64, period: str
) -> str:
    newest = day_words(last, period)
    if now:
        names = say("、", ", ").join(_name(one, last, period) for one in now[:3])
        more = say(" 等", " and others") if len(now) > 3 else ""
        return say(
            f"截至{newest}，{len(found)} 条序列中有 {len(now)} 条最近一期异常偏高：{names}{more}。",
            f"As of {newest}, {len(now)} of {len(found)} series are out of the ordinary at their"
            f" latest point: {names}{more}.",
        )
    if alarmed:
        return say(
            f"截至{newest}，没有序列在最近一期异常；{len(alarmed)} 条在判定期内有过异常。",
            f"As of {newest}, no series alarms at its latest point; {len(alarmed)} did earlier"
            " within the time judged.",
        )
    return say(f"截至{newest}，没有发现异常。", f"As of {newest}, nothing is out of the ordinary.")


def _name(one: Judged, last: np.datetime64, period: str) -> str:
    """A series, and where its latest point lies if others go on after it."""
    if one.dates[-1] == last:
        return one.name
    day = day_words(one.dates[-1], period)
    return say(f"{one.name}（止于{day}）", f"{one.name} (ends {day})")


def _data_words(found: list[Judged], file: "SeriesFile") -> str:
    first = min(one.dates[0] for one in found)
    newest = max(one.dates[-1] for one in found)
    zh, en = PERIODS[file.period]
    return say(
        f"{file.file}：{len(found)} 条按{zh}的序列，{first} 至 {newest}",
        f"{file.file}: {len(found)} {en} series, {first} to {newest}",
    )


def _columns() -> list[Cell]:
    return [
        Cell(say("序列", "Series"), "text"),
        Cell(say("最近一期", "Latest point")),
        Cell(say("观察", "Observed"), "number"),
        Cell(say("期望", "Expected"), "number"),
        Cell(say("上界", "Upper bound"), "number"),
        Cell(say("结论", "Finding")),
        Cell(say("判定期内异常数", "Alarms"), "number"),
        Cell(say("最近一次异常", "Last alarm")),
    ]


def _row(one: Judged, period: str) -> list[Cell]:
    alarms = np.flatnonzero(one.alarm)
    text, kind = _verdict(one)
    return [
        Cell(one.name, "text"),
        Cell(day_words(one.dates[-1], period)),
        *(
            Cell(number(one.figures[column][-1]), "number")
            for column in ("observed", "expected", "upperbound")
        ),
        Cell(text, kind),
        Cell(str(len(alarms)), "number"),
        Cell(day_words(one.dates[one.first + alarms[-1]], period) if len(alarms) else "—"),
    ]


def _verdict(one: Judged) -> tuple[str, str]:
    if one.note[-1]:
        return say("未判定：", "not judged: ") + note_words(one.note[-1]), "quiet"
    if one.alarm[-1]:
        return say("异常", "alarm"), "alarm"
    return say("正常", "ordinary"), ""


def _card(one: Judged, period: str) -> Card:
    size = len(one.dates)
    begin = max(0, min(one.first - DRAWN // 3, size - DRAWN), size - 3 * DRAWN)
    whole = {column: np.full(size, np.nan) for column in one.figures}
    for column, figures in one.figures.items():
        whole[column][one.first :] = figures
    alarm = np.zeros(size, bool)
    alarm[one.first :] = one.alarm
    counts, upper = one.counts[begin:], whole["upperbound"][begin:]
    expected, alarm = whole["expected"][begin:], alarm[begin:]
    plot = Plot.over([day_words(day, period) for day in one.dates[begin:]], counts, upper, expected)
    if one.first > begin:
        plot.shade(one.first - begin, "span")
    plot.bars(np.where(alarm, np.nan, counts), "bar")
    plot.bars(np.where(alarm, counts, np.nan), "bar-alarm")
    plot.steps(expected, "expected")
    plot.steps(upper, "bound")
    plot.marks(np.flatnonzero(alarm), counts)
    text, kind = _verdict(one)
    caption = _caption(one, period)
    return Card(
        one.name,
        text,
        kind,
        plot.svg(f"{one.name}. {caption}"),
        caption,
        [
            say("日期", "Date"),
            say("观察", "Observed"),
            say("期望", "Expected"),
            say("上界", "Upper bound"),
            say("结论", "Finding"),
        ],
        _table(one, period),
    )


def _caption(one: Judged, period: str) -> str:
    day = day_words(one.dates[-1], period)
    observed, expected, upper = (
        number(one.figures[column][-1]) for column in ("observed", "expected", "upperbound")
    )
    if one.note[-1]:
        return say(
            f"{day}：{observed} 例，未判定（{note_words(one.note[-1])}）。",
            f"{day}: {observed} cases, not judged ({note_words(one.note[-1])}).",
        )
    if np.isnan(one.figures["expected"][-1]):
        return say(
            f"{day}：{observed} 例，上界 {upper}。", f"{day}: {observed} cases, bound {upper}."
        )
    return say(
        f"{day}：{observed} 例，期望 {expected}，上界 {upper}。",
        f"{day}: {observed} cases, {expected} expected, bound {upper}.",
    )


def _table(one: Judged, period: str) -> list[list[str]]:
    rows = []
    for t in range(len(one.note) - 1, max(-1, len(one.note) - 1 - ROWS), -1):
        finding = note_words(one.note[t]) or (
            say("异常", "alarm") if one.alarm[t] else say("正常", "ordinary")
        )
        rows.append(
            [
                day_words(one.dates[one.first + t], period),
                *(number(one.figures[c][t]) for c in ("observed", "expected", "upperbound")),
                finding,
            ]
        )
    return rows
