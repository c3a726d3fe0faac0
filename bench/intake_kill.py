"""Nothing lost, nothing doubled when processes are killed: `python -m bench.intake_kill`.

A client sends messages without pause over several connections and sends again whatever was not
answered. Meanwhile a web process, the worker and the database are killed with kill -9, again and
again. In the end every item stands once, and the figures are what the rows add up to.

Visits in plain JSON are sent, or with the word `fhir`, bundles of laboratory results. HL7 v2 has
the same under `python -m bench.hl7v2 --kill`.
"""

import http.client
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import fhir, intake, results
from bench.intake import PORT, VISITS, Running, command, connected, program

ROUNDS = 10
CONNECTIONS = 4
BETWEEN = 8  # messages answered between two killings, so that sending is under way again
PATIENCE = 120  # seconds until the program must have come to itself
WAIT = 0.3  # before something unanswered is sent again


@dataclass(frozen=True)
class Door:
    """A way in over HTTP.

    Attributes:
        path: Where messages are sent.
        token: What they are sent with.
        items: How many a message holds.
        message: The message of a number.
        check: What is wrong with what was kept of so many items.
        kept: How many items an answer says are kept.
    """

    path: str
    token: str
    items: int
    message: Callable[[int], bytes]
    check: Callable[[int], list[str]]
    kept: Callable[[bytes], int]

    def send(self, connection: http.client.HTTPConnection, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to a message."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", self.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def door(running: Running, name: str) -> Door:
    """The way in of a name."""
    home, areas = running.home, running.areas
    if name == "fhir":
        before = results.results(home)
        return Door(
            "/fhir/",
            results.token(running, "fhir"),
            fhir.OBSERVATIONS,
            lambda number: fhir.bundle(number, areas),
            lambda sent: results.check(home, sent, before=before),
            lambda body: len(json.loads(body)["entry"]) - fhir.PATIENTS,
        )
    return Door(
        "/api/surveillance/visits",
        running.token,
        VISITS,
        lambda number: intake.message(number, areas),
        lambda sent: intake.check(home, sent),
        lambda body: int(json.loads(body)["kept"]),
    )


class Client:
    """Sends until told to stop; keeps count of what was answered and how often it had to resend."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.answered: set[int] = set()
        self.resent = 0
        self.strange: list[tuple[int, bytes]] = []
        self.kept: dict[int, bytes] = {}

    def await_more(self, more: int) -> None:
        """Until so many more messages were answered."""
        goal, until = len(self.answered) + more, time.monotonic() + PATIENCE
        while len(self.answered) < goal:
            if time.monotonic() > until:
                raise SystemExit(f"nothing was answered for {PATIENCE} s")
            time.sleep(0.05)

    def work(self) -> None:
        """Send one message after the other, each until it is answered."""
        connection: http.client.HTTPConnection | None = None
        while not self.stop.is_set():
            with self.lock:
                number = next(self.numbers)
            body = self.door.message(number)
            while True:
                try:
                    connection = connection or http.client.HTTPConnection(
                        "127.0.0.1", PORT, timeout=30
                    )
                    status, content = self.door.send(connection, body)
                    if status < 500:
                        if status != 200 or self.door.kept(content) != self.door.items:
                            self.strange.append((status, content[:200]))
                        break
                except (OSError, http.client.HTTPException):
                    connection = None
                with self.lock:
                    self.resent += 1
                time.sleep(WAIT)
            with self.lock:
                self.answered.add(number)
                if number % 10 == 0:
                    self.kept[number] = body


def children(pid: int) -> dict[int, str]:
    """Processes below one, with their command lines."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat[1])
            names[int(entry.name)] = words.decode(errors="replace")
    below = {}
    for one in parents:
        above = one
        while above not in (0, 1, pid):
            above = parents.get(above, 0)
        if above == pid and one != pid:
            below[one] = names[one]
    return below


def victims(root: int) -> dict[str, int]:
    """One web process, the worker, the HL7 v2 line and the database's first process."""
    found: dict[str, int] = {}
    granian = [pid for pid, words in children(root).items() if "granian" in words]
    # The last of them is a child that serves pages; the first only watches over the others.
    if granian:
        found["web process"] = max(granian)
    for pid, words in children(root).items():
        if "pingji.config.worker" in words:
            found["worker"] = pid
        if "pingji.config.mllp" in words:
            found["line"] = pid
        if "/postgres " in words and " -D " in words:
            found["database"] = pid
    return found


def awaited(root: int, what: str) -> int | None:
    """The process to kill, once it runs again after the last time; None if it does not."""
    until = time.monotonic() + PATIENCE
    while (pid := victims(root).get(what)) is None and time.monotonic() < until:
        time.sleep(0.05)
    return pid


def count(home: Path) -> tuple[int, int]:
    """Messages kept, and how often they were received."""
    with connected(home) as database:
        return database.execute(
            "select count(*), coalesce(sum(tries), 0)::int from surveillance_message"
        ).fetchone()


def main(name: str = "json") -> int:  # noqa: C901 - one story, told in order
    """Print what was killed and what came of it; 1 if anything was lost, doubled or miscounted."""
    with program() as running:
        there = count(running.home)
        way = door(running, name)
        client = Client(way)
        threads = [threading.Thread(target=client.work, daemon=True) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        killed = 0
        for turn in range(ROUNDS):
            client.await_more(BETWEEN)
            for what in ("web process", "worker", "database"):
                pid = awaited(running.process.pid, what)
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
                time.sleep(0.2)
            print(
                f"round {turn + 1:2}: killed web process, worker, database; "
                f"{len(client.answered)} messages answered, {client.resent} sent again",
                flush=True,
            )
        client.await_more(BETWEEN)
        client.stop.set()
        for thread in threads:
            thread.join()
        sent = len(client.answered) * way.items
        wrong = way.check(sent)
        # What was answered is answered the same when it is sent once more.
        for number, body in list(client.kept.items())[:20]:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            status, content = way.send(connection, body)
            if status != 200 or way.kept(content) != way.items:
                wrong.append(f"message {number} is answered otherwise when it is sent again")
        wrong += way.check(sent)
        messages, tries = (
            now - before for now, before in zip(count(running.home), there, strict=True)
        )
        record = command(running.home, "record", "verify").strip().splitlines()
    if messages != len(client.answered):
        wrong.append(f"{len(client.answered)} messages were answered, {messages} are kept")
    print(
        f"{killed} processes killed; {len(client.answered)} messages of {way.items} answered, "
        f"{client.resent} sent again, {tries - messages} of them had been kept already"
    )
    print("record:", record[-1] if record else "")
    for line in wrong + [f"answer {s}: {c!r}" for s, c in client.strange[:5]]:
        print("WRONG:", line)
    if killed < ROUNDS * 3:
        print(f"WRONG: only {killed} processes could be killed")
    return 1 if wrong or client.strange or killed < ROUNDS * 3 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
