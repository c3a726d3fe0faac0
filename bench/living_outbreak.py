"""CPU seconds of an outbreak on people, beside covasim where it is here, in one run.

python -m bench.living_outbreak [--people 607338] [--days 180]

covasim is taken from this interpreter, or from the one that PINGJI_COVASIM_PYTHON names (a virtual
environment of its own: python -m venv X && X/bin/pip install covasim==4.0.1).
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time

import numpy as np

from bench.living import PEOPLE, SEED, county
from pingji.analysis.simulate.contacts import contacts_of
from pingji.analysis.simulate.interventions import Infect
from pingji.analysis.simulate.outbreak import Outbreak
from pingji.analysis.simulate.pathogen import known_pathogen
from pingji.analysis.simulate.population import Population

MOST_SECONDS, TIMES_FASTER = 15, 10
FIRST_CASES = 20
# covasim 4.0.1, hybrid layers, 100,000 people for 100 days, on a machine of two cores.
STORED_SECONDS, STORED_PERSON_DAYS = 9.6, 100_000 * 100

REFERENCE = """
import json, sys, time
import covasim as cv
people, days, first = map(int, sys.argv[1:])
before = time.process_time()
sim = cv.Sim(pop_size=people, n_days=days, pop_infected=first, pop_type="hybrid", rand_seed=1,
             verbose=0)
sim.initialize()
ready = time.process_time()
sim.run()
done = time.process_time()
print(json.dumps({"prepare": ready - before, "run": done - ready,
                  "infected": int(sim.results["cum_infections"].values[-1])}))
"""


def ours(population: Population, days: int) -> dict[str, float]:
    """CPU seconds to prepare and to run, and how many were infected."""
    before = time.process_time()
    contacts = contacts_of(population)
    outbreak = Outbreak(contacts, known_pathogen("covid_19"), seed=SEED)
    ready = time.process_time()
    first = np.linspace(0, len(population) - 1, FIRST_CASES).astype(int)
    for day in range(days):
        outbreak.step(day, [Infect(first)] if day == 0 else [])
    done = time.process_time()
    infected = len(outbreak.cases().person)
    return {"prepare": ready - before, "run": done - ready, "infected": infected}


def covasim(people: int, days: int) -> dict[str, float] | None:
    """The same of covasim; None where it is not here."""
    python = os.environ.get("PINGJI_COVASIM_PYTHON", "")
    if not python:
        if importlib.util.find_spec("covasim") is None:
            return None
        python = sys.executable
    arguments = [str(number) for number in (people, days, FIRST_CASES)]
    done = subprocess.run([python, "-c", REFERENCE, *arguments], capture_output=True, text=True)
    if done.returncode:
        print(f"covasim could not run:\n{done.stderr[-2000:]}")
        return None
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def told(name: str, figures: dict[str, float]) -> None:
    """Print one line."""
    print(
        f"{name:24} prepare {figures['prepare']:7.2f} s   run {figures['run']:7.2f} s   "
        f"infected {figures['infected']:>9,.0f}"
    )


def outbreak(people: int = PEOPLE, days: int = 180) -> None:
    """Measure, and print the comparison."""
    population = county(people)
    print(f"{people:,} people for {days} days, COVID-19 of 2020, CPU seconds of one core")
    first = ours(population, days)
    again = ours(population, days)
    told("pingji, first time", first)
    told("pingji", again)
    both = again["prepare"] + again["run"]
    print(f"{'':24} together {both:.2f} s (600,000 for 180 days to be at most {MOST_SECONDS})")
    other = covasim(people, days)
    if other is None:
        run = STORED_SECONDS * people * days / STORED_PERSON_DAYS
        print("covasim is not here: its stored figure, taken as growing with people and days")
        print(f"{'covasim 4.0.1, stored':24} together {run:.1f} s", end="")
        times = run / both
    else:
        # It lets people be infected again, and counts them again.
        told("covasim", other)
        print(f"{'':24} run alone {other['run'] / again['run']:.0f} times faster,", end="")
        times = (other["prepare"] + other["run"]) / both
    print(f" together {times:.0f} times faster (to be at least {TIMES_FASTER})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--days", type=int, default=180)
    given = parser.parse_args()
    outbreak(given.people, given.days)
