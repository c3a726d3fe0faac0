"""What is shown and counted."""

from pingji.monitor.surveillance.queries.series import (
    KEPT_HERE,
    REASONS,
    WEEK,
    LastWeeks,
    Reported,
    Series,
    SeriesKey,
    answers_as_rows,
    as_day,
    case_series,
    count_series,
    harmless,
    last_weeks,
    one_series,
    reported_series,
    sentence,
)
from pingji.monitor.surveillance.queries.tallies import COUNTY, TOWNSHIP

__all__ = [
    "COUNTY",
    "KEPT_HERE",
    "LastWeeks",
    "REASONS",
    "Reported",
    "Series",
    "SeriesKey",
    "TOWNSHIP",
    "WEEK",
    "answers_as_rows",
    "as_day",
    "case_series",
    "count_series",
    "harmless",
    "last_weeks",
    "one_series",
    "reported_series",
    "sentence",
]
