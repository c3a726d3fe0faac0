"""Put on record, tell later stages, tell open pages."""

from pingji.ground.record.actions.jobs import announce, every, hears, job
from pingji.ground.record.actions.live import publish
from pingji.ground.record.actions.trail import note, origin, saw

__all__ = ["announce", "every", "hears", "job", "note", "origin", "publish", "saw"]
