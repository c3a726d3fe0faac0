"""Space-time permutation scan: where and when cases crowd, given cases alone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array

EARTH_RADIUS_KM = 6371.0
# Stands for 0 under a logarithm whose factor is 0 too.
TINY = 1e-300
DRAWN_TOGETHER = 1_000_000  # random numbers that are held at once


@dataclass(frozen=True, slots=True)
class ScanCluster:
    """A cylinder of neighbouring areas over consecutive days with more cases than expected.

    Attributes:
        centre: Index of the area in the middle.
        areas: Indices of its areas, nearest to the centre first.
        start: Time index of its first day.
        stop: Time index after its last day.
        radius: Distance from the centre to its farthest area.
        observed: Cases in it.
        expected: Cases expected if place and time were independent.
        log_ratio: Log likelihood ratio.
        p_value: Share of the permuted data sets, the real one included, whose strongest cluster
            is as strong.
    """

    centre: int
    areas: NDArray[np.int64]
    start: int
    stop: int
    radius: float
    observed: float
    expected: float
    log_ratio: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Clusters found by a scan.

    Attributes:
        clusters: The strongest first; none shares an area with a stronger one.
        null: Strongest log likelihood ratio of each permuted data set, shape (replicates,).
    """

    clusters: list[ScanCluster]
    null: Array


def scan(
    counts: ArrayLike,
    coordinates: ArrayLike,
    *,
    seed: int,
    replicates: int = 999,
    max_length: int | None = None,
    max_radius: float | None = None,
    max_share: float = 0.5,
    prospective: bool = True,
    distance: Literal["plane", "globe"] = "plane",
) -> ScanResult:
    """Search all cylinders (circle of areas x run of days) for the one with the most excess.

    Expected cases of an area on a day are (cases of the area) x (cases of the day) / (all cases),
    so neither population nor history is needed, and purely seasonal or purely local differences do
    not count. For c cases where mu are expected among C, the log likelihood ratio is
    c log(c / mu) + (C - c) log((C - c) / (C - mu)) where c > mu. Its significance comes from data
    sets in which the days of the cases are permuted; this allows for all cylinders looked at.

    Args:
        counts: Cases, shape (day, area), without gaps.
        coordinates: Middle of each area, shape (area, 2): plane coordinates, or longitude and
            latitude in degrees with `distance="globe"`.
        seed: Seed of the permutations: the same seed gives the same p-values.
        replicates: Permuted data sets; 999 allows p-values down to 0.001.
        max_length: Most days of a cylinder; None for half of all days.
        max_radius: Largest radius, in the unit of the coordinates or in km on the globe.
        max_share: Largest share of all cases that the areas of a cylinder may hold.
        prospective: Look only at cylinders that are still live on the last day.
        distance: How distances are measured.

    Returns:
        Clusters with p-values; none where there is no case.

    Raises:
        ValueError: If counts or coordinates are missing or an option is out of range.

    Source: Kulldorff et al. 2005, PLoS Med 2:e59, doi:10.1371/journal.pmed.0020059.
    """
    cases = as_counts(counts)
    _check(cases, replicates, max_share, max_length, max_radius)
    order, apart, levels = _neighbours(_distances(coordinates, cases.shape[1], distance))
    length = max_length or max(1, len(cases) // 2)
    windows = _windows(len(cases), length, prospective)
    total = cases.sum()
    if total == 0:
        return ScanResult([], np.zeros(replicates))

    sets = _permuted(cases.astype(np.int64), windows, replicates, np.random.default_rng(seed))
    expected = np.outer(cases.sum(axis=0), _in_windows(cases.sum(axis=1), windows) / total)
    limits = np.array([np.inf if max_radius is None else max_radius, max_share * total])
    areas = cases.shape[1]
    strongest = np.zeros(replicates + 1)
    best = np.zeros((areas, 3))
    number = np.arange(int(total) + 1.0)
    table = number * np.log(np.maximum(number, 1.0))
    held = cases.sum(axis=0)
    _search(sets, expected, held, order, levels, apart, limits, table, strongest, best)
    null = strongest[1:]

    clusters: list[ScanCluster] = []
    taken = np.zeros(areas, np.bool_)
    for centre in np.argsort(-best[:, 0], kind="stable"):
        ratio, size, window = best[centre, 0], int(best[centre, 1]), int(best[centre, 2])
        inside = order[centre, :size].astype(np.int64)
        if ratio <= 0 or taken[inside].any():
            continue
        taken[inside] = True
        clusters.append(
            ScanCluster(
                centre=int(centre),
                areas=inside,
                start=int(windows[window, 0]),
                stop=int(windows[window, 1]),
                radius=float(apart[centre, size - 1]),
                observed=float(sets[0, inside, window].sum()),
                expected=float(expected[inside, window].sum()),
                log_ratio=float(ratio),
                p_value=float((1 + (null >= ratio - 1e-9).sum()) / (replicates + 1)),
            )
        )
    return ScanResult(clusters, null)


def scan_points(
    days: ArrayLike, coordinates: ArrayLike, *, seed: int, **options: object
) -> tuple[ScanResult, Array]:
    """Scan cases that have a day and a place each.

    Args:
        days: Day of each case as a whole number, shape (case,).
        coordinates: Place of each case, shape (case, 2).
        seed: Seed of the permutations.
        **options: As of `scan`.

    Returns:
        The result, in which an area is a distinct place and day 0 the first day; and the places,
        shape (place, 2).

    Raises:
        ValueError: If a day is not a whole number, or as `scan` does.

    Source: Kulldorff et al. 2005, PLoS Med 2:e59, doi:10.1371/journal.pmed.0020059.
    """
    when = np.asarray(days, np.float64)
    where = np.asarray(coordinates, np.float64)
    if when.ndim != 1 or where.shape != (len(when), 2) or not len(when):
        raise ValueError("days must have shape (case,) and coordinates (case, 2)")
    if not (np.isfinite(when) & (when == np.floor(when))).all():
        raise ValueError("days must be whole numbers")
    places, index = np.unique(where, axis=0, return_inverse=True)
    counts = np.zeros((int(when.max() - when.min()) + 1, len(places)))
    np.add.at(counts, ((when - when.min()).astype(np.int64), index.ravel()), 1.0)
    return scan(counts, places, seed=seed, **options), places  # type: ignore[arg-type]


def _check(
    cases: Array,
    replicates: int,
    max_share: float,
    max_length: int | None,
    max_radius: float | None,
) -> None:
    if np.isnan(cases).any():
        t, s = (int(i) for i in np.argwhere(np.isnan(cases))[0])
        raise ValueError(f"series number {s + 1}, time {t + 1}: the scan needs every count")
    if replicates < 1 or not 0 < max_share <= 1:
        raise ValueError("replicates must be 1 or more and max_share in (0, 1]")
    if (max_length is not None and max_length < 1) or (max_radius is not None and max_radius < 0):
        raise ValueError("max_length must be 1 or more and max_radius not negative")


def _distances(coordinates: ArrayLike, areas: int, kind: str) -> Array:
    where = np.asarray(coordinates, np.float64)
    if where.shape != (areas, 2) or not np.isfinite(where).all():
        raise ValueError(f"coordinates must be numbers of shape ({areas}, 2)")
    if kind == "plane":
        plane: Array = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1))
        return plane
    if kind != "globe":
        raise ValueError(f"distance must be plane or globe, not {kind!r}")
    longitude, latitude = np.radians(where).T
    half = (
        np.sin((latitude[:, None] - latitude) / 2) ** 2
        + np.cos(latitude[:, None])
        * np.cos(latitude)
        * np.sin((longitude[:, None] - longitude) / 2) ** 2
    )
    globe: Array = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return globe


def _neighbours(apart: Array) -> tuple[NDArray[np.int32], Array, NDArray[np.bool_]]:
    """Areas by distance from each centre, those distances, and where a circle may end.

    A circle may not end between two areas that are equally far.
    """
    order = np.argsort(apart, axis=1, kind="stable").astype(np.int32)
    sorted_apart = np.take_along_axis(apart, order, axis=1)
    beyond = np.full((len(apart), 1), np.inf)
    levels = np.diff(sorted_apart, append=beyond, axis=1) > 0
    return order, sorted_apart, levels


def _windows(days: int, longest: int, prospective: bool) -> NDArray[np.int64]:
    """First day and day after the last of each run of days, shape (window, 2)."""
    stops = [days] if prospective else range(1, days + 1)
    runs = [(stop - n, stop) for stop in stops for n in range(1, min(longest, stop) + 1)]
    return np.array(runs, np.int64)


def _in_windows(by_day: np.ndarray, windows: NDArray[np.int64]) -> np.ndarray:
    """Sum over each window of an array whose first axis is the day."""
    running = np.concatenate(
        [np.zeros((1, *by_day.shape[1:]), by_day.dtype), by_day.cumsum(axis=0)]
    )
    sums: np.ndarray = running[windows[:, 1]] - running[windows[:, 0]]
    return sums


def _permuted(
    cases: NDArray[np.int64],
    windows: NDArray[np.int64],
    replicates: int,
    generator: np.random.Generator,
) -> NDArray[np.int32]:
    """Cases by area and window, first the real ones: shape (1 + replicates, area, window)."""
    first = int(windows[:, 0].min())
    days, areas = len(cases) - first, cases.shape[1]
    sets = np.empty((replicates + 1, areas, len(windows)), np.int32)
    sets[0] = _in_windows(cases[first:], windows - first).T
    # No window reaches further back: which cases fall on its days is all that has to be drawn.
    everyone = np.repeat(np.arange(areas), cases.sum(axis=0))
    on_day = np.repeat(np.arange(days), cases[first:].sum(axis=1))
    together = max(1, DRAWN_TOGETHER // max(1, len(on_day)))
    for begin in range(1, replicates + 1, together):
        block = sets[begin : begin + together]
        lots = generator.random((len(block), len(on_day)))
        _deal(block, everyone, on_day, lots, windows - first, days)
    return sets


@compiled
def _deal(block, everyone, on_day, lots, windows, days):  # type: ignore[no-untyped-def]
    """Give the cases of each day to areas by lot: the beginning of a shuffle, for each data set.

    What one data set leaves shuffled is as good a beginning for the next.
    """
    total, areas = len(everyone), block.shape[1]
    running = np.zeros((days + 1, areas), np.int64)
    for i in range(len(block)):
        running[:] = 0
        for k in range(len(on_day)):
            chosen = k + int(lots[i, k] * (total - k))
            area = everyone[chosen]
            everyone[chosen] = everyone[k]
            everyone[k] = area
            running[on_day[k] + 1, area] += 1
        for day in range(days):
            running[day + 1] += running[day]
        for w in range(len(windows)):
            block[i, :, w] = running[windows[w, 1]] - running[windows[w, 0]]


@compiled
def _search(  # type: ignore[no-untyped-def]
    sets, expected, held, order, levels, apart, limits, table, strongest, best
):
    """Strongest ratio of each data set, and each centre's best cylinder in the real one.

    The logarithms of expected cases are the same for all data sets, and those of whole numbers
    come from a table, so that no logarithm is taken within the loop over data sets.
    """
    areas, windows = expected.shape
    total = len(table) - 1
    means = np.empty((areas, windows))
    log_mean, log_rest = np.empty((areas, windows)), np.empty((areas, windows))
    cases = np.empty(windows, np.int64)
    for centre in range(areas):
        mean, share = np.zeros(windows), 0.0
        zones = 0
        for z in range(areas):
            share += held[order[centre, z]]
            if apart[centre, z] > limits[0] or share > limits[1]:
                break
            zones = z + 1
            mean += expected[order[centre, z]]
            means[z] = mean
            log_mean[z] = np.log(np.maximum(mean, TINY))
            log_rest[z] = np.log(np.maximum(total - mean, TINY))
        for i in range(len(sets)):
            cases[:] = 0
            for z in range(zones):
                cases += sets[i, order[centre, z]]
                if not levels[centre, z]:
                    continue
                ratio, w = _strongest(cases, means[z], log_mean[z], log_rest[z], table)
                strongest[i] = max(strongest[i], ratio)
                if i == 0 and ratio > best[centre, 0]:
                    best[centre, 0], best[centre, 1], best[centre, 2] = ratio, z + 1, w


@compiled
def _strongest(cases, mean, log_mean, log_rest, table):  # type: ignore[no-untyped-def]
    """Largest log likelihood ratio over the windows of a circle, and its window."""
    total = len(table) - 1
    best, at = 0.0, 0
    for w in range(len(cases)):
        c = cases[w]
        if c > mean[w]:
            rest = total - c
            ratio = table[c] - c * log_mean[w] + table[rest] - rest * log_rest[w]
            if ratio > best:
                best, at = ratio, w
    return best, at
