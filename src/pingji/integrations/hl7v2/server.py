"""The MLLP server: takes messages off the wire, has them kept many at a time, answers when safe."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

START, END = b"\x0b", b"\x1c\r"
# Longer messages are refused before they are read to the end: no laboratory sends so much at once.
LONGEST_MESSAGE = 4 * 1024 * 1024
MOST_TOGETHER = 64  # messages kept in one transaction
LINES = 2  # transactions at once: one is read while the other is being written
QUIET_SECONDS = 600  # a connection that says nothing for so long is let go
WAITING_MOST = 2_000  # messages off the wire and not yet kept; then senders wait

logger = logging.getLogger(__name__)

CHUNK = 64 * 1024


class Frame(NamedTuple):
    """What came off the wire: a message, or the beginning of one whose rest never came."""

    body: bytes
    peer: str
    whole: bool = True


# Messages that wait to be kept, each with the answer that its connection waits for.
Line = asyncio.Queue[tuple[Frame, asyncio.Future[bytes]]]
# Keeps what came and gives the answers, in order.
Keep = Callable[[Sequence[Frame]], Awaitable[list[bytes]]]


class Server:
    """Takes framed messages from any number of connections.

    Messages of many connections that wait at the same time are kept in one transaction, so that
    one write to disk answers many; nobody is answered before it. Those of one connection all stand
    in the same line, and so are kept in their order.

    Attributes:
        keep: Keeps messages and answers them.
        address: Host and port once it listens.
    """

    def __init__(self, keep: Keep) -> None:
        self.keep = keep
        self.address: tuple[str, int] = ("", 0)
        self._lines: list[Line] = [asyncio.Queue(WAITING_MOST) for _ in range(LINES)]
        self._turn = itertools.cycle(self._lines)
        self._server: asyncio.Server | None = None
        self._keepers: list[asyncio.Task[None]] = []
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one."""
        self._keepers = [asyncio.create_task(self._keep_on(line)) for line in self._lines]
        self._server = await asyncio.start_server(self._connected, host, port, limit=CHUNK)
        self.address = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Take nothing more; answer what is being kept."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            async with contextlib.AsyncExitStack() as stack:
                stack.callback(writer.close)
                answers: asyncio.Queue[asyncio.Future[bytes] | None] = asyncio.Queue(WAITING_MOST)
                writing = asyncio.create_task(self._write(answers, writer))
                stack.callback(writing.cancel)
                # When an answer cannot be given the connection ends, and the sender sends again.
                writing.add_done_callback(lambda _done: writer.close())
                frames, line = Frames(reader, peer), next(self._turn)
                while (frame := await frames.next()) is not None:
                    done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
                    # Half a message is kept for a person, and not answered: nobody is there.
                    done.add_done_callback(_seen)
                    if frame.whole:
                        await answers.put(done)
                    await line.put((frame, done))
                    if not frame.whole:
                        break
                await answers.put(None)
                await writing
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            return  # cancelled: the server stops, and whoever was not answered sends again

    @staticmethod
    async def _write(
        answers: asyncio.Queue[asyncio.Future[bytes] | None], writer: asyncio.StreamWriter
    ) -> None:
        """Answer in the order of the messages."""
        with contextlib.suppress(ConnectionError):
            while (done := await answers.get()) is not None:
                writer.write(START + await done + END)
                await writer.drain()

    async def _keep_on(self, line: Line) -> None:
        while True:
            together = [await line.get()]
            while len(together) < MOST_TOGETHER and not line.empty():
                together.append(line.get_nowait())
            try:
                answers = await self.keep([frame for frame, _done in together])
            except Exception:
                # Not kept, so not answered: the connection ends, and the sender sends again.
                logger.exception("messages could not be kept")
                for _frame, done in together:
                    if not done.done():
                        done.set_exception(ConnectionResetError())
                continue
            for (_frame, done), said in zip(together, answers, strict=True):
                if not done.done():
                    done.set_result(said)


def _seen(done: asyncio.Future[bytes]) -> None:
    """Whether or not somebody waits for the answer, a failure to give it was looked at."""
    if not done.cancelled():
        done.exception()


class Frames:
    """The messages of one connection, one after the other."""

    def __init__(self, reader: asyncio.StreamReader, peer: str) -> None:
        self.reader = reader
        self.peer = peer
        self.came = bytearray()

    async def next(self) -> Frame | None:
        """The next message, or the half that came of it; None when nothing more comes."""
        looked = 0
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                while len(self.came) <= LONGEST_MESSAGE:
                    self._drop_noise()
                    end = self.came.find(END, looked)
                    if end >= 0:
                        body = bytes(self.came[len(START) : end])
                        del self.came[: end + len(END)]
                        return Frame(body, self.peer)
                    looked = max(0, len(self.came) - 1)
                    chunk = await self.reader.read(CHUNK)
                    if not chunk:
                        break
                    self.came += chunk
        half = bytes(self.came[len(START) : len(START) + LONGEST_MESSAGE])
        self.came.clear()
        if not half:
            return None
        logger.warning("a message from %s broke off after %s bytes", self.peer, len(half))
        return Frame(half, self.peer, whole=False)

    def _drop_noise(self) -> None:
        """Leave nothing before the sign that begins a message."""
        start = self.came.find(START)
        del self.came[: start if start >= 0 else len(self.came)]
