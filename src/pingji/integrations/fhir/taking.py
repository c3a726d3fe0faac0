"""A FHIR bundle is taken: read entry by entry, kept as received, all of it or what is right of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import Organisation
from pingji.integrations.fhir.reading import TRANSACTION, Resource, Unreadable, parse, understand
from pingji.monitor.surveillance.actions import intake
from pingji.monitor.surveillance.models import Format, Message, Sender
from pingji.monitor.surveillance.queries.incoming import Incoming, Problem
from pingji.monitor.surveillance.queries.messages import problems_of

RESOURCES = ("Observation", "Encounter", "Condition", "Patient")
State = Message.State


class Incomplete(Exception):
    """Something of a transaction could not be kept, so nothing of it is."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


def take(*, sender: Sender, body: bytes, kind: str, at: datetime) -> Message:
    """Take one body.

    Args:
        sender: Whose token it came with, and who may send bundles.
        body: The body as received.
        kind: Type of a single resource; "" for a bundle.
        at: When it arrived.

    Returns:
        The message as kept, with its fate and that of its entries.
    """
    try:
        said = read(body, sender, kind=kind)
    except Unreadable as problem:
        return hold(sender=sender, body=body, problems=(problem.problem,), at=at)
    if not said.whole:
        return intake.receive(sender=sender, format=Format.FHIR, body=body, incoming=said, at=at)
    return _whole(sender, body, said, at)


def hold(
    *, sender: Sender, body: bytes, problems: tuple[Problem, ...], at: datetime, kind: str = ""
) -> Message:
    """Keep a body that cannot be taken, for a person to look at.

    It is known by its content alone, so that its number is free for what is sent in its place.
    """
    return intake.receive(
        sender=sender,
        format=Format.FHIR,
        body=body,
        incoming=None,
        problems=problems,
        kind=kind,
        at=at,
    )


def _whole(sender: Sender, body: bytes, said: Incoming, at: datetime) -> Message:
    """Take a transaction: everything, or nothing."""
    with transaction.atomic():
        try:
            # Faults that only the tables know of are found while keeping; then it is undone.
            with transaction.atomic():
                message = intake.receive(
                    sender=sender, format=Format.FHIR, body=body, incoming=said, at=at
                )
                if message.state in (State.PARTLY, State.REFUSED):
                    raise Incomplete(problems_of(message))
                return message
        except Incomplete as problem:
            problems = (Problem(None, "Bundle", "transaction_refused"), *problem.problems)
            return hold(sender=sender, body=body, problems=problems, kind=TRANSACTION, at=at)


def read(body: bytes, sender: Sender, *, kind: str = "") -> Incoming:
    """What a body says.

    Args:
        body: A bundle, or a single resource.
        sender: Who sent it; what is another organisation's is none of its business.
        kind: The type that a single resource must have; "" where the body says it.

    Raises:
        Unreadable: When it is neither.
    """
    found = parse(body)
    if kind and found["resourceType"] != kind:
        raise Unreadable("resourceType", "unsupported_type", type=found["resourceType"][:40])
    bundle = found if found["resourceType"] == "Bundle" else as_bundle(found)
    said = understand(bundle, timezone.get_default_timezone())
    foreign = tuple(_foreign(bundle, sender))
    return replace(said, problems=said.problems + foreign)


def as_bundle(resource: Resource) -> Resource:
    """A single resource as a bundle of one."""
    if resource["resourceType"] not in RESOURCES:
        kind = resource["resourceType"][:40]
        raise Unreadable("resourceType", "unsupported_type", type=kind)
    return {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": resource}]}


def _foreign(bundle: Resource, sender: Sender) -> Iterator[Problem]:
    """Visits to another organisation, which this sender may not report."""
    named = dict(_providers(bundle))
    other = set(named.values()) - {sender.organisation.code}
    if not other:
        return
    known = set(Organisation.objects.filter(code__in=other).values_list("code", flat=True))
    for item, code in named.items():
        if code in known:
            path = f"Bundle.entry[{item}].resource.serviceProvider"
            yield Problem(item, path, "other_organisation", {"given": code})


def _providers(bundle: Resource) -> Iterator[tuple[int, str]]:
    """Codes of the organisations that visits name, by the number of their entry."""
    for item, entry in enumerate(bundle["entry"]):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        provider: Any = resource.get("serviceProvider") if isinstance(resource, dict) else None
        if not isinstance(provider, dict):
            continue
        identifier = provider.get("identifier")
        code = identifier.get("value") if isinstance(identifier, dict) else None
        code = code or str(provider.get("reference") or "").removeprefix("Organization/")
        if isinstance(code, str) and 0 < len(code) <= 40 and "\x00" not in code:
            yield item, code
