"""An outbreak from day to day: repeated, interrupted, asked, and told nonsense."""

import io
from dataclasses import replace

import numpy as np
import pytest

from pingji.analysis.simulate import meeting, outbreak, transmission
from pingji.analysis.simulate.contacts import ContactRates, Layer, contacts_of, made_of
from pingji.analysis.simulate.course import EVENTS
from pingji.analysis.simulate.interventions import (
    Close,
    Infect,
    ReduceContacts,
    Release,
    Restrict,
    Vaccinate,
    Vaccine,
)
from pingji.analysis.simulate.outbreak import Outbreak
from pingji.analysis.simulate.pathogen import ByAge, Severity, known_pathogen
from pingji.analysis.simulate.population import Population
from pingji.analysis.simulate.tests.plain import (
    households,
    offspring,
    one_crowd,
    plain_pathogen,
    run,
    same,
)

PEOPLE = 3_000


@pytest.fixture(scope="module")
def town():
    """Households of three in two areas, classes of thirty for the young."""
    who = np.arange(PEOPLE)
    age = (who * 37) % 90
    young = np.flatnonzero(age < 18)
    school_class, school = np.full(PEOPLE, -1), np.full(PEOPLE, -1)
    school_class[young] = np.arange(len(young)) // 30
    school[young] = school_class[young] // 5
    area = who // (PEOPLE // 2)
    layers = [
        Layer("household", who // 3, None, 3.0, home=True),
        Layer("class", school_class, 10.0, 0.6, within="school"),
        Layer("school", school, 4.0, 0.6),
        Layer("township", area, 8.0, 0.3, by_area=True),
        Layer("county", np.zeros(PEOPLE, int), 2.0, 0.3, by_area=True),
    ]
    return made_of(layers, age=age, area=area)


def orders_of(day):
    """Something of every kind, in force over the days around the checkpoint."""
    return {
        0: [Infect(np.arange(0, 60, 3))],
        4: [Restrict([0, 3, 6], start=4.25, end=30), Vaccinate(np.arange(100), Vaccine(0.7))],
        9: [Close("school", [0, 1], start=9.5, end=40), Restrict(np.arange(9), start=12)],
        12: [ReduceContacts([0], 0.5, start=12, end=25), Release([3], start=12.5)],
        20: [Infect([700, 800])],
    }.get(day, [])


def live(started, until):
    for day in range(started.day, until):
        started.step(day, orders_of(day))
    return started


def alike(one, other):
    a, b = one.state(), other.state()
    assert set(a) == set(b)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_a_run_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(town):
    pathogen = known_pathogen("covid_19")
    whole = live(Outbreak(town, pathogen, seed=5), 60)
    for stop in (0, 5, 13, 25):  # before, amid and after what is ordered; vaccines work by then
        file = io.BytesIO()
        np.savez(file, **live(Outbreak(town, pathogen, seed=5), stop).state())
        file.seek(0)
        resumed = Outbreak(town, pathogen, seed=5)
        resumed.step(0, [Infect(np.arange(1_000, 1_060))])  # what it had come to is forgotten
        with np.load(file) as kept:
            resumed.restore(kept)
        alike(live(resumed, 60), whole)
    assert len(whole.cases().person) > 200


def test_one_seed_gives_one_run_and_another_another(town):
    pathogen = known_pathogen("influenza")
    first, second = (live(Outbreak(town, pathogen, seed=1), 25) for _ in range(2))
    alike(first, second)
    other = live(Outbreak(town, pathogen, seed=2), 25)
    assert first.curve().tolist() != other.curve().tolist()


def test_a_checkpoint_of_another_run_is_refused(town):
    pathogen = known_pathogen("influenza")
    kept = Outbreak(town, pathogen, seed=1).state()
    other_town = made_of([*town.layers[:4], replace(town.layers[4], weight=0.1)], age=town.age)
    for other in (
        Outbreak(town, pathogen, seed=2),
        Outbreak(town, pathogen, seed=1, r0=3.0),
        Outbreak(town, known_pathogen("covid_19"), seed=1),
        Outbreak(town, pathogen, seed=1, rhythm=np.full(len(town.layers), 0.5)),
        Outbreak(one_crowd(PEOPLE), pathogen, seed=1),
        Outbreak(other_town, pathogen, seed=1),
    ):
        with pytest.raises(ValueError, match="checkpoint is of another"):
            other.restore(kept)
    with pytest.raises(ValueError, match="or program"):
        Outbreak(town, pathogen, seed=1).restore(kept | {"form": outbreak.FORM + 1})


def test_random_numbers_are_those_of_the_published_generator():
    # Known answers that come with Random123, the authors' own implementation.
    known = {
        (0, 0, 0): (0xFF1DAE59, 0x6CD10DF2),
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF): (0x2C3F628B, 0xAB4FD7AD),
        (0x243F6A88, 0x85A308D3, 0x13198A2E): (0xDD7CE038, 0xF62A4C12),
    }
    assert {given: transmission.philox(*given) for given in known} == known


def test_without_compiled_loops_the_run_is_the_same(town, monkeypatch):
    pathogen = known_pathogen("influenza")
    compiled = live(Outbreak(town, pathogen, seed=3), 14)
    compiled_met = compiled.contacts_met(0, 0, 3)
    for name in (
        "philox",
        "fill_uniform",
        "attempts_of",
        "layer_of",
        "other_of",
        "kept_share",
        "transmit",
    ):
        plain = getattr(transmission, name).py_func
        for module in (transmission, outbreak, meeting):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, plain)
    plain = live(Outbreak(town, pathogen, seed=3), 14)
    assert len(plain.cases().person) > 40
    alike(plain, compiled)
    np.testing.assert_array_equal(plain.contacts_met(0, 0, 3).person, compiled_met.person)


def test_the_chain_of_infection_holds_together(town):
    cases = live(Outbreak(town, known_pathogen("covid_19"), seed=5), 60).cases()
    assert len(set(cases.person)) == len(cases.person)
    when = dict(zip(cases.person.tolist(), cases.infected.tolist(), strict=True))
    for person, by, layer, day in zip(
        cases.person, cases.infector, cases.layer, cases.infected, strict=True
    ):
        if by < 0:
            assert layer == -1
            assert day in (0, 20)
            continue
        assert when[int(by)] < day
        groups = town.network.group[[person, by], layer]
        assert groups[0] == groups[1] >= 0


def test_the_days_of_an_illness_follow_each_other(town):
    pathogen = replace(
        known_pathogen("covid_19"),
        symptomatic=same(0.9),
        admitted=same(0.5),
        critical=same(0.3),
        died=same(0.1),
    )
    cases = live(Outbreak(town, pathogen, seed=5), 80).cases()
    severity = cases.severity
    assert set(severity.tolist()) == {int(one) for one in Severity}
    ill = severity >= Severity.MILD
    assert ((cases.onset >= 0) == ill).all()
    assert (cases.onset[ill] > cases.infected[ill]).all()
    seen = cases.care >= 0
    assert (cases.care[seen] >= cases.onset[seen]).all()
    assert seen[severity >= Severity.SEVERE].all()
    assert not seen[severity == Severity.ASYMPTOMATIC].any()
    for one, before, after in (
        (Severity.SEVERE, cases.care, cases.admitted),
        (Severity.CRITICAL, cases.admitted, cases.critical),
        (Severity.FATAL, cases.critical, cases.died),
    ):
        at_least = severity >= one
        assert ((after >= 0) == at_least).all()
        assert (after[at_least] >= before[at_least]).all()
    assert ((cases.recovered >= 0) == (severity < Severity.FATAL)).all()
    left = (severity == Severity.SEVERE) | (severity == Severity.CRITICAL)
    assert (cases.recovered[left] > np.maximum(cases.admitted, cases.critical)[left]).all()
    shares = [np.mean(severity >= one) for one in list(Severity)[1:]]
    np.testing.assert_allclose(shares, [0.9, 0.5, 0.3, 0.1], atol=0.04)


def test_the_events_of_each_day_add_up_to_the_cases(town):
    made = Outbreak(town, known_pathogen("covid_19"), seed=5)
    days = [made.step(day, orders_of(day)) for day in range(60)]
    cases = made.cases()
    for event in ("infected", *EVENTS):
        counts = [len(getattr(day, event)) for day in days]
        assert counts == made.curve(event).tolist()
        whens = getattr(cases, event)
        assert sum(counts) == ((whens >= 0) & (whens < 60)).sum()
    with pytest.raises(ValueError, match="no event"):
        made.curve("buried")


def test_vaccination_spares_the_hospital(town):
    pathogen = plain_pathogen(admitted=same(0.5))
    everybody = np.arange(PEOPLE)
    shot = {0: [Vaccinate(everybody, Vaccine(0.0, severity=0.8, days=0))]}
    done = run(town, pathogen, seeds=np.arange(0, 300, 3), days=60, orders=shot)
    later = done.cases().infected > 0
    assert np.mean(done.cases().admitted[later] >= 0) == pytest.approx(0.1, abs=0.03)


def test_the_immune_are_not_infected_even_from_outside():
    pathogen = plain_pathogen(immune=ByAge((0,), (0.4,)))
    done = run(one_crowd(2_000), pathogen, seeds=np.arange(2_000), days=3)
    assert len(done.cases().person) / 2_000 == pytest.approx(0.6, abs=0.05)
    assert not done.can_be_infected(np.arange(2_000)).any()
    fresh = Outbreak(one_crowd(2_000), pathogen, seed=1).can_be_infected(np.arange(2_000))
    np.testing.assert_array_equal(np.flatnonzero(fresh), np.sort(done.cases().person))


def test_one_of_several_infectors_is_named_each_alike():
    # Two infectors and one other in each household: who comes first in line has no advantage.
    homes = 4_000
    seeds = np.delete(np.arange(3 * homes), np.arange(2, 3 * homes, 3))
    done = run(households(homes, 3), plain_pathogen(), seeds=seeds, days=12, r0=1.9)
    cases = done.cases()
    by = cases.infector[cases.infector >= 0]
    assert len(by) > 0.9 * homes
    assert np.mean(by % 3 == 0) == pytest.approx(0.5, abs=0.03)


def test_one_infects_as_many_as_told_where_groups_are_small_and_ages_differ(town):
    pathogen = plain_pathogen(
        susceptibility=ByAge((0, 20), (0.5, 1.0)),
        symptomatic=ByAge((0, 50), (0.3, 0.9)),
        dispersion=2.0,
    )
    found = [
        len(offspring(town, pathogen, seeds=np.arange(seed, PEOPLE, 150), r0=2.5, seed=seed))
        for seed in range(50)
    ]
    # 20 of 3,000 are the first, and infect nearly 50 more who cannot be infected again.
    assert np.mean(found) / 20 == pytest.approx(2.5 * 0.985, abs=0.2)


def test_a_closed_school_closes_its_classes(town):
    school = town.network.group[:, town.number("school")]
    first = town.groups("school", np.array([0]))
    in_first = np.flatnonzero(school == first[0])
    pathogen = plain_pathogen()
    shut = {0: [Close("school", [0], start=0)]}
    free = offspring(town, pathogen, seeds=in_first[:40], r0=4.0)
    held = offspring(town, pathogen, seeds=in_first[:40], orders=shut, r0=4.0)
    in_class = np.isin(free, in_first).sum()
    assert in_class > 30
    assert np.isin(held, in_first).sum() < in_class / 3  # at home and in the township still
    open_again = {0: [Close("school", [0], start=0), Close("school", [0], start=0, remaining=1)]}
    again = offspring(town, pathogen, seeds=in_first[:40], orders=open_again, r0=4.0)
    np.testing.assert_array_equal(again, free)


def test_released_people_meet_others_again():
    crowd, seeds = one_crowd(20_000), np.arange(500)
    free = offspring(crowd, plain_pathogen(), seeds=seeds, r0=2.0)
    orders = {0: [Restrict(seeds, start=0)], 1: [Release(seeds, start=0.5)]}
    held = offspring(crowd, plain_pathogen(), seeds=seeds, orders=orders, r0=2.0)
    np.testing.assert_array_equal(held, free)  # nobody infects on the day of infection


def test_tests_find_the_infected_by_day_and_others_by_chance():
    pathogen = known_pathogen("covid_19")
    crowd = one_crowd(40_000)
    done = run(crowd, pathogen, seeds=np.arange(20_000), days=1, r0=0.0)
    infected, others = np.arange(20_000), np.arange(20_000, 40_000)
    for day in (1, 4, 5, 8, 21):
        found = done.test(infected, day, "pcr").mean()
        assert found == pytest.approx(pathogen.tests["pcr"].sensitivity[day], abs=0.012)
    assert done.test(others, 5, "pcr").mean() == pytest.approx(0.001, abs=0.001)
    assert done.test(infected, 60, "pcr").mean() == pytest.approx(0.001, abs=0.001)
    same_specimen = done.test(infected, 5, "pcr")
    np.testing.assert_array_equal(done.test(infected, 5, "pcr"), same_specimen)
    assert (done.test(infected, 5, "pcr", number=1) != same_specimen).any()
    with pytest.raises(ValueError, match="no test x-ray; there are pcr, antigen"):
        done.test(infected, 5, "x-ray")


def test_symptoms_are_those_of_the_ill():
    pathogen = replace(known_pathogen("norovirus"), symptomatic=same(0.5))
    done = run(one_crowd(10_000), pathogen, seeds=np.arange(8_000), days=1, r0=0.0)
    found = done.symptoms(np.arange(10_000))
    assert set(found) == set(pathogen.symptoms)
    ill = done.cases().onset >= 0
    for code, chance in pathogen.symptoms.items():
        assert not found[code][8_000:].any()
        assert found[code][:8_000].sum() / ill.sum() == pytest.approx(chance, abs=0.04)


def test_contacts_name_the_household_and_the_links_of_the_chain(town):
    done = live(Outbreak(town, known_pathogen("covid_19"), seed=5), 40)
    cases = done.cases()
    spreader = int(np.bincount(cases.infector[cases.infector >= 0]).argmax())
    met = done.contacts_met(spreader, 0, 39)
    assert set(cases.person[cases.infector == spreader]) <= set(met.person)
    home = set(np.flatnonzero(town.network.group[:, 0] == town.network.group[spreader, 0]))
    assert home - {spreader} <= set(met.person[met.layer == 0])
    assert spreader not in met.person
    for person, layer in zip(met.person, met.layer, strict=True):
        groups = town.network.group[[person, spreader], layer]
        assert groups[0] == groups[1]
    again = done.contacts_met(spreader, 0, 39)
    np.testing.assert_array_equal(met.person, again.person)
    assert len(done.contacts_met(spreader, 5, 4).person) == 0
    outside = [len(done.contacts_met(one, 3, 3).person) for one in np.arange(0, PEOPLE, 60)]
    assert 9 < np.mean(outside) < 18  # 2 at home, 10 around, 14 more for a fifth of them


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (Restrict([5], start=3, end=2), "cannot run from day 3 to day 2"),
        (Restrict([5], start=float("nan")), "cannot run"),
        (Restrict([5], start=0, elsewhere=1.2), "elsewhere must be from 0 to 1"),
        (Restrict([PEOPLE], start=0), f"person {PEOPLE} is not there"),
        (Restrict([0.5], start=0), "must be whole"),
        (Infect([-1]), "person -1 is not there"),
        (Close("school", [99], start=0), "school 99 is not there"),
        (Close("cinema", [0], start=0), "no layer cinema"),
        (ReduceContacts([2], 0.5, start=0), "area 2 is not there"),
        (Vaccinate([1], Vaccine(1.5)), "infection must be from 0 to 1"),
    ],
)
def test_an_order_without_sense_is_refused(town, order, reason):
    made = Outbreak(town, known_pathogen("influenza"), seed=1)
    with pytest.raises(ValueError, match=reason):
        made.step(0, [order])
    assert made.day == 0
    assert len(made.cases().person) == 0


def test_a_run_without_sense_is_refused(town):
    pathogen = known_pathogen("influenza")
    made = Outbreak(town, pathogen, seed=1)
    with pytest.raises(ValueError, match="the next day is 0, not 3"):
        made.step(3)
    with pytest.raises(ValueError, match="seed must be"):
        Outbreak(town, pathogen, seed=-1)
    with pytest.raises(ValueError, match="rhythm must have the shape"):
        Outbreak(town, pathogen, seed=1, rhythm=[1.0, 1.0])
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        Outbreak(town, pathogen, seed=1, rhythm=[[1.0, 1.0, 1.0, 1.0, 1.5]])
    with pytest.raises(ValueError, match="cannot give a reproduction number of 9"):
        Outbreak(households(10, 3), pathogen, seed=1, r0=9)
    with pytest.raises(ValueError, match="contacts and weight"):
        made_of([Layer("x", np.zeros(3, int), -1.0, 1.0)], age=np.zeros(3, int))
    with pytest.raises(ValueError, match="2 groups for 3 people"):
        made_of([Layer("x", np.zeros(2, int), 1.0, 1.0)], age=np.zeros(3, int))


def test_groups_of_a_small_type_stand_behind_many_households():
    many = 40_000
    layers = [
        Layer("household", np.arange(many), None, 1.0, home=True),
        Layer("township", (np.arange(many) % 2).astype(np.int16), 1.0, 1.0, by_area=True),
    ]
    made = made_of(layers, age=np.zeros(many, int))
    assert made.network.group[:3, 1].tolist() == [many, many + 1, many]


def test_a_county_meets_in_its_own_groups():
    """Two households, a class with its teacher, a workplace and a care home in two villages."""
    none = -1
    people = Population(
        age=np.array([40, 8, 9, 35, 7, 30, 80, 85], np.uint8),
        sex=np.zeros(8, np.uint8),
        township=np.array([0, 0, 0, 1, 1, 1, 1, 1], np.int16),
        village=np.array([0, 0, 0, 1, 1, 1, 1, 1], np.int32),
        household=np.array([0, 0, 0, 1, 1, 1, none, none], np.int32),
        occupation=np.array([2, 1, 1, 3, 1, 5, 4, 4], np.uint8),
        school_class=np.array([0, 0, 0, none, 1, none, none, none], np.int32),
        workplace=np.array([none, none, none, 0, none, none, none, none], np.int32),
        care_home=np.array([none, none, none, none, none, 0, 0, 0], np.int16),
        household_village=np.array([0, 1], np.int32),
        village_township=np.array([0, 1], np.int16),
        class_school=np.array([0, 0], np.int32),
        class_stage=np.array([1, 1], np.uint8),
        class_grade=np.array([0, 1], np.uint8),
        school_township=np.array([0], np.int16),
        workplace_township=np.array([1], np.int16),
        care_home_village=np.array([1], np.int32),
        townships=2,
    )
    made = contacts_of(people)
    met = dict(zip(made.names, (made.network.rate > 0).T.tolist(), strict=True))
    assert np.flatnonzero(met["household"]).tolist() == [0, 1, 2, 3, 4, 5]
    assert np.flatnonzero(met["care_home"]).tolist() == [5, 6, 7]
    assert np.flatnonzero(met["class"]).tolist() == [0, 1, 2]  # one alone meets nobody
    assert np.flatnonzero(met["school"]).tolist() == [0, 1, 2, 4]
    assert not any(met["workplace"])
    assert all(met["village"])
    assert all(met["township"])
    assert all(met["county"])
    assert made.network.rate[0, 0] == pytest.approx(2 * ContactRates().household)
    assert len(made.groups("school", np.array([0]))) == 3
    made_outbreak = Outbreak(people, known_pathogen("covid_19"), seed=1)
    assert made_outbreak.contacts.areas == 2
