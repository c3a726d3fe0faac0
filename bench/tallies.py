"""How fast figures are read in a city of five million after five years: `python -m bench.tallies`.

20,000 series (about 50 diseases and syndromes in 420 townships) over five years: the common syndromes
have a figure on most days, rare diseases on few. Entries are kept as they arrived, some late. Months
are summed first, as the worker does every five minutes. The reference is the plainest way to the same
answer: summing every entry known until then.
"""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bench.city import CITY, city, copy_in, townships

YEARS = 5
LAST = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
GOAL_YEAR_MS, GOAL_AS_OF_MS = 200.0, 400.0
TIMES = 7


class Fill:
    """Seeded figures of all series, and the entries that make them."""

    def __init__(self, share: float) -> None:
        from pingji.monitor.surveillance.models import Disease

        found = list(Disease.objects.order_by("-is_syndrome", "code").values_list("pk", flat=True))
        self.rng = np.random.default_rng(5)
        self.series = [
            (
                name,
                "syndrome" if at < 10 else "case",
                self._share(at) * share,
                8.0 if at < 10 else 1.3,
            )
            for at, name in enumerate(found[:50])
        ]
        self.days = [
            (LAST - timedelta(days=back)) for back in range(int(365.25 * YEARS) - 1, -1, -1)
        ]
        self.codes = townships()
        self.entries: list[str] = []

    def _share(self, at: int) -> float:
        return 0.85 if at < 10 else float(0.35 / (1 + (at - 10) / 3))

    def lines(self, *, entries: bool) -> Iterator[str]:
        """Tallies, or the entries that make them, day after day."""
        self.rng = np.random.default_rng(5)
        for day in self.days:
            for name, channel, share, mean in self.series:
                at = np.flatnonzero(self.rng.random(len(self.codes)) < share)
                counts = 1 + self.rng.poisson(mean - 1, len(at))
                late = self.rng.geometric(0.6, len(at)) - 1
                hours = self.rng.integers(1, 23, len(at))
                first = (counts + 1) // 2
                for place, count, begun, days, hour in zip(
                    at.tolist(),
                    counts.tolist(),
                    first.tolist(),
                    late.tolist(),
                    hours.tolist(),
                    strict=True,
                ):
                    code = self.codes[place]
                    if not entries:
                        yield f"{name}\t{channel}\t{code}\t{day}\t{count}"
                        continue
                    known = day + timedelta(days=days)
                    yield f"{name}\t{channel}\t{code}\t{day}\t{begun}\t{known} {hour}:00:00Z"
                    if count > begun:
                        known += timedelta(days=1 + days)
                        yield (
                            f"{name}\t{channel}\t{code}\t{day}\t{count - begun}"
                            f"\t{known} {hour}:30:00Z"
                        )


def timed(read: object) -> tuple[float, float, object]:
    """First and median later milliseconds, and the answer."""
    took = []
    answer: object = None
    for _time in range(TIMES):
        begun = time.perf_counter()
        answer = read()  # type: ignore[operator]
        took.append(1000 * (time.perf_counter() - begun))
    return took[0], float(np.median(took[1:])), answer


def main(share: float = 1.0) -> int:
    """Fill, read, print the table; 1 if a goal is missed."""
    with city():
        from django.db import connection

        from pingji.monitor.surveillance.actions.months import sum_months
        from pingji.monitor.surveillance.queries import case_series, one_series, tallies
        from pingji.monitor.surveillance.queries.series import SeriesKey
        from pingji.monitor.surveillance.queries.tallies import Asked

        fill = Fill(share)
        columns = "disease_id, channel, area_id, day"
        begun = time.perf_counter()
        kept = copy_in("surveillance_tally", f"{columns}, count", fill.lines(entries=False))
        said = copy_in(
            "surveillance_tallyentry", f"{columns}, change, known_at", fill.lines(entries=True)
        )
        filled = time.perf_counter() - begun
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_size_pretty(pg_total_relation_size('surveillance_tally')),"
                " pg_size_pretty(pg_total_relation_size('surveillance_tallyentry'))"
            )
            sizes = cursor.fetchone()
        begun = time.perf_counter()
        sum_months(at=NOW)
        print(f"months summed in {time.perf_counter() - begun:.1f} s")
        with connection.cursor() as cursor:
            cursor.execute("vacuum (analyze) surveillance_tallymonth")
        series = len(fill.series) * len(fill.codes)
        print(
            f"{series:,} series, {len(fill.days):,} days: {kept:,} figures ({sizes[0]}), "
            f"{said:,} entries ({sizes[1]}), filled in {filled:.0f} s"
        )
        syndrome, disease = fill.series[0][0], fill.series[10][0]
        year = {"since": LAST - timedelta(days=364), "until": LAST}
        week = NOW - timedelta(days=7)

        def plainly(disease: str, channel: str, as_of: datetime) -> dict[tuple[str, str], int]:
            with connection.cursor() as cursor:
                cursor.execute(
                    """
                    select disease_id, left(area_id, 9), sum(change)::int
                    from surveillance_tallyentry
                    where disease_id = %s and channel = %s and day between %s and %s
                      and known_at <= %s group by 1, 2 having sum(change) <> 0
                    """,
                    [disease, channel, year["since"], year["until"], as_of],
                )
                return {(name, code): n for name, code, n in cursor.fetchall()}

        def asked(channel: str, **more: object) -> Asked:
            return Asked(channel=channel, area=CITY, **{**year, **more})  # type: ignore[arg-type]

        county = f"{CITY}07"
        rows = (
            ("one syndrome, a year, by township", GOAL_YEAR_MS,
             lambda: tallies.totals(asked("syndrome", disease=syndrome), level=9)),
            ("one disease, a year, by township", GOAL_YEAR_MS,
             lambda: tallies.totals(asked("case", disease=disease), level=9)),
            ("one syndrome, a year, by county and week", GOAL_YEAR_MS,
             lambda: tallies.figures(asked("syndrome", disease=syndrome), level=6, period="week")),
            ("all syndromes, a year, by township", GOAL_YEAR_MS,
             lambda: tallies.totals(asked("syndrome"), level=9)),
            ("all diseases, a year, by township", GOAL_YEAR_MS,
             lambda: tallies.totals(asked("case"), level=9)),
            ("one syndrome, a year, as of last week", GOAL_AS_OF_MS,
             lambda: tallies.totals(asked("syndrome", disease=syndrome, as_of=week), level=9)),
            ("one disease, a year, as of last week", GOAL_AS_OF_MS,
             lambda: tallies.totals(asked("case", disease=disease, as_of=week), level=9)),
            ("one syndrome, a year, as of half a year ago", GOAL_AS_OF_MS,
             lambda: tallies.totals(
                 asked("syndrome", disease=syndrome, as_of=NOW - timedelta(days=182)), level=9)),
            ("all channels' last eight weeks", GOAL_YEAR_MS,
             lambda: [tallies.totals(Asked(c, CITY, since=LAST - timedelta(days=55)))
                      for c in ("case", "syndrome", "pathogen")]),
            ("curve of one township, five years", GOAL_YEAR_MS,
             lambda: one_series(
                 key=SeriesKey(syndrome, "syndrome", fill.codes[5], "day"), as_of=NOW)),
            ("all series of a county for detection, five years", None,
             lambda: case_series(area=county, as_of=NOW, channel="case")),
        )  # fmt: skip
        print(f"{'':52}{'first ms':>9}{'median ms':>10}{'goal':>6}")
        missed = 0
        for words, goal, read in rows:
            first, median, _answer = timed(read)
            missed += goal is not None and median > goal
            print(f"{words:52}{first:9.0f}{median:10.0f}{goal or '':>6}")
        for name, channel in ((syndrome, "syndrome"), (disease, "case")):
            first, median, expected = timed(lambda n=name, c=channel: plainly(n, c, week))
            given = tallies.totals(asked(channel, disease=name, as_of=week), level=9)
            print(
                f"{'reference: sum of the entries of ' + name:52}{first:9.0f}{median:10.0f}"
                f"   {'same' if given == expected else 'DIFFERENT'}"
            )
            missed += given != expected
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))
