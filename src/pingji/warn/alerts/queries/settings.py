"""The plan's numbers for detection and fusion, as in force on one day in one county."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import Channel, DetectorSetting
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue, holds
from pingji.monitor.surveillance.queries.detectors import METHODS

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
    # By method, the options that are tried in place of those in force.
    tried: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

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

    @cached_property
    def finer(self) -> frozenset[tuple[str, str]]:
        """Diseases and channels for which a part of the area has settings of its own."""
        rows = self.watched.detectors.values() if self.watched is not None else ()
        return frozenset(
            (row.disease_id, row.channel)
            for of_disease in rows
            for row in of_disease
            if self._is_finer(row) and holds(row, self.on)
        )

    def _is_finer(self, row: DetectorSetting) -> bool:
        place = row.area_id or ""
        return len(place) > len(self.area) and place.startswith(self.area)

    def set_for(self, disease: str, channel: str, area: str = "") -> list[DetectorSetting]:
        """What the catalogue sets for one disease in one channel, of each method the nearest.

        Args:
            disease: Its code.
            channel: One of the five.
            area: A part of the settings' area; none stands for all of it.
        """
        if self.watched is None:
            return []
        return self.watched.detector_settings(disease, channel, area or self.area, self.on)

    def set_here(
        self, method: str, disease: str, channel: str, area: str = ""
    ) -> Mapping[str, Any] | None:
        """The options of a method that are set for one disease; None where none are.

        What is tried counts in place of what is set for the whole area or a larger one; a part
        that has its own keeps it.
        """
        row = next((r for r in self.set_for(disease, channel, area) if r.method == method), None)
        if method in self.tried and (row is None or not self._is_finer(row)):
            return self.tried[method]
        return row.options if row is not None else None

    def of(
        self, method: str, disease: str, channel: str = Channel.CASE, area: str = ""
    ) -> dict[str, Any]:
        """The settings of one method, as they are kept with its evidence.

        What the catalogue sets counts, the nearest to the area; else what the plan sets.
        """
        here = self.set_here(method, disease, channel, area) or {}
        if not METHODS[method].asked_of_all:
            return dict(here)
        known = METHODS[method].options
        return self._of_plan(method, disease) | {
            name: known[name].read(value) for name, value in here.items() if name in known
        }

    def _of_plan(self, method: str, disease: str) -> dict[str, Any]:
        if method == "moving_percentile":
            return {
                "percentile": self.percentile_of.get(disease, self.percentile),
                "window": self.window_days,
                "years": self.years,
                "blocks": self.blocks,
            }
        found: dict[str, Any] = {"alpha": self.alpha[method]}
        if method in EARS:
            found |= {"baseline": self.baseline, "min_sigma": self.min_sigma}
        if method == "recent_total":
            found["lengths"] = list(self.lengths)
        return found


def number_of(figures: Mapping[str, float], key: str) -> float:
    """One figure of the plan; Refused where no plan sets it."""
    if key not in figures:
        raise Refused(_("No plan sets “%(key)s”.") % {"key": key})
    return figures[key]


def settings_for(area: str, *, on: date) -> Settings:
    """Read the detection settings in force for a county, on a day or at a moment."""
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
        on=standards.day_of(on),
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
