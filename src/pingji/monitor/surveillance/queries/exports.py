"""Exported files in words."""

from datetime import date

from pingji.ground import Refused
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import CaseReport, Export
from pingji.monitor.surveillance.queries import columns, line_list, list_words


def export_in_words(export: Export) -> dict[str, object]:
    """What the file holds, and how far it is."""
    found = line_list.Found(CaseReport.objects.none(), unusable=[], by_name=False, places={})
    filters = line_list.Filters.read(export.filters)
    said = [
        f"{chip.name}: {chip.value}"
        for chip in list_words.chips(filters, found, lambda **_changes: "")
        if chip.name != list_words.names_of_filters()["text"]
    ]
    share = min(1.0, export.rows / export.expected) if export.expected else 0.0
    return {
        "filters": said,
        "columns": [str(column.label) for column in columns.chosen(export.columns)],
        "share": 1.0 if export.state == Export.State.DONE else round(share, 3),
        "percent": int(100 * share),
    }


def days_kept(area: str, on: date) -> int | None:
    """For how many days a file is kept; None where no plan says."""
    try:
        return int(standards.number(area, "export.keep_days", on))
    except Refused:
        return None
