"""CPU seconds of the Farrington and CDC methods, beside R's surveillance where it is installed.

python -m bench.farrington [--series 100] [--reference 20] [--country 100000]

First the size of the stored figures, then the cost of more and more series, then the memory of a
week's run over a whole country.
"""

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pingji.analysis import detect
from pingji.analysis.detect.blocks import in_blocks
from pingji.analysis.detect.result import Detection

HISTORY, WEEKS = 572, 52
RUNS = 5
NOUFAILY = {
    "periods": 10,
    "past_weeks_not_included": 26,
    "p_threshold_trend": 1,
    "alpha": 0.01,
}

REFERENCE = """
suppressMessages(library(surveillance))
folder <- commandArgs(TRUE)[1]
counts <- as.matrix(read.csv(file.path(folder, "counts.csv"), header = FALSE))
last <- (nrow(counts) - %(weeks)d + 1):nrow(counts)
noufaily <- list(range = last, noPeriods = 10, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                 alpha = 0.01, glmWarnings = FALSE)
each <- function(f) {
  sapply(seq_len(ncol(counts)), function(s)
    f(create.disProg(week = seq_len(nrow(counts)), observed = counts[, s],
                     state = rep(0, nrow(counts)), freq = 52, start = c(2001, 1)))$upperbound)
}
flexible <- function(control) upperbound(farringtonFlexible(sts(counts, frequency = 52), control))
runs <- list(
  nb_plugin = function() flexible(c(noufaily, thresholdMethod = "nbPlugin")),
  muan = function() flexible(c(noufaily, thresholdMethod = "muan")),
  defaults = function() flexible(list(range = last, glmWarnings = FALSE)),
  original = function() each(function(d) algo.farrington(d, list(range = last))),
  cdc = function() each(function(d) algo.cdc(d, list(range = last))))
for (name in names(runs)) {
  gc(FALSE)
  times <- system.time(bounds <- suppressWarnings(runs[[name]]()))
  cat("figure", name, times[["user.self"]] + times[["sys.self"]], "\\n")
  write.table(bounds, file.path(folder, paste0(name, ".csv")), sep = ",", col.names = FALSE,
              row.names = FALSE)
}
"""


@dataclass(frozen=True)
class Task:
    """One method on the input of a stored figure.

    Attributes:
        run: The method as it is meant to be used.
        compat: The method set to give the reference's bounds.
        stored: CPU microseconds of the reference per point, best of two, from another machine.
        goal: Times faster that it has to be; 0 where none is set.
    """

    run: Callable[[], Detection]
    compat: Callable[[], Detection]
    stored: float
    goal: int


def synthetic(series: int, weeks: int, seed: int = 2013) -> np.ndarray:
    """Seasonal, overdispersed weekly counts of all sizes, some with a trend and past outbreaks."""
    rng = np.random.default_rng(seed)
    t = np.arange(weeks)[:, None]
    level, swing = rng.uniform(-1, 5, series), rng.uniform(0, 0.8, series)
    trend, phi = rng.choice([0.0, 0.001], series), rng.uniform(1.05, 4, series)
    mean = np.exp(level + trend * t + swing * np.cos(2 * np.pi * t / 52))
    counts = rng.negative_binomial(mean / (phi - 1), 1 / phi)
    for _ in range(3):
        counts[rng.integers(weeks - WEEKS, size=series), np.arange(series)] += rng.poisson(
            4 * np.sqrt(phi * np.exp(level))
        )
    return counts.astype(float)


def tasks(counts: np.ndarray) -> dict[str, Task]:
    """The methods whose reference has a stored figure."""
    last = {"judge": slice(-WEEKS, None)}
    compat = {"standard_errors": "compat", "empty_baseline": "compat", **last}

    def flexible(**options: object) -> Callable[[], Detection]:
        return lambda: detect.farrington_flexible(counts, **options)

    nb, muan = NOUFAILY | {"threshold": "nb_plugin"}, NOUFAILY | {"threshold": "muan"}
    original = {"empty_baseline": "compat", **last}
    return {
        "nb_plugin": Task(flexible(**nb, **last), flexible(**nb, **compat), 9860, 350),
        "muan": Task(flexible(**muan, **last), flexible(**muan, **compat), 10500, 0),
        "defaults": Task(flexible(**last), flexible(**compat), 7490, 600),
        "original": Task(
            lambda: detect.farrington(counts, **last),
            lambda: detect.farrington(counts, **original),
            3810,
            200,
        ),
        "cdc": Task(
            lambda: detect.cdc(counts, **last), lambda: detect.cdc(counts, **last), 358, 200
        ),
    }


def cpu(run: Callable[[], object], runs: int = RUNS) -> float:
    """Best CPU seconds of some runs, after one that is not counted (it may compile)."""
    run()
    best = np.inf
    for _ in range(runs):
        before = time.process_time()
        run()
        best = min(best, time.process_time() - before)
    return best


def reference(counts: np.ndarray) -> dict[str, tuple[float, np.ndarray]]:
    """CPU seconds and bounds of the reference; empty where it is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "counts.csv", counts, delimiter=",", fmt="%d")
        done = subprocess.run(
            ["Rscript", "-e", REFERENCE % {"weeks": WEEKS}, folder],
            capture_output=True,
            text=True,
            check=False,
        )
        figures = [line.split() for line in done.stdout.splitlines() if line.startswith("figure")]
        return {
            name: (
                float(seconds),
                np.genfromtxt(
                    Path(folder) / f"{name}.csv", delimiter=",", missing_values="NA"
                ).reshape(WEEKS, -1),
            )
            for _, name, seconds in figures
        }


def equal_bounds(task: Task, theirs: np.ndarray) -> str:
    """How many bounds of the reference are the same here; a bound of 0 there may be "not judged"."""
    ours = task.compat().upper_bound[-WEEKS:, : theirs.shape[1]]
    same = np.isclose(ours, theirs, rtol=1e-6, atol=1e-9)
    silent = np.isnan(ours) & (np.isnan(theirs) | (theirs == 0))
    return f"{int((same | silent).sum())} of {theirs.size} bounds equal"


def print_ratios(series: int, reference_series: int) -> None:
    """Times per point and how many times faster they are."""
    counts = synthetic(series, HISTORY + WEEKS)
    theirs = reference(counts[:, :reference_series])
    print(f"{series} series x {WEEKS} weeks, CPU microseconds per series and week")
    print(f"{'':10} {'Pingji':>8} {'R here':>8} {'ratio':>7} {'stored':>7} {'ratio':>7} goal")
    for name, task in tasks(counts).items():
        mine = cpu(task.run) / (series * WEEKS) * 1e6
        beside, agree = f"{'-':>8} {'-':>7}", ""
        if name in theirs:
            seconds, bounds = theirs[name]
            here = seconds / bounds.size * 1e6
            beside, agree = f"{here:8.0f} {here / mine:6.0f}x", equal_bounds(task, bounds)
        goal = f"{task.goal}x" if task.goal else "-"
        print(
            f"{name:10} {mine:8.3f} {beside} {task.stored:7.0f} {task.stored / mine:6.0f}x"
            f" {goal:>5} {agree}"
        )


def print_growth() -> None:
    """Cost of ten times and a hundred times as many series."""
    print("\nnb_plugin, last week judged, CPU microseconds per series")
    for series in (100, 1000, 10_000):
        counts = synthetic(series, HISTORY)
        options = NOUFAILY | {"threshold": "nb_plugin", "judge": slice(-1, None)}
        seconds = cpu(lambda c=counts, o=options: detect.farrington_flexible(c, **o), runs=3)
        print(f"{series:7} series: {seconds / series * 1e6:6.1f}")


def print_memory(series: int) -> None:
    """Peak memory of one week's run over a country of 520 weeks."""
    counts = np.concatenate(
        [synthetic(min(1000, series), 520).astype(np.uint16)] * -(-series // 1000), axis=1
    )[:, :series]
    before = time.process_time()
    alarms = sum(
        int(found.alarm.sum())
        for _, found in in_blocks(
            detect.farrington_flexible, counts, threshold="nb_plugin", judge=slice(-1, None),
            **NOUFAILY,
        )
    )  # fmt: skip
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{series} series x 520 weeks, last week judged: {seconds:.1f} s CPU, {alarms} alarms,"
        f" peak memory {peak:.0f} MB"
    )


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100, help="series timed here")
    parser.add_argument("--reference", type=int, default=20, help="of these, series timed in R")
    parser.add_argument("--country", type=int, default=100_000, help="series of the memory figure")
    chosen = parser.parse_args()
    print_ratios(chosen.series, min(chosen.series, chosen.reference))
    print_growth()
    print_memory(chosen.country)


if __name__ == "__main__":
    main()
