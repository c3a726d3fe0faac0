"""One port: live streams run on the event loop, pages and endpoints on threads."""

import os
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import django
from a2wsgi import WSGIMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
django.setup(set_prefix=False)

from django.core.asgi import get_asgi_application  # noqa: E402 - needs the set-up above
from django.core.wsgi import get_wsgi_application  # noqa: E402 - likewise

from pingji.config.live import few_at_once  # noqa: E402 - likewise
from pingji.config.postgres import die_with_parent  # noqa: E402 - likewise
from pingji.config.warming import read_pages  # noqa: E402 - likewise

THREADS = int(os.environ.get("PINGJI_THREADS", "4"))
Receive = Callable[[], Awaitable[Any]]

if os.environ.get("PINGJI_SERVED_BY_RUN"):
    # A web process never outlives the server that started it; asked politely it would wait for
    # its live pages to end, which they do not.
    die_with_parent(signal.SIGKILL)

streams = few_at_once(get_asgi_application())
pages = WSGIMiddleware(get_wsgi_application(), workers=THREADS)
# Beside the first requests, not before them: nobody's first page waits for what is read once.
threading.Thread(target=read_pages, name="reads pages", daemon=True).start()


async def application(scope: Any, receive: Receive, send: Callable[..., Any]) -> None:
    """Send live streams to the loop and everything else to the threads."""

    # The server's own `receive` is no coroutine function, which the bridge to threads requires.
    async def receive_one() -> Any:
        return await receive()

    if scope["type"] == "http" and scope["path"] == "/events":
        await streams(scope, receive_one, send)
    elif scope["type"] == "http":
        await pages(scope, receive_one, send)
