"""Sentinels: their kinds, the places themselves, what they report, and their silence."""

from pingji.monitor.surveillance.actions.sentinels.files import (
    hand_in_reports,
    read_report_file,
)
from pingji.monitor.surveillance.actions.sentinels.kinds import (
    add_calendar_entry,
    add_item,
    add_type,
    edit_item,
    edit_type,
    load_sentinel_types,
    remove_calendar_entry,
)
from pingji.monitor.surveillance.actions.sentinels.places import (
    add_sentinel,
    add_sentinels,
    close_sentinel,
    edit_sentinel,
)
from pingji.monitor.surveillance.actions.sentinels.reporting import (
    Figures,
    Outcome,
    Verdict,
    report,
    report_incoming,
    report_many,
)
from pingji.monitor.surveillance.actions.sentinels.silence import announce_silences, remind

__all__ = [
    "Figures",
    "Outcome",
    "Verdict",
    "add_calendar_entry",
    "add_item",
    "add_sentinel",
    "add_sentinels",
    "add_type",
    "announce_silences",
    "close_sentinel",
    "edit_item",
    "edit_sentinel",
    "edit_type",
    "hand_in_reports",
    "load_sentinel_types",
    "read_report_file",
    "remind",
    "remove_calendar_entry",
    "report",
    "report_incoming",
    "report_many",
]
