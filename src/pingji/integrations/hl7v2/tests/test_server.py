"""Messages off the wire: framed, in order, many at a time, never answered before they are safe."""

import asyncio

import pytest

from pingji.integrations.hl7v2 import server
from pingji.integrations.hl7v2.server import END, LONGEST_MESSAGE, START, Server


class Keeper:
    """Stands for the database: remembers what was kept, and together with what."""

    def __init__(self, *, fails=0, slow=0.0):
        self.batches = []
        self.halves = []
        self.fails = fails
        self.slow = slow

    async def __call__(self, messages):
        await asyncio.sleep(self.slow)
        if self.fails:
            self.fails -= 1
            raise OSError("the database is away")
        self.batches.append([frame.body for frame in messages if frame.whole])
        self.halves += [frame.body for frame in messages if not frame.whole]
        return [b"ACK " + frame.body for frame in messages]


def talk(story, keeper):
    """Run a story with a server, and give back what it returns."""

    async def whole():
        server = Server(keeper)
        await server.start("127.0.0.1", 0)
        try:
            async with asyncio.timeout(20):
                return await story(*server.address)
        finally:
            await server.stop()

    return asyncio.run(whole())


async def send(writer, *bodies):
    writer.write(b"".join(START + body + END for body in bodies))
    await writer.drain()


async def answer(reader):
    return (await reader.readuntil(END))[1 : -len(END)]


def test_answers_come_in_the_order_of_the_messages():
    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        await send(writer, b"1", b"2", b"3")
        found = [await answer(reader) for _ in range(3)]
        writer.close()
        return found

    assert talk(story, Keeper()) == [b"ACK 1", b"ACK 2", b"ACK 3"]


def test_messages_of_many_connections_are_kept_together():
    keeper = Keeper(slow=0.05)

    async def one(host, port, number):
        reader, writer = await asyncio.open_connection(host, port)
        await send(writer, b"%d" % number)
        said = await answer(reader)
        writer.close()
        return said

    async def story(host, port):
        return await asyncio.gather(*(one(host, port, number) for number in range(40)))

    assert talk(story, keeper) == [b"ACK %d" % number for number in range(40)]
    assert sum(len(batch) for batch in keeper.batches) == 40
    assert len(keeper.batches) < 40


def test_one_line_is_kept_while_another_is_being_kept_each_connection_in_order():
    """Connections stand in lines by turns; what one says is kept as it was said."""
    meeting = asyncio.Barrier(2)  # who keeps the first of a line waits for the other line's

    class Meeting(Keeper):
        async def __call__(self, messages):
            if any(frame.body.endswith(b"1") for frame in messages):
                await meeting.wait()
            return await super().__call__(messages)

    async def story(host, port):
        one, two = [await asyncio.open_connection(host, port) for _ in range(2)]
        await send(one[1], b"a1", b"a2", b"a3")
        await send(two[1], b"b1", b"b2", b"b3")
        found = [await answer(reader) for reader, _writer in (one, two) for _ in range(3)]
        for _reader, writer in (one, two):
            writer.close()
        return found

    keeper = Meeting()
    assert talk(story, keeper) == [b"ACK " + body for body in (b"a1 a2 a3 b1 b2 b3").split()]
    kept = [body for batch in keeper.batches for body in batch]
    for name in (b"a", b"b"):
        assert [body for body in kept if body[:1] == name] == [name + b"%d" % n for n in (1, 2, 3)]


def test_what_could_not_be_kept_is_not_answered_and_can_be_sent_again():
    keeper = Keeper(fails=1)

    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        await send(writer, b"1")
        with pytest.raises(asyncio.IncompleteReadError):
            await answer(reader)
        writer.close()
        reader, writer = await asyncio.open_connection(host, port)
        await send(writer, b"1")
        said = await answer(reader)
        writer.close()
        return said

    assert talk(story, keeper) == b"ACK 1"
    assert keeper.batches == [[b"1"]]


@pytest.mark.parametrize("end", ["close", "abort"])
def test_half_a_message_is_kept_as_such_and_not_answered(end):
    keeper = Keeper()

    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        await send(writer, b"1")
        said = await answer(reader)
        writer.write(START + b"half")
        await writer.drain()
        await asyncio.sleep(0.05)  # until it has arrived
        if end == "close":
            writer.write_eof()
            rest = await reader.read()
            writer.close()
        else:
            writer.transport.abort()
            rest = b""
        await asyncio.sleep(0.05)
        return said, rest

    assert talk(story, keeper) == (b"ACK 1", b"")
    assert keeper.halves == [b"half"]
    assert [body for batch in keeper.batches for body in batch] == [b"1"]


def test_half_a_message_of_a_connection_gone_quiet_is_kept(monkeypatch):
    monkeypatch.setattr(server, "QUIET_SECONDS", 0.05)
    keeper = Keeper()

    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"noise" + START + b"half")
        rest = await reader.read()
        writer.close()
        return rest

    assert talk(story, keeper) == b""
    assert keeper.halves == [b"half"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_message_may_come_in_any_pieces(size):
    whole = b"noise" + b"".join(START + b"%d\x1c" % n + END for n in range(3))

    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        for at in range(0, len(whole), size):
            writer.write(whole[at : at + size])
            await writer.drain()
            await asyncio.sleep(0.001)
        found = [await answer(reader) for _ in range(3)]
        writer.close()
        return found

    assert talk(story, Keeper()) == [b"ACK %d\x1c" % n for n in range(3)]


def test_noise_before_a_message_is_passed_over():
    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\r\n noise ")
        await send(writer, b"1")
        said = await answer(reader)
        writer.close()
        return said

    assert talk(story, Keeper()) == b"ACK 1"


def test_a_message_without_end_does_not_fill_the_memory():
    keeper = Keeper()

    async def story(host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(START + b"x" * (2 * LONGEST_MESSAGE + 10))
        try:
            await writer.drain()
            return await reader.read()
        except ConnectionError:
            return b""

    assert talk(story, keeper) == b""
    assert keeper.batches == [[]]
    assert [len(half) for half in keeper.halves] == [LONGEST_MESSAGE]
