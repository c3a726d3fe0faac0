"""What CAP 1.2 demands of a message, by its schema and its data dictionary.

OASIS Standard CAP-V1.2, 1 July 2010, sections 3.2 (data dictionary) and 3.4 (schema).
"""

import re
from xml.etree import ElementTree as ET

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
MOMENT = re.compile(r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
PLAIN = re.compile(r"[^\s,<&]+")  # no spaces, commas or restricted characters
REFERENCE = re.compile(r"[^\s,<&]+,[^\s,<&]+," + MOMENT.pattern)
# Element, whether it must be there, whether it may be there more than once.
ALERT = [
    *(("identifier", 1, 0), ("sender", 1, 0), ("sent", 1, 0), ("status", 1, 0)),
    *(("msgType", 1, 0), ("source", 0, 0), ("scope", 1, 0), ("restriction", 0, 0)),
    *(("addresses", 0, 0), ("code", 0, 1), ("note", 0, 0), ("references", 0, 0)),
    *(("incidents", 0, 0), ("info", 0, 1)),
]
INFO = [
    *(("language", 0, 0), ("category", 1, 1), ("event", 1, 0), ("responseType", 0, 1)),
    *(("urgency", 1, 0), ("severity", 1, 0), ("certainty", 1, 0), ("audience", 0, 0)),
    *(("eventCode", 0, 1), ("effective", 0, 0), ("onset", 0, 0), ("expires", 0, 0)),
    *(("senderName", 0, 0), ("headline", 0, 0), ("description", 0, 0), ("instruction", 0, 0)),
    *(("web", 0, 0), ("contact", 0, 0), ("parameter", 0, 1), ("resource", 0, 1)),
    ("area", 0, 1),
]
AREA = [
    *(("areaDesc", 1, 0), ("polygon", 0, 1), ("circle", 0, 1), ("geocode", 0, 1)),
    *(("altitude", 0, 0), ("ceiling", 0, 0)),
]
NAMED = [("valueName", 1, 0), ("value", 1, 0)]
WORDS = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}


def faults(text: str) -> list[str]:
    """Everything in which a message is not as the standard demands; nothing when it is."""
    root = ET.fromstring(text.encode())
    if root.tag != f"{CAP}alert":
        return [f"the root is {root.tag}"]
    found = list(_parts(root, ALERT))
    for info in root.findall(f"{CAP}info"):
        found += _parts(info, INFO)
        for area in info.findall(f"{CAP}area"):
            found += _parts(area, AREA)
    for element in root.iter():
        name = element.tag.removeprefix(CAP)
        if name in ("eventCode", "parameter", "geocode"):
            found += _parts(element, NAMED)
        found += _value(name, element.text or "")
    return [*found, *_together(root)]


def _parts(element, allowed):
    names = [child.tag.removeprefix(CAP) for child in element]
    order = [name for name, _needed, _many in allowed]
    yield from (f"{name} is not allowed here" for name in names if name not in order)
    known = [order.index(name) for name in names if name in order]
    if known != sorted(known):
        yield f"wrong order: {names}"
    for name, needed, many in allowed:
        if needed and name not in names:
            yield f"{name} is missing"
        if not many and names.count(name) > 1:
            yield f"{name} is there twice"


def _value(name, text):
    if name in WORDS and text not in WORDS[name].split():
        yield f"{name} is {text!r}"
    if name in ("sent", "effective", "onset", "expires") and not MOMENT.fullmatch(text):
        yield f"{name} is {text!r}"
    if name in ("identifier", "sender") and not PLAIN.fullmatch(text):
        yield f"{name} is {text!r}"
    if name == "references" and not all(REFERENCE.fullmatch(one) for one in text.split(" ")):
        yield f"references are {text!r}"
    if name == "language" and not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", text):
        yield f"language is {text!r}"


def _together(root):
    def said(name):
        return root.findtext(f"{CAP}{name}") or ""

    if said("scope") == "Restricted" and not said("restriction"):
        yield "Restricted needs a restriction"
    if said("scope") == "Private" and not said("addresses"):
        yield "Private needs addresses"
    if said("msgType") in ("Update", "Cancel", "Ack", "Error") and not said("references"):
        yield f"{said('msgType')} needs references"
    if said("msgType") == "Alert" and said("references"):
        yield "a first message refers to none"
    languages = [one.findtext(f"{CAP}language") for one in root.findall(f"{CAP}info")]
    if len(languages) != len(set(languages)):
        yield "a language twice"
