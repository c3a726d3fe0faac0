"""Observations a second as FHIR bundles, kept and counted: `python -m bench.fhir`.

The whole program runs as `pingji run` starts it, with its database (fsync on) and the client on
the same machine. Each bundle holds 100 observations and their ten patients; each connection sends
its next when the last is answered.
"""

import http.client
import json
import random
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.intake import connected, cpu, program
from bench.results import IDENTITY, TESTS, check, found, results, table, token

PORT = 8977
CONNECTIONS = 4
BUNDLES = 300
OBSERVATIONS = 100
PATIENTS = 10
GOAL = 2_000


def bundle(number: int, areas: list[str], *, seed: int = 1) -> bytes:
    """One bundle as a laboratory's system sends it."""
    chance = random.Random(seed * 1_000_003 + number)
    now = datetime.now(UTC) - timedelta(hours=1)
    entries: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "id": f"p{at}",
            "identifier": [{"value": IDENTITY.format(chance.randint(0, 10**10 - 1))}],
            "gender": chance.choice(("male", "female")),
            "birthDate": f"{chance.randint(1940, 2024)}-05-17",
            "address": [{"district": chance.choice(areas)}],
        }
        for at in range(PATIENTS)
    ]
    for at in range(OBSERVATIONS):
        code, name = chance.choice(TESTS)
        taken = now - timedelta(minutes=chance.randint(120, 3000))
        value = ("10828004", "阳性") if found(chance) else ("260385009", "阴性")
        entries.append(
            {
                "resourceType": "Observation",
                "identifier": [{"system": "urn:lis", "value": f"{seed}-{number}-{at}"}],
                "status": "final",
                "code": {
                    "coding": [{"system": "http://loinc.org", "code": code}],
                    "text": name,
                },
                "subject": {"reference": f"Patient/p{at % PATIENTS}"},
                "effectiveDateTime": taken.isoformat(timespec="seconds"),
                "issued": now.isoformat(timespec="seconds"),
                "specimen": {"display": "鼻咽拭子"},
                "valueCodeableConcept": {
                    "coding": [{"system": "http://snomed.info/sct", "code": value[0]}],
                    "text": value[1],
                },
            }
        )
    return json.dumps(
        {
            "resourceType": "Bundle",
            "type": "batch",
            "identifier": {"value": f"{seed}-{number}"},
            "timestamp": now.isoformat(timespec="seconds"),
            "entry": [{"resource": entry} for entry in entries],
        },
        ensure_ascii=False,
    ).encode()


def send_all(bodies: list[bytes], key: str) -> tuple[list[float], list[str], float]:
    """Send bundles over several connections: seconds of each, strange answers, seconds of all."""
    waiting, lock = iter(bodies), threading.Lock()
    took: list[float] = []
    strange: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"}
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            begun = time.perf_counter()
            connection.request("POST", "/fhir/", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            took.append(time.perf_counter() - begun)
            said = [e["response"]["status"][:3] for e in json.loads(content).get("entry", [])]
            if answer.status != 200 or not set(said) <= {"200", "201"}:
                strange.append(f"{answer.status} {content[:300]!r}")

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, strange, time.perf_counter() - begun


def main(bundles: int = BUNDLES) -> int:
    """Print the table; 1 if the goal is missed or anything is lost, doubled or miscounted."""
    with program(PORT) as running:
        before, key = results(running.home), token(running, "fhir")
        bodies = [bundle(number, running.areas) for number in range(bundles)]
        warm = [bundle(number, running.areas, seed=2) for number in range(20)]
        _took, strange, _seconds = send_all(warm, key)
        start, client = cpu(running.home, running.process.pid), time.process_time()
        took, odd, seconds = send_all(bodies, key)
        client = time.process_time() - client
        end = cpu(running.home, running.process.pid)
        wrong = check(running.home, (bundles + len(warm)) * OBSERVATIONS, before=before)
        _took, again, _seconds = send_all(bodies[:20], key)  # counted once all the same
        wrong += check(running.home, (bundles + len(warm)) * OBSERVATIONS, before=before)
        with connected(running.home) as database:
            fsync = database.execute("show fsync").fetchone()[0]
    rate = bundles * OBSERVATIONS / seconds
    spent = {name: 1000 * (end[name] - start[name]) / bundles for name in end}
    table("observations/s", rate, took, spent | {"client": 1000 * client / bundles})
    print(f"{bundles} bundles over {CONNECTIONS} connections; fsync {fsync}")
    for line in wrong + (strange + odd + again)[:5]:
        print("WRONG:", line)
    return 1 if wrong or strange or odd or again or rate < GOAL else 0


if __name__ == "__main__":
    raise SystemExit(main(*(int(word) for word in sys.argv[1:2])))
