"""How fast the pages on a million cards' quality and pictures answer: `python -m bench.quality`.

A million cards of five years, as `bench.line_list` makes them. The quality page of the usual month and of a
year, the longest period it takes, and the comparison of its figures with their rows, which it asks for
when it stands; the curve, the map and the pyramid of the usual months and of
five years. The reference of each is one plain count of the same cards.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from bench.city import city, copy_in
from bench.line_list import CARDS, COLUMNS, LAST, lines

GOAL_MS = 400.0
TIMES = 5
PAGES = (
    ("quality, the usual month", "/surveillance/quality/?until=2026-11-20"),
    ("the month's figures against rows",
     "/surveillance/quality/agreement/?until=2026-11-20"),
    ("quality, a year", "/surveillance/quality/?since=2025-11-21&until=2026-11-20"),
    ("quality, asked for three years", "/surveillance/quality/?since=2023-11-20&until=2026-11-20"),
    ("curve, the usual months", "/surveillance/cases/picture/curve.json?onset_to=2026-11-20"),
    ("curve, five years by week",
     "/surveillance/cases/picture/curve.json?step=week&onset_from=2021-11-20&onset_to=2026-11-20"),
    ("pyramid, the usual months", "/surveillance/cases/picture/ages.json?onset_to=2026-11-20"),
    ("map, the usual months", "/surveillance/cases/picture/map.json?onset_to=2026-11-20"),
    ("map, a year",
     "/surveillance/cases/picture/map.json?onset_from=2025-11-21&onset_to=2026-11-20"),
)  # fmt: skip


def timed(read: Callable[[], object]) -> tuple[float, float, float]:
    """First and median later milliseconds, and CPU milliseconds of this process each time."""
    took, cpu = [], time.process_time()
    for _time in range(TIMES):
        begun = time.perf_counter()
        read()
        took.append(1000 * (time.perf_counter() - begun))
    cpu = 1000 * (time.process_time() - cpu) / TIMES
    return took[0], float(np.median(took[1:])), cpu


def main(cards: int = CARDS) -> int:
    """Fill, ask, print the table; 1 if a goal is missed."""
    with city():
        from django.test import Client

        from pingji.ground.directory.models import User
        from pingji.monitor.surveillance.models import CaseReport

        filled = copy_in("surveillance_casereport", COLUMNS, lines(cards))
        client = Client()
        client.force_login(
            User.objects.get(username="cdc"), backend="django.contrib.auth.backends.ModelBackend"
        )
        print(f"{filled:,} cards until {LAST}")
        print(f"{'':34}{'first ms':>9}{'median ms':>10}{'CPU ms':>8}{'goal':>6}")
        missed = 0
        for words, address in PAGES:
            assert client.get(address).status_code == 200
            first, median, cpu = timed(lambda a=address: client.get(a))
            missed += median > GOAL_MS
            print(f"{words:34}{first:9.0f}{median:10.0f}{cpu:8.0f}{GOAL_MS:6.0f}", flush=True)
        first, median, cpu = timed(lambda: CaseReport.objects.counted().count())
        print(f"{'reference: one plain count of all':34}{first:9.0f}{median:10.0f}{cpu:8.0f}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CARDS))
