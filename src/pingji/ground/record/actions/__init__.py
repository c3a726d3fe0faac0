"""Put on record, tell later stages, tell open pages."""

from pingji.ground.record.actions.jobs import announce, every, hears, job, unannounced
from pingji.ground.record.actions.live import publish, publish_all, publish_topics
from pingji.ground.record.actions.trail import (
    Entry,
    note,
    note_many,
    origin,
    present_origin,
    saw,
)

__all__ = [
    "Entry",
    "announce",
    "every",
    "hears",
    "job",
    "note",
    "note_many",
    "origin",
    "present_origin",
    "publish",
    "publish_all",
    "publish_topics",
    "saw",
    "unannounced",
]
