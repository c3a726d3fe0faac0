"""What a text says of illness, whoever has it: people write of their children and neighbours."""

from collections.abc import Iterable
from dataclasses import dataclass

from pingji.monitor.surveillance.models import Symptom
from pingji.monitor.surveillance.rules.syndromes import Rules, matching, symptoms_of

TOLD = ("said", "others")


@dataclass(frozen=True)
class Told:
    """Symptoms that somebody has, those denied, and the syndromes they make; codes, in order."""

    symptoms: tuple[str, ...]
    denied: tuple[str, ...]
    syndromes: tuple[str, ...]


def told(text: str, *, rules: Rules) -> Told:
    """Read a text by the rules for complaints, counting what it says of others too."""
    reading = symptoms_of(text, rules=rules)
    found: dict[str, float | None] = {}
    for mark in reading.marks:
        for code in mark.symptoms if mark.kind in TOLD else ():
            known = found.get(code)
            found[code] = mark.days if known is None else min(known, mark.days or known)
    matched = matching(found, None, rules)
    return Told(
        tuple(found),
        tuple(sorted(reading.denied - found.keys())),
        tuple(dict.fromkeys(rule.syndrome for rule in matched)),
    )


def symptom_labels(codes: Iterable[str]) -> list[str]:
    """Symptoms in the reader's language."""
    rows = Symptom.objects.in_bulk(list(codes))
    return [rows[code].label if code in rows else code for code in codes]
