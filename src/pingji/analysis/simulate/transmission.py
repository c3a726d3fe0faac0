"""Random numbers by counter, and one day of transmission between people, as compiled loops.

Every random number is a function of the seed and of what it is for: whose, for which purpose, on
which day of the infection, the how manyth. Nothing is drawn "next", so a run goes on from a
checkpoint as if it had not stopped, and two runs of one seed that differ by a measure differ by
what the measure does and by nothing else.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.detect.compiled import compiled

# What a random number is for: the top bits of its counter.
ATTEMPT, CHOICE, SEVERITY, INCUBATION, STRENGTH, DELAY, TEST, SYMPTOM, CONTACT, IMMUNITY, CARE = (
    range(11)
)
STEPS, REPEATS = 1 << 12, 1 << 14  # days, and numbers for each, that a counter can tell apart
NEVER = -1

Array = NDArray[Any]


@compiled
def philox(first: int, second: int, key: int) -> tuple[int, int]:
    """Turn a counter of two words into two random words: Philox2x32 with 10 rounds.

    Args:
        first: First word of the counter, from 0 to 2**32 - 1.
        second: Second word, likewise.
        key: The seed, likewise.

    Returns:
        Two words from 0 to 2**32 - 1.

    Source: Salmon et al. 2011, SC '11, doi:10.1145/2063384.2063405.
    """
    for _ in range(10):
        product = 0xD256D193 * first
        # Multiplication may wrap to a negative number; the masked bits are the same.
        first = ((product >> 32) & 0xFFFFFFFF) ^ key ^ second
        second = product & 0xFFFFFFFF
        key = (key + 0x9E3779B9) & 0xFFFFFFFF
    return first, second


@compiled
def fill_uniform(people: Array, counter: int, key: int, out: Array) -> None:
    """Fill `out` with one number between 0 and 1 for each person.

    Args:
        people: Who.
        counter: What for, as `counter_of` makes it.
        key: The seed.
        out: Filled, same shape as people.
    """
    for n in range(len(people)):
        word, _ = philox(int(people[n]), counter, key)
        out[n] = (word + 0.5) / 4294967296.0


class Network(NamedTuple):
    """Who meets whom, as it is without any measure.

    Attributes:
        rate: Contacts a day times their weight, float32, shape (people, layers).
        group: Group in each layer, counted through all layers, -1 for none, int32, same shape.
        start: Where each group begins in members, and the end of the last, int64.
        members: Members of each group, group after group, int32.
        area: Area each person lives in, int32.
        by_area: Whether a layer is subject to the measures of areas, bool, shape (layers,).
    """

    rate: Array
    group: Array
    start: Array
    members: Array
    area: Array
    by_area: Array


class Today(NamedTuple):
    """What holds contacts back on one day; every share is from 0 to 1.

    Attributes:
        rhythm: Share of contacts kept by layer.
        restricted: Row of `remaining` for each person, int32; row 0 is nobody's restriction.
        remaining: Share of contacts left, shape (rows, layers).
        open_share: Share of contacts left in each group.
        area_share: Share of contacts left in each area.
        guard: What vaccination leaves of susceptibility, infectiousness and severity, float32,
            shape (people, 3).
        susceptibility: Of each person without vaccination, float32.
    """

    rhythm: Array
    restricted: Array
    remaining: Array
    open_share: Array
    area_share: Array
    guard: Array
    susceptibility: Array


class Chain(NamedTuple):
    """Who was infected when, by whom and where; filled in by `transmit`.

    Attributes:
        infected: Day of infection, -1 for none, int16.
        infector: Who infected each person, -1 for nobody in the county, int32.
        layer: In which layer, -1 for none, int8.
        claim: Room for one number per person, int64.
    """

    infected: Array
    infector: Array
    layer: Array
    claim: Array


@compiled
def attempts_of(mean: float, word: int) -> int:
    """A Poisson number by inversion: of one word, a higher mean never gives fewer."""
    u = (word + 0.5) / 4294967296.0
    n = 0
    term = np.exp(-mean)
    below = term
    while u > below and n < 2000:
        n += 1
        term *= mean / n
        below += term
    return n


@compiled
def layer_of(rate: Array, left: float) -> int:
    """The layer in which an attempt falls that lies at `left` of the sum of the rates."""
    one = 0
    while one < len(rate) - 1 and left >= rate[one]:
        left -= rate[one]
        one += 1
    return one


@compiled
def other_of(network: Any, i: int, one: int, word: int) -> int:
    """Somebody else of the group in a layer, each with the same chance; -1 where nobody is."""
    g = int(network.group[i, one])
    if g < 0:
        return -1
    low = int(network.start[g])
    others = int(network.start[g + 1]) - low - 1
    if others < 1:
        return -1
    j = int(network.members[low + ((word * others) >> 32)])
    # The last member stands in for the person, who is not drawn as the last.
    return int(network.members[low + others]) if j == i else j


@compiled
def kept_share(network: Any, today: Any, i: int, j: int, one: int) -> float:
    """The chance that an attempt of one person at another in a layer succeeds."""
    share = today.rhythm[one] * today.open_share[network.group[i, one]]
    share *= today.guard[i, 1] * today.guard[j, 0] * today.susceptibility[j]
    share *= today.remaining[today.restricted[i], one] * today.remaining[today.restricted[j], one]
    if network.by_area[one]:
        here, there = today.area_share[network.area[i]], today.area_share[network.area[j]]
        share *= np.sqrt(here * there)
    return float(share)


@compiled
def transmit(
    day: int,
    key: int,
    active: Array,
    force: Array,
    network: Any,
    today: Any,
    chain: Any,
    found: Array,
) -> int:
    """Let every infectious person meet others for one day.

    Each makes a Poisson number of attempts, as many as without any measure; an attempt picks a
    layer by its rate and somebody else of the group there, and succeeds with the product of all
    that holds it back. Somebody reached by several on one day is infected by one of them at random.

    Args:
        day: The day; who is infected on it infects others from the next day on.
        key: The seed.
        active: Infectious people, int32.
        force: Attempts per unit of rate, one for each of them.
        network: A `Network`.
        today: A `Today`.
        chain: A `Chain`; filled in.
        found: Filled with those infected on this day.

    Returns:
        How many were infected.
    """
    total = 0
    for a in range(len(active)):
        i = int(active[a])
        reach = 0.0
        for one in range(network.rate.shape[1]):
            reach += network.rate[i, one]
        step = (day - int(chain.infected[i])) * REPEATS
        word, _ = philox(i, step, key)
        for attempt in range(1, attempts_of(min(force[a] * reach, 500.0), word) + 1):
            first, second = philox(i, step + attempt, key)
            one = layer_of(network.rate[i], (first + 0.5) / 4294967296.0 * reach)
            j = other_of(network, i, one, second)
            if j < 0 or (chain.infected[j] >= 0 and chain.infected[j] != day):
                continue
            luck, rank = philox(i, CHOICE * STEPS * REPEATS + step + attempt, key)
            if (luck + 0.5) / 4294967296.0 >= kept_share(network, today, i, j, one):
                continue
            if chain.infected[j] < 0:
                found[total] = j
                total += 1
                chain.infected[j] = day
            elif chain.infector[j] < 0 or rank <= chain.claim[j]:
                continue
            chain.claim[j], chain.infector[j], chain.layer[j] = rank, i, one
    return total


def counter_of(purpose: int, *, step: int = 0, repeat: int = 0) -> int:
    """The second word of the counter of a random number.

    Args:
        purpose: What it is for, one of the names above.
        step: Day of the infection or of the run.
        repeat: The how manyth.

    Returns:
        The word.

    Raises:
        ValueError: If step or repeat cannot be told from another.
    """
    if not 0 <= step < STEPS or not 0 <= repeat < REPEATS:
        raise ValueError(f"step {step}, number {repeat}: a run has at most {STEPS} days")
    return (purpose * STEPS + step) * REPEATS + repeat


def uniform(people: Array, counter: int, seed: int) -> NDArray[np.float64]:
    """One random number between 0 and 1 for each person, the same whenever it is asked for.

    Args:
        people: Who.
        counter: What for, as `counter_of` makes it.
        seed: The seed of the run.

    Returns:
        Numbers, same shape as people.
    """
    out = np.empty(len(people))
    fill_uniform(people, counter, seed, out)
    return out
