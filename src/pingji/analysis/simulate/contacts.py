"""Who meets whom: layers of contacts of a population, and what they make of a pathogen's R0."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.pathogen import ByAge, Pathogen
from pingji.analysis.simulate.population import NOWHERE, Population, members_of
from pingji.analysis.simulate.transmission import Array, Network

SAMPLE = 100_000  # people over whom the mean number of infected is taken


@dataclass(frozen=True, eq=False)
class Layer:
    """Contacts of one kind: everybody meets people of the own group, each alike.

    Attributes:
        name: Name, by which measures speak of it.
        group: Group of each person, from 0; `NOWHERE` for none.
        contacts: People met a day, one number or one each; None: everybody of the group.
        weight: Chance of transmission at a contact, relative to other layers.
        home: Whether these are the people one lives with.
        by_area: Whether measures of an area reach it.
        within: Name of the layer whose groups hold these groups, as a school holds its classes.
    """

    name: str
    group: NDArray[np.integer]
    contacts: float | Array | None
    weight: float
    home: bool = False
    by_area: bool = False
    within: str = ""


@dataclass(frozen=True)
class ContactRates:
    """People met a day and what a contact counts, where nothing is done.

    A pupil comes to some 26 contacts a day, a worker to 20, others to 12: around the 18 to 19 that
    diaries in Shanghai give. Most contacts in the community lie within a kilometre of home, as in
    Guangdong, and the old have fewer. With these weights a pandemic influenza spreads for about a
    third each at home, at school and work, and elsewhere, as is commonly assumed.

    Attributes:
        household: Weight of a contact at home; everybody there is met each day.
        care_home: Contacts a day in a care home; they weigh as at home.
        school_class: Contacts a day in the class.
        school: Contacts a day in the rest of the school.
        workplace: Contacts a day at work.
        away: Weight of a contact at school or work.
        community: Contacts a day elsewhere, by age.
        village: Share of these in the own village.
        township: Share in the rest of the own township; what is left is met in the county.
        elsewhere: Weight of a contact in the community.

    Source: Zhang et al. 2019, Sci Rep 9:15141, doi:10.1038/s41598-019-51609-8; Read et al. 2014,
        Proc R Soc B 281:20140268, doi:10.1098/rspb.2014.0268; Ferguson et al. 2006, Nature
        442:448, doi:10.1038/nature04795 (where influenza spreads).
    """

    household: float = 1.5
    care_home: float = 6.0
    school_class: float = 10.0
    school: float = 4.0
    workplace: float = 8.0
    away: float = 0.6
    community: ByAge = ByAge((0, 6, 65), (6.0, 10.0, 6.0))
    village: float = 0.5
    township: float = 0.35
    elsewhere: float = 0.4


@dataclass(frozen=True, eq=False)
class Contacts:
    """People, their ages and areas, and the layers in which they meet.

    Attributes:
        age: Completed years.
        layers: The layers, in order.
        network: The same as the compiled loops take them.
        first_group: Number of the first group of each layer among the groups of all layers.
        areas: How many areas there are.
    """

    age: NDArray[np.integer]
    layers: tuple[Layer, ...]
    network: Network
    first_group: NDArray[np.int64]
    areas: int

    def __len__(self) -> int:
        """How many people."""
        return len(self.age)

    @property
    def names(self) -> list[str]:
        """Names of the layers."""
        return [layer.name for layer in self.layers]

    def number(self, name: str) -> int:
        """Place of a layer among the layers.

        Raises:
            ValueError: If there is none of that name.
        """
        if name not in self.names:
            raise ValueError(f"no layer {name}; there are {', '.join(self.names)}")
        return self.names.index(name)

    def groups(self, name: str, groups: NDArray[np.integer]) -> NDArray[np.int64]:
        """Numbers among all groups of groups of a layer, and of the groups that they hold.

        Raises:
            ValueError: If there is no such layer or group.
        """
        at = self.number(name)
        last = self.first_group[at + 1] - self.first_group[at]
        wrong = groups[(groups < 0) | (groups >= last)]
        if len(wrong):
            raise ValueError(f"{name} {wrong[0]} is not there; there are {last}")
        found = [self.first_group[at] + groups.astype(np.int64)]
        for inner, layer in enumerate(self.layers):
            if layer.within == name:
                inside = np.isin(self.network.group[:, at], found[0])
                held = np.unique(self.network.group[inside, inner])
                found.append(held[held >= 0].astype(np.int64))
        return np.concatenate(found)

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same people and layers, so that a checkpoint knows its county."""
        digest = blake2b(digest_size=16)
        for array in (self.age, *self.network):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def contacts_of(population: Population, rates: ContactRates | None = None) -> Contacts:
    """The layers in which the people of a county meet.

    Args:
        population: The people.
        rates: How many they meet; None: as published.

    Returns:
        Their contacts.

    Source: see `ContactRates`.
    """
    rates = rates or ContactRates()
    of_class = population.school_class
    school = np.full(len(of_class), NOWHERE, np.int32)
    school[of_class > NOWHERE] = population.class_school[of_class[of_class > NOWHERE]]
    around = rates.community.of(population.age)
    beyond = 1 - rates.village - rates.township
    county = np.zeros(len(population), np.int32)
    layers = [
        Layer("household", population.household, None, rates.household, home=True),
        Layer("care_home", population.care_home, rates.care_home, rates.household, home=True),
        Layer("class", of_class, rates.school_class, rates.away, within="school"),
        Layer("school", school, rates.school, rates.away),
        Layer("workplace", population.workplace, rates.workplace, rates.away),
        Layer("village", population.village, around * rates.village, rates.elsewhere, by_area=True),
        Layer(
            "township", population.township, around * rates.township, rates.elsewhere, by_area=True
        ),
        Layer("county", county, around * beyond, rates.elsewhere, by_area=True),
    ]
    return made_of(layers, age=population.age, area=population.township)


def made_of(
    layers: Sequence[Layer], *, age: NDArray[np.integer], area: NDArray[np.integer] | None = None
) -> Contacts:
    """Contacts of any layers.

    Args:
        layers: The layers.
        age: Completed years of each person.
        area: Area each lives in, from 0; None: all in one.

    Returns:
        The contacts.

    Raises:
        ValueError: If a layer does not fit the people, or rates make no sense.

    Source: none; it only arranges.
    """
    people = len(age)
    areas = np.zeros(people, np.int32) if area is None else np.asarray(area).astype(np.int32)
    rate = np.zeros((people, len(layers)), np.float32)
    group = np.full((people, len(layers)), NOWHERE, np.int32)
    starts, members, first = [], [], [0]
    filled = 0
    for n, layer in enumerate(layers):
        _check_layer(layer, people)
        groups = int(layer.group.max(initial=NOWHERE)) + 1
        held = members_of(layer.group, groups)
        inside = layer.group > NOWHERE
        group[inside, n] = layer.group[inside].astype(np.int32) + first[-1]
        others = np.append(held.sizes - 1, 0)[layer.group]
        met = others if layer.contacts is None else np.where(others > 0, layer.contacts, 0.0)
        rate[:, n] = np.where(inside, met * layer.weight, 0.0)
        starts.append(held.offsets[:-1] + filled)
        members.append(held.members)
        filled += len(held.members)
        first.append(first[-1] + groups)
    network = Network(
        rate=rate,
        group=group,
        start=np.append(np.concatenate(starts), filled).astype(np.int64),
        members=np.concatenate(members).astype(np.int32),
        area=areas,
        by_area=np.array([layer.by_area for layer in layers]),
    )
    kept = tuple(replace(layer, group=group[:, n]) for n, layer in enumerate(layers))
    return Contacts(
        np.asarray(age), kept, network, np.array(first, np.int64), int(areas.max(initial=0)) + 1
    )


def _check_layer(layer: Layer, people: int) -> None:
    if layer.group.shape != (people,):
        raise ValueError(f"layer {layer.name}: {layer.group.shape[0]} groups for {people} people")
    met = np.asarray(0.0 if layer.contacts is None else layer.contacts)
    if not (np.isfinite(met).all() and (met >= 0).all() and 0 <= layer.weight < np.inf):
        raise ValueError(f"layer {layer.name}: contacts and weight must be 0 or more")


def expected_infected(
    transmissibility: float, contacts: Contacts, pathogen: Pathogen, rhythm: Array | None = None
) -> float:
    """People whom one infects on average where nobody is immune and nothing is done.

    That somebody of a small group is not infected twice is counted, so it falls behind the number
    of attempts in households and classes.

    Args:
        transmissibility: Chance of transmission at a contact of weight 1 over a whole infection.
        contacts: Who meets whom.
        pathogen: What spreads.
        rhythm: Share of contacts kept, shape (days, layers); its mean counts.

    Returns:
        The mean over people.

    Source: Diekmann, Heesterbeek and Britton 2013, Mathematical Tools for Understanding Infectious
        Disease Dynamics, doi:10.1515/9781400845620, for R0 as the mean number of one generation.
    """
    return _mean_infected(transmissibility, _reach(contacts, pathogen, rhythm), pathogen)


def _reach(
    contacts: Contacts, pathogen: Pathogen, rhythm: Array | None
) -> tuple[int, list[tuple[Array, Array, Array]]]:
    """A sample of people: how many, and by layer what each means to the others of the group.

    That is, for each person of the sample who is in the layer, the force on each other at a
    transmissibility of 1, how many others there are, and the chance of symptoms.
    """
    one = np.arange(0, len(contacts), max(1, len(contacts) // SAMPLE))
    network = contacts.network
    susceptible = pathogen.susceptibility.of(contacts.age)
    ill = pathogen.symptomatic.of(contacts.age[one])
    kept = np.ones(len(contacts.layers)) if rhythm is None else rhythm.mean(axis=0)
    sizes = np.diff(network.start)
    layers = []
    for n in range(len(contacts.layers)):
        group = network.group[:, n]
        inside = group >= 0
        sums = np.bincount(group[inside], susceptible[inside], minlength=len(sizes))
        here = one[group[one] >= 0]
        of = group[here]
        others = np.maximum(sizes[of] - 1, 1)
        # Mean susceptibility of the others of the group.
        mean = np.where(sizes[of] > 1, (sums[of] - susceptible[here]) / others, 0.0)
        each = kept[n] * network.rate[here, n] * mean / others
        layers.append((each, others.astype(np.float64), ill[group[one] >= 0]))
    return len(one), layers


def _mean_infected(
    transmissibility: float,
    reach: tuple[int, list[tuple[Array, Array, Array]]],
    pathogen: Pathogen,
) -> float:
    people, layers = reach
    total = 0.0
    for each, others, ill in layers:
        force = transmissibility * each
        infected = ill * _infected(force, pathogen.dispersion)
        infected += (1 - ill) * _infected(force * pathogen.asymptomatic, pathogen.dispersion)
        total += float((others * infected).sum())
    return total / people


def _infected(force: Array, dispersion: float) -> Array:
    """Chance of infection under a force that varies over infectors by a gamma distribution."""
    if not np.isfinite(dispersion):
        return -np.expm1(-force)
    return -np.expm1(-dispersion * np.log1p(force / dispersion))


def transmissibility_for(
    r0: float, contacts: Contacts, pathogen: Pathogen, rhythm: Array | None = None
) -> float:
    """The transmissibility at which one person infects r0 others on average.

    Args:
        r0: People infected by one, 0 or more.
        contacts: Who meets whom.
        pathogen: What spreads.
        rhythm: Share of contacts kept, shape (days, layers).

    Returns:
        The transmissibility.

    Raises:
        ValueError: If these contacts cannot reach r0.

    Source: see `expected_infected`; solved by Brent's method.
    """
    from scipy.optimize import brentq

    if r0 == 0:
        return 0.0
    reach = _reach(contacts, pathogen, rhythm)

    def missing(value: float) -> float:
        return _mean_infected(value, reach, pathogen) - r0

    high = 1e-6
    while missing(high) < 0:
        high *= 8
        if high > 1e6:
            raise ValueError(f"these contacts cannot give a reproduction number of {r0}")
    return float(brentq(missing, high / 8, high, rtol=1e-6))
