"""A person has an HL7 v2 message read in again."""

from datetime import tzinfo

from pingji.integrations.hl7v2 import message as wire
from pingji.integrations.hl7v2.reading import understand
from pingji.monitor.surveillance.actions import intake
from pingji.monitor.surveillance.models import Format, Message
from pingji.monitor.surveillance.queries.incoming import Incoming, Unreadable


@intake.reads(Format.HL7V2)
def read_again(body: bytes, message: Message, zone: tzinfo) -> Incoming:
    """What the message says."""
    try:
        return understand(wire.read(body), zone)
    except wire.Unreadable as problem:
        raise Unreadable(problem.problem) from problem
