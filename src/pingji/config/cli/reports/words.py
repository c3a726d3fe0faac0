"""Dates, periods and settings in words."""

from typing import TYPE_CHECKING

import numpy as np

from pingji.config.cli.language import say

if TYPE_CHECKING:
    from pingji.config.cli.methods import Detector

PERIODS = {"day": ("日", "daily"), "week": ("周", "weekly"), "month": ("月", "monthly")}
UNITS = {"day": ("天", "days"), "week": ("周", "weeks"), "month": ("个月", "months")}


def day_words(day: np.datetime64, period: str) -> str:
    """A day, an ISO week of a series whose weeks begin on Monday, or a month."""
    plain = day.astype("datetime64[D]").astype(object)
    if period == "month":
        return say(f"{plain.year}年{plain.month}月", f"{plain:%b %Y}")
    if period == "week" and plain.isoweekday() == 1:
        year, week, _ = plain.isocalendar()
        return say(f"{year}年第{week}周", f"{year}-W{week:02d}")
    return f"{plain:%Y-%m-%d}"


def span_words(last: int | None, period: str) -> str:
    """How much of each series was judged."""
    if last is None:
        return say("每条序列的全部时点", "every point of each series")
    zh, en = UNITS[period]
    return say(f"每条序列的最后 {last} {zh}", f"the last {last} {en} of each series")


def with_settings(detector: "Detector", options: dict[str, object]) -> str:
    """The options in force, those that were set first."""
    chosen = [f"{_named(name)} = {plain(value)}" for name, value in options.items()]
    default = [
        f"{_named(name)} = {plain(parameter.default)}"
        for name, parameter in detector.options.items()
        if name not in options
    ]
    parts = []
    if chosen:
        parts.append(say("设定：", "set: ") + say("，", ", ").join(chosen))
    if default:
        parts.append(say("默认：", "default: ") + say("，", ", ").join(default))
    return say("；", "; ").join(parts) or say("无", "none")


def _named(option: str) -> str:
    """An option's meaning, where it is known, before its name."""
    return f"{say(*OPTIONS[option])} {option}" if option in OPTIONS else option


SETTINGS = {
    "method": ("方法", "method"),
    "window": ("窗口", "window"),
    "si_mean": ("代际间隔均值", "mean serial interval"),
    "si_sd": ("代际间隔标准差", "sd of the serial interval"),
    "si_file": ("代际间隔文件", "file of the serial interval"),
    "si_mean_sd": ("均值的不确定（标准差）", "uncertainty of that mean (sd)"),
    "si_sd_sd": ("标准差的不确定（标准差）", "uncertainty of that sd (sd)"),
    "draws": ("抽取的代际间隔数", "serial intervals drawn"),
    "prior_mean": ("R 的先验均值", "prior mean of R"),
    "prior_sd": ("R 的先验标准差", "prior sd of R"),
    "seed": ("随机种子", "seed"),
    "dispersion": ("离散", "dispersion"),
    "min_cases": ("窗口内最少病例数", "fewest cases in a window"),
    "level": ("区间概率", "probability of the interval"),
    "delay_mean": ("平均延迟", "mean delay"),
    "delay_sd": ("延迟标准差", "sd of the delay"),
    "delay_file": ("延迟文件", "file of the delay"),
    "period": ("计数周期", "period"),
    "max_delay": ("最长延迟（期）", "longest delay (periods)"),
    "samples": ("抽样次数", "draws"),
}


OPTIONS = {
    "mode": ("目标", "aim"),
    "b": ("回顾年数", "years looked back"),
    "w": ("窗口半宽（期）", "half width of the window"),
    "m": ("参照均值", "reference mean"),
    "periods": ("季节段数", "seasonal levels"),
    "trend": ("趋势", "trend"),
    "p_threshold_trend": ("保留趋势的 p 值", "p-value of a trend kept"),
    "reweight": ("降低以往暴发的权重", "past outbreaks weighted down"),
    "weights_threshold": ("降权的残差界", "residual from which they are"),
    "past_weeks_not_included": ("不用的最近期数", "recent points left out"),
    "threshold": ("阈值的算法", "kind of threshold"),
    "power": ("变换", "transformation"),
    "alpha": ("显著性水平", "significance level"),
    "limit54": ("最少病例数与期数", "fewest cases, in so many points"),
    "baseline": ("基线期数", "points of the baseline"),
    "min_sigma": ("最小标准差", "smallest sd"),
    "percentile": ("百分位数", "percentile"),
    "years": ("回顾年数", "years looked back"),
    "neighbours": ("前后相邻期数", "neighbouring points"),
    "k": ("参考值", "reference value"),
    "h": ("控制限", "decision limit"),
    "reset": ("报警后归零", "reset after an alarm"),
    "window": ("窗口", "window"),
}


def settings_words(settings: list[tuple[str, object]]) -> str:
    """Options and their values in words; those not given are left out."""
    parts = [
        f"{say(*SETTINGS.get(name, (name, name)))} {plain(value)}"
        for name, value in settings
        if value is not None
    ]
    return say("，", ", ").join(parts)


def plain(value: object) -> str:
    """A value as one would type it."""
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if value is None:
        return say("自动", "automatic")
    if value in PERIODS:
        return say(PERIODS[value][0], value)
    if isinstance(value, tuple):
        return "(" + ", ".join(plain(part) for part in value) + ")"
    return f"{value:g}" if isinstance(value, float) else str(value)
