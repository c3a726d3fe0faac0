"""Estimates with intervals: reproduction number, growth, reporting delay, fatality."""

from pingji.analysis.estimate.fatality import CaseFatality, case_fatality
from pingji.analysis.estimate.growth import GrowthRate, growth_rate, reproduction_from_growth
from pingji.analysis.estimate.reporting_delay import (
    Nowcast,
    ReportingTriangle,
    nowcast,
    reporting_triangle,
)
from pingji.analysis.estimate.reproduction import ReproductionNumber, reproduction_number
from pingji.analysis.estimate.result import PROBABILITIES, EstimateNote
from pingji.analysis.estimate.serial_interval import (
    UncertainSerialInterval,
    discretised_delay,
    discretised_serial_interval,
)
from pingji.analysis.estimate.wallinga_teunis import wallinga_teunis

__all__ = [
    "PROBABILITIES",
    "CaseFatality",
    "EstimateNote",
    "GrowthRate",
    "Nowcast",
    "ReportingTriangle",
    "ReproductionNumber",
    "UncertainSerialInterval",
    "case_fatality",
    "discretised_delay",
    "discretised_serial_interval",
    "growth_rate",
    "nowcast",
    "reporting_triangle",
    "reproduction_from_growth",
    "reproduction_number",
    "wallinga_teunis",
]
