"""The body of a request that a system sends: whole, or as much of it as came."""

from dataclasses import dataclass

from django.http import HttpRequest, UnreadablePostError

from pingji.monitor.surveillance.rules.incoming import Problem


class TooLarge(Exception):
    """The body is larger than may be sent; it was not read to its end."""


@dataclass(frozen=True)
class Received:
    """A body as it came.

    Attributes:
        body: The bytes.
        announced: How many the sender said there are; None where it did not say.
        broken: Whether the connection ended in the middle.
    """

    body: bytes
    announced: int | None
    broken: bool = False

    @property
    def whole(self) -> bool:
        """Whether all of it arrived."""
        return not self.broken and (self.announced is None or len(self.body) == self.announced)

    @property
    def problem(self) -> Problem:
        """What to say of half a body."""
        most = "?" if self.announced is None else str(self.announced)
        return Problem(None, "", "cut_short", {"given": str(len(self.body)), "most": most})


def received(request: HttpRequest, *, largest: int) -> Received:
    """Read the body of a request, also where only half of it comes.

    Args:
        request: The request; nobody has read its body yet.
        largest: How many bytes it may have.

    Raises:
        TooLarge: When it has more.
    """
    said = request.META.get("CONTENT_LENGTH") or ""
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    announced = None if chunked else int(said) if said.isdecimal() else 0
    if announced is not None and announced > largest:
        raise TooLarge
    # A body sent in chunks has no length, and Django would take it for empty.
    stream = request if announced is not None else request.META["wsgi.input"]
    most = largest + 1 if announced is None else announced
    parts: list[bytes] = []
    size, broken = 0, False
    try:
        while size < most and (part := stream.read(most - size)):
            parts.append(part)
            size += len(part)
    except (UnreadablePostError, OSError):
        broken = True
    if size > largest:
        raise TooLarge
    return Received(b"".join(parts), announced, broken)
