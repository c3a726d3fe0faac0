"""The Early Aberration Reporting System's C1, C2 and C3: today against the last days."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.recent import judge_by_recent, one_day
from pingji.analysis.detect.result import Array, Detection, Note

# Days that C2 and C3 leave out between the baseline and the day judged.
GAP = 2
# Days before the day judged whose excess C3 adds up.
LOOK_BACK = 2


def ears_c1(
    counts: ArrayLike,
    *,
    baseline: int = 7,
    alpha: float = 0.001,
    min_sigma: float = 0.0,
    min_reported: int | None = None,
    judge: slice | None = None,
) -> Detection:
    """Compare each count with the mean and spread of the time points just before it (EARS C1).

    The bound is mean + z * sd over the last `baseline` points, with z the (1 - alpha) quantile of
    the normal distribution. The score is (count - mean) / sd.

    Where the baseline is constant its spread is 0 and any rise alarms. That is the published rule
    and the default; `min_sigma=0.5` is sounder for series with many zeros.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        baseline: Time points from which mean and spread are taken, at least 3.
        alpha: Probability of a false alarm under a normal distribution, above 0 and below 1.
        min_sigma: Smallest spread used, in cases.
        min_reported: Reported time points the baseline needs; None asks for all of them.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `Note.HISTORY_TOO_SHORT` where the baseline is not complete.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Hutwagner et al. 2003, J Urban Health 80(S1):i89, doi:10.1007/PL00022319.
    """
    options = _checked(baseline, alpha, min_sigma, min_reported)
    return judge_by_recent(as_counts(counts), judge, one_day, options)


def ears_c2(
    counts: ArrayLike,
    *,
    baseline: int = 7,
    alpha: float = 0.001,
    min_sigma: float = 0.0,
    min_reported: int | None = None,
    judge: slice | None = None,
) -> Detection:
    """Compare each count with a baseline that ends two time points earlier (EARS C2).

    As `ears_c1`, but the two points before the one judged are left out, so that a beginning
    outbreak does not raise its own bound.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        baseline: Time points from which mean and spread are taken, at least 3.
        alpha: Probability of a false alarm under a normal distribution, above 0 and below 1.
        min_sigma: Smallest spread used, in cases; 0 is the published rule, 0.5 is sounder.
        min_reported: Reported time points the baseline needs; None asks for all of them.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `Note.HISTORY_TOO_SHORT` where the baseline is not complete.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Hutwagner et al. 2003, J Urban Health 80(S1):i89, doi:10.1007/PL00022319.
    """
    options = _checked(baseline, alpha, min_sigma, min_reported)
    return judge_by_recent(as_counts(counts), judge, one_day, options, gap=GAP)


def ears_c3(
    counts: ArrayLike,
    *,
    baseline: int = 7,
    alpha: float = 0.025,
    min_sigma: float = 0.0,
    min_reported: int | None = None,
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Add up the excess of the last three time points (EARS C3).

    C3(t) is the sum of max(0, C2(i) - 1) over i = t-2, t-1, t, where C2 is the score of `ears_c2`;
    it alarms above z, the (1 - alpha) quantile of the normal distribution. The score is C3(t).
    A point without cases never alarms. Where the spread of one of the three baselines is 0, C2 is
    not defined and the point is not judged (`Note.NO_SPREAD`); `min_sigma=0.5` avoids that.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        baseline: Time points from which mean and spread are taken, at least 3.
        alpha: Probability behind the limit z, above 0 and below 1.
        min_sigma: Smallest spread used, in cases; 0 is the published rule, 0.5 is sounder.
        min_reported: Reported time points the baseline needs; None asks for all of them.
        compat: Take the bound of the R package surveillance, count + sd * (z - excess of the two
            earlier points): the count judged then plays no part in its own alarm, and an outbreak
            is hardly ever found in its first week. The default, the published sum, is sounder.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `Note.HISTORY_TOO_SHORT` where one of the baselines or of the two
        earlier counts is missing.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Hutwagner et al. 2003, J Urban Health 80(S1):i89, doi:10.1007/PL00022319; formula as in
        Fricker et al. 2008, Stat Med 27:3407, doi:10.1002/sim.3197.
    """
    options = _checked(baseline, alpha, min_sigma, min_reported)
    formula = _three_days_compat if compat else _three_days
    return judge_by_recent(as_counts(counts), judge, formula, options, gap=GAP, look_back=LOOK_BACK)


def _checked(
    baseline: int, alpha: float, min_sigma: float, min_reported: int | None
) -> tuple[int, float, float, int]:
    """The options as the calculation takes them: baseline, z, smallest spread, reported points."""
    if baseline < 3:
        raise ValueError(f"baseline must be at least 3 time points, not {baseline}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    if not 0 <= min_sigma < np.inf:
        raise ValueError(f"min_sigma must be 0 or more, not {min_sigma}")
    needed = baseline if min_reported is None else min_reported
    if not 2 <= needed <= baseline:
        raise ValueError(f"min_reported must lie between 2 and {baseline}, not {min_reported}")
    return baseline, float(-ndtri(alpha)), min_sigma, needed


def _three_days(
    count: Array, mean: Array, spread: Array, z: float
) -> tuple[Array, Array, Array, np.ndarray]:
    """C3 as published: the count judged counts towards its own alarm."""
    spread = np.where(spread == 0, np.nan, spread)
    excess = np.maximum((count - mean) / spread - 1, 0)
    earlier = excess[:-2] + excess[1:-1]
    left = z - earlier
    bound = np.where(left < 0, 0.0, mean[2:] + spread[2:] * (1 + left))
    return mean[2:], bound, earlier + excess[2:], _three_days_note(count, mean, bound)


def _three_days_compat(
    count: Array, mean: Array, spread: Array, z: float
) -> tuple[Array, Array, Array, np.ndarray]:
    """C3 as the reference computes its bound."""
    excess = np.maximum((count - mean) / spread - 1, 0)
    earlier = excess[:-2] + excess[1:-1]
    bound = np.maximum(count[2:] + spread[2:] * (z - earlier), 0)
    score = earlier + np.fmax(excess[2:], 0)
    return mean[2:], bound, score, _three_days_note(count, mean, bound)


def _three_days_note(count: Array, mean: Array, bound: Array) -> np.ndarray:
    """Why a day has no bound: a count or baseline before it is missing, or has no spread."""
    used = mean[:-2] + mean[1:-1] + mean[2:] + count[:-2] + count[1:-1]
    note = np.where(np.isnan(used), np.int8(Note.HISTORY_TOO_SHORT), np.int8(Note.NO_SPREAD))
    note[~np.isnan(bound)] = Note.JUDGED
    return note
