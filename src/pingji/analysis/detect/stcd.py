"""Emerging clusters among cases that have a place and a moment each."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array

# Beyond this logarithm a ratio is too large for a number.
LARGEST = 700.0


@dataclass(frozen=True, slots=True)
class PointCluster:
    """A cluster that was found.

    Attributes:
        alarm: Index of the event at which the alarm sounded.
        centre: Index of the event at the centre of the likeliest cylinder; the cluster is thought
            to have begun with it.
        members: Indices of the events in the cylinder.
    """

    alarm: int
    centre: int
    members: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PointDetection:
    """A detector's judgement of a sequence of events; arrays have shape (event,).

    Attributes:
        score: The statistic after each event.
        alarm: True at the events at which an alarm sounded.
        clusters: One for each alarm.
    """

    score: Array
    alarm: NDArray[np.bool_]
    clusters: list[PointCluster]


def stcd(
    times: ArrayLike,
    coordinates: ArrayLike,
    *,
    radius: float,
    threshold: float,
    epsilon: float = 0.2,
    cusum: bool = False,
    restart: bool = False,
    compat: bool = False,
) -> PointDetection:
    """Watch events in space and time for a live cluster (Assunção and Correa).

    Each past event k may be the centre of a cluster: a cylinder of the given radius that began at
    its time and still grows. Its likelihood ratio after n events is

        (1 + epsilon)^N(k, n) * exp(-epsilon * mu(k, n)),

    N the events in the cylinder and mu their expected number if place and time are independent:
    events ever within the radius, times events since k, over n. Neither the population nor the
    rate of cases need be known. The statistic is the sum over k (Shiryaev and Roberts) or the
    largest (cumulative sum). With the sum, `threshold` is about the number of events that pass on
    average until a false alarm.

    Args:
        times: Times of the events, each later than the one before, shape (event,).
        coordinates: Plane coordinates of the events, shape (event, 2).
        radius: Radius of the cylinder, in the unit of the coordinates.
        threshold: Alarm at or above.
        epsilon: Relative rise of the number of cases within the cylinder that is looked for.
        cusum: Whether to take the largest ratio rather than the sum.
        restart: After an alarm, forget all events up to it and watch on. Without it only the first
            alarm sounds.
        compat: Never let the cumulative sum fall, as R's surveillance 1.20.3 does. It changes no
            first alarm; the default follows the definition.

    Returns:
        Statistic, alarms and the clusters behind them.

    Raises:
        ValueError: If times are not increasing (naming the event), shapes differ, or an option is
            not positive.

    Source: Assunção & Correa 2009, Comput Stat Data Anal 53:2817, doi:10.1016/j.csda.2008.08.001.
    """
    moments = np.asarray(times, np.float64)
    places = np.asarray(coordinates, np.float64)
    _check(moments, places, radius, threshold, epsilon)
    events = len(moments)
    score, alarm = np.empty(events), np.zeros(events, np.bool_)
    clusters: list[PointCluster] = []
    first, done = 0, False
    while first < events:
        statistic, fired = _run(
            places[first:], radius, epsilon, cusum, compat, np.inf if done else threshold
        )
        score[first : first + len(statistic)] = statistic
        if fired is None:
            break
        at, centre, members = fired
        alarm[first + at] = True
        clusters.append(PointCluster(first + at, first + centre, first + members))
        if restart:
            first += at + 1
        else:
            # The figures go on as if there had been no alarm.
            done = True
    return PointDetection(score, alarm, clusters)


def _run(
    places: Array, radius: float, epsilon: float, cusum: bool, compat: bool, threshold: float
) -> tuple[Array, tuple[int, int, NDArray[np.int64]] | None]:
    """The statistic up to the first alarm, and that alarm with its centre and members."""
    score = np.empty(len(places))
    events, centre = _follow(
        np.ascontiguousarray(places), radius, epsilon, cusum, compat, threshold, score
    )
    if centre < 0:
        return score, None
    inside = np.hypot(*(places[centre:events] - places[centre]).T) <= radius
    return score[:events], (events - 1, centre, centre + np.flatnonzero(inside))


@compiled
def _follow(places, radius, epsilon, cusum, compat, threshold, score):  # type: ignore[no-untyped-def]
    """Fill the statistic up to the first alarm; the events used and the centre, -1 without one."""
    events = len(places)
    ever, since = np.zeros(events), np.zeros(events)
    gain, top = math.log1p(epsilon), 0.0
    for n in range(events):
        for k in range(n):
            if math.hypot(places[k, 0] - places[n, 0], places[k, 1] - places[n, 1]) <= radius:
                ever[k] += 1.0
                since[k] += 1.0
                ever[n] += 1.0
        ever[n] += 1.0
        since[n] = 1.0
        largest, centre, total = -math.inf, 0, 0.0
        for k in range(n + 1):
            exponent = since[k] * gain - epsilon * ever[k] * (n + 1 - k) / (n + 1)
            if exponent > largest:
                largest, centre = exponent, k
            if not cusum:
                total += math.exp(min(exponent, LARGEST))
        value = math.exp(min(largest, LARGEST)) if cusum else total
        top = max(top, value)
        score[n] = top if cusum and compat else value
        if score[n] >= threshold:
            return n + 1, centre
    return events, -1


def _check(times: Array, places: Array, radius: float, threshold: float, epsilon: float) -> None:
    if times.ndim != 1 or places.shape != (len(times), 2):
        raise ValueError("times must have shape (event,) and coordinates (event, 2)")
    if not (radius > 0 and threshold > 0 and epsilon > 0):
        raise ValueError("radius, threshold and epsilon must be above 0")
    wrong = ~(np.isfinite(times) & np.isfinite(places).all(axis=1))
    if wrong.any():
        raise ValueError(f"event {int(wrong.argmax()) + 1}: time or place is not a number")
    late = np.diff(times) <= 0
    if late.any():
        event = int(late.argmax()) + 2
        raise ValueError(f"event {event} is not later than event {event - 1}: sort, and part ties")
