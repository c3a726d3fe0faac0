"""How many cases have happened, when only part of them has been reported."""

from pingji.analysis.estimate.reporting_delay.methods import Nowcast, nowcast
from pingji.analysis.estimate.reporting_delay.triangle import ReportingTriangle, reporting_triangle

__all__ = ["Nowcast", "ReportingTriangle", "nowcast", "reporting_triangle"]
