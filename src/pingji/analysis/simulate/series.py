"""How a series of surveillance runs in ordinary times, said in some two dozen figures."""

from dataclasses import dataclass
from typing import Literal

Channel = Literal["case", "pathogen", "syndrome", "vector", "department"]
Kind = Literal["cases", "counts", "positives"]
EVERY_DAY = (1.0,) * 7


@dataclass(frozen=True)
class Series:
    """How one series runs when nothing happens.

    Attributes:
        code: Disease, or kind of sentinel and what it counts: "school.absent_ill".
        channel: Which of the five channels it belongs to.
        kind: "cases" are persons with an onset and a report; "counts" are figures of reporting
            places; "positives" are counts out of tests or traps.
        level: Cases per 100,000 people a year; or the mean of one place in one period; or the
            usual share of positives.
        tested: Mean tests of one place in one period, for "positives".
        places: Reporting places in the county; 0 for one in each township.
        every: Days of one period: 1, 7 or 30.
        open: When places report: "always", "workdays" or "term" (school days).
        ages: Youngest and oldest who fall ill, for "cases".
        peak: Day of the year with most.
        swing: Height of the season on the logarithmic scale: exp(2 · swing) from trough to peak.
        second_peak: Day of a second, lower season's peak.
        second_swing: Its height; 0 for none.
        shift: Standard deviation in days by which a year's season comes early or late.
        week: Factor of each weekday, Monday first; its mean is 1.
        festival: Factor during the Spring Festival.
        vacation: Factor during school holidays.
        trend: Change a year on the logarithmic scale.
        wave: Standard deviation of slow waves in the whole county, on the logarithmic scale.
        wave_weeks: Over how many weeks a wave fades.
        local: The same of waves in a single township or place.
        noise: Variance of a figure beyond chance, relative to its squared mean.
        clustered: Share of cases that come in clusters.
        cluster: Mean cases of a cluster.
        delay: Mean days from onset to report, or from the end of a period to its report.
        delay_shape: Shape of the delays: 1 is as spread as a geometric distribution, more is less.
        at_weekend: Share of the reports due on days off that are made on that day.
        missing: Share of figures never reported.
        silence: Mean periods a place is silent in a row.
    """

    code: str
    channel: Channel
    kind: Kind
    level: float
    tested: float = 0.0
    places: int = 0
    every: int = 1
    open: Literal["always", "workdays", "term"] = "always"
    ages: tuple[int, int] = (0, 100)
    peak: int = 1
    swing: float = 0.0
    second_peak: int = 182
    second_swing: float = 0.0
    shift: float = 10.0
    week: tuple[float, ...] = EVERY_DAY
    festival: float = 1.0
    vacation: float = 1.0
    trend: float = 0.0
    wave: float = 0.25
    wave_weeks: float = 4.0
    local: float = 0.25
    noise: float = 0.0
    clustered: float = 0.0
    cluster: float = 4.0
    delay: float = 2.0
    delay_shape: float = 1.5
    at_weekend: float = 0.35
    missing: float = 0.0
    silence: float = 3.0

    def __post_init__(self) -> None:
        if self.level <= 0 or self.delay < 0 or self.every not in {1, 7, 30}:
            raise ValueError(f"{self.code}: level, delay or every is impossible")
        if not (0 <= self.missing < 1 and 0 <= self.clustered <= 1 and self.cluster >= 1):
            raise ValueError(f"{self.code}: missing, clustered or cluster is impossible")
        if self.kind == "positives" and not (self.tested > 0 and self.level < 1):
            raise ValueError(f"{self.code}: positives need tests, and a level below 1")
        if len(self.week) != 7 or min(self.week) <= 0 or self.ages[0] > self.ages[1]:
            raise ValueError(f"{self.code}: week or ages are impossible")
        if min(self.festival, self.vacation) <= 0:
            raise ValueError(f"{self.code}: festival and vacation must be above 0")
