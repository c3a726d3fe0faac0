"""In which mood a post is written, by words. Pure: text in, mood out."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingji.monitor.opinion.rules.words import Lexicon

REACH = 4  # characters that a negation or an intensifier reaches ahead


@dataclass(frozen=True)
class Moods:
    """Words of mood, ready to be found.

    Attributes:
        words: Weight of each word: below zero worried or angry, above zero calm or thankful.
        negations: Words that turn what follows.
        stronger: Words that double what follows.
        limit: How far from zero the sum must be for a mood.
    """

    words: Lexicon[float]
    negations: Sequence[str]
    stronger: Sequence[str]
    limit: float


def mood_of(text: str, moods: Moods) -> tuple[int, list[str]]:
    """The mood of a plain text: -1, 0 or 1, and the words it was read from."""
    total = 0.0
    read: list[str] = []
    for one in moods.words.found_in(text):
        before = text[max(0, one.start - REACH) : one.start]
        weight = one.meaning
        if not weight:  # a word that only looks like one of mood
            continue
        turned = any(before.endswith(word) for word in moods.negations)
        if turned:
            weight = -weight
        elif any(word in before for word in moods.stronger):
            weight *= 2
        total += weight
        read.append(f"{'-' if turned else ''}{one.word}")
    if total <= -moods.limit:
        return -1, read
    return (1 if total >= moods.limit else 0), read
