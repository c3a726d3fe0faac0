"""Visits a second over the JSON interface, kept and counted: `python -m bench.intake`.

The whole program runs as `pingji run` starts it, with its database (fsync on) and the client on
the same machine. Each connection sends its next message of 100 visits when the last is answered.
"""

import contextlib
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

PORT = int(os.environ.get("PINGJI_BENCH_PORT", "8976"))
CONNECTIONS = 6
MESSAGES = 600
VISITS = 100
GOAL_VISITS = 5_000
GOAL_P99_MS = 400
SYMPTOMS = ("发热", "咳嗽", "咽痛", "腹泻", "呕吐", "头痛", "皮疹", "乏力", "流涕", "腹痛")
DIAGNOSES = (
    ("J06.900", "急性上呼吸道感染"),
    ("K52.900", "非感染性胃肠炎"),
    ("S61.000", "手指开放性伤口"),
    ("I10.x00", "高血压"),
    ("K29.500", "慢性胃炎"),
    ("M54.500", "腰痛"),
)
NOTIFIABLE = 0.03  # share of visits whose diagnosis asks for a report card


@dataclass
class Running:
    """A program that runs for a benchmark.

    Attributes:
        home: Its folder.
        process: `pingji run`.
        token: Of a hospital's system that may send.
        areas: Codes of villages.
    """

    home: Path
    process: subprocess.Popen[bytes]
    token: str
    areas: list[str]


def command(home: Path, *words: str) -> str:
    """What `pingji …` prints, for the program in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "pingji.config.cli", *words],
        env=os.environ | {"PINGJI_HOME": str(home), "PINGJI_LANG": "en"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


@contextlib.contextmanager
def program(port: int = PORT) -> Iterator[Running]:
    """The whole program with the demo county, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pingji-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)  # as root, the database server runs as another user
        process = subprocess.Popen(
            [sys.executable, "-m", "pingji.config.cli", "run", "--port", str(port)],
            env=os.environ | {"PINGJI_HOME": folder},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(port, process)
            with connected(home) as database:
                code, area = database.execute(
                    "select code, left(area_id, 6) from directory_organisation "
                    "where kind = 'hospital' order by code limit 1"
                ).fetchone()
                areas = [
                    row[0]
                    for row in database.execute(
                        "select code from directory_area where length(code) = 12 and code like %s",
                        [f"{area}%"],
                    )
                ]
                # What the demo county's sentinels count in the same channel is set aside.
                database.execute(
                    "create table bench_visits_before as "
                    "select coalesce(max(id), 0) as last from surveillance_visit"
                )
                database.execute(
                    "create table bench_before as select disease_id, area_id, day, count as n "
                    "from surveillance_tally where channel = 'syndrome'"
                )
            token = command(home, "sender", "add", "BENCH", "--organisation", code).strip()
            yield Running(home, process, token, areas)
        finally:
            process.terminate()
            process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the program answers."""
    while process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/sign-in/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("the program did not start")


def connected(home: Path):
    """A connection to the program's database."""
    import psycopg

    os.environ["PINGJI_HOME"] = str(home)
    from pingji.config.places import socket_folder

    return psycopg.connect(f"host={socket_folder()} dbname=pingji user=pingji", autocommit=True)


def message(number: int, areas: list[str], *, seed: int = 1) -> bytes:
    """One message of visits as a hospital's system sends it."""
    chance = random.Random(seed * 1_000_003 + number)
    now = datetime.now(UTC) - timedelta(hours=1)
    visits = []
    for at in range(VISITS):
        complaint = "伴".join(chance.sample(SYMPTOMS, chance.randint(1, 3)))
        code, name = chance.choice(DIAGNOSES)
        visit = {
            "key": f"{seed}-{number}-{at}",
            "kind": chance.choice(("outpatient", "outpatient", "emergency")),
            "visited_at": (now - timedelta(minutes=chance.randint(0, 3000))).isoformat(),
            "area": chance.choice(areas),
            "department": "发热门诊",
            "sex": chance.choice("MF"),
            "age": chance.randint(0, 90),
            "complaint": f"{complaint}{chance.randint(1, 9)}天",
            "diagnosis_code": code,
            "diagnosis": name,
            "person": f"50024219{chance.randint(10**9, 10**10 - 1)}",
        }
        if chance.random() < NOTIFIABLE:
            visit |= {"diagnosis_code": "J11.101", "diagnosis": "流行性感冒"}
        visits.append(visit)
    body = {"key": f"{seed}-{number}", "sent_at": now.isoformat(), "visits": visits}
    return json.dumps(body, ensure_ascii=False).encode()


@dataclass
class Sending:
    """What a client met.

    Attributes:
        took: Seconds that each message took.
        strange: Answers other than 200.
    """

    took: list[float] = field(default_factory=list)
    strange: list[tuple[int, bytes]] = field(default_factory=list)


def send_all(bodies: list[bytes], token: str, connections: int) -> tuple[Sending, float]:
    """Send messages over several connections; the seconds that it took."""
    waiting = iter(bodies)
    lock = threading.Lock()
    met = Sending()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            begun = time.perf_counter()
            connection.request("POST", "/api/surveillance/visits", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            met.took.append(time.perf_counter() - begun)
            if answer.status != 200:
                met.strange.append((answer.status, content[:300]))

    threads = [threading.Thread(target=work) for _ in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return met, time.perf_counter() - begun


def cpu(home: Path, root: int) -> dict[str, float]:
    """Seconds of processor time so far: of the web and worker processes, and of the database."""
    parents, spent, names = {}, {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        parts = stat[2].split()
        pid = int(entry.name)
        parents[pid] = int(parts[1])
        ticks = int(parts[11]) + int(parts[12]) + int(parts[13]) + int(parts[14])
        spent[pid], names[pid] = ticks / os.sysconf("SC_CLK_TCK"), words
    total = {"program": 0.0, "database": 0.0}
    for pid in spent:
        above = pid
        while above not in (0, 1, root):
            above = parents.get(above, 0)
        if above == root:
            total["database" if "postgres" in names[pid] else "program"] += spent[pid]
    return total


def check(home: Path, sent: int) -> list[str]:
    """What is wrong with what was kept; nothing if each visit was kept and counted once."""
    with connected(home) as database:
        kept = database.execute(
            f"select count(*), count(distinct key) from {VISITS_SINCE}"
        ).fetchone()
        counted = database.execute(
            f"select (select coalesce(sum(jsonb_array_length(signs)), 0) from {VISITS_SINCE}), "
            "(select coalesce(sum(count), 0) from surveillance_tally where channel = 'syndrome') "
            "- (select coalesce(sum(n), 0) from bench_before), "
            "(select coalesce(sum(change), 0) from surveillance_tallyentry "
            "where channel = 'syndrome') - (select coalesce(sum(n), 0) from bench_before)"
        ).fetchone()
        apart = database.execute(DIFFERENT).fetchone()[0]
    wrong = []
    if kept != (sent, sent):
        wrong.append(f"{sent} visits were answered, {kept[0]} are kept, {kept[1]} different")
    if len(set(counted)) != 1 or apart:
        wrong.append(f"signs of visits, figures, entries: {counted}; {apart} figures differ")
    return wrong


# The demo county has visits of its own.
VISITS_SINCE = (
    "(select v.* from surveillance_visit v, bench_visits_before b where v.id > b.last) sent"
)
# Figures that are not what the rows add up to.
DIFFERENT = f"""
    with rows as (
        select s.sign, v.area_id, (v.visited_at at time zone 'Asia/Shanghai')::date as day,
               count(*) as n
        from {VISITS_SINCE.removesuffix("sent")} v, jsonb_array_elements_text(v.signs) as s(sign)
        group by 1, 2, 3
    )
    select count(*) from rows full join (
        select disease_id, area_id, day, t.count - coalesce(b.n, 0) as n
        from surveillance_tally t left join bench_before b using (disease_id, area_id, day)
        where channel = 'syndrome' and t.count > coalesce(b.n, 0)
    ) t on t.disease_id = rows.sign and t.area_id = rows.area_id and t.day = rows.day
    where t.n is distinct from rows.n
"""


def main() -> int:
    """Print the table; 1 if a goal is missed or anything is lost, doubled or miscounted."""
    with program() as running:
        bodies = [message(number, running.areas) for number in range(MESSAGES)]
        warm = [message(number, running.areas, seed=2) for number in range(30)]
        send_all(warm, running.token, CONNECTIONS)
        before = cpu(running.home, running.process.pid)
        client = time.process_time()
        met, seconds = send_all(bodies, running.token, CONNECTIONS)
        client = time.process_time() - client
        after = cpu(running.home, running.process.pid)
        wrong = check(running.home, (MESSAGES + len(warm)) * VISITS)
        again, _seconds = send_all(bodies[:50], running.token, CONNECTIONS)
        wrong += check(running.home, (MESSAGES + len(warm)) * VISITS)
        with connected(running.home) as database:
            fsync = database.execute("show fsync").fetchone()[0]
            drafts = database.execute(
                "select count(*) from surveillance_casereport where state = 'draft'"
            ).fetchone()[0]
    took = np.array(met.took) * 1000
    rate = MESSAGES * VISITS / seconds
    p50, p99 = np.percentile(took, [50, 99])
    print(
        f"{'visits/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'worst':>7}  processor ms per message of {VISITS}"
    )
    spent = {name: 1000 * (after[name] - before[name]) / MESSAGES for name in after}
    print(
        f"{rate:9.0f}{p50:8.0f}{p99:8.0f}{took.max():7.0f}  program {spent['program']:.1f}, "
        f"database {spent['database']:.1f}, client {1000 * client / MESSAGES:.1f}; fsync {fsync}"
    )
    print(
        f"{MESSAGES} messages over {CONNECTIONS} connections; {drafts} drafts of report cards; "
        f"sent again: p50 {np.median(again.took) * 1000:.0f} ms; load {os.getloadavg()[0]:.1f}"
    )
    for line in wrong + [f"answer {s}: {c!r}" for s, c in (met.strange + again.strange)[:5]]:
        print("WRONG:", line)
    bad = wrong or met.strange or again.strange
    return 1 if bad or rate < GOAL_VISITS or p99 > GOAL_P99_MS else 0


if __name__ == "__main__":
    raise SystemExit(main())
