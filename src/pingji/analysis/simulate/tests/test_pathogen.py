"""Pathogens as data: those that come along are sound, and nonsense is refused by name."""

import tomllib
from importlib import resources

import numpy as np
import pytest

from pingji.analysis.simulate.pathogen import (
    ByAge,
    Delay,
    known_pathogen,
    known_pathogens,
    pathogen_of,
    read_pathogen,
)


def tables(code="covid_19"):
    folder = resources.files("pingji.analysis.simulate") / "pathogens"
    return tomllib.loads((folder / f"{code}.toml").read_text("utf-8"))


def test_at_least_a_respiratory_and_an_intestinal_one_come_along():
    assert known_pathogens() == ["covid_19", "influenza", "measles", "norovirus"]
    with pytest.raises(ValueError, match="no pathogen smallpox; there are covid_19"):
        known_pathogen("smallpox")


@pytest.mark.parametrize("code", known_pathogens())
def test_each_is_whole_and_names_its_sources(code):
    made = known_pathogen(code)
    assert made.code == code
    given = {name for name, table in tables(code).items() if isinstance(table, dict)}
    kinds = {f"tests.{name}" for name in made.tests}
    assert set(made.sources) == (given - {"tests"}) | kinds
    weights = made.generation_time()
    assert weights.sum() == pytest.approx(1)
    assert weights[0] == 0
    assert made.incubation_weights().sum() == pytest.approx(1)
    np.testing.assert_allclose(made.profile[1:].sum(axis=1), 1)
    assert made.strength_levels().mean() == pytest.approx(1)
    for test in made.tests.values():
        best = int(np.argmax(test.sensitivity))
        assert (np.diff(test.sensitivity[: best + 1]) >= 0).all()
        assert (np.diff(test.sensitivity[best:]) <= 0).all()


@pytest.mark.parametrize(
    ("code", "shortest", "longest"),
    # Reviews put the generation time of each between these.
    [("covid_19", 5, 7), ("influenza", 2, 4), ("norovirus", 2, 4.5), ("measles", 10, 16)],
)
def test_generations_follow_each_other_as_reviews_say(code, shortest, longest):
    weights = known_pathogen(code).generation_time()
    assert shortest < weights @ np.arange(len(weights)) < longest


def test_a_delay_has_the_mean_and_spread_that_were_given():
    made = known_pathogen("covid_19").admission
    u = (np.arange(100_000) + 0.5) / 100_000
    days = made.days(u)
    assert days.mean() == pytest.approx(6.6, abs=0.1)
    assert days.std() == pytest.approx(4.9, abs=0.2)
    assert Delay(5.0, 1.0).days([0.1, 0.9]).tolist() == [5, 5]


def test_the_incubation_weights_are_those_of_the_days_drawn():
    made = known_pathogen("covid_19")
    u = (np.arange(200_000) + 0.5) / 200_000
    drawn = np.minimum(made.incubation.days(u, least=1), made.longest_incubation)
    found = np.bincount(drawn, minlength=made.longest_incubation + 1) / len(u)
    np.testing.assert_allclose(found, made.incubation_weights(), atol=2e-4)


def test_infectiousness_before_infection_falls_to_the_days_after_it():
    made = known_pathogen("covid_19")
    assert made.first_day == -3
    row = made.profile[1]  # onset one day after infection: three weights have no day
    kept = np.array(made.weights[3:])
    np.testing.assert_allclose(row[1 : 1 + len(kept)], kept / kept.sum())


def test_ages_fall_into_their_groups():
    figure = ByAge((0, 18, 65), (1.0, 2.0, 3.0))
    assert figure.of([0, 17, 18, 64, 65, 110]).tolist() == [1, 1, 2, 2, 3, 3]


def change(path, value):
    made = tables()
    table = made
    *before, last = path.split(".")
    for name in before:
        table = table[name]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("reproduction", None, r"table \[reproduction\] is missing"),
        ("code", "", "code must be a text"),
        ("reproduction.r0", -1, "reproduction.r0 must be a number from 0 to 100, not -1"),
        ("reproduction.r0", "much", "reproduction.r0 must be a number"),
        ("reproduction.r0", float("nan"), "reproduction.r0 must be a number"),
        ("reproduction.dispersion", 0.0, "reproduction.dispersion must be at least 0.01"),
        ("reproduction.source", " ", "reproduction.source: where"),
        ("incubation.median", 0, "incubation: the time must be above 0"),
        ("incubation.dispersion", 0.5, "its dispersion at least 1"),
        ("infectiousness.first_day", 0.5, "infectiousness.first_day must be whole days"),
        ("infectiousness.first_day", -20, "infectiousness ends before onset"),
        ("infectiousness.weights", [], "must be a list of 1 to 200"),
        ("infectiousness.weights", [0.0, 0.0, 0.0, 0.0], "somebody must be infectious"),
        ("infectiousness.weights", [1.0, 0, 0, 0], "none after infection"),
        ("infectiousness.weights", [1, True], r"infectiousness.weights\[1\] must be a number"),
        ("susceptibility.from_age", [0, 20, 10, 30, 40, 50, 60, 70], "must rise from 0"),
        ("symptomatic.value", [0.5], "from_age must rise from 0, one age for each value"),
        ("died.value", [0.9] * 9, "died: more than critical at age 0"),
        ("course.death", None, "course.death must give median and dispersion"),
        ("course.death", {"mean": 0, "sd": 1}, "course.death: the time must be above 0"),
        ("symptoms.fever", 1.5, "symptoms.fever must be a number from 0 to 1"),
        ("tests.pcr", 0.9, "tests: one table for each test"),
        ("tests.pcr.source", None, r"tests.pcr.source: where"),
    ],
)
def test_a_figure_without_sense_is_refused_by_its_name(path, value, reason):
    with pytest.raises(ValueError, match=reason):
        pathogen_of(change(path, value))


def test_a_text_that_is_no_toml_is_refused():
    with pytest.raises(ValueError, match="no TOML"):
        read_pathogen("[reproduction")


def test_everybody_infects_alike_where_no_dispersion_is_given():
    made = pathogen_of(change("reproduction.dispersion", None))
    assert (made.strength_levels() == 1).all()
