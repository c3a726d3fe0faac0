"""From a report to its alert on the duty officer's screen, through the whole program.

The program runs as `pingji run` starts it. An epidemiologist's system hands in a file of cases over
the JSON interface, of a disease of which every case counts, in a township that has none; the worker
reads it, judges the county, joins signs into an alert and announces it; the duty officer has the page
of alerts open, which asks again when the stream says that something changed. Time is taken from the
sending of the file until that page shows the township's new alert.
"""

import contextlib
import csv
import http.client
import io
import json
import math
import os
import re
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from bench.intake import PORT, Running, connected, cpu, program

GOAL_SECONDS = 5.0
PATIENCE = 60.0
COLUMNS = (
    "卡片编号",
    "疾病名称",
    "现住地址国标",
    "发病日期",
    "诊断日期",
    "性别",
    "年龄",
    "病例分类",
)
DISEASES = ("霍乱", "鼠疫")
DEGREES_APART = 0.2  # well beyond what the plan calls neighbouring


class Reader:
    """A person's open page of alerts: cookies, the page, and the stream that says when to ask."""

    def __init__(self, username: str, password: str) -> None:
        from bench import pages

        pages.PORT = PORT
        self.browser = pages.Browser(username, password)
        self.changed = threading.Event()

    def shows(self) -> set[str]:
        """Numbers of the alerts on the page."""
        return set(re.findall(r'href="/alerts/(\d+)/"', self.browser.get("/alerts/")))

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear the stream of changes meanwhile."""
        stream = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
        stream.request("GET", "/events", headers={"Cookie": self.browser.cookies()})
        answer = stream.getresponse()

        def listen() -> None:
            with contextlib.suppress(OSError, AttributeError, ValueError):
                while line := answer.readline():
                    if line.startswith(b"event: change"):
                        self.changed.set()

        threading.Thread(target=listen, daemon=True).start()
        time.sleep(1)
        yield
        stream.close()


def cases(number: int, disease: str, area: str) -> bytes:
    """A file with one case."""
    today = date.today()
    text = io.StringIO()
    day = str(today - timedelta(days=1))
    row = (f"BENCH{number}", disease, area, day, day, "男", "40", "确诊病例")
    csv.writer(text).writerows([COLUMNS, row])
    return text.getvalue().encode()


def hand_in(reader: Reader, content: bytes) -> int:
    """Send a file over the JSON interface."""
    token = next(c.value for c in reader.browser.jar if "csrf" in c.name.lower())
    mark = "----bench"
    body = (
        (
            f'--{mark}\r\nContent-Disposition: form-data; name="channel"\r\n\r\ncase\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="case.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        + content
        + f"\r\n--{mark}--\r\n".encode()
    )
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request(
        "POST",
        "/api/surveillance/imports",
        body,
        {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Cookie": reader.browser.cookies(),
            "X-CSRFToken": token,
            "Referer": f"http://127.0.0.1:{PORT}/",
        },
    )
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 201:
        raise SystemExit(f"the file was not taken: {answer.status} {said[:300]!r}")
    return int(json.loads(said)["id"])


def _once(number: int, sender: Reader, duty: Reader, disease: str, area: str) -> float:
    before = duty.shows()
    duty.changed.clear()
    begun = time.perf_counter()
    hand_in(sender, cases(number, disease, area))
    while time.perf_counter() - begun < PATIENCE:
        duty.changed.wait(PATIENCE)
        duty.changed.clear()
        if duty.shows() - before:
            return time.perf_counter() - begun
    return PATIENCE


def apart(towns: list[tuple[str, float, float]]) -> list[str]:
    """Townships no two of which are neighbours: a report from next door extends an alert."""
    chosen: list[tuple[str, float, float]] = []
    for town in towns:
        if all(math.dist(town[1:], other[1:]) >= DEGREES_APART for other in chosen):
            chosen.append(town)
    return [code for code, *_where in chosen]


def measured(running: Running, times: int) -> list[float]:
    """Seconds of each report, one after the other, each from another township."""
    password = (running.home / "demo-password").read_text().strip()
    sender, duty = Reader("cdc", password), Reader("duty", password)
    with connected(running.home) as database:
        towns = database.execute(
            "select code, longitude, latitude from directory_area where length(code) = 9 "
            "and code like %s and longitude is not null and code not in (select left(area_id, 9) "
            "from alerts_alert where state not in ('closed', 'dismissed')) order by code",
            [f"{running.areas[0][:6]}%"],
        ).fetchall()
    places = [(disease, town) for disease in DISEASES for town in apart(towns)]
    with duty.listening():
        return [
            _once(number, sender, duty, *places[number])
            for number in range(min(times, len(places)))
        ]


def screen(times: int = 8) -> bool:
    """Print how long it takes from a report to its alert on the open page."""
    with program() as running:
        before = cpu(running.home, running.process.pid)
        took = measured(running, times)
        after = cpu(running.home, running.process.pid)
    spent = {name: (after[name] - before[name]) / max(1, len(took)) for name in after}
    print(
        f"from a report to its alert on the duty officer's page: median {np.median(took):.1f} s, "
        f"worst {max(took):.1f} s of {len(took)}; processor seconds for each: program "
        f"{spent['program']:.1f}, database {spent['database']:.1f}; load {os.getloadavg()[0]:.1f}; "
        f"goal {GOAL_SECONDS:.0f} s"
    )
    return max(took) <= GOAL_SECONDS
