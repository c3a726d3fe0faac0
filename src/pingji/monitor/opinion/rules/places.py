"""Of which place a post speaks. Pure: names in, code of an area out.

A village is rarely called by its whole name, and several may share one. What the text does not
settle is left open: the post then counts for the smallest area that holds all places it may mean.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pingji.monitor.opinion.rules.words import Lexicon, any_of

LENGTHS = (15, 12, 9, 6, 4, 2)
VILLAGE = 12
TAIL = re.compile(
    r"(社区居民委员会|社区居委会|村民委员会|居民委员会|居委会|村委会|办事处|管理委员会|管委会)$"
)
KIND = re.compile(r"(自治[县州区]|族[乡镇]|街道|社区|省|市|县|区|镇|乡|村|场)$")
# Peoples after whom autonomous counties are named stand between the place's own name and its kind.
PEOPLES = re.compile(r"((土家|苗|侗|瑶|藏|彝|回|壮|满|羌|仡佬|维吾尔|蒙古|哈萨克)族?)+$")


@dataclass(frozen=True)
class Name:
    """What a name in a text may mean.

    Attributes:
        codes: Areas called so.
        short: Whether it is a village's name without its kind, which may be any word.
    """

    codes: frozenset[str]
    short: bool = False


@dataclass(frozen=True)
class Where:
    """Where a post is from.

    Attributes:
        area: Code of the area for which it counts.
        kind: How it was found, a value of `Post.Place`.
        candidates: Areas it may mean, where that is open.
        names: The words it was read from.
    """

    area: str
    kind: str
    candidates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gazetteer:
    """Names of a county's places, ready to be found.

    Attributes:
        home: Code of the county (or city) whose posts are read.
        names: What each name means.
        before, after: Words beside which a village's short name counts.
        elsewhere: Names of provinces and large cities that are not around the county.
    """

    home: str
    names: Lexicon[Name]
    before: Sequence[str]
    after: Sequence[str]
    elsewhere: Sequence[str]


def spellings(name: str) -> list[tuple[str, bool]]:
    """The names people use for an area, and whether each has lost the area's kind."""
    official = TAIL.sub("", name) or name
    found = [(name, False)]
    if official != name:
        found.append((official, not KIND.search(official)))
    if name.endswith(("社区居民委员会", "社区居委会")):
        found.append((f"{official}社区", False))
    elif name.endswith(("村民委员会", "村委会")) and not official.endswith("村"):
        found.append((f"{official}村", False))
    own = KIND.sub("", official)
    own = PEOPLES.sub("", own) if len(own) > 2 else own
    if len(own) > 1 and own != official:
        found.append((own, True))
    return found


def gazetteer(
    *,
    home: str,
    areas: Iterable[tuple[str, str]],
    institutions: Iterable[tuple[str, str]],
    stop: Iterable[str],
    before: Sequence[str],
    after: Sequence[str],
    elsewhere: Iterable[str],
) -> Gazetteer:
    """Make the names of a county's places ready.

    Args:
        home: Code of the county or city.
        areas: Code and name of each area in it and around it.
        institutions: Code of the area, and name, of schools, hospitals and the like.
        stop: Short names that are common words and mean no place by themselves.
        before, after: Words beside which a village's short name counts.
        elsewhere: Names of provinces and large cities.
    """
    never = set(stop)
    codes: dict[str, set[str]] = {}
    whole: set[str] = set()
    around: set[str] = set()
    for code, name in areas:
        for word, short in spellings(name):
            if len(code) < len(home):
                around.add(word)
            if len(code) < 6 or (short and word in never):
                continue
            codes.setdefault(word, set()).add(code)
            if not short or len(code) < VILLAGE or len(word) > 2:
                whole.add(word)
    for code, name in institutions:
        if len(name) > 3:
            codes.setdefault(name, set()).add(code)
            whole.add(name)
    names = {word: Name(frozenset(found), word not in whole) for word, found in codes.items()}
    away = [name for name in elsewhere if name not in names and name not in around]
    return Gazetteer(home, Lexicon(names), tuple(before), tuple(after), tuple(away))


def where(text: str, known: Gazetteer) -> Where:
    """Where a plain text is from."""
    seen = [
        one
        for one in known.names.found_in(text)
        if not one.meaning.short or _beside(text, one.start, one.end, known)
    ]
    if not seen:
        away = any_of(known.elsewhere, text)
        return Where(known.home, "elsewhere" if away else "none")
    said = tuple(dict.fromkeys(one.word for one in seen))
    meant = [one.meaning.codes for one in seen]
    settled = [_settle(codes, meant) for codes in meant]
    sure = {next(iter(codes)) for codes in settled if len(codes) == 1}
    # A place that holds another one named only says where that lies.
    sure = {code for code in sure if not any(o != code and o.startswith(code) for o in sure)}
    open_ones = [codes for codes in settled if len(codes) > 1]
    open_ones = [codes for codes in open_ones if not (codes & sure)]
    if len(sure) == 1 and not open_ones:
        return Where(next(iter(sure)), "named", (), said)
    possible = sorted(sure.union(*open_ones))
    kind = "ambiguous" if open_ones else "several"
    return Where(around(possible, known.home), kind, tuple(possible), said)


def _beside(text: str, start: int, end: int, known: Gazetteer) -> bool:
    """Whether what stands beside a short name shows that a place is meant."""
    return text[:start].endswith(tuple(known.before)) or text[end:].startswith(tuple(known.after))


def _settle(codes: frozenset[str], meant: Sequence[frozenset[str]]) -> frozenset[str]:
    """Which of the areas of one name are meant, as far as the other names tell."""
    if len(codes) == 1:
        return codes
    others = {code for other in meant if other != codes for code in other}
    inside = {code for code in codes if any(code != o and code.startswith(o) for o in others)}
    # The county's own name settles nothing: all of them lie in it.
    if inside and inside != codes:
        return frozenset(inside)
    holding = {code for code in codes if any(code != o and o.startswith(code) for o in others)}
    if len(holding) == 1:
        return frozenset(holding)
    largest = min(codes, key=len)
    towns = [code for code in codes if len(code) == len(largest)]
    # A township and villages of one name: who says the bare name means the township.
    return frozenset(towns) if len(towns) == 1 else codes


def around(codes: Sequence[str], home: str) -> str:
    """The smallest area that holds all of some areas, but none larger than the county's own."""
    first = codes[0]
    for length in LENGTHS:
        if length <= len(first) and all(code.startswith(first[:length]) for code in codes):
            return first[:length] if len(first[:length]) >= len(home) else home
    return home
