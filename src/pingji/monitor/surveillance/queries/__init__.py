"""What is shown and counted."""

from pingji.ground.record.queries import harmless
from pingji.monitor.surveillance.queries.exports import days_kept, export_in_words
from pingji.monitor.surveillance.queries.list_words import (
    address_of,
    areas_typed,
    own_search,
    saved_searches,
)
from pingji.monitor.surveillance.queries.parts import sent_of, with_parts
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
    last_weeks,
    one_series,
    one_series_and_kind,
    reported_series,
    sentence,
    unit_of,
)

__all__ = [
    "KEPT_HERE",
    "LastWeeks",
    "REASONS",
    "Reported",
    "Series",
    "SeriesKey",
    "WEEK",
    "address_of",
    "answers_as_rows",
    "areas_typed",
    "as_day",
    "case_series",
    "count_series",
    "days_kept",
    "export_in_words",
    "harmless",
    "last_weeks",
    "one_series",
    "one_series_and_kind",
    "own_search",
    "reported_series",
    "saved_searches",
    "sent_of",
    "sentence",
    "unit_of",
    "with_parts",
]
