"""What is measured of a detector: false alarms, outbreaks found, and how soon."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """Which time points belong to which outbreak; arrays have shape (time, series).

    Attributes:
        outbreak: True from the first to the last time point of an outbreak.
        first: True at the first time point of each outbreak.
        calm: True at the time points outside outbreaks that count.
    """

    outbreak: Flags
    first: Flags
    calm: Flags


@dataclass(frozen=True, slots=True)
class Measures:
    """The published measures.

    Attributes:
        fpr: Share of time points outside outbreaks that alarm.
        pod: Share of outbreaks with an alarm between start and end (power).
        pod_first: Share of outbreaks with an alarm at their first time point.
        sensitivity: Share of the outbreaks' time points that alarm.
        specificity: 1 - fpr.
        ppv: Share of alarms that fall into outbreaks.
        f1: Harmonic mean of sensitivity and ppv.
        delay: Time points from start to first alarm; the whole length where there was none.
        signals: Runs of alarms without a break, per outbreak.
        outbreaks: Number of outbreaks.
    """

    fpr: float
    pod: float
    pod_first: float
    sensitivity: float
    specificity: float
    ppv: float
    f1: float
    delay: float
    signals: float
    outbreaks: int


def measure(alarm: Flags, truth: Truth) -> Measures:
    """Compare alarms with the truth.

    Args:
        alarm: Alarms, shape (time, series).
        truth: The outbreaks.

    Returns:
        The measures, over all series together.
    """
    inside, outside = truth.outbreak, truth.calm
    hits, false = int((alarm & inside).sum()), int((alarm & outside).sum())
    misses = int(inside.sum()) - hits
    found, delay = _by_outbreak(alarm, truth)
    counted = alarm & (inside | outside)
    begins = counted.copy()
    begins[1:] &= ~counted[:-1]
    fpr = false / max(1, int(outside.sum()))
    return Measures(
        fpr=fpr,
        pod=float(np.mean(found)) if len(found) else np.nan,
        pod_first=float((alarm & truth.first).sum() / max(1, truth.first.sum())),
        sensitivity=hits / max(1, hits + misses),
        specificity=1 - fpr,
        ppv=hits / max(1, hits + false),
        f1=2 * hits / max(1, 2 * hits + false + misses),
        delay=float(np.mean(delay)) if len(delay) else np.nan,
        signals=float(begins.sum() / max(1, len(found))),
        outbreaks=len(found),
    )


def _by_outbreak(alarm: Flags, truth: Truth) -> tuple[Flags, NDArray[np.int64]]:
    """Whether each outbreak was found, and after how many time points."""
    number = np.cumsum(truth.first.T.ravel()).reshape(truth.first.T.shape).T
    number = np.where(truth.outbreak, number, 0)
    count = int(truth.first.sum())
    time = np.broadcast_to(np.arange(len(alarm))[:, None], alarm.shape)
    start = np.full(count + 1, 0)
    start[number[truth.first]] = time[truth.first]
    length = np.bincount(number.ravel(), minlength=count + 1)
    delay = length.copy()
    hit = alarm & truth.outbreak
    np.minimum.at(delay, number[hit], time[hit] - start[number[hit]])
    found = np.zeros(count + 1, np.bool_)
    found[number[hit]] = True
    return found[1:], delay[1:]


def matched(evidence: NDArray[np.float64], truth: Truth, fpr: float) -> Flags:
    """Alarm on the strongest evidence, as often outside outbreaks as asked for at most.

    Args:
        evidence: The larger the more unusual; NaN never alarms. Shape (time, series).
        truth: The outbreaks.
        fpr: False-positive rate not to be exceeded.

    Returns:
        Alarms, shape (time, series).
    """
    value = np.where(np.isnan(evidence), -np.inf, evidence)
    calm = np.sort(value[truth.calm])[::-1]
    limit = calm[min(int(fpr * len(calm)), len(calm) - 1)]
    return value > limit
