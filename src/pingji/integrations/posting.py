"""Post a message to another machine: no redirects, no long waits, nowhere it must not go.

The name is looked up once and the connection goes to the very address that was checked, so that a
name that answers differently the second time leads nowhere else.
"""

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

LONGEST_ANSWER = 4096  # bytes that are read; the rest is left
AGAIN = {408, 425, 429, *range(500, 600)}  # answers after which another attempt may succeed


class NotAllowed(Exception):
    """The address leads where messages must not go."""


class Unreachable(Exception):
    """There is no answer: no connection, a time-out, or it was cut off."""


@dataclass(frozen=True)
class Reply:
    """What the other machine answered."""

    status: int
    text: str
    seconds: float

    @property
    def is_taken(self) -> bool:
        """Whether it took the message."""
        return 200 <= self.status < 300

    @property
    def may_be_tried_again(self) -> bool:
        """Whether the same message may be taken later."""
        return self.status in AGAIN


def sign(secret: str, *parts: str) -> str:
    """HMAC-SHA256 over the parts, each with its length before it, as hexadecimal digits."""
    said = b"".join(f"{len(part.encode())}:".encode() + part.encode() for part in parts)
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def post(url: str, body: bytes, *, headers: Mapping[str, str], inside: bool = False) -> Reply:
    """Post a body and read the answer.

    Args:
        url: Where to; http or https.
        body: What.
        headers: Headers beside the length and the host.
        inside: Whether any address of a private network will do: for what the operator has set
            in the installation itself.

    Raises:
        NotAllowed: When the address leads into a network that is not allowed; in an exercise, always.
        Unreachable: When there is no answer in time.
    """
    if settings.EXERCISE:
        raise NotAllowed("an exercise: nothing leaves")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    begun = time.monotonic()
    address = _address(host, port, inside=inside)
    connection = _connection(parts.scheme, host, port, address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read(LONGEST_ANSWER).decode("utf-8", "replace")
        return Reply(answer.status, text, time.monotonic() - begun)
    except (OSError, http.client.HTTPException) as problem:
        raise Unreachable(f"{type(problem).__name__}: {problem}") from problem
    finally:
        connection.close()


def _address(host: str, port: int, *, inside: bool) -> str:
    """The address behind a name, if messages may go there."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unreachable(f"no such host: {host}") from problem
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not (inside or is_allowed(address)):
            raise NotAllowed(f"{host} leads to {address}, which is not allowed")
    return addresses[0]


def is_allowed(address: str) -> bool:
    """Whether messages may go to an address: public ones, and the networks the operator named."""
    one = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(one, "ipv4_mapped", None)
    one = mapped or one
    if any(
        one in network for network in settings.NOTICE_NETWORKS if network.version == one.version
    ):
        return True
    return one.is_global and not one.is_multicast


class _Plain(http.client.HTTPConnection):
    """A connection to the address that was checked, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Sealed(http.client.HTTPSConnection):
    """The same with TLS; the certificate must be the name's."""

    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self.tls)
        self.address = address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


def _connection(scheme: str, host: str, port: int, address: str) -> http.client.HTTPConnection:
    kind = _Sealed if scheme == "https" else _Plain
    return kind(host, port, address, settings.NOTICE_TIMEOUT_SECONDS)
