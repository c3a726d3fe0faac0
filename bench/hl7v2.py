"""HL7 v2 messages a second over MLLP, each answered when it is safe: `python -m bench.hl7v2`.

The whole program runs as `pingji run` starts it, with its database (fsync on) and the client on
the same machine. Each connection sends its next message when the last is acknowledged, as
laboratory systems do. With `--kill`, the line, the worker and the database are killed (`kill -9`)
ten times meanwhile; whoever was not answered sends again, and nothing may be lost or doubled.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.intake import connected, cpu, program
from bench.intake_kill import victims
from bench.results import IDENTITY, TESTS, check, found, results, table, token

PAGES_PORT = 8978
PORT = 28976
CONNECTIONS = 16
MESSAGES = 8_000
GOAL = 500
ROUNDS = 10
VICTIMS = ("line", "worker", "database")
PATIENCE = 60  # seconds until what was killed must run again
START, END = b"\x0b", b"\x1c\r"

MESSAGE = (
    "MSH|^~\\&|LIS|检验科|PINGJI|CDC|{now}|{token}|ORU^R01^ORU_R01|{key}|P|2.5||||||UNICODE UTF-8\r"
    "PID|1||{person}^^^MPS^NI||王^小明||{born}|{sex}|||^^^^^^^^{area}\r"
    "OBR|1|P{key}|F{key}|{code}^{name}^LN|||{taken}||||||||鼻咽拭子\r"
    "OBX|1|CWE|{code}^{name}^LN||{value}^SCT||||||F|||{now}\r"
    "OBX|2|NM|94745-7^Ct^LN||24.6||||||F|||{now}\r"
)
RESULTS = 2  # of one message


def message(number: int, areas: list[str], key: str, *, seed: int = 1) -> bytes:
    """One message as a laboratory's system sends it."""
    chance = random.Random(seed * 1_000_003 + number)
    now = datetime.now() - timedelta(hours=1)
    code, name = chance.choice(TESTS)
    text = MESSAGE.format(
        now=now.strftime("%Y%m%d%H%M%S"),
        taken=(now - timedelta(minutes=chance.randint(120, 3000))).strftime("%Y%m%d%H%M%S"),
        token=key,
        key=f"{seed}-{number}",
        person=IDENTITY.format(chance.randint(0, 10**10 - 1)),
        born=f"{chance.randint(1940, 2024)}0517",
        sex=chance.choice("MF"),
        area=chance.choice(areas),
        code=code,
        name=name,
        value="10828004^阳性" if found(chance) else "260385009^阴性",
    )
    return text.encode()


class Client:
    """Many connections that share what is to be sent.

    Attributes:
        took: Seconds from sending a message to its acknowledgement.
        strange: Answers other than AA.
        again: How often a message was sent again because it was not answered.
    """

    def __init__(self, bodies: list[bytes]) -> None:
        self.waiting: Iterator[bytes] = iter(bodies)
        self.took: list[float] = []
        self.strange: list[bytes] = []
        self.again = 0

    async def run(self, connections: int) -> float:
        """Send everything; the seconds that it took."""
        begun = time.perf_counter()
        await asyncio.gather(*(self._work() for _ in range(connections)))
        return time.perf_counter() - begun

    async def _work(self) -> None:
        reader, writer = await self._connect()
        for body in self.waiting:
            begun = time.perf_counter()
            while True:
                try:
                    writer.write(START + body + END)
                    await writer.drain()
                    answer = await reader.readuntil(END)
                    break
                except (OSError, asyncio.IncompleteReadError):
                    self.again += 1
                    writer.close()
                    reader, writer = await self._connect()
            self.took.append(time.perf_counter() - begun)
            if b"MSA|AA|" not in answer:
                self.strange.append(answer)
        writer.close()

    @staticmethod
    async def _connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", PORT)
            except OSError:
                await asyncio.sleep(0.1)


async def kill_now_and_then(root: int, client: Client, total: int) -> int:
    """Kill line, worker and database whenever another eleventh is answered; how often."""
    kills = 0
    for number in range(1, ROUNDS + 1):
        while len(client.took) < total * number // (ROUNDS + 1):
            await asyncio.sleep(0.02)
        for what in VICTIMS:
            until = time.monotonic() + PATIENCE
            while (pid := victims(root).get(what)) is None and time.monotonic() < until:
                await asyncio.sleep(0.05)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                kills += 1
            await asyncio.sleep(0.2)
        print(
            f"round {number:2}: {len(client.took)} answered, {client.again} sent again", flush=True
        )
    return kills


async def send_all(bodies: list[bytes], root: int | None = None) -> tuple[Client, float, int]:
    """Send messages, killing parts of the program meanwhile if it is given."""
    client = Client(bodies)
    killing = asyncio.create_task(
        kill_now_and_then(root, client, len(bodies)) if root else asyncio.sleep(0, 0)
    )
    seconds = await client.run(CONNECTIONS)
    return client, seconds, await killing


def main(messages: int = MESSAGES, *, kill: bool) -> int:
    """Print the table; 1 if the goal is missed or anything is lost, doubled or miscounted."""
    os.environ["PINGJI_MLLP_PORT"] = str(PORT)
    with program(PAGES_PORT) as running:
        root = running.process.pid
        before, key = results(running.home), token(running, "hl7v2")
        bodies = [message(n, running.areas, key) for n in range(messages)]
        warm = [message(n, running.areas, key, seed=2) for n in range(500)]
        asyncio.run(send_all(warm))
        start, cpu_client = cpu(running.home, root), time.process_time()
        client, seconds, kills = asyncio.run(send_all(bodies, root if kill else None))
        cpu_client = time.process_time() - cpu_client
        end = cpu(running.home, root)
        sent = (messages + len(warm)) * RESULTS
        wrong = check(running.home, sent, before=before)
        again, _seconds, _kills = asyncio.run(send_all(bodies[:200]))
        wrong += check(running.home, sent, before=before)
        with connected(running.home) as database:
            fsync = database.execute("show fsync").fetchone()[0]
    rate = messages / seconds
    spent = {name: 1000 * (end[name] - start[name]) / messages for name in end}
    table("messages/s", rate, client.took, spent | {"client": 1000 * cpu_client / messages})
    print(
        f"{messages} messages over {CONNECTIONS} connections, {kills} kills, "
        f"{client.again} sent again; fsync {fsync}"
    )
    strange = client.strange + again.strange
    if kill and kills < ROUNDS * len(VICTIMS):
        wrong.append(f"only {kills} processes could be killed")
    for line in wrong + [repr(answer[:300]) for answer in strange[:5]]:
        print("WRONG:", line)
    return 1 if wrong or strange or (rate < GOAL and not kill) else 0


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    raise SystemExit(main(*numbers[:1], kill="--kill" in sys.argv))
