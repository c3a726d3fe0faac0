"""The Farrington methods step by step, with dense matrices: slow, and plain to check by eye."""

from types import SimpleNamespace

import numpy as np
from scipy import stats


def glm(design, y, weights, log_population):
    """Quasi-Poisson regression by iteratively reweighted least squares; None where it fails."""
    freedom = len(y) - design.shape[1]
    if freedom <= 0:
        return None
    mean = y + 0.1
    deviance = _deviance(y, mean, weights)
    for _ in range(25):
        working = weights * mean
        response = np.log(mean) - log_population + (y - mean) / mean
        root = np.sqrt(working)
        beta = np.linalg.lstsq(root[:, None] * design, root * response, rcond=None)[0]
        mean = np.exp(design @ beta + log_population)
        before, deviance = deviance, _deviance(y, mean, weights)
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
    else:
        return None
    covariance = np.linalg.inv(design.T @ (working[:, None] * design))
    relative = (y - mean) / mean
    return SimpleNamespace(
        beta=beta,
        mean=mean,
        covariance=covariance,
        leverage=working * np.einsum("ij,jk,ik->i", design, covariance, design),
        phi=(working * relative**2).sum() / freedom,
        phi_prior=(weights * relative**2).sum() / freedom,
        freedom=freedom,
    )


def _deviance(y, mean, weights):
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(y > 0, y * np.log(y / mean), 0.0)
    return 2 * (weights * (part - (y - mean))).sum()


def seasons(time, references, w, periods, past):
    """Season of each baseline index: `periods` for windows, 1, 2 ... for the blocks between."""
    season = {}
    centres = [*references, time]
    for centre in centres:
        for i in range(centre - w, min(centre + w, time) + 1):
            season[i] = periods
    if periods > 1:
        for older, newer in zip(centres[:-1], centres[1:], strict=True):
            gap = list(range(older + w + 1, newer - w))
            size, rest = divmod(len(gap), periods - 1)
            for block in range(1, periods):
                length = size + (1 if block <= rest else 0)
                season.update(dict.fromkeys(gap[:length], block))
                gap = gap[length:]
    return {i: s for i, s in sorted(season.items()) if 0 <= i < time - past}


def fit_point(y, time, references, *, w=3, periods=1, past=None, trend=True, p_threshold_trend=0.05,
              reweight=True, weights_threshold=2.58, position=None, population=None,
              errors="corrected"):  # fmt: skip
    """Mean, dispersion, standard error and slope of one point of one series."""
    season = seasons(time, references, w, periods, w if past is None else past)
    position = np.arange(len(y)) if position is None else position
    people = np.ones(len(y)) if population is None else population
    rows = np.array([i for i in season if not np.isnan(y[i]) and people[i] > 0])
    levels = sorted({season[i] for i in rows})
    dummies = np.array([[1.0 if season[i] == s else 0.0 for s in levels] for i in rows])
    ahead = np.array([1.0 if s == periods else 0.0 for s in levels])

    def attempt(with_trend):
        t = (position[rows] - position[time]) / 50.0
        design = np.column_stack([dummies, t]) if with_trend else dummies
        x = np.append(ahead, 0.0) if with_trend else ahead
        offset = np.log(people[rows])
        fit = glm(design, y[rows], np.ones(len(rows)), offset)
        if fit is None:
            return None
        prior = fit.phi
        if reweight:
            phi = max(1.0, fit.phi)
            excess = 1.5 * (y[rows] ** (2 / 3) * fit.mean ** (-1 / 6) - np.sqrt(fit.mean))
            # A point alone in its season has leverage 1: it stands out from nothing.
            rest = np.where(fit.leverage < 1 - 1e-10, 1 - fit.leverage, np.inf)
            residual = excess / np.sqrt(phi * rest)
            weights = np.array([r**-2.0 if r > weights_threshold else 1.0 for r in residual])
            fit = glm(design, y[rows], weights * len(rows) / weights.sum(), offset)
            if fit is None:
                return None
            prior = fit.phi_prior
        phi = max(1.0, fit.phi)
        for_se = prior if errors == "compat" else phi
        for_test = fit.phi if errors == "original" else for_se
        result = SimpleNamespace(
            mean=np.exp(x @ fit.beta) * people[time],
            phi=phi,
            se=np.sqrt(for_se * (x @ fit.covariance @ x)),
            slope=fit.beta[-1] / 50.0 if with_trend else 0.0,
            pvalue=1.0,
        )
        if with_trend:
            t_value = fit.beta[-1] / np.sqrt(for_test * fit.covariance[-1, -1])
            result.pvalue = 2 * stats.t.sf(abs(t_value), fit.freedom)
        return result

    if trend:
        result = attempt(True)
        if (
            result is not None
            and result.pvalue < p_threshold_trend
            and len(references) >= 3
            and result.mean <= y[rows].max()
        ):
            return result
    return attempt(False)


def count_quantile(p, mean, phi):
    """Smallest count that is not exceeded with probability p, counting from 0."""
    y, total = 0, 0.0
    while True:
        if phi > 1:
            total += stats.nbinom.pmf(y, mean / (phi - 1), 1 / phi)
        else:
            total += stats.poisson.pmf(y, mean)
        if total >= p * (1 - 1e-13):
            return y
        y += 1
