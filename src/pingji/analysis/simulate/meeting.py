"""Whom people met: the contacts that an investigation might find."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.contacts import Contacts
from pingji.analysis.simulate.happened import People
from pingji.analysis.simulate.transmission import (
    CONTACT,
    NEVER,
    Array,
    Chain,
    attempts_of,
    counter_of,
    other_of,
    philox,
)

MOST_MET = 499  # in one layer on one day


@dataclass(frozen=True, eq=False)
class Met:
    """Contacts of one person.

    Attributes:
        person: Whom.
        day: On which day.
        layer: In which layer, by its place.
    """

    person: People
    day: NDArray[np.int16]
    layer: NDArray[np.int8]


def met_on(
    contacts: Contacts, rhythm: Array, person: int, day: int, place: int, *, seed: int
) -> list[int]:
    """People met in one layer on one day, the same whenever it is asked for.

    Args:
        contacts: Who meets whom.
        rhythm: Share of contacts kept, shape (days, layers).
        person: Whose contacts.
        day: The day.
        place: The layer, by its place.
        seed: The seed of the run.

    Returns:
        Their numbers, in order.
    """
    network, layer = contacts.network, contacts.layers[place]
    group = int(network.group[person, place])
    if group < 0:
        return []
    kept = float(rhythm[day % len(rhythm), place])
    if layer.contacts is None:
        held = network.members[network.start[group] : network.start[group + 1]]
        return sorted(int(one) for one in held if one != person) if kept > 0 else []
    mean = kept * float(np.broadcast_to(np.asarray(layer.contacts), len(contacts))[person])
    block = place * (MOST_MET + 1)
    word, _ = philox(person, counter_of(CONTACT, step=day, repeat=block), seed)
    found = set()
    for n in range(1, min(attempts_of(mean, word), MOST_MET) + 1):
        word, _ = philox(person, counter_of(CONTACT, step=day, repeat=block + n), seed)
        found.add(int(other_of(network, person, place, word)))
    return sorted(found - {NEVER})


def links(chain: Chain, person: int, first: int, last: int) -> list[tuple[int, int, int]]:
    """Those whom a person infected, and who infected the person, in some days.

    Args:
        chain: Who infected whom.
        person: Who.
        first: First day.
        last: Last day.

    Returns:
        Day, layer and the other person of each.
    """
    to = np.flatnonzero(chain.infector == person)
    pairs = [(int(one), int(one)) for one in to]
    if chain.infector[person] != NEVER:
        pairs.append((person, int(chain.infector[person])))
    return [
        (int(chain.infected[caught]), int(chain.layer[caught]), other)
        for caught, other in pairs
        if first <= chain.infected[caught] <= last
    ]


def met_of(found: list[tuple[int, int, int]]) -> Met:
    """Contacts as arrays, each once, in order of day and layer.

    Args:
        found: Day, layer and person of each.

    Returns:
        The contacts.
    """
    rows = np.unique(np.array(found, np.int64).reshape(-1, 3), axis=0)
    return Met(rows[:, 2].astype(np.int32), rows[:, 0].astype(np.int16), rows[:, 1].astype(np.int8))
