"""The published simulation design of outbreak detection, drawn anew from any seed.

Source: Noufaily et al. 2013, Stat Med 32:1206-1222, doi:10.1002/sim.5595.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WEEKS = 624
BASELINE = slice(312, 575)  # past outbreaks start here
CURRENT = slice(575, 624)  # the weeks judged; one outbreak starts here
PAST_OUTBREAKS = 4
PAST_SIZES = (0, 2, 3, 5, 10)  # in standard deviations of the week's count
CURRENT_SIZES = tuple(range(1, 11))
SMALLEST_OUTBREAK = 2  # cases; a smaller draw is drawn again

# theta, beta (per week), gamma1, gamma2, phi; each without and with trend, 0 to 2 harmonics.
SETTINGS = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Simulated series; arrays have shape (week, series) unless said otherwise.

    Attributes:
        counts: Baseline and outbreak cases together.
        mean: True mean of the baseline.
        phi: True variance-to-mean ratio, shape (series,).
        outbreak: True from the first to the last week of a current outbreak.
        first: True in the first week of a current outbreak.
        scenario: Number of the published scenario, 1 to 42, shape (series,).
        size: Size of the current outbreak in standard deviations, shape (series,).
        past_size: Size of the past outbreaks in standard deviations, shape (series,).
    """

    counts: NDArray[np.float64]
    mean: NDArray[np.float64]
    phi: NDArray[np.float64]
    outbreak: NDArray[np.bool_]
    first: NDArray[np.bool_]
    scenario: NDArray[np.int64]
    size: NDArray[np.int64]
    past_size: NDArray[np.int64]


def scenarios() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the mean of the 42 scenarios, shape (week, 42), and their phi, shape (42,)."""
    t = np.arange(1, WEEKS + 1)
    means, phis = [], []
    for theta, beta, gamma1, gamma2, phi in SETTINGS:
        for slope in (0.0, beta):
            for harmonics in range(3):
                log_mean = theta + slope * t
                for j in range(1, harmonics + 1):
                    angle = 2 * np.pi * j * t / 52
                    log_mean = log_mean + gamma1 * np.cos(angle) + gamma2 * np.sin(angle)
                means.append(np.exp(log_mean))
                phis.append(phi)
    return np.stack(means, axis=1), np.array(phis)


def simulate(replicates: int, seed: int) -> Simulation:
    """Draw the 42 scenarios `replicates` times.

    Sizes of current and past outbreaks are balanced: every 50 replicates of a scenario hold each
    pair once, so that figures of two seeds differ by chance in the counts alone.

    Args:
        replicates: Series per scenario.
        seed: Seed of the random generator.

    Returns:
        The simulated series, 42 x replicates of them.
    """
    rng = np.random.default_rng(seed)
    means, phis = scenarios()
    scenario = np.repeat(np.arange(means.shape[1]), replicates)
    mean, phi = means[:, scenario], phis[scenario]
    series = np.arange(len(scenario))

    counts = _baseline(rng, mean, phi)
    replicate = np.tile(np.arange(replicates), means.shape[1])
    size = np.take(CURRENT_SIZES, replicate % len(CURRENT_SIZES))
    past_size = np.take(PAST_SIZES, replicate // len(CURRENT_SIZES) % len(PAST_SIZES))
    for _ in range(PAST_OUTBREAKS):
        start = rng.integers(BASELINE.start, BASELINE.stop, len(series))
        added = _outbreak(rng, start, past_size, mean, phi)
        added[CURRENT] = 0  # a past outbreak does not reach into the weeks judged
        counts += added

    start = rng.integers(CURRENT.start, CURRENT.stop, len(series))
    added = _outbreak(rng, start, size, mean, phi)
    counts += added

    week = np.arange(WEEKS)[:, None]
    begun = np.argmax(added > 0, axis=0)
    ended = WEEKS - 1 - np.argmax(added[::-1] > 0, axis=0)
    hit = (added > 0).any(axis=0)
    return Simulation(
        counts=counts,
        mean=mean,
        phi=phi,
        outbreak=(week >= begun) & (week <= ended) & hit,
        first=(week == begun) & hit,
        scenario=scenario + 1,
        size=size,
        past_size=past_size,
    )


def _baseline(rng, mean, phi):
    """Draw negative binomial counts with variance phi x mean (Poisson where phi is 1)."""
    extra = np.maximum(phi - 1, 1e-12)
    rate = np.where(phi > 1, rng.gamma(mean / extra) * extra, mean)
    return rng.poisson(rate).astype(float)


def _outbreak(rng, start, size, mean, phi):
    """Draw one outbreak per series: Poisson size, log-normal delays in whole weeks.

    Cases that would fall after the last week are counted in it, as in the public re-implementation
    of the design by Telkamp (github.com/telkamp7/AEDDO).
    """
    series = np.arange(len(start))
    expected = size * np.sqrt(phi * mean[start, series])
    cases = rng.poisson(expected)
    redraw = (cases < SMALLEST_OUTBREAK) & (size > 0)
    while redraw.any():
        cases[redraw] = rng.poisson(expected[redraw])
        redraw = (cases < SMALLEST_OUTBREAK) & (size > 0)
    owner = np.repeat(series, cases)
    week = np.repeat(start, cases) + np.floor(rng.lognormal(0.0, 0.5, len(owner))).astype(int)
    added = np.zeros(mean.shape)
    np.add.at(added, (np.minimum(week, len(mean) - 1), owner), 1)
    return added
