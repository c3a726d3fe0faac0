"""The model against what theory says of it: final size, growth, households, measures."""

import numpy as np
import pytest
from scipy.optimize import brentq

from pingji.analysis.simulate.interventions import (
    Close,
    ReduceContacts,
    Restrict,
    Vaccinate,
    Vaccine,
)
from pingji.analysis.simulate.tests.plain import (
    households,
    offspring,
    one_crowd,
    plain_pathogen,
    run,
    same,
)

CROWD, FIRST = 200_000, 2_000


@pytest.fixture(scope="module")
def crowd():
    return one_crowd(CROWD)


@pytest.fixture(scope="module")
def first():
    return np.arange(0, CROWD, CROWD // FIRST)


@pytest.mark.parametrize(
    ("r0", "dispersion", "off"),
    [(1.5, np.inf, 0.04), (2.0, np.inf, 0.02), (2.0, 0.3, 0.03), (3.5, np.inf, 0.01)],
)
def test_as_many_are_infected_as_the_final_size_relation_says(r0, dispersion, off):
    people, seeds = 20_000, 100
    pathogen = plain_pathogen(dispersion=dispersion)
    outbreak = run(one_crowd(people), pathogen, seeds=np.arange(seeds), days=150, r0=r0)

    def missing(escaped):
        # Who is not among the first cases escapes the force of all who are infected in the end.
        infected = seeds / people + (1 - seeds / people) * (1 - escaped)
        return escaped - np.exp(-r0 * infected)

    expected = 1 - brentq(missing, 1e-9, 0.999)
    assert (len(outbreak.cases().person) - seeds) / (people - seeds) == pytest.approx(
        expected, abs=off
    )


@pytest.mark.parametrize("r0", [1.3, 1.6])
def test_cases_grow_as_euler_and_lotka_say(r0):
    pathogen = plain_pathogen()
    weights = pathogen.generation_time()
    day = np.arange(len(weights))
    rate = brentq(lambda r: r0 * (weights * np.exp(-r * day)).sum() - 1, 0, 3)
    # From where the first cases' own days no longer show to where a half per cent are infected.
    people, seeds = 2_000_000, 1_000
    days = np.arange(6, int(np.log(0.005 * people / seeds) / rate) + 1)
    outbreak = run(
        one_crowd(people), pathogen, seeds=np.arange(seeds), days=int(days[-1]) + 1, r0=r0
    )
    counts = outbreak.curve()[days]
    found = np.polyfit(days, np.log(counts), 1, w=np.sqrt(counts))[0]
    assert found == pytest.approx(rate, rel=0.05)


def test_without_transmission_there_are_only_the_first_cases():
    for options in ({"r0": 0.0}, {"rhythm": [[0.0]], "r0": 0.0}):
        outbreak = run(one_crowd(500), plain_pathogen(), seeds=[3, 7], days=40, **options)
        assert outbreak.cases().person.tolist() == [3, 7]
    alone = run(households(500, 1), plain_pathogen(), seeds=np.arange(50), days=40, r0=0.0)
    assert len(alone.cases().person) == 50


@pytest.mark.parametrize("dispersion", [np.inf, 0.5])
def test_in_households_of_two_the_secondary_attack_rate_is_that_of_theory(dispersion):
    homes, r0 = 40_000, 0.3
    pathogen = plain_pathogen(dispersion=dispersion)
    outbreak = run(households(homes, 2), pathogen, seeds=np.arange(0, 2 * homes, 2), days=20, r0=r0)
    force = outbreak.transmissibility
    escapes = np.exp(-force) if np.isinf(dispersion) else (1 + force / dispersion) ** -dispersion
    assert 1 - escapes == pytest.approx(r0, rel=1e-5)  # all meet just one
    found = len(outbreak.cases().person) / homes - 1
    assert found == pytest.approx(r0, abs=3 * np.sqrt(r0 * (1 - r0) / homes))


def test_in_households_of_three_cases_fall_as_reed_and_frost_say():
    homes = 40_000
    outbreak = run(
        households(homes, 3), plain_pathogen(), seeds=np.arange(0, 3 * homes, 3), days=60, r0=0.8
    )
    escape = np.exp(-outbreak.transmissibility)
    none, one = escape**2, 2 * (1 - escape) * escape * escape
    sizes = np.bincount(outbreak.cases().person // 3, minlength=homes) - 1
    found = np.bincount(sizes, minlength=3) / homes
    np.testing.assert_allclose(found, [none, one, 1 - none - one], atol=0.01)


def test_one_infects_as_many_as_the_reproduction_number_says(crowd, first):
    for dispersion, asymptomatic in ((np.inf, 1.0), (0.5, 0.5)):
        pathogen = plain_pathogen(dispersion=dispersion, symptomatic=same(asymptomatic))
        found = len(offspring(crowd, pathogen, seeds=first, r0=2.0)) / FIRST
        spread = np.sqrt((2 + 4 * (0 if np.isinf(dispersion) else 1 / dispersion + 1)) / FIRST)
        assert found == pytest.approx(2.0, abs=3 * spread + 0.03)


def test_isolation_takes_away_what_was_still_to_come(crowd, first):
    pathogen = plain_pathogen()
    weights = pathogen.generation_time()
    for start, efficacy in ((2.5, 0.8), (1.0, 1.0), (3.0, 0.5)):
        order = Restrict(first, start=start, elsewhere=1 - efficacy)
        found = len(offspring(crowd, pathogen, seeds=first, orders={0: [order]}, r0=2.0)) / FIRST
        day = np.arange(len(weights))
        held = np.clip(day + 1 - start, 0, 1)
        expected = 2.0 * (1 - efficacy * (weights * held).sum())
        assert found == pytest.approx(expected, abs=0.1)


def test_isolation_holds_for_those_who_would_be_infected_too(crowd, first):
    half = np.arange(1, CROWD, 2)
    order = Restrict(half, start=0, elsewhere=0.2)
    found = len(offspring(crowd, plain_pathogen(), seeds=first, orders={0: [order]}, r0=2.0))
    assert found / FIRST == pytest.approx(2.0 * (0.5 + 0.5 * 0.2), abs=0.1)


def test_a_measure_takes_away_cases_and_never_brings_others(crowd, first):
    free = offspring(crowd, plain_pathogen(), seeds=first, r0=2.0)
    order = Restrict(first, start=2, end=4, elsewhere=0.3)
    held = offspring(crowd, plain_pathogen(), seeds=first, orders={0: [order]}, r0=2.0)
    assert set(held) < set(free)


def test_areas_with_fewer_contacts_infect_and_are_infected_less(first):
    area = np.arange(CROWD) % 2
    two = one_crowd(CROWD, area=area)
    order = ReduceContacts([1], 0.36, start=0)
    odd = first + 1
    found = offspring(two, plain_pathogen(), seeds=odd, orders={0: [order]}, r0=2.0)
    within, across = (area[found] == 1).sum(), (area[found] == 0).sum()
    assert within / FIRST == pytest.approx(0.36, abs=0.06)  # of the half of 2 in the own area
    assert across / FIRST == pytest.approx(0.6, abs=0.07)  # the root of 0.36 times 1


def test_vaccination_lowers_the_chance_of_infection_once_it_takes_effect(crowd, first):
    vaccine = Vaccine(infection=0.75, days=2)
    order = {0: [Vaccinate(np.arange(CROWD), vaccine)]}
    pathogen = plain_pathogen()
    before = pathogen.generation_time()[:2].sum()
    found = len(offspring(crowd, pathogen, seeds=first, orders=order, r0=2.0)) / FIRST
    assert found == pytest.approx(2.0 * (before + 0.25 * (1 - before)), abs=0.09)


def test_a_household_without_contacts_infects_nobody():
    homes = households(5_000, 4)
    seeds = np.arange(0, 20_000, 4)
    shut = Close("household", np.arange(2_500), start=0)
    found = offspring(homes, plain_pathogen(), seeds=seeds, orders={0: [shut]}, r0=1.0)
    assert (found >= 10_000).all()
    assert len(found) / 2_500 == pytest.approx(1.0, abs=0.06)
    away = Restrict(seeds, start=0, at_home=0.0)
    assert len(offspring(homes, plain_pathogen(), seeds=seeds, orders={0: [away]}, r0=1.0)) == 0
    at_home = Restrict(seeds, start=0)
    held = offspring(homes, plain_pathogen(), seeds=seeds, orders={0: [at_home]}, r0=1.0)
    assert len(held) / 5_000 == pytest.approx(1.0, abs=0.05)
