"""The plan's numbers for detection and fusion, as in force on one day in one county."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import Channel, DetectorSetting
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue

EARS = ("ears_c1", "ears_c2", "ears_c3")
WITH_ALPHA = (*EARS, "recommended", "recent_total")
PREFIX = "detection."
PREFIXES = (PREFIX, "fusion.", "sentinel.", "tuning.")
SYNDROME = "fusion.syndrome."
LENGTHS = ("short", "middle", "long")


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
    figures: Mapping[str, float] = field(default_factory=dict)
    linked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # By method, what is tried in place of what is in force.
    tried: Mapping[str, float] = field(default_factory=dict)

    def number(self, key: str) -> float:
        """One figure of the plan.

        Raises:
            Refused: When no plan sets it.
        """
        return number_of(self.figures, key)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Of how many of the last days the cases are taken together."""
        return tuple(int(self.number(f"detection.recent_total.{name}")) for name in LENGTHS)

    def percentile_for(self, disease: str, channel: str) -> float:
        """Cut point of the moving percentile for one disease in one channel.

        The catalogue's setting counts, the nearest to the area; else the plan's own for the
        disease; else the plan's for all.
        """
        if "moving_percentile" in self.tried:
            return self.tried["moving_percentile"]
        for row in self.set_for(disease, channel):
            if row.method == "moving_percentile" and "percentile" in row.options:
                return float(row.options["percentile"])
        return self.percentile_of.get(disease, self.percentile)

    def set_for(self, disease: str, channel: str) -> list[DetectorSetting]:
        """What the catalogue sets for one disease in one channel, of each method the nearest."""
        if self.watched is None:
            return []
        return self.watched.detector_settings(disease, channel, self.area, self.on)

    def of(self, method: str, disease: str, channel: str = Channel.CASE) -> dict[str, Any]:
        """The settings of one method, as they are kept with its evidence."""
        if method == "moving_percentile":
            return {
                "percentile": self.percentile_for(disease, channel),
                "window": self.window_days,
                "years": self.years,
                "blocks": self.blocks,
            }
        if method in EARS:
            return {
                "alpha": self.alpha[method],
                "baseline": self.baseline,
                "min_sigma": self.min_sigma,
            }
        if method == "recent_total":
            return {"alpha": self.alpha[method], "lengths": list(self.lengths)}
        set_here = {row.method: row.options for row in self.set_for(disease, channel)}
        if method == "recommended":
            tried = {"alpha": self.tried[method]} if method in self.tried else {}
            return {"alpha": self.alpha[method]} | set_here.get(method, {}) | tried
        return dict(set_here.get(method, {}))


def number_of(figures: Mapping[str, float], key: str) -> float:
    """One figure of the plan; Refused where no plan sets it."""
    if key not in figures:
        raise Refused(_("No plan sets “%(key)s”.") % {"key": key})
    return figures[key]


def settings_for(area: str, *, on: date) -> Settings:
    """Read the detection settings in force for a county on a day."""
    rows = standards.rules_for(area, on)
    figures = {
        key: float(row.value)
        for key, row in rows.items()
        if key.startswith(PREFIXES) and row.value is not None
    }

    def number(key: str) -> float:
        return number_of(figures, PREFIX + key)

    of_disease = PREFIX + "moving_percentile.percentile."
    return Settings(
        area=area,
        on=on,
        baseline=int(number("ears.baseline")),
        min_sigma=number("ears.min_sigma"),
        alpha={method: number(f"{method}.alpha") for method in WITH_ALPHA},
        percentile=number("moving_percentile.percentile"),
        percentile_of={
            key.removeprefix(of_disease): value
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
        figures=figures,
        linked={
            key.removeprefix(SYNDROME): frozenset(item["key"] for item in row.items)
            for key, row in rows.items()
            if key.startswith(SYNDROME)
        },
    )
