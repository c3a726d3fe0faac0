"""Nowcasts of a reporting triangle: Lawless 1994, and three Bayesian ones."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.estimate.reporting_delay import bayes, lawless
from pingji.analysis.estimate.reporting_delay.delays import delay_counts
from pingji.analysis.estimate.reporting_delay.triangle import ReportingTriangle
from pingji.analysis.estimate.result import Array, EstimateNote, Notes, check_probability

# Part of a period's cases that must be reported for the period to inform the prior.
FAIR_SHARE = 0.25
Method = Literal["bayes_trunc", "bayes_notrunc_bnb", "bayes_notrunc", "lawless"]


@dataclass(frozen=True, slots=True)
class Nowcast:
    """What each period's cases will come to when all are reported; arrays of shape (time,).

    Attributes:
        dates: First day of each period; the last is that of the nowcast.
        reported: Cases reported so far.
        median: Median of the eventual number of cases; NaN where beyond the support.
        lower: Lower bound of the interval.
        upper: Upper bound of the interval; NaN where beyond the support.
        level: Probability that the interval holds.
        reported_share: Estimated part of the period's cases that is reported by now.
        note: An `EstimateNote` per period. OUTSIDE_SUPPORT: reports after so short a delay are
            so rare that a bound lies beyond every number considered. TOO_FEW_CASES: nothing is
            reported yet and the method cannot extrapolate from 0. UNBOUNDED: all cases seen
            within this delay came later, so that nothing can be scaled up.
    """

    dates: NDArray[np.datetime64]
    reported: Array
    median: Array
    lower: Array
    upper: Array
    level: float
    reported_share: Array
    note: Notes


def nowcast(
    triangle: ReportingTriangle,
    *,
    method: Method = "bayes_trunc",
    level: float = 0.95,
    window: int | None = None,
    prior_kappa: float = 0.1,
    prior: tuple[float, float] | None = None,
    samples: int = 1000,
    seed: int = 1,
    support_max: int | None = None,
    reference: bool = False,
) -> Nowcast:
    """Estimate the eventual number of cases of each period from those reported by now.

    - `bayes_trunc`: the reverse hazards of the delay have independent beta posteriors, which
      allows for the right truncation; with a gamma prior on the expected number of cases. The
      reverse hazards are sampled, the rest is exact.
    - `bayes_notrunc_bnb`: the delays are multinomial with a Dirichlet prior, as if all cases
      counted were fully observed; the number still to come is then beta-negative-binomial,
      exactly, with a flat prior on the eventual number.
    - `bayes_notrunc`: as the first, ignoring the truncation as the second does.
    - `lawless`: eventual number = reported / estimated share, with a normal interval cut off at
      the number reported.

    `bayes_trunc` is the sounder choice and the default; the two without truncation lean towards
    short delays while an outbreak grows.

    Args:
        triangle: Cases by period and delay.
        method: One of the four above.
        level: Probability of the interval.
        window: Periods before now from which the delays are learnt; by default all.
        prior_kappa: Weight of each delay in the Dirichlet prior, in cases.
        prior: Prior mean and variance of a period's eventual number of cases, for the two
            sampled methods; the variance must exceed the mean. By default an exponential
            prior whose mean is that of the last `max_delay` + 1 periods of which a quarter or
            more is reported, scaled up.
        samples: Delay distributions drawn, for the two sampled methods.
        seed: Start of the random numbers.
        support_max: Largest eventual number considered. By default as large as needed up to
            100,000. The reference program cuts here, and leaves the probability beyond it out
            of the exact method and of Lawless's.
        reference: Lawless only: leave out the variance that comes from estimating the delays,
            and do not rescale the normal that is cut off, as the reference program does.

    Returns:
        The nowcast of every period of the triangle.

    Raises:
        ValueError: If an option makes no sense.

    Source: Hoehle and an der Heiden 2014, Biometrics 70(4):993, doi:10.1111/biom.12194;
        Lawless 1994, Can J Stat 22(1):15, doi:10.2307/3315826.n1.
    """
    check_probability("level", level)
    if window is not None and window < 1:
        raise ValueError(f"window must be at least 1, not {window}")
    if not prior_kappa > 0:
        raise ValueError(f"prior_kappa must be greater than 0, not {prior_kappa}")
    if support_max is not None and support_max < 1:
        raise ValueError(f"support_max must be at least 1, not {support_max}")
    reported = triangle.reported
    size, longest = len(reported), triangle.max_delay
    at, up_to = delay_counts(triangle.counts, window)
    recent = reported[size - longest :][::-1]  # by lag 0 .. longest - 1
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    if method == "lawless":
        share, bounds, note = lawless.nowcast_lags(
            recent, at, up_to, tails, support_max=support_max, reference=reference
        )
    elif method == "bayes_notrunc_bnb":
        share, bounds, note = bayes.exact_lags(
            recent, at, tails, kappa=prior_kappa, support_max=support_max
        )
    elif method in ("bayes_trunc", "bayes_notrunc"):
        below = up_to - at if method == "bayes_trunc" else np.cumsum(at) - at
        expected = bayes.expected_share(at, below, prior_kappa)
        mean, variance = prior or _prior(reported, expected)
        if not variance > mean > 0 or samples < 1:
            raise ValueError("prior needs a mean above 0 and a larger variance; samples at least 1")
        share, bounds, note = bayes.sampled_lags(
            recent,
            at,
            below,
            tails,
            kappa=prior_kappa,
            mean=mean,
            variance=variance,
            samples=samples,
            seed=seed,
            support_max=support_max,
        )
    else:
        raise ValueError(f"there is no nowcast method {method}")
    complete = size - longest
    lower, median, upper = (np.concatenate([reported[:complete], bound[::-1]]) for bound in bounds)
    notes = np.zeros(size, dtype=np.int8)
    notes[complete:] = note[::-1]
    notes[complete:][np.isnan(median[complete:]) & (notes[complete:] == 0)] = (
        EstimateNote.OUTSIDE_SUPPORT
    )
    notes[complete:][np.isnan(upper[complete:]) & (notes[complete:] == 0)] = (
        EstimateNote.OUTSIDE_SUPPORT
    )
    all_shares = np.concatenate([np.ones(complete), share[::-1]])
    return Nowcast(triangle.dates, reported, median, lower, upper, level, all_shares, notes)


def _prior(reported: Array, share: Array) -> tuple[float, float]:
    """Mean and variance of an exponential prior, so weak that the reports soon outweigh it.

    Its mean is that of the last periods, scaled up, of which a fair part is already reported:
    those long complete would tell of the time before an outbreak.
    """
    fair = share >= FAIR_SHARE
    recent = reported[::-1][: len(share)]
    mean = max(float((recent[fair] / share[fair]).mean()), 1.0)
    return mean, mean + mean**2
