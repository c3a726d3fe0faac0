"""A receiver on this machine: a real server that keeps what it was sent."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What came in, and what will be answered.

    Attributes:
        url: Its address.
        came: Headers and body of each request, in order.
        answers: Status and text of the next answers; 200 "ok" when there are no more.
        slow: Seconds before each answer.
        location: Where redirects lead.
    """

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    slow: float = 0.0
    location: str = ""

    @property
    def keys(self) -> list[str]:
        """The key of each request."""
        return [headers["Idempotency-Key"] for headers, _body in self.came]


@contextlib.contextmanager
def receiving(*, port: int = 0) -> Iterator[Receiver]:
    """Run a receiver for as long as the block lasts, at a port of its own or at a given one."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append((dict(self.headers), body))
            status, text = receiver.answers.pop(0) if receiver.answers else (200, "ok")
            time.sleep(receiver.slow)
            with contextlib.suppress(OSError):  # who asked may have gone
                self.send_response(status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()
                self.wfile.write(text.encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/in?way=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
