"""Which texts say the same in nearly the same words. Pure: texts in, signatures out.

A text is the set of its runs of two characters; of each run many hashes are taken and of each
hash the smallest kept. Two texts share as many of these as their sets have in common (Broder 1997,
doi:10.1109/SEQUEN.1997.666900). What looks alike by signature is then compared run by run.
"""

import re
from collections.abc import Callable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pingji.monitor.opinion.rules.words import bare

RUN = 2
HASHES = 64
PRIME = (1 << 61) - 1
LOOKED_AT = 0.5  # of the wanted likeness, from which two signatures are worth a closer look
FEWEST = 6  # runs of a text that is told from others; shorter ones must be the same
QUOTED = 18  # runs of a text from which on another that quotes it whole repeats it
_draw = np.random.default_rng(20_251_121)
_A = _draw.integers(1, 1 << 31, HASHES, dtype=np.uint64)
_B = _draw.integers(0, 1 << 31, HASHES, dtype=np.uint64)
NOT_SAID = re.compile(r"[^\u4e00-\u9fff0-9a-z]+")


def runs(text: str) -> frozenset[str]:
    """The runs of characters of a text, without marks and spaces."""
    said = NOT_SAID.sub("", bare(text))
    if len(said) <= RUN:
        return frozenset({said} if said else ())
    return frozenset(said[at : at + RUN] for at in range(len(said) - RUN + 1))


def signature(found: frozenset[str]) -> NDArray[np.uint32]:
    """The smallest of each hash over all runs; of an empty text the largest number there is."""
    if not found:
        return np.full(HASHES, np.iinfo(np.uint32).max, np.uint32)
    marks = np.array(sorted(crc32(run.encode()) for run in found), np.uint64)
    # 32-bit marks times 31-bit factors stay within 64 bits.
    hashed = ((marks[:, None] * _A + _B) % np.uint64(PRIME)) & np.uint64(0xFFFFFFFF)
    smallest: NDArray[np.uint32] = hashed.min(axis=0).astype(np.uint32)
    return smallest


def close_to(
    one: NDArray[np.uint32], others: NDArray[np.uint32], likeness: float
) -> NDArray[np.intp]:
    """Which signatures, rows of `others`, may be as like as wanted; the likest first."""
    if not len(others):
        return np.empty(0, np.intp)
    shared = (others == one).mean(axis=1)
    near = np.flatnonzero(shared >= LOOKED_AT * likeness)
    order: NDArray[np.intp] = near[np.argsort(-shared[near], kind="stable")]
    return order


def likeness_of(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two texts have in common, 0 to 1: of all their runs, or of those of the shorter.

    A long text that stands whole in another is repeated by it, whatever is written round it.
    """
    if not one or not other:
        return 0.0
    both = len(one & other)
    if min(len(one), len(other)) < FEWEST:
        return float(one == other)
    whole = both / len(one | other)
    shorter = min(len(one), len(other))
    return max(whole, both / shorter) if shorter >= QUOTED else whole


class Pool:
    """Texts that later ones may repeat, each under a name of the caller's."""

    def __init__(self) -> None:
        self.names: list[int] = []
        self.texts: list[str] = []
        self._runs: dict[int, frozenset[str]] = {}  # of the texts that were looked at closer
        self._marks = np.empty((256, HASHES), np.uint32)

    def add(self, name: int, text: str, mark: NDArray[np.uint32]) -> None:
        """Put a text in, with its signature."""
        if len(self.names) == len(self._marks):
            self._marks = np.concatenate([self._marks, np.empty_like(self._marks)])
        self._marks[len(self.names)] = mark
        self.names.append(name)
        self.texts.append(text)

    def likest(
        self, text: str, likeness: float, allowed: Callable[[int], bool] = lambda _name: True
    ) -> int | None:
        """The name of the text that a text repeats; None where it is new."""
        mine = runs(text)
        best: tuple[float, int] | None = None
        for at in close_to(signature(mine), self._marks[: len(self.names)], likeness).tolist():
            if not allowed(self.names[at]):
                continue
            alike = likeness_of(mine, self._runs_of(at))
            if alike >= likeness and (best is None or alike > best[0]):
                best = (alike, self.names[at])
        return None if best is None else best[1]

    def _runs_of(self, at: int) -> frozenset[str]:
        if at not in self._runs:
            self._runs[at] = runs(self.texts[at])
        return self._runs[at]
