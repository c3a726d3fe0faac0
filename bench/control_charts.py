"""CPU seconds of the control charts, the scan and the delay-aware detector, beside R where it is.

python -m bench.control_charts [--series 100] [--reference 10]

R's surveillance runs on the first series only, as many as `--reference`; bounds and statistics of
those are compared too. Without R the stored figure is shown.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pingji.analysis import detect

TRAINING, WEEKS = 104, 52
RUNS = 5
EVENTS = 300
# Best of two runs on the machine that made the stored figures, in microseconds per point.
STORED = {"GLR, Poisson": 108.0}

REFERENCE = """
suppressMessages(library(surveillance))
folder <- commandArgs(TRUE)[1]
y <- as.matrix(read.csv(file.path(folder, "counts.csv"), header = FALSE))
events <- as.matrix(read.csv(file.path(folder, "events.csv"), header = FALSE))
range <- (nrow(y) - %(weeks)d + 1):nrow(y)
series <- lapply(seq_len(ncol(y)), function(i)
  create.disProg(week = 1:nrow(y), observed = y[, i], state = 0 * y[, i], freq = 52))
timed <- function(name, run) {
  before <- proc.time()
  value <- suppressWarnings(suppressMessages(run()))
  cat(name, (proc.time() - before)[["user.self"]], value, sep = "\\t")
  cat("\\n")
}
chart <- function(...) sapply(series, function(s)
  algo.glrnb(s, list(range = range, c.ARL = 5, mu0 = list(S = 1, trend = FALSE), dir = "inc",
                     ...))$upperbound)
last <- function(m) m[nrow(m), ]
timed("GLR, Poisson", function() last(chart(alpha = 0, ret = "value")))
timed("GLR, Poisson, cases", function() last(chart(alpha = 0, ret = "cases")))
timed("GLR, negative binomial", function() last(chart(alpha = 0.2, ret = "value")))
timed("GLR, dispersion estimated", function() last(chart(alpha = NULL, ret = "value")))
timed("LR, theta given", function() last(chart(alpha = 0, theta = log(2), ret = "value")))
timed("run length", function() sapply(seq(2, 12, 0.5), function(h) arlCusum(h, 1.7, 1.2)$ARL))
timed("live clusters", function() rev(stcd(events[, 2], events[, 3], events[, 1], radius = 10,
  epsilon = 0.2, areaA = 1, areaAcapBk = 1, threshold = 1e9)$R)[1])
long <- as.matrix(read.csv(file.path(folder, "long.csv"), header = FALSE))
timed("delay-aware model", function() sapply(seq_len(ncol(long)), function(i) {
  s <- sts(long[, i], start = c(2001, 1), frequency = 52)
  r <- bodaDelay(s, list(range = nrow(long) - 0:4, b = 4, w = 3, mc.munu = 1000,
    pastAberrations = FALSE, alpha = 0.01, trend = FALSE, limit54 = c(0, 50),
    inferenceMethod = "asym", quantileMethod = "MM", noPeriods = 10, pastWeeksNotIncluded = 26,
    delay = FALSE))
  upperbound(r)[1]
}))
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the table.

    Attributes:
        name: Name, as the reference prints it.
        run: Works on so many series: this is timed.
        figures: The figures compared with the reference, one per series.
        points: Series x time points worked on, for so many series.
        tolerance: Largest relative difference taken as the same.
    """

    name: str
    run: Callable[[int], object]
    figures: Callable[[int], np.ndarray]
    points: Callable[[int], int]
    tolerance: float = 1e-6


@dataclass(frozen=True, slots=True)
class Data:
    """Simulated input.

    Attributes:
        counts: Counts for the charts, shape (week, series).
        long: Counts with five years of history, shape (week, series).
        events: Time and place of point events, shape (event, 3).
    """

    counts: np.ndarray
    long: np.ndarray
    events: np.ndarray


def simulate(series: int, seed: int = 2013) -> Data:
    """Seasonal negative binomial counts, and point events without cluster."""
    rng = np.random.default_rng(seed)
    week = np.arange(300)[:, None]
    mean = np.exp(1.5 + 0.5 * np.sin(2 * np.pi * week / 52) + rng.normal(0, 0.5, series))
    counts = rng.negative_binomial(5.0, 5.0 / (5.0 + mean)).astype(float)
    events = np.column_stack(
        [np.cumsum(rng.exponential(1, EVENTS)), rng.uniform(0, 100, (EVENTS, 2))]
    )
    return Data(counts[: TRAINING + WEEKS], counts, np.round(events, 6))


def tasks(data: Data) -> list[Task]:
    """What is timed; the charts by their definition, compared as the reference does them."""

    def weeks(series: int) -> int:
        return WEEKS * series

    def chart(name: str, **options: object) -> Task:
        def run(series: int) -> object:
            return detect.glr(data.counts[:, :series], **options)

        def figures(series: int) -> np.ndarray:
            found = detect.glr(data.counts[:, :series], compat=True, **options)
            wanted = found.extra["cases"] if options.get("ret") == "cases" else found.score
            return wanted[-1]

        return Task(name, run, figures, weeks)

    def delay_aware(series: int) -> np.ndarray:
        options = {"b": 4, "periods": 10, "past_weeks_not_included": 26, "limit54": (0, 50)}
        found = detect.boda(
            data.long[:, :series], trend=False, alpha=0.01, judge=slice(-5, None), **options
        )
        return found.upper_bound[-1]

    def run_lengths(_: int) -> np.ndarray:
        return np.array([detect.poisson_cusum_arl(h, 1.7, 1.2)[0] for h in np.arange(2, 12.5, 0.5)])

    def clusters(_: int) -> np.ndarray:
        events = data.events
        return detect.stcd(events[:, 0], events[:, 1:], radius=10, threshold=1e9).score[-1:]

    return [
        chart("GLR, Poisson"),
        chart("GLR, Poisson, cases", ret="cases"),
        chart("GLR, negative binomial", alpha=0.2),
        chart("GLR, dispersion estimated", alpha=None),
        chart("LR, theta given", theta=float(np.log(2))),
        Task("run length", run_lengths, run_lengths, lambda _: 21),
        Task("live clusters", clusters, clusters, lambda _: EVENTS),
        # The reference samples, here it is integrated: the bounds differ by a few cases.
        Task("delay-aware model", delay_aware, delay_aware, lambda series: 5 * series, 0.1),
    ]


def best_of_runs(task: Task, series: int) -> float:
    """Least CPU seconds of some runs, after one that compiles."""
    task.run(series)
    best = np.inf
    for _ in range(RUNS):
        before = time.process_time()
        task.run(series)
        best = min(best, time.process_time() - before)
    return best


def reference(data: Data, series: int) -> dict[str, tuple[float, np.ndarray]]:
    """CPU seconds and figures of R's surveillance by task; empty where it is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, table in (
            ("counts", data.counts[:, :series]),
            ("long", data.long[:, :series]),
            ("events", data.events),
        ):
            np.savetxt(Path(folder) / f"{name}.csv", table, delimiter=",", fmt="%.10g")
        command = ["Rscript", "-e", REFERENCE % {"weeks": WEEKS}, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {}
    for line in done.stdout.splitlines():
        name, seconds, *figures = line.split("\t")
        found[name] = float(seconds), np.array([float(f) for f in figures])
    return found


def line(task: Task, data: Data, series: int, theirs: dict[str, tuple[float, np.ndarray]]) -> str:
    """One line of the table."""
    ours = best_of_runs(task, series) / task.points(series) * 1e6
    if task.name not in theirs:
        stored = STORED.get(task.name)
        ratio = f"{stored:10.1f} {stored / ours:8.0f} x  stored figure" if stored else ""
        return f"{task.name:26s} {ours:10.3f} {ratio}"
    cpu, expected = theirs[task.name]
    number = len(expected)
    reference_cost = cpu / task.points(number) * 1e6
    gap = np.abs(task.figures(number) - expected) / np.maximum(np.abs(expected), 1.0)
    same = f"{int((gap <= task.tolerance).sum())} of {number} figures agree"
    ratio = f"{reference_cost / ours:8.0f} x" if cpu > 0 else "         "
    return f"{task.name:26s} {ours:10.3f} {reference_cost:10.1f} {ratio}  {same}"


def scan_seconds(areas: int, days: int) -> tuple[float, float]:
    """CPU seconds of a prospective scan with 999 permutations, and the cases scanned."""
    rng = np.random.default_rng(1)
    where = rng.uniform(0, 100, (areas, 2))
    counts = rng.poisson(rng.gamma(1, 0.4, areas), (days, areas)).astype(float)
    best = np.inf
    for _ in range(2):
        before = time.process_time()
        detect.scan(counts, where, seed=1, max_length=14, max_radius=30)
        best = min(best, time.process_time() - before)
    return best, counts.sum()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--reference", type=int, default=10)
    asked = parser.parse_args()
    data = simulate(max(asked.series, asked.reference))
    theirs = reference(data, asked.reference)
    print(f"{asked.series} series; CPU microseconds per series and time point (or per figure)")
    print(f"{'':26s} {'pingji':>10s} {'R':>10s} {'ratio':>10s}")
    for task in tasks(data):
        print(line(task, data, asked.series, theirs))
    for areas, days in ((20, 60), (100, 90), (300, 90)):
        seconds, cases = scan_seconds(areas, days)
        print(
            f"scan, {areas} areas x {days} days, {cases:.0f} cases, 999 permutations: {seconds:.2f} s"
        )


if __name__ == "__main__":
    main()
