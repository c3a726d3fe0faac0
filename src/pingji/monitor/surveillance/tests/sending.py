"""Systems that send, and messages they send, for tests.

sender()                     a system of the county's hospital that may send every form
visit(key="V1", age=7)       one visit that is right in every field but those given
result(...), card(...)       likewise a laboratory result, and a card's draft
sent([visit()], key="M1")    the message taken at NOON; gives it back as kept
"""

import json
from datetime import datetime
from typing import Any

from django.db.models import Count as CountOf
from django.utils import timezone

from pingji.ground.directory.models import Organisation
from pingji.ground.directory.tests.factories import OrganisationFactory, system_user
from pingji.monitor.surveillance.actions.intake import receive
from pingji.monitor.surveillance.actions.senders import add_sender
from pingji.monitor.surveillance.models import Disease, Format, Message, Sender
from pingji.monitor.surveillance.queries import settings
from pingji.monitor.surveillance.rules import plain_json
from pingji.monitor.surveillance.tests.factories import NOON, TOWN, VILLAGE, county

PERSON = "50024219900307123X"


def sender(organisation: Organisation | None = None, name: str = "HIS", **given: Any) -> Sender:
    """A system that may send; the county's own plan of codes is there."""
    place = county()
    if not Disease.objects.get(pk="influenza").icd10:
        Disease.objects.filter(pk="influenza").update(icd10=["J10", "J11"], tests=["FLU-RNA"])
        Disease.objects.filter(pk="measles").update(icd10=["B05"], tests=["麻疹病毒核酸"])
    settings.forget()
    organisation = organisation or OrganisationFactory(area=place, name="县人民医院")
    given = {"formats": list(Format.values), "by": system_user(), "at": NOON} | given
    made, token = add_sender(organisation=organisation, name=name, **given)
    made.token = token
    return made


def visit(**given: Any) -> dict[str, Any]:
    """One visit as plain JSON."""
    return {
        "key": "V1",
        "kind": "outpatient",
        "visited_at": "2025-11-21T08:30:00+08:00",
        "area": VILLAGE,
        "sex": "M",
        "age": 34,
        "diagnosis_code": "J11.100",
        "diagnosis": "流行性感冒",
    } | given


def result(**given: Any) -> dict[str, Any]:
    """One laboratory result as plain JSON."""
    return {
        "key": "R1",
        "reported_at": "2025-11-21T10:00:00+08:00",
        "taken_at": "2025-11-20T10:00:00+08:00",
        "finding": "positive",
        "area": TOWN,
        "test_code": "FLU-RNA",
        "test": "甲型流感病毒核酸",
    } | given


def card(**given: Any) -> dict[str, Any]:
    """One draft of a card as plain JSON."""
    return {
        "key": "C1",
        "disease": "麻疹",
        "status": "suspected",
        "onset_on": "2025-11-19",
        "diagnosed_at": "2025-11-20T09:00:00+08:00",
        "area": TOWN,
        "name": "王小明",
        "sex": "M",
        "age": 6,
    } | given


def body_of(kind: str, items: list[dict[str, Any]], **envelope: Any) -> bytes:
    """A message in plain JSON."""
    return json.dumps({kind: items} | envelope, ensure_ascii=False).encode()


def sent(
    items: list[dict[str, Any]],
    *,
    by: Sender | None = None,
    kind: str = "visits",
    at: datetime = NOON,
    **envelope: Any,
) -> Message:
    """A message that was taken."""
    by = by or Sender.objects.select_related("organisation").first() or sender()
    body = body_of(kind, items, **envelope)
    said = plain_json.read(kind, body, zone=timezone.get_default_timezone())
    return receive(sender=by, format=Format.JSON, body=body, incoming=said, at=at)


__all__ = ["CountOf", "OrganisationFactory", "body_of", "card", "result", "sender", "sent", "visit"]
