"""Messages that arrive at the same time are kept together: one transaction, one write to disk.

Each request waits in its own thread. One of them keeps what waits, for all; meanwhile others come,
and the first of those keeps them next. Who is alone keeps its message by itself, at once.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pingji.monitor.surveillance.actions.intake.keeping import Arrival
from pingji.monitor.surveillance.models import Message

MOST_TOGETHER = 16  # messages of one transaction
MOST_BYTES = 1024 * 1024  # of their bodies: nobody waits long for the large message of another
Keep = Callable[[Sequence[Arrival], datetime], list[Message]]


@dataclass(eq=False)
class Waiting:
    """One message whose request waits for it to be kept.

    Attributes:
        arrival: The message.
        at: When it arrived.
        message: As it was kept by another request; None as long as it is not.
        keeps: Whether its own request is to keep what waits.
        turn: Set when the request may go on.
    """

    arrival: Arrival
    at: datetime
    message: Message | None = None
    keeps: bool = False
    turn: threading.Event = field(default_factory=threading.Event)


class Together:
    """Those who wait in this process.

    Attributes:
        keep: Keeps messages in one transaction.
    """

    def __init__(self, keep: Keep) -> None:
        self.keep = keep
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._busy = False

    def take(self, arrival: Arrival, at: datetime) -> Message:
        """Keep one message, together with those that others wait for."""
        mine = Waiting(arrival, at)
        with self._lock:
            if self._busy:
                self._waiting.append(mine)
            else:
                self._busy = mine.keeps = True
        if not mine.keeps:
            mine.turn.wait()
        if mine.keeps:
            self._keep_waiting(mine)
        # What could not be kept with others is tried alone, and so each learns its own reason.
        return mine.message or self.keep([arrival], at)[0]

    def _keep_waiting(self, mine: Waiting) -> None:
        batch = self._batch(mine)
        try:
            if len(batch) > 1:
                kept = self.keep([one.arrival for one in batch], max(one.at for one in batch))
                for one, message in zip(batch, kept, strict=True):
                    one.message = message
            else:
                mine.message = self.keep([mine.arrival], mine.at)[0]
        except Exception:
            if len(batch) == 1:
                raise
        finally:
            self._pass_on()
            for one in batch[1:]:
                one.turn.set()

    def _batch(self, mine: Waiting) -> list[Waiting]:
        batch, size = [mine], len(mine.arrival.body)
        with self._lock:
            while self._waiting and len(batch) < MOST_TOGETHER:
                size += len(self._waiting[0].arrival.body)
                if size > MOST_BYTES:
                    break
                batch.append(self._waiting.popleft())
        return batch

    def _pass_on(self) -> None:
        """The first of those who wait now keeps next."""
        with self._lock:
            if self._waiting:
                after = self._waiting.popleft()
                after.keeps = True
                after.turn.set()
            else:
                self._busy = False
