"""Poisson regression on one yearly wave, for many series at once."""

import numpy as np

from pingji.analysis.detect.result import Array

# Rule of convergence and floor of the mean as in R's glm, so that poorly determined fits (a season
# without cases) stop at the same place.
TOLERANCE = 1e-8
MOST_STEPS = 25
FLOOR = np.finfo(float).eps
# Design rows held in memory at once, of all series together.
HELD = 500_000


def yearly_wave(counts: Array, frequency: int, ahead: int) -> Array:
    """Fit log mean = a + b cos(2 pi t / frequency) + c sin(2 pi t / frequency) and extend it.

    Args:
        counts: Counts, shape (time, series); NaN are left out.
        frequency: Time points in a year.
        ahead: Time points after the last count for which the mean is wanted.

    Returns:
        Mean of the `ahead` points that follow the counts, shape (ahead, series); NaN where fewer
        than four counts are reported.
    """
    times = len(counts) + ahead
    angle = 2 * np.pi / frequency * np.arange(times)
    design = np.stack([np.ones(times), np.cos(angle), np.sin(angle)], axis=1)
    mean = np.full((ahead, counts.shape[1]), np.nan)
    enough = np.flatnonzero((~np.isnan(counts)).sum(axis=0) >= 4)
    step = max(1, HELD // max(1, len(counts)))
    for first in range(0, len(enough), step):
        some = enough[first : first + step]
        beta = _fit(counts[:, some].T, design[: len(counts)])
        mean[:, some] = _inverse_link(design[len(counts) :] @ beta.T)
    return mean


def _inverse_link(eta: Array) -> Array:
    return np.maximum(np.exp(eta), FLOOR)


def _fit(counts: Array, design: Array) -> Array:
    """Coefficients of each series by iterated weighted least squares, shape (series, 3)."""
    present = ~np.isnan(counts)
    y = np.where(present, counts, 0.0)
    mu = y + 0.1
    eta = np.log(mu)
    deviance = _deviance(y, mu, present)
    beta = np.zeros((len(y), design.shape[1]))
    left = np.arange(len(y))
    for _ in range(MOST_STEPS):
        root = np.sqrt(mu[left]) * present[left]
        response = root * (eta[left] + (y[left] - mu[left]) / mu[left])
        q, r = np.linalg.qr(root[..., None] * design)
        beta[left] = np.linalg.solve(r, q.swapaxes(-1, -2) @ response[..., None])[..., 0]
        eta[left] = beta[left] @ design.T
        mu[left] = _inverse_link(eta[left])
        before, deviance[left] = deviance[left], _deviance(y[left], mu[left], present[left])
        change = np.abs(deviance[left] - before) / (np.abs(deviance[left]) + 0.1)
        left = left[~(change < TOLERANCE)]
        if not len(left):
            break
    return beta


def _deviance(y: Array, mu: Array, present: np.ndarray) -> Array:
    part = np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0) / mu), 0.0) - (y - mu)
    deviance: Array = 2 * (part * present).sum(axis=1)
    return deviance
