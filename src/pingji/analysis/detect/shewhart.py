"""Shewhart's control chart with a baseline that moves along."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.recent import judge_by_recent, one_day
from pingji.analysis.detect.result import Array, Detection


def shewhart(
    counts: ArrayLike,
    *,
    baseline: int = 28,
    gap: int = 0,
    limit: float = 3.0,
    spread: Literal["sample", "poisson"] = "sample",
    min_sigma: float = 0.5,
    min_reported: int | None = None,
    judge: slice | None = None,
) -> Detection:
    """Compare each count with the mean of the time points before it, in units of their spread.

    The bound is mean + limit * sd. With `spread="poisson"` it is the chart of counts (c-chart),
    mean + limit * sqrt(mean), which holds where counts vary no more than chance alone makes them.
    It finds large sudden rises; small lasting ones are the business of `cusum` and `ewma`.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        baseline: Time points from which mean and spread are taken, at least 2.
        gap: Time points left out between the baseline and the one judged.
        limit: Standard deviations above the mean that are still in order.
        spread: "sample" for the standard deviation of the baseline, "poisson" for the square root
            of its mean.
        min_sigma: Smallest spread used, in cases, so that a baseline of zeros has a bound above 0.
        min_reported: Reported time points the baseline needs; None asks for all of them.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point; the score is (count - mean) / sd. `Note.HISTORY_TOO_SHORT` where
        the baseline is not complete.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Shewhart 1931, Economic Control of Quality of Manufactured Product; for surveillance
        Woodall 2006, J Qual Technol 38:89, doi:10.1080/00224065.2006.11918593.
    """
    needed = baseline if min_reported is None else min_reported
    for name, value, least in (
        ("baseline", baseline, 2),
        ("gap", gap, 0),
        ("min_sigma", min_sigma, 0),
        ("min_reported", needed, 2),
    ):
        if not least <= value < np.inf:
            raise ValueError(f"{name} must be at least {least}, not {value}")
    if not 0 < limit < np.inf:
        raise ValueError(f"limit must be above 0, not {limit}")
    if needed > baseline:
        raise ValueError(f"min_reported must be at most {baseline}, not {min_reported}")
    if spread not in ("sample", "poisson"):
        raise ValueError(f"spread must be 'sample' or 'poisson', not {spread!r}")

    def of_counts(
        count: Array, mean: Array, _spread: Array, z: float
    ) -> tuple[Array, Array, Array, np.ndarray]:
        return one_day(count, mean, np.maximum(np.sqrt(mean), min_sigma), z)

    formula = one_day if spread == "sample" else of_counts
    options = (baseline, limit, min_sigma, needed)
    return judge_by_recent(as_counts(counts), judge, formula, options, gap=gap)
