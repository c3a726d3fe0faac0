"""Of which illness a post speaks. Pure: words in, codes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pingji.monitor.opinion.rules.words import Lexicon

NEAR = 3  # characters between a denial and what it denies


@dataclass(frozen=True)
class Names:
    """Names of diseases, ready to be found.

    Attributes:
        lexicon: Codes by name.
        not_after: What follows a name where no illness is meant: "疫苗".
        not_before: What stands before it then: "预防".
        denials: What denies the name that follows.
    """

    lexicon: Lexicon[str]
    not_after: Sequence[str]
    not_before: Sequence[str]
    denials: Sequence[str]


@dataclass(frozen=True)
class Named:
    """Diseases a text names, and those it says it is not; each once, in the text's order."""

    diseases: tuple[str, ...]
    denied: tuple[str, ...]


def named(text: str, names: Names) -> Named:
    """The diseases that a plain text names."""
    said: dict[str, None] = {}
    denied: dict[str, None] = {}
    for one in names.lexicon.found_in(text):
        after, before = text[one.end :], text[: one.start]
        if after.startswith(tuple(names.not_after)) or before.endswith(tuple(names.not_before)):
            continue
        no = any(_denies(word, before) for word in names.denials)
        (denied if no else said)[one.meaning] = None
    return Named(tuple(said), tuple(code for code in denied if code not in said))


def _denies(word: str, before: str) -> bool:
    """Whether a denial stands close before; "是不是" asks and denies nothing."""
    at = before.rfind(word)
    asked = word[-1] + word
    return at >= 0 and len(before) - at - len(word) <= NEAR and asked not in before[-NEAR - 3 :]


def topic_of(
    found: Named,
    syndromes: Iterable[str],
    symptoms: Iterable[str],
    usual: Mapping[str, str],
    under: Mapping[str, str],
) -> str:
    """The one illness a post counts for: what it names first, else the syndrome it describes.

    Args:
        found: Diseases named.
        syndromes: Syndromes that the symptoms make by the rules for complaints.
        symptoms: Symptoms told.
        usual: For a symptom that makes no syndrome by itself, the one under which posts that tell
            no more are watched.
        under: For a narrow syndrome the wide one under which posts count together.

    Returns:
        A code of the catalogue; "" where the post speaks of no illness that is watched.
    """
    told = [*syndromes, *(usual[code] for code in symptoms if code in usual)]
    wide = (under.get(code, code) for code in told)
    return next(iter([*found.diseases, *wide, *found.denied]), "")
