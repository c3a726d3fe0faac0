"""CPU seconds of the detectors without a regression, beside R's surveillance where it is here.

python -m bench.simple_detectors [--series 100] [--county 3000]

First the series and time points of the stored figures, then a year of days over a county.
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
from pingji.analysis.detect.result import Detection

DAYS, WEEKS, WEEKS_BEFORE = 365, 52, 108
RUNS = 9

REFERENCE = """
suppressMessages(library(surveillance))
folder <- commandArgs(TRUE)[1]
days <- as.matrix(read.csv(file.path(folder, "days.csv"), header = FALSE))
weeks <- as.matrix(read.csv(file.path(folder, "weeks.csv"), header = FALSE))
last <- (nrow(weeks) - %(weeks)d + 1):nrow(weeks)
daily <- sts(observed = days, frequency = 365)
weekly <- apply(weeks, 2, function(x) create.disProg(week = seq_along(x), observed = x,
  state = rep(0, length(x)), freq = 52, start = c(2001, 1)))
each <- function(f) sum(sapply(weekly, function(d) sum(f(d)$alarm)))
runs <- list(
  ears_c1 = function() sum(earsC(daily, list(method = "C1"))@alarm, na.rm = TRUE),
  ears_c2 = function() sum(earsC(daily, list(method = "C2"))@alarm, na.rm = TRUE),
  ears_c3 = function() sum(earsC(daily, list(method = "C3"))@alarm, na.rm = TRUE),
  cusum = function() each(function(d) algo.cusum(d, list(range = last))),
  cusum_glm = function() each(function(d) algo.cusum(d, list(range = last, m = "glm",
                                                             trans = "rossi"))),
  rki_3 = function() each(function(d) algo.rki3(d, list(range = last))),
  bayes_3 = function() each(function(d) algo.bayes3(d, list(range = last))))
for (name in names(runs)) {
  best <- Inf
  for (k in 1:2) {
    gc(FALSE)
    times <- system.time(alarms <- runs[[name]]())
    best <- min(best, times[["user.self"]] + times[["sys.self"]])
  }
  cat("figure", name, best, alarms, "\\n")
}
"""


@dataclass(frozen=True)
class Task:
    """One detector on the input of a stored figure.

    Attributes:
        run: The detector as it is meant to be used.
        compat: The detector set to give the reference's alarms.
        points: Points judged.
        stored: CPU microseconds of the reference per point, best of two, from another machine.
        goal: Times faster that it has to be; 0 where none is set.
    """

    run: Callable[[], Detection]
    compat: Callable[[], Detection]
    points: int
    stored: float
    goal: int


def tasks(days: np.ndarray, weeks: np.ndarray) -> dict[str, Task]:
    """The detectors whose reference has a stored figure."""
    last = {"judge": slice(-WEEKS, None)}
    glm = {"m": "glm", "transformation": "rossi", **last}

    def same(run: Callable[[], Detection], points: int, stored: float, goal: int) -> Task:
        return Task(run, run, points, stored, goal)

    return {
        "ears_c1": same(lambda: detect.ears_c1(days), days.size, 17.2, 200),
        "ears_c2": same(lambda: detect.ears_c2(days), days.size, 17.9, 200),
        "ears_c3": Task(
            lambda: detect.ears_c3(days),
            lambda: detect.ears_c3(days, compat=True),
            days.size,
            26.7,
            200,
        ),
        "cusum": same(lambda: detect.cusum(weeks, **last), weeks[-WEEKS:].size, 1.4, 50),
        "cusum_glm": same(lambda: detect.cusum(weeks, **glm), weeks[-WEEKS:].size, 51, 0),
        "rki_3": same(lambda: detect.rki_3(weeks, **last), weeks[-WEEKS:].size, 17, 0),
        "bayes_3": same(lambda: detect.bayes_3(weeks, **last), weeks[-WEEKS:].size, 8.7, 0),
    }


def cpu(run: Callable[[], Detection], runs: int = RUNS) -> float:
    """Best CPU seconds of some runs, after one that is not counted."""
    run()
    best = np.inf
    for _ in range(runs):
        before = time.process_time()
        run()
        best = min(best, time.process_time() - before)
    return best


def reference(days: np.ndarray, weeks: np.ndarray) -> dict[str, tuple[float, int]]:
    """CPU seconds and number of alarms of the reference; empty where it is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "days.csv", days, delimiter=",", fmt="%d")
        np.savetxt(Path(folder) / "weeks.csv", weeks, delimiter=",", fmt="%d")
        done = subprocess.run(
            ["Rscript", "-e", REFERENCE % {"weeks": WEEKS}, folder],
            capture_output=True,
            text=True,
            check=False,
        )
    figures = [line.split() for line in done.stdout.splitlines() if line.startswith("figure")]
    return {name: (float(seconds), int(alarms)) for _, name, seconds, alarms in figures}


def print_ratios(series: int) -> None:
    """Times per point and how many times faster they are."""
    rng = np.random.default_rng(2013)
    days = rng.poisson(5, (DAYS, series)).astype(float)
    weeks = rng.poisson(5, (WEEKS_BEFORE + WEEKS, series)).astype(float)
    theirs = reference(days, weeks)
    print(f"{series} series, CPU microseconds per series and time point")
    print(
        f"{'':10} {'Pingji':>8} {'R here':>8} {'ratio':>7} {'stored':>7} {'ratio':>7} goal  alarms"
    )
    for name, task in tasks(days, weeks).items():
        mine = cpu(task.run) / task.points * 1e6
        alarms = int(task.compat().alarm.sum())
        if name in theirs:
            here = theirs[name][0] / task.points * 1e6
            beside = f"{here:8.1f} {here / mine:6.0f}x"
            agree = f"{alarms} = {theirs[name][1]}" if alarms == theirs[name][1] else "DIFFER"
        else:
            beside, agree = f"{'-':>8} {'-':>7}", f"{alarms}"
        goal = f"{task.goal}x" if task.goal else "-"
        print(f"{name:10} {mine:8.4f} {beside} {task.stored:7.1f} {task.stored / mine:6.0f}x"
              f" {goal:>5} {agree}")  # fmt: skip


def print_county(series: int) -> None:
    """A year of daily detection: what a county would recompute after a change of settings."""
    rng = np.random.default_rng(2013)
    years = 6
    dates = np.datetime64("2019-01-01") + np.arange(DAYS * years + 20)
    counts = rng.poisson(0.7, (len(dates), series)).astype(float)
    year = {"judge": slice(-DAYS, None)}
    runs: dict[str, Callable[[np.ndarray], Detection]] = {
        "moving_percentile": lambda x: detect.moving_percentile(
            x, dates=dates, period="day", **year
        ),
        "ears_c1": lambda x: detect.ears_c1(x, **year),
        "ears_c2": lambda x: detect.ears_c2(x, **year),
        "ears_c3": lambda x: detect.ears_c3(x, **year),
        "shewhart": lambda x: detect.shewhart(x, **year),
        "ewma": lambda x: detect.ewma(x[-2 * DAYS :], **year),
        "regression_switch": lambda x: detect.regression_switch(x[-2 * DAYS :], **year),
        "cusum": lambda x: detect.cusum(x, period="day", **year),
        "rki_3": lambda x: detect.rki_3(x, period="day", **year),
        "bayes_3": lambda x: detect.bayes_3(x, period="day", **year),
        "outbreak_p": lambda x: detect.outbreak_p(x[-DAYS:]),
    }
    print(f"\n{DAYS} days judged, {years - 1} years of days before; CPU seconds")
    print(f"{'':18} {series // 2:>6} series {series:>6} series")
    for name, run in runs.items():
        half = cpu(lambda run=run: run(counts[:, : series // 2]), 1)
        whole = cpu(lambda run=run: run(counts), 1)
        print(f"{name:18} {half:13.2f} {whole:13.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"largest memory {peak:.2f} GB, of which the counts are {counts.nbytes / 1e9:.2f} GB")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--county", type=int, default=3000)
    asked = parser.parse_args()
    print_ratios(asked.series)
    print_county(asked.county)


if __name__ == "__main__":
    main()
