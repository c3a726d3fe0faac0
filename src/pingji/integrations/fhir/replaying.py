"""A person has a FHIR message read in again."""

from datetime import tzinfo

from pingji.integrations.fhir import reading
from pingji.integrations.fhir.taking import read
from pingji.monitor.surveillance.actions import intake
from pingji.monitor.surveillance.models import Format, Message
from pingji.monitor.surveillance.queries.incoming import Incoming, Problem, Unreadable


@intake.reads(Format.FHIR)
def read_again(body: bytes, message: Message, zone: tzinfo) -> Incoming:
    """What the message says."""
    if message.sender is None:
        raise Unreadable(Problem(None, "", "unknown_token"))
    try:
        return read(body, message.sender)
    except reading.Unreadable as problem:
        raise Unreadable(problem.problem) from problem
