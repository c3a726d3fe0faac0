"""Who sends by machine: found by the token, which is kept only as a hash."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import orjson
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from ninja.security import HttpBearer

from pingji.ground import statements
from pingji.ground.directory.models import Organisation
from pingji.monitor.surveillance.models import Sender


def token_hash(token: str) -> str:
    """What is kept of a token. It is long and drawn by lot, so one round of a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def sender_with(token: str) -> Sender | None:
    """The sender whose token this is, valid or not; None where there is none."""
    if not token:
        return None
    statement, names, names_there = _by_token()
    found = statements.ask(statement, [token_hash(token)]).fetchone()
    if found is None:
        return None
    sender = Sender.from_db(connection.alias, names, found[: len(names)])
    sender.formats = orjson.loads(sender.formats)
    sender.organisation = Organisation.from_db(connection.alias, names_there, found[len(names) :])
    return sender


@cache
def _by_token() -> tuple[str, list[str], list[str]]:
    """The statement, and which columns of a sender and of its organisation it gives."""
    names, there = (
        [field.attname for field in table._meta.concrete_fields] for table in (Sender, Organisation)
    )
    columns = ", ".join([f"s.{name}" for name in names] + [f"o.{name}" for name in there])
    return (
        f"select {columns} from surveillance_sender s "  # noqa: S608 - the columns are ours
        "join directory_organisation o on o.id = s.organisation_id where s.token_hash = %s",
        names,
        there,
    )


def is_valid(sender: Sender, at: datetime) -> bool:
    """Whether a sender's token holds at a moment."""
    if sender.revoked_at is not None or sender.organisation.closed_on is not None:
        return False
    return sender.expires_at is None or at < sender.expires_at


@dataclass(frozen=True)
class Bearer:
    """What a request says about who sends it.

    Attributes:
        sender: The system whose token it bears; None where there is no such token.
        why: Why nothing is taken from it: "no_token", "unknown_token", "revoked_token",
            "token_expired", "no_right"; "" where it may send.
    """

    sender: Sender | None
    why: str


class SenderAuth(HttpBearer):
    """Signs systems in by their token, for messages of one form.

    It always lets the request through with what it found: the endpoint answers in words, and
    keeps messages that came under a token that has ended.
    """

    def __init__(self, form: str, clock: Callable[[], datetime] = timezone.now) -> None:
        super().__init__()
        self.form = form
        self.clock = clock  # a token is asked about at the edge, before anything else

    def __call__(self, request: HttpRequest) -> Bearer:
        """Find the sender by the request's header."""
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return Bearer(None, "no_token")
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Bearer:
        """Find the sender by the token."""
        at = self.clock()
        sender = sender_with(token)
        if sender is None:
            return Bearer(None, "unknown_token")
        if sender.revoked_at is not None or sender.organisation.closed_on is not None:
            return Bearer(None, "revoked_token")
        if not is_valid(sender, at):
            return Bearer(sender, "token_expired")
        return Bearer(sender, "" if self.form in sender.formats else "no_right")


# What a system is told that may not send.
WHY_NOT = {
    "no_token": gettext_lazy("Send your token in the header “Authorization: Bearer …”."),
    "unknown_token": gettext_lazy("Nobody has this token; ask the CDC for another."),
    "revoked_token": gettext_lazy("This token was taken back; ask the CDC for another."),
    "token_expired": gettext_lazy(
        "This token is no longer valid; the message waits for a person. Ask the CDC for another."
    ),
    "no_right": gettext_lazy(
        "This token does not allow messages of this form; the message waits for a person."
    ),
}
