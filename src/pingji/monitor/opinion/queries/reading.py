"""Posts as understood: the county's own names, the catalogue's, and the words of the file."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pingji.ground.directory.models import Area, Organisation
from pingji.monitor.opinion.rules.mood import Moods, mood_of
from pingji.monitor.opinion.rules.places import Gazetteer, Where, gazetteer, where
from pingji.monitor.opinion.rules.topics import Named, Names, named, topic_of
from pingji.monitor.opinion.rules.words import Lexicon, any_of, bare, plain
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue
from pingji.monitor.surveillance.queries.symptoms import load_rules
from pingji.monitor.surveillance.queries.told import Told, told

WORDS = Path(__file__).resolve().parents[1] / "data" / "reading.toml"
GRADE = re.compile(r"[一二三四五六七八九1-9]年级")
SHORTEST_NAME = 2
LATIN = 0x2E80  # below this code no character is Chinese
# Bodies by whose whole name people say where something is.
NAMED_BODIES = (
    Organisation.Kind.SCHOOL,
    Organisation.Kind.HOSPITAL,
    Organisation.Kind.CARE_HOME,
    Organisation.Kind.TOWNSHIP_HEALTH_CENTRE,
)


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The file of words, as it ships."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Understood:
    """What was understood of one text."""

    where: Where
    named: Named
    told: Told
    topic: str
    notice: bool
    mood: int
    mood_words: list[str]


class Reader:
    """Reads the posts of one county; make it once for a batch."""

    def __init__(self, home: str, on: date) -> None:
        found = words()
        self.on = on
        self.watched = catalogue()
        self.places = _gazetteer(home, found["places"])
        self.names = _names(self.watched, found["topics"])
        self.usual = found["topics"]["usual"]
        self.under = found["topics"]["under"]
        self.rewritten = Lexicon(found["symptoms"]["words"])
        self.rules = load_rules()
        self.notices = found["notices"]["words"]
        mood = found["mood"]
        self.moods = Moods(
            Lexicon({word: float(weight) for word, weight in mood["words"].items()}),
            tuple(mood["negations"]),
            tuple(mood["stronger"]),
            float(mood["limit"]),
        )

    def read(self, text: str) -> Understood:
        """What one text says."""
        said = bare(text)
        found = named(said, self.names)
        illness = told(self._rewrite(said), rules=self.rules)
        mood, mood_words = mood_of(said, self.moods)
        topic = topic_of(found, illness.syndromes, illness.symptoms, self.usual, self.under)
        return Understood(
            where=where(said, self.places),
            named=found,
            told=illness,
            topic=self._watched(topic),
            notice=any_of(self.notices, said),
            mood=mood,
            mood_words=mood_words,
        )

    def _rewrite(self, text: str) -> str:
        """Everyday words for symptoms as the rules for complaints know them.

        "三年级" is no duration.
        """
        text = GRADE.sub("", text)
        parts, at = [], 0
        for one in self.rewritten.found_in(text):
            parts += [text[at : one.start], one.meaning]
            at = one.end
        return "".join([*parts, text[at:]])

    def _watched(self, code: str) -> str:
        """The disease as it is watched on the day; "" where it is not."""
        if code not in self.watched.diseases:
            return ""
        disease = self.watched.on_day([code], self.on)
        return disease.code if disease else ""


def _gazetteer(home: str, found: dict[str, Any]) -> Gazetteer:
    around = [home[:length] for length in (2, 4, 6) if length < len(home)]
    areas: Iterable[tuple[str, str]] = [
        *Area.objects.under(home).filter(code__length__lte=12).values_list("code", "name"),
        *Area.objects.filter(code__in=around).values_list("code", "name"),
    ]
    bodies = Organisation.objects.open().filter(area__code__startswith=home, kind__in=NAMED_BODIES)
    return gazetteer(
        home=home,
        areas=areas,
        institutions=bodies.values_list("area_id", "name"),
        stop=found["stop"],
        before=found["before"],
        after=found["after"],
        elsewhere=found["elsewhere"],
    )


def _names(watched: Catalogue, found: dict[str, Any]) -> Names:
    """Names of the catalogue and of everyday speech; the latter where both say different things."""
    names: dict[str, str] = {}
    for word, codes in watched.by_word.items():
        if len(word) >= SHORTEST_NAME and any(ord(letter) >= LATIN for letter in word):
            names[word] = codes[0]
    names |= {
        plain(word): code for word, code in found["names"].items() if code in watched.diseases
    }
    return Names(
        Lexicon(names),
        tuple(found["not_after"]),
        tuple(found["not_before"]),
        tuple(found["denials"]),
    )
