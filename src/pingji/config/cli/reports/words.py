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
    chosen = [f"{name} = {plain(value)}" for name, value in options.items()]
    default = [
        f"{name} = {plain(parameter.default)}"
        for name, parameter in detector.options.items()
        if name not in options
    ]
    parts = []
    if chosen:
        parts.append(say("设定：", "set: ") + say("，", ", ").join(chosen))
    if default:
        parts.append(say("默认：", "default: ") + say("，", ", ").join(default))
    return say("；", "; ").join(parts) or say("无", "none")


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
    if isinstance(value, tuple):
        return "(" + ", ".join(plain(part) for part in value) + ")"
    return f"{value:g}" if isinstance(value, float) else str(value)
