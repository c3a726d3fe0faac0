"""The detectors run over a county's series: settings from the profile, arrays in, verdicts out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from pingji.analysis.detect import ears_c1, ears_c2, ears_c3, moving_percentile
from pingji.analysis.detect.result import Detection, Note
from pingji.ground import Refused
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import Channel
from pingji.monitor.surveillance.queries import Series, SeriesKey
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue

METHODS = ("ears_c1", "ears_c2", "ears_c3", "moving_percentile")
EARS: dict[str, Callable[..., Detection]] = {
    "ears_c1": ears_c1,
    "ears_c2": ears_c2,
    "ears_c3": ears_c3,
}
PREFIX = "detection."
DAYS_IN = {"day": 1, "week": 7, "month": 28}


@dataclass(frozen=True)
class Settings:
    """The profile's numbers for detection, as in force on one day in one county."""

    area: str
    on: date
    baseline: int
    min_sigma: float
    alpha: dict[str, float]
    percentile: float
    percentile_of: dict[str, float]
    window_days: int
    years: int
    blocks: int
    minimum_cases: int
    methods_needed: int
    judged_days: int
    repeat_after_days: int
    watched: Catalogue | None = None

    def percentile_for(self, disease: str, channel: str) -> float:
        """Cut point of the moving percentile for one disease in one channel.

        The catalogue's setting counts, the nearest to the area; else the plan's own for the
        disease; else the plan's for all.
        """
        if self.watched is not None:
            for row in self.watched.detector_settings(disease, channel, self.area, self.on):
                if row.method == "moving_percentile" and "percentile" in row.options:
                    return float(row.options["percentile"])
        return self.percentile_of.get(disease, self.percentile)

    def of(self, method: str, disease: str, channel: str = Channel.CASE) -> dict[str, float]:
        """The settings of one method, as they are kept with its evidence."""
        if method == "moving_percentile":
            return {
                "percentile": self.percentile_for(disease, channel),
                "window": self.window_days,
                "years": self.years,
                "blocks": self.blocks,
            }
        return {
            "alpha": self.alpha[method],
            "baseline": self.baseline,
            "min_sigma": self.min_sigma,
        }


def settings_for(area: str, *, on: date) -> Settings:
    """Read the detection settings in force for a county on a day."""
    figures = {
        key: row.value
        for key, row in standards.rules_for(area, on).items()
        if key.startswith(PREFIX) and row.value is not None
    }

    def number(key: str) -> float:
        if PREFIX + key not in figures:
            raise Refused(_("No plan sets “%(key)s”.") % {"key": PREFIX + key})
        return float(figures[PREFIX + key])

    of_disease = PREFIX + "moving_percentile.percentile."
    return Settings(
        area=area,
        on=on,
        baseline=int(number("ears.baseline")),
        min_sigma=number("ears.min_sigma"),
        alpha={method: number(f"{method}.alpha") for method in EARS},
        percentile=number("moving_percentile.percentile"),
        percentile_of={
            key.removeprefix(of_disease): float(value)
            for key, value in figures.items()
            if key.startswith(of_disease)
        },
        window_days=int(number("moving_percentile.window")),
        years=int(number("moving_percentile.years")),
        blocks=int(number("moving_percentile.blocks")),
        minimum_cases=int(number("minimum_cases")),
        methods_needed=int(number("methods_needed")),
        judged_days=int(number("judged_days")),
        repeat_after_days=int(number("repeat_after")),
        watched=catalogue(),
    )


@dataclass(frozen=True)
class Seen:
    """What one method made of one point."""

    method: str
    alarm: bool
    note: str
    observed: int | None
    expected: float | None
    upper_bound: float | None
    score: float | None
    settings: dict[str, float]


@dataclass
class Verdict:
    """A series that is out of the ordinary: which periods, and what each method saw in them."""

    key: SeriesKey
    days: list[date] = field(default_factory=list)
    seen: dict[date, list[Seen]] = field(default_factory=dict)
    observed: int = 0


def detect(
    series: Series, settings: Settings, *, judge: slice | None = None
) -> dict[str, Detection]:
    """Every method's judgement of all series at once, by method."""
    found = {
        name: method(
            series.counts,
            baseline=settings.baseline,
            alpha=settings.alpha[name],
            min_sigma=settings.min_sigma,
            judge=judge,
        )
        for name, method in EARS.items()
    }
    kinds = {(key.disease, key.channel) for key in series.keys}
    cuts = {kind: settings.percentile_for(*kind) for kind in kinds}
    found["moving_percentile"] = moving_percentile(
        series.counts,
        dates=series.dates,
        period=series.period,  # type: ignore[arg-type]
        percentile=np.array([cuts[key.disease, key.channel] for key in series.keys]),
        years=settings.years,
        neighbours=(settings.blocks - 1) // 2,
        window=max(1, settings.window_days // DAYS_IN[series.period]),
        min_cases=settings.minimum_cases,
        judge=judge,
    )
    return found


@dataclass(frozen=True)
class Judged:
    """What the detectors made of the latest periods of many series.

    Attributes:
        verdicts: The series out of the ordinary.
        series: How many series at least one method could judge in at least one period.
        alarms: How many points were out of the ordinary.
        reasons: How many points no method could judge, by reason.
    """

    verdicts: list[Verdict]
    series: int
    alarms: int
    reasons: Counter[str]


def judge(series: Series, settings: Settings) -> Judged:
    """Judge the latest periods of all series.

    A period is out of the ordinary where it holds the fewest cases that can raise an alert and
    enough methods alarm together.
    """
    latest = max(1, settings.judged_days // DAYS_IN[series.period])
    begin = max(0, len(series.dates) - latest)
    found = detect(series, settings, judge=slice(begin, None))
    enough = _together(series.counts, found, settings)
    enough[:begin] = False
    unjudged = np.min([found[name].note for name in METHODS], axis=0)[begin:]
    verdicts = []
    for column in np.flatnonzero(enough.any(axis=0)):
        verdict = Verdict(series.keys[column])
        for row in np.flatnonzero(enough[:, column]):
            day = series.dates[row].item()
            verdict.days.append(day)
            verdict.seen[day] = [
                _seen(name, found[name], int(row), int(column), settings, verdict.key)
                for name in METHODS
            ]
            verdict.observed = int(series.counts[row, column])
        verdicts.append(verdict)
    return Judged(
        verdicts,
        series=int((unjudged == Note.JUDGED).any(axis=0).sum()),
        alarms=int(enough.sum()),
        reasons=Counter(
            Note(code).name for code in unjudged.ravel().tolist() if code != Note.JUDGED
        ),
    )


def _together(
    counts: np.ndarray, found: dict[str, Detection], settings: Settings
) -> NDArray[np.bool_]:
    """Where enough methods alarm together over enough cases; one method at the least."""
    alarms = np.sum([found[name].alarm for name in METHODS], axis=0)
    needed = max(1, settings.methods_needed)
    return (alarms >= needed) & (counts >= settings.minimum_cases)


def _seen(
    name: str, found: Detection, row: int, column: int, settings: Settings, key: SeriesKey
) -> Seen:
    def at(values: np.ndarray) -> float | None:
        value = float(values[row, column])
        return value if np.isfinite(value) else None

    # The moving percentile judges a whole window; its own count is the one to be shown beside it.
    observed = at(found.extra.get("window_count", found.observed))
    note = int(found.note[row, column])
    return Seen(
        method=name,
        alarm=bool(found.alarm[row, column]),
        note="" if note == Note.JUDGED else Note(note).name,
        observed=None if observed is None else int(observed),
        expected=at(found.expected),
        upper_bound=at(found.upper_bound),
        score=at(found.score),
        settings=settings.of(name, key.disease, key.channel),
    )


def curve(series: Series, settings: Settings, *, last: int) -> dict[str, list[object]]:
    """The last periods of the first series with the expectation of EARS C1, for a chart."""
    found = detect(series, settings)
    c1 = found["ears_c1"]
    part = slice(-last, None)

    def numbers(values: np.ndarray) -> list[object]:
        return [round(float(v), 2) if np.isfinite(v) else None for v in values[part, 0]]

    return {
        "dates": [str(day) for day in series.dates[part]],
        "counts": numbers(series.counts),
        "expected": numbers(c1.expected),
        "upper": numbers(c1.upper_bound),
        "alarms": _together(series.counts, found, settings)[part, 0].tolist(),
    }
