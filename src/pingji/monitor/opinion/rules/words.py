"""Words found in a text, the longest at each place. Pure: text in, places of words out."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Meaning = TypeVar("Meaning")

ADDRESS = re.compile(r"https?://[^\s\u4e00-\u9fff]+|www\.[^\s\u4e00-\u9fff]+")
MENTION = re.compile(r"@[\w\-\u4e00-\u9fff]{1,30}[:：]?")
FORWARDED = re.compile(r"(//\s*@.*)$|^\s*(转发微博|转发|repost|rt)\s*[:：,，]?", re.IGNORECASE)
SHORTEST = 4  # characters of a text that says something
PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")


def plain(text: str) -> str:
    """A text as words are compared: full-width characters made narrow, letters small."""
    return unicodedata.normalize("NFKC", text).lower()


def bare(text: str) -> str:
    """What a post itself says: without addresses, mentions and marks of forwarding."""
    text = ADDRESS.sub(" ", plain(text))
    own = MENTION.sub(" ", FORWARDED.sub(" ", text)).strip()
    # Who forwards without a word of their own says what was said.
    return own if len(own) >= SHORTEST else MENTION.sub(" ", text).strip("/ ")


def starred(text: str) -> str:
    """A text with phone and identity numbers starred."""
    return PHONE.sub(r"\1****\2", IDENTITY.sub(r"\1********\2", text))


@dataclass(frozen=True, slots=True)
class Seen(Generic[Meaning]):
    """A word found at a place, and what it means."""

    start: int
    end: int
    word: str
    meaning: Meaning


class Lexicon(Generic[Meaning]):
    """Words with their meanings, ready to be found."""

    def __init__(self, words: Mapping[str, Meaning]) -> None:
        self.words = {plain(word): meaning for word, meaning in words.items() if word.strip()}
        self.by_first: dict[str, Sequence[str]] = {}
        for word in sorted(self.words, key=lambda word: (-len(word), word)):
            self.by_first.setdefault(word[0], []).append(word)  # type: ignore[attr-defined]

    def found_in(self, text: str) -> Iterator[Seen[Meaning]]:
        """The words of a plain text from left to right; none overlaps another."""
        at = 0
        while at < len(text):
            word = next((w for w in self.by_first.get(text[at], ()) if text.startswith(w, at)), "")
            if word:
                yield Seen(at, at + len(word), word, self.words[word])
            at += len(word) or 1


def any_of(words: Iterable[str], text: str) -> bool:
    """Whether one of some words stands in a text."""
    return any(plain(word) in text for word in words)
