"""Live pages: one stream a page, fed by the database's own notifications.

One task per web process listens; every open page has a queue. A message names a topic and an
area; it reaches a page only if the page's reader may see that area and organisation.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from pingji.ground.directory.models import BOUND_TO_ORGANISATION
from pingji.ground.directory.queries import screen_with
from pingji.ground.record.actions.live import CHANNEL

log = logging.getLogger("pingji.live")
Application = Callable[[Any, Any, Any], Awaitable[None]]
OPENING = 4  # streams of one web process that ask the database at once
HEARTBEAT_SECONDS = 15
RECONNECT_SECONDS = 1
PAGE_BACKLOG = 100
REMEMBERED = 2000
MARGIN_SECONDS = 5  # a page reads its rows a little before it says what time it is
EVERYTHING, AWAY = "*", "!away"  # said to every page: ask for all again; the database is gone


@dataclass(eq=False)
class Page:
    """One open page: what its reader may see, and the topics waiting to be sent."""

    area: str
    organisation: int | None
    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=PAGE_BACKLOG))

    def may_see(self, message: dict[str, object]) -> bool:
        """Whether the reader's sight covers the change."""
        if not str(message["area"]).startswith(self.area):
            return False
        return self.organisation is None or message["organisation"] in (None, self.organisation)

    def tell(self, topic: str) -> None:
        """Queue a topic; a page that does not read is told to ask for everything again."""
        try:
            self.waiting.put_nowait(topic)
        except asyncio.QueueFull:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(AWAY if topic == AWAY else EVERYTHING)


class Switchboard:
    """The pages open in this process, and the task that listens for them."""

    def __init__(self) -> None:
        self.pages: set[Page] = set()
        self.listener: asyncio.Task[None] | None = None
        self.heard_since: float | None = None
        self.recent: deque[tuple[float, dict[str, object]]] = deque(maxlen=REMEMBERED)

    @contextlib.asynccontextmanager
    async def open(self, page: Page) -> AsyncIterator[Page]:
        """Count a page in for as long as it is open."""
        if self.listener is None or self.listener.done():
            self.listener = asyncio.create_task(self.listen())
        self.pages.add(page)
        try:
            yield page
        finally:
            self.pages.discard(page)

    async def listen(self) -> None:
        """Pass the database's notifications on; come back by itself when it was away."""
        away = False
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True)
                async with connection:
                    await connection.execute(f"listen {CHANNEL}")
                    self.recent.clear()
                    self.heard_since = time.time()
                    self.tell_all(EVERYTHING)  # whatever was said until now was not heard
                    away = False
                    async for notification in connection.notifies():
                        self.pass_on(json.loads(notification.payload))
            except psycopg.OperationalError as problem:
                if not away:
                    log.warning("live pages: database away: %s", problem)
                    self.tell_all(AWAY)
                away = True
                self.heard_since = None
                await asyncio.sleep(RECONNECT_SECONDS)

    def pass_on(self, message: dict[str, object]) -> None:
        """Tell the pages that may hear it, and remember it for those that are just opening."""
        self.recent.append((time.time(), message))
        for page in tuple(self.pages):
            if page.may_see(message):
                page.tell(str(message["topic"]))

    def missed(self, page: Page, since: float) -> set[str]:
        """The topics that changed between the making of a page and the opening of its stream."""
        if self.heard_since is None:
            return set()  # it will be told to ask for everything
        since -= MARGIN_SECONDS
        forgotten = len(self.recent) == REMEMBERED and self.recent[0][0] > since
        if since < self.heard_since or forgotten:
            return {EVERYTHING}
        return {
            str(message["topic"])
            for at, message in self.recent
            if at >= since and page.may_see(message)
        }

    def tell_all(self, topic: str) -> None:
        """Tell every open page of this process."""
        for page in tuple(self.pages):
            page.tell(topic)


switchboard = Switchboard()


def few_at_once(streams: Application) -> Application:
    """Let only a few streams ask the database at once; an open one keeps no connection to it.

    A stream asks who its reader is while it opens and nothing afterwards, yet its thread would
    hold the connection for as long as the page is open: a hundred pages would use them all up.
    """
    opening = asyncio.Semaphore(OPENING)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        waits = True

        def is_open() -> None:
            nonlocal waits
            if waits:
                waits = False
                opening.release()

        async def answered(message: Any) -> None:
            if message["type"] == "http.response.start":
                await sync_to_async(connections.close_all)()  # in the thread that asked
                is_open()
            await send(message)

        await opening.acquire()
        try:
            await streams(scope, receive, answered)
        finally:
            is_open()

    return application


def _parameters() -> dict[str, Any]:
    database = settings.DATABASES["default"]
    named = {
        "dbname": database["NAME"],
        "user": database.get("USER"),
        "password": database.get("PASSWORD"),
        "host": database.get("HOST"),
        "port": database.get("PORT"),
    }
    return {k: v for k, v in named.items() if v} | dict(database.get("OPTIONS", {}))


@sync_to_async
def _reader(request: HttpRequest) -> Page | None:
    close_old_connections()
    user = request.user
    try:
        if not user.is_authenticated:
            screen = screen_with(request.COOKIES.get(settings.WALL_COOKIE_NAME, ""))
            return Page(area=screen.area_id, organisation=None) if screen else None
        bound = user.role in BOUND_TO_ORGANISATION
        return Page(area=user.area_id, organisation=user.organisation_id if bound else None)
    finally:
        close_old_connections()


async def events(request: HttpRequest) -> HttpResponse:
    """The stream of topics that changed, for one open page."""
    page = await _reader(request)
    if page is None:
        return HttpResponse(status=401)
    try:
        since = float(request.GET.get("since", "")) / 1000
    except ValueError:
        since = time.time()
    response = StreamingHttpResponse(_stream(page, since), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _stream(page: Page, since: float) -> AsyncIterator[str]:
    async with switchboard.open(page):
        missed = switchboard.missed(page, since)
        yield "retry: 1000\nevent: hello\ndata: 1\n\n"
        for topic in sorted(missed):
            yield f"event: change\ndata: {topic}\n\n"
        while True:
            try:
                topic = await asyncio.wait_for(page.waiting.get(), HEARTBEAT_SECONDS)
                yield f"event: {'away' if topic == AWAY else 'change'}\ndata: {topic}\n\n"
            except TimeoutError:
                yield ": still here\n\n"
