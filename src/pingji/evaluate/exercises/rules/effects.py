"""What measures leave of people's contacts: figures that are data, each with its ground."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "data" / "effects.toml"


@dataclass(frozen=True)
class Apart:
    """How somebody is kept apart.

    Attributes:
        at_home: Share of contacts left with those one lives with.
        elsewhere: Share of all others left.
        days: For how long.
    """

    at_home: float
    elsewhere: float
    days: float


@dataclass(frozen=True)
class Effects:
    """What each measure does.

    Attributes:
        case: How a reported case is kept apart.
        contact: How a close contact is.
        contact_standards: Orders that answer to these bring contacts to light.
        days_before_onset: From how long before a case's onset contacts are sought.
        found: Share of those met who are found, by where they were met.
        class_cases: Reported cases that stop a class.
        class_days: For how long.
        class_remaining: Share of contacts left there.
        school_from_share: Share of classes that stops the school.
        risk: Share of contacts in the community left in a risk area, by its rank from 1.
        response: The same under a response, by its level.
    """

    case: Apart
    contact: Apart
    contact_standards: frozenset[str]
    days_before_onset: int
    found: dict[str, float]
    class_cases: int
    class_days: float
    class_remaining: float
    school_from_share: float
    risk: tuple[float, ...]
    response: dict[str, float]

    def in_risk_area(self, rank: int) -> float:
        """What is left in an area of a rank; below the last rank named, as there."""
        return self.risk[min(rank, len(self.risk)) - 1]


@lru_cache(maxsize=1)
def shipped_effects() -> Effects:
    """What ships with the program."""
    with SHIPPED.open("rb") as file:
        data = tomllib.load(file)

    def apart(name: str) -> Apart:
        row = data[name]
        return Apart(row["at_home"], row["elsewhere"], row["days"])

    contact, classes = data["contact"], data["class"]
    return Effects(
        case=apart("case"),
        contact=apart("contact"),
        contact_standards=frozenset(contact["standards"]),
        days_before_onset=contact["days_before_onset"],
        found=contact["found"],
        class_cases=classes["cases"],
        class_days=classes["days"],
        class_remaining=classes["remaining"],
        school_from_share=classes["school_from_share"],
        risk=tuple(data["risk"]["remaining"]),
        response={level: value for level, value in data["response"].items() if "note" not in level},
    )
