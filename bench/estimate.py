"""CPU seconds of the reproduction number, beside the reference where R and EpiEstim are here.

python -m bench.estimate [--series 100] [--days 200]
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from pingji.analysis.estimate import reproduction_number

# Best of two runs of EpiEstim 2.2-4 on the machine that made the stored figures, per point.
STORED_MICROSECONDS = 179.0
SI_MEAN, SI_SD, WINDOW = 5.0, 2.5, 7

REFERENCE = """
suppressMessages(library(EpiEstim))
counts <- as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE))
start <- 2:(nrow(counts) - %d); end <- start + %d
config <- suppressMessages(make_config(list(mean_si = %f, std_si = %f, t_start = start,
                                            t_end = end)))
before <- proc.time()
medians <- apply(counts, 2, function(x) suppressWarnings(suppressMessages(
  estimate_R(x, method = "parametric_si", config = config)$R[["Median(R)"]])))
cat((proc.time() - before)[["user.self"]], "\\n")
cat(medians[nrow(medians), ], "\\n")
"""


def epidemics(series: int, days: int, *, level: float, seed: int = 2013) -> np.ndarray:
    """Counts that wander around a level, shape (day, series)."""
    rng = np.random.default_rng(seed)
    log_mean = np.log(level) + np.cumsum(rng.normal(0, 0.05, (days, series)), axis=0)
    return rng.poisson(np.exp(log_mean)).astype(float)


def ours(counts: np.ndarray) -> tuple[float, np.ndarray]:
    """Best CPU seconds of five runs, and the last medians."""
    best = np.inf
    for _ in range(5):
        before = time.process_time()
        result = reproduction_number(counts, si_mean=SI_MEAN, si_sd=SI_SD, window=WINDOW)
        best = min(best, time.process_time() - before)
    return best, result.quantile(0.5)[-1]


def reference(counts: np.ndarray) -> tuple[float, np.ndarray] | None:
    """CPU seconds of the reference and its last medians; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.csv"
        np.savetxt(path, counts, delimiter=",", fmt="%d")
        script = REFERENCE % (WINDOW - 1, WINDOW - 1, SI_MEAN, SI_SD)
        done = subprocess.run(
            ["Rscript", "-e", script, str(path)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        return None
    seconds, medians = done.stdout.strip().splitlines()[-2:]
    return float(seconds), np.array(medians.split(), float)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--days", type=int, default=200)
    asked = parser.parse_args()
    reproduction_number(np.ones((20, 1)), si_mean=3.0, si_sd=1.0)  # imports are not timed
    points = asked.series * (asked.days - WINDOW)
    print(
        f"reproduction number with 7 quantiles, {asked.series} series x {asked.days - WINDOW}"
        f" windows, CPU per series and window"
    )
    print(
        f"{'cases a day':>12} {'Pingji us':>10} {'R us':>8} {'ratio':>7} {'ratio to stored':>16}"
        f" {'medians differ':>15}"
    )
    for level in (10, 100, 1000, 100_000):
        counts = epidemics(asked.series, asked.days, level=level)
        seconds, medians = ours(counts)
        mine = seconds / points * 1e6
        other = reference(counts)
        theirs = (
            f"{other[0] / points * 1e6:8.1f} {other[0] / seconds:6.0f}x"
            if other
            else (f"{'-':>8} {'-':>7}")
        )
        gap = f"{np.max(np.abs(medians / other[1] - 1)):15.1e}" if other else f"{'-':>15}"
        print(f"{level:12d} {mine:10.3f} {theirs} {STORED_MICROSECONDS / mine:15.0f}x {gap}")


if __name__ == "__main__":
    main()
