"""The detectors that are compared, each with its published or recommended setting."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingji.analysis import detect
from pingji.analysis.detect.recommended import recommended
from pingji.analysis.detect.result import Detection

Array = NDArray[np.float64]

# Dates of simulated series: any Monday will do.
FIRST_MONDAY = np.datetime64("2001-01-01")
# Noufaily and colleagues' setting; `b` is cut where the series are short.
FLEXIBLE = {"periods": 10, "past_weeks_not_included": 26, "p_threshold_trend": 1.0}
PERCENTILES = (80.0, 90.0, 95.0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table.

    Attributes:
        name: How the line is called.
        run: Detects on weekly counts (week, series), in the weeks `judge`, with at most so many
            years of baseline.
        evidence: What is compared at equal false-positive rates, the larger the more unusual;
            None where the method has no such figure.
    """

    name: str
    run: Callable[[Array, slice, int], Detection]
    evidence: Callable[[Detection], Array] | None = None


def weekly_dates(weeks: int) -> NDArray[np.datetime64]:
    """Mondays, one per week."""
    return FIRST_MONDAY + 7 * np.arange(weeks)


def _score(found: Detection) -> Array:
    return found.score


def _p_value(found: Detection) -> Array:
    return -found.extra["pvalue"]


def _recommended_p_value(found: Detection) -> Array:
    return np.where(found.observed > found.expected, -found.score, -1.0)


def _rank(found: Detection) -> Array:
    """Share of earlier blocks below; among those above all, how far above their median."""
    above = found.extra["window_count"] - found.expected
    return found.score + np.arctan(above / np.sqrt(found.expected + 1)) / np.pi


def _recommended(mode: str) -> Entry:
    def run(counts: Array, judge: slice, years: int) -> Detection:
        return recommended(counts, mode=mode, judge=judge)

    return Entry(f"recommended {mode}", run, _recommended_p_value)


def _flexible(name: str, *, ranked: bool = False, **options: object) -> Entry:
    def run(counts: Array, judge: slice, years: int) -> Detection:
        return detect.farrington_flexible(counts, b=min(5, years), judge=judge, **options)

    return Entry(name, run, _p_value if ranked else None)


def _simple(
    name: str, method: Callable[..., Detection], *, ranked: bool = True, **options
) -> Entry:
    def run(counts: Array, judge: slice, years: int) -> Detection:
        return method(counts, judge=judge, **options)

    return Entry(name, run, _score if ranked else None)


def _yearly(name: str, method: Callable[..., Detection], **options) -> Entry:
    def run(counts: Array, judge: slice, years: int) -> Detection:
        return method(counts, b=min(5, years), judge=judge, **options)

    return Entry(name, run, _score)


def _percentile(percentile: float) -> Entry:
    def run(counts: Array, judge: slice, years: int) -> Detection:
        return detect.moving_percentile(
            counts, dates=weekly_dates(len(counts)), period="week", percentile=percentile,
            years=min(5, years), judge=judge,
        )  # fmt: skip

    return Entry(f"moving percentile P{percentile:g}", run, None if percentile < 95 else _rank)


def _chart(name: str, **options) -> Entry:
    def run(counts: Array, judge: slice, years: int) -> Detection:
        training = judge.start - (judge.start - 1) % 52 - 1 if judge.start > 156 else 104
        return detect.glr(counts, training=min(training, judge.start), judge=judge, **options)

    return Entry(name, run, _score)


def entries() -> list[Entry]:
    """All lines of the table, in its order."""
    nb = {**FLEXIBLE, "threshold": "nb_plugin"}
    return [
        _recommended("overall"),
        _recommended("early"),
        _flexible("farrington flexible nb_plugin .01", ranked=True, alpha=0.01, **nb),
        _flexible("farrington flexible nb_plugin .05", alpha=0.05, **nb),
        _flexible("farrington flexible muan .01", alpha=0.01, **{**nb, "threshold": "muan"}),
        _flexible("farrington flexible defaults"),
        _yearly("farrington original .01", detect.farrington, alpha=0.01),
        *(_percentile(percentile) for percentile in PERCENTILES),
        _simple("ears C1", detect.ears_c1),
        _simple("ears C2", detect.ears_c2),
        _simple("ears C3", detect.ears_c3, alpha=0.025),
        _simple("rki 1", detect.rki_1),
        _simple("rki 2", detect.rki_2),
        _simple("rki 3", detect.rki_3),
        _simple("bayes 1", detect.bayes_1, ranked=False),
        _simple("bayes 2", detect.bayes_2, ranked=False),
        _simple("bayes 3", detect.bayes_3, ranked=False),
        _yearly("cdc .01", detect.cdc, alpha=0.01),
        _simple("cusum", detect.cusum),
        _simple("cusum rossi, glm", detect.cusum, transformation="rossi", m="glm"),
        _simple("shewhart 3 sd", detect.shewhart),
        _simple("ewma", detect.ewma),
        _simple("regression switch", detect.regression_switch),
        _chart("glr Poisson", trend=True),
        _chart("glr negative binomial", trend=True, alpha=None),
    ]


def chosen(names: list[str] | None) -> list[Entry]:
    """Entries whose name contains one of the words; all where none is given.

    Args:
        names: Words to look for, such as "recommended" or "ears C2".

    Returns:
        The entries.

    Raises:
        ValueError: If a word fits no entry.
    """
    known = entries()
    if not names:
        return known
    for word in names:
        if not any(word.lower() in entry.name.lower() for entry in known):
            raise ValueError(
                f"no detector is called {word}; there are: "
                + ", ".join(entry.name for entry in known)
            )
    return [e for e in known if any(word.lower() in e.name.lower() for word in names)]
