"""How well the detectors warn: on the published simulation, and on real known outbreaks.

    python -m bench.warning_quality --replicates 100 --seed 2013 [--methods recommended "ears C2"]

Figures are pooled over all series. FPR: share of the weeks outside outbreaks that alarm; POD: share
of outbreaks with an alarm between start and end; delay: weeks to the first alarm, the whole length
where there was none; judged: share of weeks that the method could judge. "At equal FPR" takes each
method's own evidence and moves the limit.
"""

import argparse
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from bench import known_outbreaks, noufaily
from bench.detectors import Entry, chosen
from bench.measures import Measures, Truth, matched, measure
from pingji.analysis.detect.result import Note

COLUMNS = ("FPR", "POD", "POD wk 1", "sens.", "spec.", "PPV", "F1", "delay")
EQUAL_RATES = (0.005, 0.01, 0.02, 0.05)
SIMULATION_YEARS = 5


def line(name: str, found: Measures, *more: str) -> str:
    """One line of a table."""
    rates = (found.pod, found.pod_first, found.sensitivity, found.specificity, found.ppv, found.f1)
    cells = [f"{found.fpr:.4f}", *(f"{rate:.3f}" for rate in rates), f"{found.delay:.2f}", *more]
    return f"| {name:<34} | " + " | ".join(cells) + " |"


def header(*columns: str) -> str:
    """Head of a table."""
    return f"| {'detector':<34} | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns)


def show(
    counts: np.ndarray, judge: slice, truth: Truth, entries: list[Entry], *, years: int
) -> None:
    """Run the detectors and print their table, then that at equal false-positive rates."""
    print(header(*COLUMNS, "signals/outbreak", "judged", "CPU us/point"))
    ranked = []
    for entry in entries:
        begun = time.process_time()
        found = entry.run(counts, judge, years)
        spent = (time.process_time() - begun) / truth.outbreak.size * 1e6
        able = np.isin(found.note[judge], (Note.JUDGED, Note.TOO_FEW_CASES)).mean()
        result = measure(found.alarm[judge], truth)
        print(
            line(entry.name, result, f"{result.signals:.2f}", f"{able:.0%}", f"{spent:.1f}"),
            flush=True,
        )
        if entry.evidence:
            ranked.append((entry.name, entry.evidence(found)[judge]))
    print("\nAt equal FPR: POD / POD wk 1 / F1 / delay")
    print(header(*(f"FPR {rate:.1%}" for rate in EQUAL_RATES)))
    for name, evidence in ranked:
        cells = []
        for rate in EQUAL_RATES:
            m = measure(matched(evidence, truth, rate), truth)
            cells.append(f"{m.pod:.3f} / {m.pod_first:.3f} / {m.f1:.3f} / {m.delay:.2f}")
        print(f"| {name:<34} | " + " | ".join(cells) + " |", flush=True)


def oracle(simulation: noufaily.Simulation) -> np.ndarray:
    """Evidence of one who knows mean and dispersion: -P(Y >= y) of each week by itself."""
    from pingji.analysis.detect.recommended.evidence import at_least

    week = noufaily.CURRENT
    mean = simulation.mean[week]
    return -at_least(simulation.counts[week], mean, np.broadcast_to(simulation.phi, mean.shape))


def simulated(replicates: int, seed: int, entries: list[Entry]) -> None:
    """Print the tables of the simulation."""
    print(f"\n## Simulation: 42 scenarios x {replicates} replicates, seed {seed}, last 49 weeks\n")
    simulation = noufaily.simulate(replicates, seed)
    week = noufaily.CURRENT
    truth = Truth(simulation.outbreak[week], simulation.first[week], ~simulation.outbreak[week])
    show(simulation.counts, week, truth, entries, years=SIMULATION_YEARS)
    best = measure(matched(oracle(simulation), truth, 0.01), truth)
    print("\nKnowing the true mean and dispersion, single week, at 1 %:")
    print(header(*COLUMNS))
    print(line("oracle", best))


def real(entries: list[Entry]) -> None:
    """Print the tables of the real series with known outbreaks."""
    print("\n## Real weekly series with known outbreaks\n")
    folder = known_outbreaks.reference_data()
    if folder is None:
        print("left out: no reference data; set PINGJI_REFERENCE_DATA to their folder")
        return
    names, counts, judge, truth = known_outbreaks.load(folder)
    print(
        f"{', '.join(names)}. Each half of a series is judged with the other half as its history:\n"
        f"{truth.first.sum()} outbreaks of {truth.outbreak.sum()} weeks in all, "
        f"{truth.calm.sum()} calm weeks.\n"
    )
    show(counts, judge, truth, entries, years=known_outbreaks.BASELINE_YEARS)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2013)
    parser.add_argument("--methods", nargs="*", metavar="WORD", help="part of a detector's name")
    parser.add_argument("--only", choices=("simulation", "real"), help="one of the two parts")
    options = parser.parse_args(arguments)
    entries = chosen(options.methods)
    if options.only != "real":
        simulated(options.replicates, options.seed, entries)
    if options.only != "simulation":
        real(entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
