"""The HL7 v2 line as the program runs it: over a real socket, killed in the middle, stopped."""

import asyncio
import os
import signal
import socket
import threading
import time

import pytest
from django.db import connections

from pingji.config import mllp
from pingji.config.running import Problem, Program
from pingji.integrations.hl7v2.server import END, START, Server
from pingji.integrations.hl7v2.taking import take
from pingji.integrations.hl7v2.tests.test_taking import oru
from pingji.monitor.surveillance.models import LabResult, Message, Tally
from pingji.monitor.surveillance.tests.sending import sender


def exchange(bodies, *, cut_after=None):
    """Send messages to a server on the tests' database; give back the answers."""
    from django.utils import timezone

    def keep(messages):
        try:
            return take(messages, at=timezone.now())
        finally:
            connections.close_all()

    async def story():
        async def in_thread(messages):
            return await asyncio.to_thread(keep, messages)

        server = Server(in_thread)
        await server.start("127.0.0.1", 0)
        try:
            async with asyncio.timeout(60):
                reader, writer = await asyncio.open_connection(*server.address)
                answers = []
                for body in bodies:
                    framed = START + body + END
                    writer.write(framed if cut_after is None else framed[:cut_after])
                    await writer.drain()
                    if cut_after is None:
                        answers.append((await reader.readuntil(END))[1 : -len(END)])
                writer.close()
                return answers
        finally:
            await server.stop()

    return asyncio.run(story())


@pytest.mark.django_db(transaction=True)
def test_messages_over_the_wire_are_in_the_tables_when_they_are_answered():
    lis = sender(name="LIS")
    answers = exchange([oru(lis), oru(lis), oru("pj_unknown", "M2")])
    assert [b"MSA|AA|M1" in answers[0], b"MSA|AA|M1" in answers[1]] == [True, True]
    assert b"MSA|AR|M2" in answers[2]
    assert (LabResult.objects.count(), Message.objects.get().tries) == (2, 2)
    assert Tally.objects.get(channel="pathogen").count == 1


@pytest.mark.django_db(transaction=True)
def test_half_a_message_leaves_nothing_and_is_taken_when_sent_whole():
    lis = sender(name="LIS")
    body = oru(lis)
    exchange([body], cut_after=len(body) // 2)
    assert Message.objects.count() == 0
    (answer,) = exchange([body])
    assert b"MSA|AA|M1" in answer


def test_it_ends_when_it_is_asked_to():
    sent = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGTERM))
    sent.start()
    begun = time.monotonic()
    mllp.serve("127.0.0.1", 0)
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("asked", ["abc", "0", "70000"])
def test_a_port_that_is_none_is_refused_at_the_start(monkeypatch, asked):
    monkeypatch.setenv("PINGJI_MLLP_PORT", asked)
    program = Program(port=free_port(), host="127.0.0.1", profile=None, demo=False)
    with pytest.raises(Problem, match="PINGJI_MLLP_PORT"):
        program._choose_ports()


def test_both_ports_cannot_be_the_same(monkeypatch):
    port = free_port()
    monkeypatch.setenv("PINGJI_MLLP_PORT", str(port))
    program = Program(port=port, host="127.0.0.1", profile=None, demo=False)
    with pytest.raises(Problem, match="PINGJI_MLLP_PORT"):
        program._choose_ports()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
