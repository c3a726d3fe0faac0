"""Messages from other systems: kept as received, taken once, counted, answered."""

from pingji.monitor.surveillance.actions.intake.arriving import receive, receive_all
from pingji.monitor.surveillance.actions.intake.keeping import Arrival
from pingji.monitor.surveillance.actions.intake.replaying import READERS, reads, replay, settle

__all__ = ["READERS", "Arrival", "reads", "receive", "receive_all", "replay", "settle"]
