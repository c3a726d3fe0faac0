"""Messages that arrive at the same time are kept in one transaction, each answered by itself."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connections

from pingji.ground.record.actions import origin
from pingji.ground.record.models import Line
from pingji.ground.record.queries import first_break
from pingji.monitor.surveillance.actions.intake import Arrival, arriving, receive
from pingji.monitor.surveillance.actions.intake.together import MOST_BYTES, MOST_TOGETHER, Together
from pingji.monitor.surveillance.models import Format, Message, Visit
from pingji.monitor.surveillance.queries.incoming import Incoming
from pingji.monitor.surveillance.rules import plain_json
from pingji.monitor.surveillance.tests import sending
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.monitor.surveillance.tests.sending import sender, visit

SECONDS = 20  # for a thread to come so far; none needs as long


class Keeper:
    """Keeps messages as told, and remembers which it was given together."""

    def __init__(self):
        self.batches = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def __call__(self, arrivals, at):
        self.batches.append([one.key for one in arrivals])
        self.begun.release()
        assert self.go_on.acquire(timeout=SECONDS)
        if any(one.key.startswith("bad") for one in arrivals):
            raise ValueError([one.key for one in arrivals])
        return [Message(key=one.key, received_at=at) for one in arrivals]


def arrival(key, body=b""):
    return Arrival(None, Format.JSON, body, key=key)


class Desk:
    """Senders of messages, each in a thread of its own."""

    def __init__(self, pool):
        self.pool = pool
        self.keeper = Keeper()
        self.together = Together(self.keeper)

    def send(self, first, *others) -> list[Future]:
        """Hand messages in: others come while the first is being kept, one after the other."""
        sent = [self.pool.submit(self.together.take, first, NOON)]
        assert self.keeper.begun.acquire(timeout=SECONDS)
        for number, one in enumerate(others, 1):
            at = NOON + timedelta(seconds=number)
            sent.append(self.pool.submit(self.together.take, one, at))
            await_line(self.together, number)
        return sent


def await_line(together, length):
    """Until so many stand in line."""
    until = time.monotonic() + SECONDS
    while len(together._waiting) < length:
        assert time.monotonic() < until
        time.sleep(0.001)


@pytest.fixture
def desk():
    with ThreadPoolExecutor(MOST_TOGETHER + 2) as pool:
        found = Desk(pool)
        yield found
        assert not found.together._waiting
        assert not found.together._busy


def test_what_comes_while_one_is_kept_is_kept_together_next(desk):
    sent = desk.send(*map(arrival, "abcde"))
    desk.keeper.go_on.release(2)

    kept = [one.result(SECONDS) for one in sent]
    assert desk.keeper.batches == [["a"], ["b", "c", "d", "e"]]
    assert [one.key for one in kept] == list("abcde")
    assert {one.received_at for one in kept[1:]} == {NOON + timedelta(seconds=4)}


def test_what_cannot_be_kept_with_others_is_tried_alone(desk):
    sent = desk.send(*map(arrival, ("a", "b", "bad", "c")))
    desk.keeper.go_on.release(5)

    assert [sent[n].result(SECONDS).key for n in (0, 1, 3)] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="bad"):
        sent[2].result(SECONDS)
    assert desk.keeper.batches[:2] == [["a"], ["b", "bad", "c"]]
    assert sorted(desk.keeper.batches[2:]) == [["b"], ["bad"], ["c"]]


def test_one_that_fails_alone_leaves_the_line_to_the_next(desk):
    sent = desk.send(*map(arrival, ("bad", "a")))
    desk.keeper.go_on.release(2)

    with pytest.raises(ValueError, match="bad"):
        sent[0].result(SECONDS)
    assert sent[1].result(SECONDS).key == "a"


def test_neither_too_many_nor_too_large_ones_are_kept_together(desk):
    small = [arrival(str(n)) for n in range(MOST_TOGETHER)]
    large = arrival("large", bytes(MOST_BYTES))
    sent = desk.send(arrival("first"), *small, large)
    desk.keeper.go_on.release(3)

    assert all(one.result(SECONDS) for one in sent)
    assert [len(batch) for batch in desk.keeper.batches] == [1, MOST_TOGETHER, 1]


@pytest.mark.django_db(transaction=True)
def test_messages_kept_together_each_say_whence_they_came(monkeypatch):
    """The real thing: requests of several places, while the first of them is being kept."""
    his, together = sender(), Together(arriving.together.keep)
    monkeypatch.setattr(arriving, "together", together)
    keep, sizes, four = together.keep, [], threading.Event()

    def waiting(arrivals, at):
        if not sizes:
            assert four.wait(SECONDS)
        sizes.append(len(arrivals))
        return keep(arrivals, at)

    def send(number):
        body = sending.body_of("visits", [visit(key=f"V{number}")], key=f"M{number}")
        said: Incoming = plain_json.read("visits", body, zone=NOON.tzinfo)
        try:
            with origin(f"10.0.0.{number}"):
                return receive(sender=his, format=Format.JSON, body=body, incoming=said, at=NOON)
        finally:
            connections.close_all()

    together.keep = waiting
    with ThreadPoolExecutor(5) as pool:
        sent = [pool.submit(send, number) for number in range(5)]
        await_line(together, 4)
        four.set()
        kept = [one.result(SECONDS) for one in sent]

    assert sizes == [1, 4]
    assert {one.key for one in kept} == {f"M{number}" for number in range(5)}
    assert Visit.objects.count() == 5
    lines = Line.objects.order_by("number")
    said = {line.subject_id: line.origin for line in lines.filter(kind="message.received")}
    assert said == {str(one.pk): f"10.0.0.{one.key[1:]}" for one in kept}
    drafted = lines.filter(kind__in=["card.drafted", "deadline.started"])
    assert {line.origin for line in drafted} <= set(said.values())
    assert drafted
    numbers = list(lines.values_list("number", flat=True))
    assert all(after == before + 1 for before, after in pairwise(numbers))
    assert first_break()[1] is None
