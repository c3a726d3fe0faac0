"""The living county: how fast its people and its past are made, and how like the real its past is.

python -m bench.living [residents] [load] [compare] [outbreak]
"""

import csv
import gzip
import os
import sys
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

from pingji.analysis.simulate.background import Background, background
from pingji.analysis.simulate.county import make_county
from pingji.analysis.simulate.demography import Demography
from pingji.analysis.simulate.likeness import Likeness, likeness
from pingji.analysis.simulate.population import Population

ROOT = Path(__file__).resolve().parents[1]
PEOPLE, TOWNSHIPS, VILLAGES = 607_338, 39, 7
# Ages of Youyang by the census of 2020; household size of the county beside it.
DEMOGRAPHY = Demography(broad_ages=(23.82, 55.57, 3.67, 16.94), mean_household=2.96)
YOUYANG = "500242"
SEED = 1
FIRST, DAYS = date(2022, 11, 1), 1096
# Series are compared with real ones of like level: mean counts a week.
LEVELS = ((0.0, 0.3), (0.3, 1.5), (1.5, 8.0), (8.0, 60.0))
FIGURES = ("dispersion", "autocorrelation", "seasonal", "zeros")


def county(people: int = PEOPLE) -> Population:
    """So many people, as many as Youyang's if not told, in its townships, of uneven size."""
    weights = np.random.default_rng(SEED).lognormal(0, 0.7, TOWNSHIPS)
    number = np.floor(weights / weights.sum() * people).astype(int)
    number[0] += people - number.sum()
    return make_county(number, [VILLAGES] * TOWNSHIPS, seed=SEED, demography=DEMOGRAPHY)


def residents() -> None:
    """CPU seconds for the people and for three years of surveillance."""
    before = time.process_time()
    made = county()
    people = time.process_time()
    past = background(made, first_day=FIRST, days=DAYS, seed=SEED)
    done = time.process_time()
    print(f"{len(made):,} residents in {made.households:,} households, {made.classes:,} classes,")
    print(f"{made.workplaces:,} places of work, {made.care_homes} care homes: ", end="")
    print(f"{people - before:.2f} s CPU (to be at most 20)")
    figures = sum(int((~np.isnan(part.count)).sum()) for part in past.figures)
    print(
        f"{DAYS} days of surveillance: {len(past.cases.onset):,} cases, {figures:,} figures: ",
        end="",
    )
    print(f"{done - people:.2f} s CPU")


def reference() -> Path | None:
    """Where the real series lie, or None."""
    folder = Path(os.environ.get("PINGJI_REFERENCE_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "detection" / "series" / "series.csv.gz"
    return file if file.exists() else None


def real_series(file: Path) -> dict[str, Likeness]:
    """Likeness of every real weekly series."""
    with (file.parent / "catalog.csv").open(encoding="utf-8") as lines:
        weekly = {row["series"] for row in csv.DictReader(lines) if row["freq"] == "52"}
    counts: dict[str, list[float]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["series"] in weekly:
                counts[row["series"]].append(float(row["count"]))
    return {name: likeness(series) for name, series in counts.items() if any(series)}


def invented_series(past: Background) -> dict[str, Likeness]:
    """Likeness of every disease's weekly cases, of the county and of its five largest townships."""
    weeks = past.days // 7
    found = {}
    towns = np.argsort(-np.bincount(past.township))[:5]
    for series in past.watched:
        if series.kind != "cases":
            continue
        daily = past.daily_cases(series.code, by_report=True)[: weeks * 7]
        weekly = daily.reshape(weeks, 7, -1).sum(axis=1)
        found[series.code] = likeness(weekly.sum(axis=1))
        for town in towns:
            found[f"{series.code}, township {town + 1}"] = likeness(weekly[:, town])
    return found


def of_level(series: dict[str, Likeness], low: float, high: float) -> list[Likeness]:
    """Those whose mean lies in a range."""
    return [one for one in series.values() if low < one.mean <= high]


def spread(series: list[Likeness], figure: str) -> tuple[float, float, float]:
    """Median, tenth and ninetieth percentile of a figure; NaN where nothing is to compare."""
    values = np.array([getattr(one, figure) for one in series], float)
    values = values[~np.isnan(values)]
    if not len(values):
        return (float("nan"),) * 3
    return tuple(np.percentile(values, [50, 10, 90]))


def compare() -> None:
    """Autocorrelation, dispersion and share of zeros, invented beside real."""
    file = reference()
    past = background(county(), first_day=FIRST, days=DAYS, seed=SEED)
    invented = invented_series(past)
    real = real_series(file) if file else {}
    if not file:
        print("no real series here (PINGJI_REFERENCE_DATA): the invented ones alone")
    print("weekly counts: median (tenth to ninetieth percentile)")
    print(f"{'mean a week':>12} {'':9}{'series':>7}" + "".join(f"{name:>25}" for name in FIGURES))
    for low, high in LEVELS:
        for who, series in (("real", real), ("invented", invented)):
            chosen = of_level(series, low, high)
            cells = [spread(chosen, figure) for figure in FIGURES]
            words = "".join(f"{f'{m:.2f} ({a:.2f} to {b:.2f})':>25}" for m, a, b in cells)
            print(f"{f'{low:g}-{high:g}':>12} {who:9}{len(chosen):>7}{words}")
    print("\neach disease of the county beside the real series of the nearest mean")
    print(f"{'':38}{'mean':>8}" + "".join(f"{name:>17}" for name in FIGURES))
    for name, one in invented.items():
        if "township" in name:
            continue
        near = min(real, key=lambda other: abs(np.log(real[other].mean / one.mean)), default=None)
        for title, shown in ((name, one), (f"  {near}", real.get(near or ""))):
            if shown:
                cells = "".join(f"{getattr(shown, figure):>17.2f}" for figure in FIGURES)
                print(f"{title:38}{shown.mean:>8.2f}{cells}")


def database_cpu() -> float:
    """CPU seconds of the database's process behind our connection; NaN where nobody tells."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return float("nan")
    used = stat.read_text("ascii").rsplit(")", 1)[1].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def load() -> None:
    """Seconds until the residents are in the register of a fresh database, keys and indexes too."""
    from bench.city import city

    with city():
        from django.utils import timezone

        from pingji.ground.directory import actions
        from pingji.ground.directory.models import Resident, User

        now = timezone.now()
        actions.load_areas(at=now)
        administrator = User.objects.system()
        administrator.area_id = YOUYANG
        wall, cpu, database = time.perf_counter(), time.process_time(), database_cpu()
        actions.settle_county(county_code=YOUYANG, seed=SEED, by=administrator, at=now)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        database = database_cpu() - database
        print(
            f"{Resident.objects.count():,} residents registered, identity numbers sealed: ", end=""
        )
        print(
            f"{wall:.1f} s by the clock (to be at most 60), {cpu:.1f} s CPU of this process, ",
            end="",
        )
        print(f"{database:.1f} s of the database")


def outbreak() -> None:
    """An outbreak on these people, beside covasim."""
    from bench.living_outbreak import outbreak as measured

    measured()


PARTS = {"residents": residents, "load": load, "compare": compare, "outbreak": outbreak}


def main(names: list[str]) -> int:
    """Run the parts named, or all."""
    for name in names or PARTS:
        print(f"-- {name}", flush=True)
        PARTS[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
