"""Messages from other systems: what was said about them, in words, and what they held."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef
from django.utils.translation import gettext_lazy, pgettext_lazy

from pingji.ground.directory.models import Organisation
from pingji.monitor.surveillance.models import Message, Sender
from pingji.monitor.surveillance.models.packing import unpacked
from pingji.monitor.surveillance.queries.series import REASONS as ROWS
from pingji.monitor.surveillance.rules.arrivals import Fate
from pingji.monitor.surveillance.rules.incoming import Problem
from pingji.monitor.surveillance.rules.sentinels import REASONS as SENTINELS

# Why an item was not kept, or what was left open: one sentence for each reason, with what to do.
REASONS = (
    ROWS
    | SENTINELS
    | {
        "ahead": gettext_lazy(
            "The time lies ahead of ours (%(given)s); check the clock of the sending system."
        ),
        "area_elsewhere": gettext_lazy(
            "The area %(given)s lies outside the sender's county; counted where it was treated."
        ),
        "bad_character": gettext_lazy(
            "The text holds a character that no text may hold; take it out."
        ),
        "broke_off": gettext_lazy(
            "The connection ended after %(given)s bytes, before the end of the message; they wait "
            "for a person, and nothing was taken from them. Send the message again."
        ),
        "card_confirmed": gettext_lazy(
            "The card was already confirmed by a person; correct it on its page."
        ),
        "clock_ahead": gettext_lazy(
            "The sender's clock runs ahead of ours (%(given)s); our own time was taken instead."
        ),
        "cut_short": gettext_lazy(
            "Only %(given)s of %(most)s bytes arrived; they wait for a person, and nothing was "
            "taken from them. Send the message again."
        ),
        "database_away": gettext_lazy(
            "The database is away; nothing was kept. Send the message again in a moment."
        ),
        "day_ahead": gettext_lazy("The day %(given)s lies after %(latest)s; check the date."),
        "diagnosis_withdrawn": gettext_lazy(
            "The sender withdrew this diagnosis; a person must decide what becomes of its "
            "report card."
        ),
        "fault": gettext_lazy(
            "Pingji could not read this message; it was kept and waits for a person."
        ),
        "field_unknown": gettext_lazy(
            "There is no such field; check its spelling in the documentation."
        ),
        "impossible_age": gettext_lazy("The age lies outside 0 to 130 years."),
        "item_twice": gettext_lazy(
            "An earlier item of this message bears the same number but says otherwise; "
            "give each its own."
        ),
        "key_taken": gettext_lazy(
            "A message with this number but other content was received before; "
            "send corrections under a new number."
        ),
        "kind_wrong": gettext_lazy("“%(expected)s” belongs here, not “%(given)s”."),
        "long_ago": gettext_lazy("The time lies before 1900; check the year."),
        "missing": gettext_lazy("This field is missing or empty; fill it in."),
        "no_items": gettext_lazy("The message holds no item."),
        "no_right": gettext_lazy(
            "This sender may not send messages of this form; have it allowed."
        ),
        "no_token": gettext_lazy("No token was given; send the token that this system was given."),
        "not_a_date": gettext_lazy(
            "This is not a date or time; write it as 2026-11-21 or 2026-11-21T08:30:00+08:00."
        ),
        "not_found": gettext_lazy("There is nothing at this address; send to: %(words)s."),
        "not_hl7": gettext_lazy("This is not an HL7 v2 message; it begins with “%(begins)s”."),
        "not_hl7_time": gettext_lazy(
            "This is not a date or time as HL7 v2 writes it; write 20261121 or 20261121083000+0800."
        ),
        "not_json": gettext_lazy("This is not JSON: %(why)s."),
        "not_utf8": gettext_lazy("This is not text in UTF-8; send it in that encoding."),
        "not_valid": gettext_lazy("This is not valid FHIR R4: %(why)s."),
        "onset_later": gettext_lazy(
            "The onset (%(given)s) lies after the visit; the visit was kept without it."
        ),
        "onset_long_ago": gettext_lazy(
            "The onset (%(given)s) lies before 1900; the visit was kept without it."
        ),
        "other_organisation": gettext_lazy(
            "%(given)s is another organisation; this sender may send only for its own."
        ),
        "revoked_token": gettext_lazy("This token was taken back; ask the CDC for another."),
        "text_too_long": gettext_lazy("The text is longer than %(most)s characters; shorten it."),
        "token_expired": gettext_lazy(
            "The sender's token was no longer valid; the message waits for a person."
        ),
        "too_large": gettext_lazy(
            "The message is larger than %(most)s bytes and was not read; send it in parts."
        ),
        "too_many_items": gettext_lazy(
            "A message holds at most %(most)s items; send the rest in another."
        ),
        "transaction_refused": gettext_lazy(
            "Nothing of this transaction was kept, because not all of it could be; send it "
            "again without what is wrong."
        ),
        "unknown_area": gettext_lazy(
            "No area has the code %(given)s; counted where it was treated. "
            "Use the statistical code of the township or village."
        ),
        "unknown_diagnosis": gettext_lazy(
            "%(given)s is no ICD-10 code; kept, but no disease was derived from it."
        ),
        "unknown_disease": gettext_lazy(
            "The disease is not in the catalogue; use its name by law, or have it added."
        ),
        "unknown_test": gettext_lazy(
            "The catalogue knows no disease for the test %(given)s; kept without one."
        ),
        "unknown_token": gettext_lazy(
            "Nobody was given this token; nothing was kept. Ask the CDC for a valid one."
        ),
        "unknown_word": gettext_lazy("This word is not known here; use one of: %(words)s."),
        "unsupported_type": gettext_lazy(
            "Messages or resources of the type %(type)s are not taken here."
        ),
        "unsupported_version": gettext_lazy(
            "Version %(version)s is not taken here; send version 2.5."
        ),
        "visit_cancelled": gettext_lazy(
            "The sender cancelled this visit; a person must decide what becomes of it."
        ),
        "withdrawn": gettext_lazy("The sender withdrew this; it is no longer counted."),
        "wrong_content_type": gettext_lazy(
            "The content type %(given)s is not taken here; send %(words)s."
        ),
        "wrong_encoding": gettext_lazy(
            "The text is not in %(charset)s (byte %(byte)s); name its character set rightly."
        ),
        "wrong_method": gettext_lazy("Only %(words)s is answered at this address."),
    }
)
FATES = {
    Fate.KEPT: pgettext_lazy("fate of an item", "Kept"),
    Fate.KNOWN: gettext_lazy("Known before"),
    Fate.CORRECTED: gettext_lazy("Corrected an earlier one"),
    Fate.OLDER: gettext_lazy("Not taken over: what is kept was sent later"),
    Fate.REFUSED: gettext_lazy("Not kept"),
}


def said(problem: Problem) -> str:
    """A problem as a sentence in the reader's language."""
    words = str(REASONS.get(problem.code, problem.code))
    return words % defaultdict(str, problem.details) if "%(" in words else words


def as_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as a message keeps them; what no text may hold is shown in its place."""
    return [
        {
            "item": problem.item,
            "path": storable(problem.path),
            "code": problem.code,
            "details": {name: storable(text) for name, text in problem.details.items()},
            "fatal": problem.fatal,
        }
        for problem in problems
    ]


def storable(text: str) -> str:
    """A text that the database takes: without NUL and halves of characters."""
    return text.replace("\x00", "␀").encode("utf-8", "replace").decode()


def problems_of(message: Message) -> list[Problem]:
    """The problems that a message keeps."""
    return [Problem(**row) for row in message.problems]


def body_of(message: Message) -> bytes:
    """The message exactly as received."""
    return unpacked(bytes(message.body))


def pretty(body: bytes) -> str:
    """A message fit for reading: JSON indented, HL7 v2 a segment a line, wrong bytes marked."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "␀")


def fates_of(message: Message) -> dict[int, Fate]:
    """What became of each item; those the message says nothing about were simply kept."""
    if message.state == Message.State.HELD or not message.items:
        return dict.fromkeys(range(message.items), Fate.REFUSED)
    fates = dict.fromkeys(range(message.items), Fate.KEPT)
    for name, items in message.answer.get("fates", {}).items():
        fates |= dict.fromkeys(items, Fate(name))
    return fates


def answer_of(message: Message, keys: dict[int, str]) -> dict[str, Any]:
    """The answer to a message: its fate and that of every item, the same whenever it is asked for.

    Args:
        message: The message as kept.
        keys: The sender's number of each item, where it could be read.
    """
    of_items: dict[int, list[Problem]] = defaultdict(list)
    whole: list[Problem] = []
    for problem in problems_of(message):
        (whole if problem.item is None else of_items[problem.item]).append(problem)
    answers = []
    for item, fate in fates_of(message).items():
        row: dict[str, Any] = {"item": item, "key": keys.get(item, ""), "fate": fate.value}
        if item in of_items:
            row["problems"] = [as_words(problem) for problem in of_items[item]]
        answers.append(row)
    return {
        "message": message.pk,
        "key": message.key,
        "state": message.state,
        "received_at": message.received_at,
        "items": message.items,
        "kept": message.kept,
        "problems": [as_words(problem) for problem in whole],
        "answers": answers,
    }


def as_words(problem: Problem) -> dict[str, Any]:
    """A problem as another program and its keeper read it."""
    return {
        "path": problem.path,
        "code": problem.code,
        "reason": said(problem),
        "refused": problem.fatal,
    }


def last_received(senders: Iterable[Sender]) -> dict[int, datetime]:
    """When something was last received from each sender."""
    found = (
        Message.objects.filter(sender__in=[sender.pk for sender in senders])
        .order_by()
        .values("sender_id")
        .annotate(last=Max("received_at"), times=Count("id"))
    )
    return {row["sender_id"]: row["last"] for row in found}


def sent_since(moments: Mapping[int, datetime]) -> set[int]:
    """Of some organisations those of which a system has sent something since a moment.

    Args:
        moments: By organisation, since when.
    """
    together: dict[datetime, list[int]] = defaultdict(list)
    for organisation, moment in moments.items():
        together[moment].append(organisation)
    found: set[int] = set()
    for moment, organisations in together.items():
        sent = Message.objects.filter(
            organisation=OuterRef("pk"), sender__isnull=False, received_at__gte=moment
        )
        rows = Organisation.objects.filter(Exists(sent), pk__in=organisations)
        found.update(rows.values_list("pk", flat=True))
    return found
