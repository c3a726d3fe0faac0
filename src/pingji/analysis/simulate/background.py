"""Surveillance of a county in ordinary times: cases of its residents, and figures of its places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import expit, logit

from pingji.analysis.simulate.demography import Array
from pingji.analysis.simulate.holidays import (
    FESTIVAL_DAYS,
    Days,
    from_spring_festival,
    school_holiday,
    weekday,
    working_day,
)
from pingji.analysis.simulate.population import Population
from pingji.analysis.simulate.reporting import NEVER, report_days, silences
from pingji.analysis.simulate.series import Series
from pingji.analysis.simulate.usual import USUAL

YEAR = 365.25
SPREAD_DAYS = 3.0  # scale of the days over which the cases of a cluster fall ill; shape 2
# A cluster draws its cases from so many people round the first, in the order of villages and homes.
AMONG = 60
LONGEST = 366 * 25


@dataclass(frozen=True, eq=False)
class Cases:
    """Reported cases, ascending by series and onset.

    Attributes:
        series: Place of the series in `Background.watched`, int16, shape (cases,).
        resident: Who fell ill, int32, shape (cases,).
        onset: Day of onset from `Background.first_day`, int32, shape (cases,); below 0 for those
            who fell ill before and are reported within the time.
        reported: Day of the report, int32, shape (cases,); within the time.
    """

    series: NDArray[np.int16]
    resident: NDArray[np.int32]
    onset: NDArray[np.int32]
    reported: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Figures:
    """What the reporting places of one series sent.

    Attributes:
        series: Place of the series in `Background.watched`.
        starts: First day of each period from `Background.first_day`, int64, shape (periods,).
        township: Township of each place, int16, shape (places,).
        count: Figures, shape (periods, places); NaN where none was due or none came.
        tested: Tests or traps behind them, of the same shape; None for plain counts.
        due: Whether a figure was due: the place was open, shape (periods, places).
        reported: Day of the report, int32, shape (periods, places); `NEVER` (-1) where none came.
    """

    series: int
    starts: NDArray[np.int64]
    township: NDArray[np.int16]
    count: Array
    tested: Array | None
    due: NDArray[np.bool_]
    reported: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Background:
    """Surveillance over some time.

    Attributes:
        first_day: The first day.
        days: How many days.
        watched: What is heard.
        cases: Of all series of kind "cases".
        figures: Of every other series.
        townships: How many townships the county has.
        township: Township of each resident, shape (residents,).
    """

    first_day: np.datetime64
    days: int
    watched: tuple[Series, ...]
    cases: Cases
    figures: tuple[Figures, ...]
    townships: int
    township: NDArray[np.int16]

    @property
    def dates(self) -> Days:
        """All days."""
        dates: Days = self.first_day + np.arange(self.days)
        return dates

    def daily_cases(
        self, code: str, *, by_report: bool = False, known: int | None = None
    ) -> NDArray[np.int64]:
        """Cases of a disease by day and township.

        Args:
            code: Of the series.
            by_report: Count by day of report instead of day of onset.
            known: Only cases reported up to this day.

        Returns:
            Counts, shape (days, townships).

        Raises:
            KeyError: If no series has this code.
        """
        codes = [series.code for series in self.watched]
        if code not in codes:
            raise KeyError(code)
        of = self.cases.series == codes.index(code)
        if known is not None:
            of &= self.cases.reported <= known
        day = (self.cases.reported if by_report else self.cases.onset)[of].astype(np.int64)
        town = self.township[self.cases.resident[of]]
        inside = day >= 0
        flat = np.bincount(
            day[inside] * self.townships + town[inside], minlength=self.days * self.townships
        )
        return flat.reshape(self.days, self.townships)


def background(
    population: Population,
    *,
    first_day: date | np.datetime64,
    days: int,
    seed: int,
    watched: Sequence[Series] = USUAL,
) -> Background:
    """Invent what surveillance hears when nothing happens but the usual.

    The mean of a series on a day is its level times season, trend, weekday, holidays, a slow wave
    of the whole county and one of the township or place. Cases are drawn one by one or in clusters
    of neighbours, each with the delay of its report; figures with noise beyond chance, late or, in
    runs, not at all. What one series says hangs on no other.

    Args:
        population: Who may fall ill.
        first_day: The first day.
        days: How many days; three years are 1096.
        seed: Beginning of the chain of chance.
        watched: What is heard.

    Returns:
        All reports whose day lies within the time.

    Source:
        After the simulations of Noufaily et al. 2013, doi:10.1002/sim.5595: trend, season and noise
        beyond chance; holidays, waves, clusters, delays and silence are added here.

    Raises:
        ValueError: If `days` is not positive or beyond reason, or two series have one code.
    """
    if not 0 < days <= LONGEST:
        raise ValueError(f"days must be 1 to {LONGEST}, not {days}")
    if len({series.code for series in watched}) < len(watched):
        raise ValueError("two series have the same code")
    first = np.datetime64(first_day).astype("datetime64[D]")
    cases, figures = [], []
    for place, series in enumerate(watched):
        name = int.from_bytes(series.code.encode()[:32], "big")
        rng = np.random.default_rng([seed, name])
        if series.kind == "cases":
            cases.append((place, *_cases(rng, population, series, first, days)))
        else:
            figures.append(_figures(rng, population, series, place, first, days))
    return Background(
        first,
        days,
        tuple(watched),
        _joined(cases),
        tuple(figures),
        population.townships,
        population.township,
    )


def _joined(
    parts: list[tuple[int, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]],
) -> Cases:
    empty = np.empty(0, np.int32)
    which = [np.full(len(resident), place, np.int16) for place, resident, _o, _r in parts]
    columns = [np.concatenate([empty, *(part[at] for part in parts)]) for at in (1, 2, 3)]
    return Cases(np.concatenate([np.empty(0, np.int16), *which]), *columns)


def season(rng: np.random.Generator, series: Series, dates: Days) -> Array:
    """Logarithm of season, trend, weekday and holidays for each day, shape (days,)."""
    day_of_year = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(float)
    year = dates.astype("datetime64[Y]").astype(int)
    year -= year[0]
    # The peak comes early in one year and late in the next; between, the shift glides.
    shifts = rng.normal(0, series.shift, int(year[-1]) + 3)
    at = year + day_of_year / YEAR
    moved = day_of_year - np.interp(at, np.arange(len(shifts)) + 0.5, shifts)
    log: Array = series.swing * np.cos(2 * np.pi * (moved - series.peak) / YEAR)
    if series.second_swing:
        # Twice a year, halved: it lifts the second peak without a third one.
        log += series.second_swing / 2 * np.cos(4 * np.pi * (moved - series.second_peak) / YEAR)
    log += series.trend * (at - at[-1] / 2)
    week = np.asarray(series.week) / np.mean(series.week)
    log += np.log(week)[weekday(dates)]
    apart = from_spring_festival(dates)
    festival = (apart >= FESTIVAL_DAYS[0]) & (apart <= FESTIVAL_DAYS[1])
    log[festival] += np.log(series.festival)
    log[school_holiday(dates) & ~festival] += np.log(series.vacation)
    return log


def wave(rng: np.random.Generator, steps: int, columns: int, fades: float, height: float) -> Array:
    """Slow random waves: first-order autoregression, started in its long run.

    Args:
        rng: Source of chance.
        steps: How many steps.
        columns: How many independent waves.
        fades: Steps after which the correlation has fallen to 1/e.
        height: Standard deviation.

    Returns:
        The waves, shape (steps, columns), less half the variance, so that exp has mean 1.
    """
    stays = np.exp(-1 / max(fades, 1e-9))
    pushes = rng.normal(0, np.sqrt(1 - stays**2), (steps, columns))
    pushes[0] /= np.sqrt(1 - stays**2)
    waves: Array = height * lfilter([1.0], [1.0, -stays], pushes, axis=0) - height**2 / 2
    return waves


def _cases(
    rng: np.random.Generator,
    population: Population,
    series: Series,
    first: np.datetime64,
    days: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Residents, onsets and report days of one disease, ascending by onset."""
    early = int(series.delay * 4) + 14  # those who fell ill before are reported within the time
    total, fades = days + early, 7 * series.wave_weeks
    dates: Days = first - early + np.arange(total)
    log = season(rng, series, dates) + wave(rng, total, 1, fades, series.wave)[:, 0]
    pool = np.flatnonzero((population.age >= series.ages[0]) & (population.age <= series.ages[1]))
    of_town = np.bincount(population.township[pool], minlength=population.townships)
    local = wave(rng, total, population.townships, fades, series.local)
    # The level is that of a usual year, whatever the season's shape.
    scale = np.exp(season(np.random.default_rng(0), series, dates)).mean()
    yearly = series.level * len(population) / 100_000
    mean = yearly / YEAR / scale * np.exp(log)[:, None] * np.exp(local)
    mean *= of_town / max(1, of_town.sum())

    pool_begins = np.cumsum(of_town) - of_town
    single = rng.poisson(mean * (1 - series.clustered))
    first_ones = rng.poisson(mean * series.clustered / series.cluster)
    day_one, at_one = _unrolled(single, of_town)
    day_many, at_many = _unrolled(first_ones, of_town)
    size = rng.geometric(1 / series.cluster, len(day_many))
    day_many = np.repeat(day_many, size) + np.rint(
        rng.gamma(2.0, SPREAD_DAYS, int(size.sum()))
    ).astype(np.int64)
    index = _drawn(rng, at_many, pool_begins, of_town)
    index = np.repeat(index, size) + rng.integers(-AMONG // 2, AMONG // 2, int(size.sum()))
    town = np.repeat(at_many, size)
    index = np.clip(index, pool_begins[town], pool_begins[town] + of_town[town] - 1)

    onset = np.concatenate([day_one, day_many]) - early
    who = pool[np.concatenate([_drawn(rng, at_one, pool_begins, of_town), index])]
    reported = report_days(
        rng,
        onset,
        first,
        delay=series.delay,
        shape=series.delay_shape,
        at_weekend=series.at_weekend,
    )
    inside = np.flatnonzero((reported >= 0) & (reported < days))
    inside = inside[np.argsort(onset[inside], kind="stable")]
    return who[inside].astype(np.int32), onset[inside].astype(np.int32), reported[inside]


def _unrolled(
    counts: NDArray[np.int64], of_town: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Day and township of each of the counted."""
    flat = np.repeat(np.arange(counts.size), counts.ravel())
    day, town = np.divmod(flat, len(of_town))
    return day, town


def _drawn(
    rng: np.random.Generator,
    town: NDArray[np.int64],
    begins: NDArray[np.int64],
    of_town: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Somebody of each township, as a place in the pool."""
    picked: NDArray[np.int64] = begins[town] + (rng.random(len(town)) * of_town[town]).astype(int)
    return picked


def _figures(
    rng: np.random.Generator,
    population: Population,
    series: Series,
    place: int,
    first: np.datetime64,
    days: int,
) -> Figures:
    """Figures of the places of one series."""
    of_town = np.bincount(population.township, minlength=population.townships)
    towns = _places(rng, series, of_town)
    starts = np.arange(0, days - series.every + 1, series.every)
    dates: Days = first + np.arange(days)
    log = _over_periods(season(rng, series, dates), starts, series.every)
    fades = 7 * series.wave_weeks / series.every
    log += wave(rng, len(starts), 1, fades, series.wave)[:, 0]
    each = log[:, None] + wave(rng, len(starts), len(towns), fades, series.local)
    size = np.exp(rng.normal(-0.125, 0.5, len(towns)))

    tested = None
    if series.kind == "positives":
        tested = rng.poisson(series.tested * size, each.shape).astype(np.float64)
        share = expit(logit(series.level) + each)
        count = rng.binomial(tested.astype(np.int64), share).astype(np.float64)
    else:
        mean = series.level * size * np.exp(each - log.mean())
        if series.noise:
            mean *= rng.gamma(1 / series.noise, series.noise, mean.shape)
        count = rng.poisson(mean).astype(np.float64)

    due = np.broadcast_to(_open(series, dates)[starts][:, None], count.shape)
    silent = silences(rng, len(starts), len(towns), missing=series.missing, length=series.silence)
    ended = np.broadcast_to((starts + series.every - 1)[:, None], count.shape)
    reported = ended + rng.poisson(series.delay, count.shape)
    heard = due & ~silent & (reported < days)
    count[~heard] = np.nan
    if tested is not None:
        tested[~heard] = np.nan
    reported = np.where(heard, reported, NEVER).astype(np.int32)
    return Figures(place, starts, towns, count, tested, due, reported)


def _places(
    rng: np.random.Generator, series: Series, of_town: NDArray[np.int64]
) -> NDArray[np.int16]:
    """Township of each reporting place: one each, or so many where most people live."""
    if series.places == 0:
        return np.flatnonzero(of_town).astype(np.int16)
    towns = np.sort(rng.choice(len(of_town), p=of_town / of_town.sum(), size=series.places))
    return towns.astype(np.int16)


def _over_periods(log: Array, starts: NDArray[np.int64], every: int) -> Array:
    """Logarithm of the mean over each period."""
    if every == 1:
        return log
    sums = np.concatenate([[0.0], np.cumsum(np.exp(log))])
    means: Array = np.log((sums[starts + every] - sums[starts]) / every)
    return means


def _open(series: Series, dates: Days) -> NDArray[np.bool_]:
    """On which days the places of a series report."""
    if series.open == "workdays":
        return working_day(dates)
    if series.open == "term":
        return working_day(dates) & ~school_holiday(dates)
    return np.ones(len(dates), np.bool_)
