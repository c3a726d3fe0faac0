"""Quantiles and tails of counts with mean m and variance phi m, in compiled loops.

Where phi is above 1 the count is negative binomial with size m / (phi - 1) and probability 1 / phi;
else it is Poisson.
"""

import math

import numpy as np

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array

# A probability within so many rounding errors of the one asked for counts as reached.
FUZZ = 64 * 2.220446049250313e-16
# Below this start the distribution is summed from 0.
FROM_ZERO = 60.0
# Where both the mean and mean / (phi - 1) are above this: normal approximations, off by less than
# 1e-6.
EXACT_UP_TO = 1e7
HUGE = 1e12
# A dispersion so near 1 leaves the Poisson distribution within rounding.
NEARLY_POISSON = 1e-10
# Newton steps come within so many counts, single steps do the rest.
NEAR = 8.0
TINY = 1e-300
HALF_LOG_2PI = 0.918938533204672742


@compiled
def stirling_error(n: float) -> float:
    """log(Gamma(n + 1)) minus Stirling's formula."""
    if n < 15.0:
        return float(math.lgamma(n + 1.0) - (n + 0.5) * np.log(n) + n - HALF_LOG_2PI)
    s = 1.0 / (n * n)
    return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / n


@compiled
def deviance_term(x: float, mean: float) -> float:
    """x log(x / mean) + mean - x, without loss of digits where the two are near."""
    if abs(x - mean) < 0.1 * (x + mean):
        v = (x - mean) / (x + mean)
        total = (x - mean) * v
        term = 2.0 * x * v
        for j in range(1, 1000):
            term *= v * v
            before = total
            total += term / (2 * j + 1)
            if total == before:
                break
        return total
    return float(x * np.log(x / mean) + mean - x)


@compiled
def poisson_mass(y: float, mean: float) -> float:
    """Probability of y."""
    if y <= 0.0:
        return float(np.exp(-mean))
    exponent = -stirling_error(y) - deviance_term(y, mean)
    return float(np.exp(exponent) / np.sqrt(2.0 * np.pi * y))


@compiled
def binomial_term(x: float, rest: float, p: float, q: float) -> float:
    """Gamma(n+1) / (Gamma(x+1) Gamma(rest+1)) p^x q^rest for real x, rest > 0, n = x + rest."""
    n = x + rest
    exponent = (
        stirling_error(n)
        - stirling_error(x)
        - stirling_error(rest)
        - deviance_term(x, n * p)
        - deviance_term(rest, n * q)
    )
    return float(np.exp(exponent) * np.sqrt(n / (2.0 * np.pi * x * rest)))


@compiled
def mass(y: float, mean: float, phi: float) -> float:
    """Probability of the count y."""
    if phi <= 1.0 + NEARLY_POISSON:
        return float(poisson_mass(y, mean))
    size = mean / (phi - 1.0)
    if y <= 0.0:
        return float(np.exp(-size * np.log(phi)))
    return float(size / (size + y) * binomial_term(size, y, 1.0 / phi, (phi - 1.0) / phi))


@compiled
def beta_fraction(a: float, b: float, x: float, y: float) -> float:
    """Regularised incomplete beta function at x = 1 - y, by its continued fraction (Lentz)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > TINY else TINY)
    h = d
    for m in range(1, 1_000_000):
        e = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 + e * d
        c = 1.0 + e / c
        d = 1.0 / (d if abs(d) > TINY else TINY)
        c = c if abs(c) > TINY else TINY
        h *= d * c
        e = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 + e * d
        c = 1.0 + e / c
        d = 1.0 / (d if abs(d) > TINY else TINY)
        c = c if abs(c) > TINY else TINY
        h *= d * c
        if abs(d * c - 1.0) < 2e-15:
            break
    return float(h * binomial_term(a, b, x, y) * b / (a + b))


@compiled
def poisson_tail(y: float, mean: float) -> float:
    """Probability of y or more, y at least 1."""
    total, term, k = 0.0, 1.0, y
    if mean < y + 1.0:
        while term > 1e-17 * total:
            total += term
            k += 1.0
            term *= mean / k
        return float(poisson_mass(y, mean) * total)
    while k > 0.0 and term > 1e-17 * total:
        term *= k / mean
        total += term
        k -= 1.0
    return float(1.0 - poisson_mass(y, mean) * total)


@compiled
def normal_tail(y: float, mean: float, phi: float) -> float:
    """Probability of y or more by Edgeworth's first correction of the normal distribution."""
    sd = np.sqrt(mean * phi)
    x = (y - 0.5 - mean) / sd
    density = np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
    skew = (2.0 * phi - 1.0) / sd
    return float(
        min(1.0, max(0.0, 0.5 * math.erfc(x / np.sqrt(2.0)) + skew / 6 * (x * x - 1) * density))
    )


@compiled
def tail(y: float, mean: float, phi: float) -> float:
    """Probability of y cases or more."""
    if y <= 0.0:
        return 1.0
    if not mean > 0.0:
        return 0.0
    poisson = phi <= 1.0 + NEARLY_POISSON
    size = mean if poisson else mean / (phi - 1.0)
    if min(size, mean) > EXACT_UP_TO:
        return float(normal_tail(y, mean, phi))
    if poisson:
        return float(poisson_tail(y, mean))
    p, q = 1.0 / phi, (phi - 1.0) / phi
    if q > (y + 1.0) / (y + size + 2.0):
        return float(1.0 - beta_fraction(size, y, p, q))
    return float(beta_fraction(y, size, q, p))


@compiled
def from_zero(p: float, mean: float, phi: float) -> float:
    """Smallest count whose probability of being reached or not exceeded is p, summed from 0."""
    poisson = phi <= 1.0 + NEARLY_POISSON
    size = 0.0 if poisson else mean / (phi - 1.0)
    share = 0.0 if poisson else (phi - 1.0) / phi
    term = mass(0.0, mean, phi)
    total, y = term, 0.0
    while total < p and y < 1e6:
        factor = mean if poisson else (size + y) * share
        y += 1.0
        term *= factor / y
        total += term
    return y


@compiled
def quantile(p: float, z: float, mean: float, phi: float) -> float:
    """Smallest count that is not exceeded with probability p; z is the normal quantile of p."""
    if not mean > 0.0:
        return 0.0
    if not np.isfinite(mean * phi):
        return np.inf
    p *= 1.0 - FUZZ
    sd = np.sqrt(mean * phi)
    skew = (2.0 * phi - 1.0) / sd
    y = max(0.0, np.floor(mean + sd * (z + skew * (z * z - 1.0) / 6.0) + 0.5))
    if y < FROM_ZERO and mean < FROM_ZERO:
        return float(from_zero(p, mean, phi))
    if mean / max(phi - 1.0, 1.0) > EXACT_UP_TO or mean > HUGE:
        return float(y)
    for _ in range(60):
        move = np.floor((p - 1.0 + tail(y + 1.0, mean, phi)) / max(mass(y, mean, phi), TINY))
        move = min(max(move, -sd), sd)
        y = max(0.0, np.floor(y + move))
        if abs(move) <= NEAR:
            break
    return float(walk(y, p, mean, phi))


@compiled
def walk(y: float, p: float, mean: float, phi: float) -> float:
    """Go from y to the quantile in single steps."""
    below = 1.0 - tail(y + 1.0, mean, phi)
    while below < p:
        y += 1.0
        below += mass(y, mean, phi)
    while y > 0.0:
        here = mass(y, mean, phi)
        if below - here < p:
            break
        below -= here
        y -= 1.0
    return y


@compiled
def fill_quantiles(p: float, z: float, mean: Array, phi: Array, out: Array) -> None:
    """Quantile of every element; NaN where the mean is NaN."""
    for i in range(mean.size):
        out[i] = np.nan if np.isnan(mean[i]) else quantile(p, z, mean[i], phi[i])


@compiled
def fill_tails(y: Array, mean: Array, phi: Array, out: Array) -> None:
    """Tail probability of every element; NaN where count or mean is NaN."""
    for i in range(mean.size):
        missing = np.isnan(mean[i]) or np.isnan(y[i])
        out[i] = np.nan if missing else tail(y[i], mean[i], phi[i])
