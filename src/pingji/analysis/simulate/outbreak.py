"""An outbreak among the people of a county, from one day to the next."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.simulate.contacts import Contacts, contacts_of, transmissibility_for
from pingji.analysis.simulate.course import EVENTS, Course, Sampler
from pingji.analysis.simulate.happened import Cases, Day, People
from pingji.analysis.simulate.interventions import (
    Close,
    Infect,
    Intervention,
    Orders,
    ReduceContacts,
    Release,
    Restrict,
    Vaccinate,
    share,
)
from pingji.analysis.simulate.meeting import Met, links, met_of, met_on
from pingji.analysis.simulate.pathogen import Pathogen
from pingji.analysis.simulate.population import Population
from pingji.analysis.simulate.transmission import (
    CONTACT,
    IMMUNITY,
    NEVER,
    SYMPTOM,
    TEST,
    Array,
    Chain,
    Today,
    counter_of,
    transmit,
    uniform,
)

FORM = 1  # of a checkpoint
MOST_DAYS = 4000


class Outbreak:
    """A stochastic outbreak on people, one day at a time.

    Each infectious person makes a Poisson number of attempts a day, spread over layers of contacts;
    measures and immunity let fewer of them succeed. Every random number belongs to a seed, a person
    and a purpose: a run repeated, or gone on with from a checkpoint, is the same to the last case,
    and a run with a measure differs from the one without by what the measure does.

    Source: Kerr et al. 2021, PLoS Comput Biol 17:e1009149, doi:10.1371/journal.pcbi.1009149 (layers
        of contacts, infectiousness over people); Salmon et al. 2011, doi:10.1145/2063384.2063405
        (random numbers by counter).
    """

    def __init__(
        self,
        population: Population | Contacts,
        pathogen: Pathogen,
        *,
        seed: int,
        r0: float | None = None,
        rhythm: ArrayLike | None = None,
    ) -> None:
        """Prepare an outbreak; nobody is infected yet.

        Args:
            population: The people, or the contacts between them where those are their own.
            pathogen: What spreads.
            seed: From 0 to 2**32 - 1.
            r0: Instead of that of the pathogen.
            rhythm: Share of contacts kept, shape (days, layers); begins anew after the last day.
                The reproduction number holds for its mean.

        Raises:
            ValueError: If an argument makes no sense.
        """
        if not 0 <= seed < 2**32:
            raise ValueError(f"seed must be from 0 to {2**32 - 1}, not {seed}")
        if isinstance(population, Population):
            population = contacts_of(population)
        self.contacts, self.pathogen, self.seed = population, pathogen, seed
        self.rhythm = _rhythm(rhythm, len(population.layers))
        self.r0 = pathogen.r0 if r0 is None else r0
        self.transmissibility = transmissibility_for(self.r0, population, pathogen, self.rhythm)
        self.day = 0
        self._profile = pathogen.profile
        self._sampler = Sampler(pathogen, seed)
        self._begin(len(population))

    def _begin(self, people: int) -> None:
        everybody = np.arange(people, dtype=np.int32)
        layers = len(self.contacts.layers)
        immune = uniform(everybody, counter_of(IMMUNITY), self.seed)
        susceptible = self.pathogen.susceptibility.of(self.contacts.age)
        susceptible[immune < self.pathogen.immune.of(self.contacts.age)] = 0
        self._susceptibility = susceptible.astype(np.float32)
        self._chain = Chain(
            infected=np.full(people, NEVER, np.int16),
            infector=np.full(people, NEVER, np.int32),
            layer=np.full(people, NEVER, np.int8),
            claim=np.zeros(people, np.int64),
        )
        self._course = Course.of(people)
        self._found = np.empty(people, np.int32)
        self._restrictions, self._closures, self._areas = Orders(layers), Orders(1), Orders(1)
        self._vaccinated = np.zeros((0, 5))  # person, day of effect, and what is left of three
        self._guard = np.ones((people, 3), np.float32)
        self._restricted = np.zeros(people, np.int32)
        self._open = np.ones(len(self.contacts.network.start) - 1, np.float32)

    # -- one day -------------------------------------------------------------------------------

    def step(self, day: int, interventions: Iterable[Intervention] = ()) -> Day:
        """Live through one day.

        Args:
            day: The day, for a check: 0 at first, then one more each time.
            interventions: What is ordered by then, in order. An order may begin within the day or
                later; none reaches into days gone by.

        Returns:
            What became known to nature, not to the program, on this day.

        Raises:
            ValueError: If the day is not the next one, or an order makes no sense; then nothing
                of the day has happened, but the orders before that one hold.
        """
        if day != self.day:
            raise ValueError(f"the next day is {self.day}, not {day}")
        if day >= MOST_DAYS:
            raise ValueError(f"a run has at most {MOST_DAYS} days")
        brought = [self._take(order, day) for order in interventions]
        for people in brought:
            self._infect(people, day)
        self._spread(day)
        self.day += 1
        return self._what_happened(day)

    def _take(self, order: Intervention, day: int) -> People:
        """Take one order; gives those whom it infects."""
        match order:
            case Infect():
                return self._people(order.people)
            case Restrict():
                home, away = share("at_home", order.at_home), share("elsewhere", order.elsewhere)
                left = [home if layer.home else away for layer in self.contacts.layers]
                who = self._people(order.people)
                self._restrictions.add(who, left, start=order.start, end=order.end, day=day)
            case Release():
                free = np.ones(len(self.contacts.layers))
                who, at = self._people(order.people), order.start
                self._restrictions.add(who, free, start=at, end=at, day=day)
            case Close():
                left = [share("remaining", order.remaining)]
                groups = self.contacts.groups(order.layer, np.atleast_1d(np.asarray(order.groups)))
                self._closures.add(groups, left, start=order.start, end=order.end, day=day)
            case ReduceContacts():
                left = [share("remaining", order.remaining)]
                areas = _numbers("area", order.areas, self.contacts.areas)
                self._areas.add(areas, left, start=order.start, end=order.end, day=day)
            case Vaccinate():
                self._vaccinate(order, day)
        return np.zeros(0, np.int32)

    def _people(self, people: ArrayLike) -> People:
        return _numbers("person", people, len(self.contacts)).astype(np.int32)

    def _vaccinate(self, order: Vaccinate, day: int) -> None:
        vaccine = order.vaccine
        who = self._people(order.people)
        left = [
            1 - share(name, getattr(vaccine, name))
            for name in ("infection", "infectiousness", "severity")
        ]
        rows = np.column_stack(
            [who, np.full(len(who), day + vaccine.days), np.tile(left, (len(who), 1))]
        )
        self._vaccinated = np.concatenate([self._vaccinated, rows])

    def _infect(self, people: People, day: int) -> None:
        """Infect people from outside, unless they are immune or were infected before."""
        new = people[self.can_be_infected(people)]
        self._chain.infected[new] = day
        self._draw(new, day)

    def _draw(self, people: People, day: int) -> None:
        age, left = self.contacts.age[people], self._guard[people, 2]
        self._sampler.draw(people, day, age, left, self._course)

    def _spread(self, day: int) -> None:
        infected = self._chain.infected
        first = max(day - self._profile.shape[1] + 1, 0)
        active = np.flatnonzero((infected >= first) & (infected < day)).astype(np.int32)
        died = self._course.died[active]
        active = active[(died == NEVER) | (died > day)]
        since = day - infected[active]
        force = self._profile[self._course.incubation[active], since]
        force = force * self._course.strength[active] * self.transmissibility
        infectious = force > 0
        today = self._today(day)
        new = transmit(
            day,
            self.seed,
            active[infectious],
            force[infectious],
            self.contacts.network,
            today,
            self._chain,
            self._found,
        )
        self._draw(np.sort(self._found[:new]), day)

    def _today(self, day: int) -> Today:
        """What holds contacts back on this day."""
        due = self._vaccinated[:, 1] <= day
        for one in range(3):
            who = self._vaccinated[due, 0].astype(np.intp)
            np.minimum.at(self._guard[:, one], who, self._vaccinated[due, 2 + one])
        self._vaccinated = self._vaccinated[~due]
        people, left = self._restrictions.today(day)
        self._restricted[:] = 0
        self._restricted[people] = np.arange(1, len(people) + 1)
        groups, opened = self._closures.today(day)
        self._open[:] = 1
        self._open[groups] = opened[:, 0]
        areas, reduced = self._areas.today(day)
        area_share = np.ones(self.contacts.areas, np.float32)
        area_share[areas] = reduced[:, 0]
        return Today(
            rhythm=self.rhythm[day % len(self.rhythm)],
            restricted=self._restricted,
            remaining=np.vstack([np.ones((1, left.shape[1])), left]),
            open_share=self._open,
            area_share=area_share,
            guard=self._guard,
            susceptibility=self._susceptibility,
        )

    def _what_happened(self, day: int) -> Day:
        def on(days: NDArray[np.int16]) -> People:
            return np.flatnonzero(days == day).astype(np.int32)

        events = {name: on(getattr(self._course, name)) for name in EVENTS}
        return Day(day=day, infected=on(self._chain.infected), **events)

    # -- what can be asked ---------------------------------------------------------------------

    def cases(self) -> Cases:
        """Everybody infected so far, with the chain of infection and the course of the illness."""
        infected = self._chain.infected
        who = np.flatnonzero(infected >= 0)
        who = who[np.argsort(infected[who], kind="stable")]
        return Cases(
            person=who.astype(np.int32),
            infected=infected[who],
            infector=self._chain.infector[who],
            layer=self._chain.layer[who],
            severity=self._course.severity[who],
            **{name: getattr(self._course, name)[who] for name in EVENTS},
        )

    def curve(self, event: str = "infected") -> NDArray[np.int64]:
        """How many people came to an event on each day gone by.

        Args:
            event: "infected", "onset", "care", "admitted", "critical", "died" or "recovered".

        Returns:
            Counts, shape (days,).

        Raises:
            ValueError: If there is no such event.
        """
        if event not in ("infected", *EVENTS):
            raise ValueError(f"no event {event}")
        source = self._chain if event == "infected" else self._course
        days = getattr(source, event)
        counted = np.bincount(days[(days >= 0) & (days < self.day)], minlength=self.day)
        counts: NDArray[np.int64] = counted.astype(np.int64)
        return counts

    def can_be_infected(self, people: ArrayLike) -> NDArray[np.bool_]:
        """Who is neither immune from the start nor was infected; a scenario seeds among these.

        Args:
            people: Whom to look at.

        Returns:
            Whether each can.
        """
        who = self._people(people)
        can: NDArray[np.bool_] = (self._susceptibility[who] > 0) & (
            self._chain.infected[who] == NEVER
        )
        return can

    def test(self, people: ArrayLike, day: int, name: str, *, number: int = 0) -> NDArray[np.bool_]:
        """Results of a laboratory test of specimens taken on a day.

        Args:
            people: Who was tested.
            day: Day of the specimens.
            name: Name of the test.
            number: Tells several specimens of one person and day apart.

        Returns:
            Whether each is positive; the same whenever it is asked for.

        Raises:
            ValueError: If the pathogen has no such test.
        """
        if name not in self.pathogen.tests:
            raise ValueError(f"no test {name}; there are {', '.join(self.pathogen.tests)}")
        test = self.pathogen.tests[name]
        who = self._people(people)
        infected = self._chain.infected[who].astype(np.int64)
        chance = np.full(len(who), 1 - test.specificity)
        since = day - infected
        seen = (infected != NEVER) & (since >= 0) & (since < len(test.sensitivity))
        chance[seen] = np.asarray(test.sensitivity)[since[seen]]
        kind = list(self.pathogen.tests).index(name)
        counter = counter_of(TEST, step=day, repeat=kind * 1000 + number)
        positive: NDArray[np.bool_] = uniform(who, counter, self.seed) < chance
        return positive

    def symptoms(self, people: ArrayLike) -> dict[str, NDArray[np.bool_]]:
        """Which symptoms people have in the course of their infection.

        Args:
            people: Who.

        Returns:
            By the code of the symptom, whether each has it; nobody without onset has any.
        """
        who = self._people(people)
        ill = self._course.onset[who] != NEVER
        return {
            code: ill & (uniform(who, counter_of(SYMPTOM, repeat=n), self.seed) < chance)
            for n, (code, chance) in enumerate(self.pathogen.symptoms.items())
        }

    def contacts_met(self, person: int, first: int, last: int) -> Met:
        """Whom somebody met, as an interview might tell, if no measure had kept them apart.

        Everybody of the household, others by the number of contacts of each layer; whoever infected
        the person or was infected by it in that time is always among them.

        Args:
            person: Who.
            first: First day.
            last: Last day.

        Returns:
            The contacts, day by day.

        Raises:
            ValueError: If the person or the days are not there.
        """
        # Both only refuse: an empty answer would say that the person met nobody.
        self._people(person)
        counter_of(CONTACT, step=max(last, 0))
        days = range(max(first, 0), last + 1)
        found = [
            (day, place, other)
            for day in days
            for place in range(len(self.contacts.layers))
            for other in met_on(self.contacts, self.rhythm, person, day, place, seed=self.seed)
        ]
        return met_of(found + links(self._chain, person, first, last))

    # -- checkpoint ----------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """The same for runs that differ neither in county, pathogen, rhythm nor seed."""
        digest = blake2b(self.contacts.fingerprint.encode(), digest_size=16)
        digest.update(repr((self.pathogen, self.seed, self.r0)).encode())
        digest.update(self.rhythm.tobytes())
        return digest.hexdigest()

    def state(self) -> dict[str, Array]:
        """Everything that the run has come to, as named arrays for `numpy.savez`."""
        who = np.flatnonzero(self._chain.infected >= 0).astype(np.int32)
        guarded = np.flatnonzero((self._guard < 1).any(axis=1)).astype(np.int32)
        made: dict[str, Array] = {
            "form": np.array(FORM),
            "fingerprint": np.array(self.fingerprint),
            "day": np.array(self.day),
            "person": who,
            "guarded": guarded,
            "guard": self._guard[guarded],
            "vaccinated": self._vaccinated.copy(),
        }
        for name, values in self._by_person().items():
            made[name] = values[who]
        for name, orders in self._orders().items():
            made |= orders.state(name)
        return made

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from a checkpoint of a run of the same county, pathogen and seed.

        Args:
            state: What `state` gave, perhaps by way of a file.

        Raises:
            ValueError: If it is of another run.
        """
        if int(state["form"]) != FORM or str(state["fingerprint"]) != self.fingerprint:
            raise ValueError("this checkpoint is of another county, pathogen, seed or program")
        self._begin(len(self.contacts))
        self.day = int(state["day"])
        who = state["person"]
        for name, values in self._by_person().items():
            values[who] = state[name]
        self._guard[state["guarded"]] = state["guard"]
        self._vaccinated = state["vaccinated"].copy()
        for name, orders in self._orders().items():
            orders.restore(name, state)

    def _by_person(self) -> dict[str, Array]:
        chain = self._chain
        arrays = {"infected": chain.infected, "infector": chain.infector, "layer": chain.layer}
        course = ("incubation", "strength", "severity", *EVENTS)
        return arrays | {name: getattr(self._course, name) for name in course}

    def _orders(self) -> dict[str, Orders]:
        return {"person": self._restrictions, "group": self._closures, "area": self._areas}


def _rhythm(rhythm: ArrayLike | None, layers: int) -> NDArray[np.float64]:
    if rhythm is None:
        return np.ones((1, layers))
    made = np.atleast_2d(np.asarray(rhythm, dtype=np.float64))
    if made.shape[1] != layers or not len(made):
        raise ValueError(f"rhythm must have the shape (days, {layers}), not {made.shape}")
    if not ((made >= 0) & (made <= 1)).all():
        raise ValueError("rhythm must hold shares from 0 to 1")
    return made


def _numbers(what: str, numbers: ArrayLike, count: int) -> NDArray[np.int64]:
    given = np.atleast_1d(np.asarray(numbers))
    if not len(given):
        return np.zeros(0, np.int64)
    if not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"{what} numbers must be whole, not {given.dtype}")
    wrong = given[(given < 0) | (given >= count)]
    if len(wrong):
        raise ValueError(f"{what} {wrong[0]} is not there; there are {count}")
    return given.astype(np.int64)
