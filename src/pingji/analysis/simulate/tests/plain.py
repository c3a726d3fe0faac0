"""Small worlds in which theory knows what an outbreak comes to."""

from dataclasses import replace

import numpy as np

from pingji.analysis.simulate.contacts import Layer, made_of
from pingji.analysis.simulate.interventions import Infect, Vaccinate, Vaccine
from pingji.analysis.simulate.outbreak import Outbreak
from pingji.analysis.simulate.pathogen import ByAge, known_pathogen


def same(value):
    return ByAge((0,), (value,))


def plain_pathogen(**changes):
    """Influenza's days, but everybody alike, susceptible and with mild symptoms."""
    alike = {
        "dispersion": float("inf"),
        "susceptibility": same(1.0),
        "symptomatic": same(1.0),
        "admitted": same(0.0),
        "critical": same(0.0),
        "died": same(0.0),
    }
    return replace(known_pathogen("influenza"), **(alike | changes))


def one_crowd(people, *, area=None):
    """People who all meet each other alike."""
    everybody = Layer("community", np.zeros(people, int), 10.0, 1.0, by_area=True)
    return made_of([everybody], age=np.full(people, 30), area=area)


def households(count, size):
    """Households that meet nobody else."""
    at_home = Layer("household", np.repeat(np.arange(count), size), None, 1.0, home=True)
    return made_of([at_home], age=np.full(count * size, 30))


def run(contacts, pathogen, *, seeds, days, seed=1, orders=None, **options):
    """Live through some days from the people infected on day 0; orders are lists by day."""
    orders = orders or {}
    outbreak = Outbreak(contacts, pathogen, seed=seed, **options)
    for day in range(days):
        first = [Infect(seeds)] if day == 0 else []
        outbreak.step(day, [*orders.get(day, []), *first])
    return outbreak


def offspring(contacts, pathogen, *, seeds, orders=None, seed=1, **options):
    """Those infected by the first cases alone: all others infect nobody."""
    barren = np.setdiff1d(np.arange(len(contacts)), seeds)
    first = {0: [Vaccinate(barren, Vaccine(0.0, infectiousness=1.0, days=0))]}
    for day, more in (orders or {}).items():
        first[day] = [*first.get(day, []), *more]
    days = pathogen.profile.shape[1] + 1
    cases = run(
        contacts, pathogen, seeds=seeds, days=days, orders=first, seed=seed, **options
    ).cases()
    assert set(cases.infector[cases.infector >= 0]) <= set(seeds)
    return cases.person[cases.infector >= 0]
