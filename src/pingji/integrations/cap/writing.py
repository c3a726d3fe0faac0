"""Write a CAP 1.2 message: elements in the order of its schema, every value in its form."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree as ET

from django.utils import timezone

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LONGEST_HEADLINE = 160  # characters, as the standard recommends
NOT_IN_XML = dict.fromkeys([n for n in range(32) if chr(n) not in "\t\n\r"] + [0xFFFE, 0xFFFF])


@dataclass(frozen=True)
class Info:
    """The message in one language."""

    language: str
    event: str
    response: str
    urgency: str
    severity: str
    certainty: str
    onset: datetime
    sender_name: str
    headline: str
    description: str
    instruction: str
    parameters: dict[str, str] = field(default_factory=dict)
    areas: list[tuple[str, str]] = field(default_factory=list)  # description and code


@dataclass(frozen=True)
class Message:
    """What one message says of itself, and its text in each language."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    type: str
    restriction: str
    references: list[tuple[str, str, datetime]]
    event_code: str
    infos: list[Info]


def write(message: Message) -> str:
    """Write a message as XML, with its declaration."""
    alert = ET.Element("alert", xmlns=NAMESPACE)
    _texts(
        alert,
        [
            ("identifier", message.identifier),
            ("sender", message.sender),
            ("sent", moment(message.sent)),
            ("status", message.status),
            ("msgType", message.type),
            ("scope", "Restricted"),
            ("restriction", message.restriction),
        ],
    )
    if message.references:
        said = (",".join([who, name, moment(at)]) for who, name, at in message.references)
        _texts(alert, [("references", " ".join(said))])
    for info in message.infos:
        _info(ET.SubElement(alert, "info"), info, message)
    ET.indent(alert)
    body = ET.tostring(alert, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _info(element: ET.Element, info: Info, message: Message) -> None:
    _texts(
        element,
        [
            ("language", info.language),
            ("category", "Health"),
            ("event", info.event),
            ("responseType", info.response),
            ("urgency", info.urgency),
            ("severity", info.severity),
            ("certainty", info.certainty),
        ],
    )
    _named(element, "eventCode", "pingji:disease", message.event_code)
    _texts(
        element,
        [
            ("effective", moment(message.sent)),
            ("onset", moment(info.onset)),
            ("senderName", info.sender_name),
            ("headline", info.headline[:LONGEST_HEADLINE]),
            ("description", info.description),
            ("instruction", info.instruction),
        ],
    )
    for name, value in info.parameters.items():
        if value:
            _named(element, "parameter", name, value)
    for described, code in info.areas:
        area = ET.SubElement(element, "area")
        _texts(area, [("areaDesc", described)])
        _named(area, "geocode", "CN-statistical-division", code)


def _named(element: ET.Element, tag: str, name: str, value: str) -> None:
    _texts(ET.SubElement(element, tag), [("valueName", name), ("value", value)])


def _texts(element: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    for tag, text in pairs:
        if text:
            ET.SubElement(element, tag).text = text.translate(NOT_IN_XML)


def moment(at: datetime) -> str:
    """A moment as CAP wants it: the county's time with its distance from UTC, never “Z”."""
    local = timezone.localtime(at).replace(microsecond=0)
    said = local.isoformat()
    return said if not said.endswith("+00:00") else said.removesuffix("+00:00") + "-00:00"
