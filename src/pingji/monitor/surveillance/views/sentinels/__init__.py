"""Sentinels on screen."""

from pingji.monitor.surveillance.views.sentinels.coverage import coverage, remind, silent
from pingji.monitor.surveillance.views.sentinels.files import answers, empty_table, file
from pingji.monitor.surveillance.views.sentinels.kinds import (
    add_entry,
    add_item,
    add_kind,
    edit_item,
    edit_kind,
    kind,
    kinds,
    remove_entry,
)
from pingji.monitor.surveillance.views.sentinels.places import (
    add,
    add_many,
    chart,
    close,
    edit,
    listing,
    place,
)
from pingji.monitor.surveillance.views.sentinels.reporting import mine, report

__all__ = [
    "add",
    "add_entry",
    "add_item",
    "add_kind",
    "add_many",
    "answers",
    "chart",
    "close",
    "coverage",
    "edit",
    "edit_item",
    "edit_kind",
    "kind",
    "kinds",
    "empty_table",
    "file",
    "listing",
    "mine",
    "place",
    "remind",
    "remove_entry",
    "report",
    "silent",
]
