"""Diseases that are parts of another: who asks for the whole asks for its parts too.

A case of hepatitis A is a case of viral hepatitis. It is kept once, under the part, and counted
for both. What others send counted already is different: a whole that was sent holds its parts.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from pingji.monitor.surveillance.models import Count
from pingji.monitor.surveillance.queries.catalogue import catalogue

# Disease, code of the area, first day of a step, and how many.
Cell = tuple[str, str, date, int]
# Disease, channel, code of the area, first day of the period, and how many.
Sent = tuple[str, str, str, date, int]


def with_parts(code: str) -> list[str]:
    """A disease and the parts of it, the whole first."""
    parts = [row.code for row in catalogue().diseases.values() if row.part_of_id == code]
    return [code, *parts]


def with_parts_of(codes: Iterable[str]) -> dict[str, list[str]]:
    """As `with_parts` says of one; of many the catalogue is asked once."""
    found = {code: [code] for code in codes}
    for part, whole in wholes().items():
        if whole in found:
            found[whole].append(part)
    return found


def wholes() -> dict[str, str]:
    """Of every part, the disease that it is a part of."""
    found = catalogue().diseases.values()
    return {row.code: row.part_of_id for row in found if row.part_of_id is not None}


def counted_for_wholes(cells: Iterable[Cell]) -> list[Cell]:
    """Figures of which each whole's hold those of its parts; over all diseases they no longer
    add up."""
    whole_of = wholes()
    with_own_parts = set(whole_of.values())
    found: list[Cell] = []
    sums: Counter[tuple[str, str, date]] = Counter()
    for cell in cells:
        disease, area, day, number = cell
        if disease in whole_of:
            sums[whole_of[disease], area, day] += number
        if disease in with_own_parts:
            sums[disease, area, day] += number
        else:
            found.append(cell)
    return found + [(*key, number) for key, number in sums.items() if number]


def sent_for_wholes(rows: Iterable[Sent]) -> list[Sent]:
    """Counts that others sent, and for a period of which the whole was not sent the sum of its
    parts."""
    whole_of = wholes()
    found = list(rows)
    own = {row[:4] for row in found}
    sums: Counter[tuple[str, str, str, date]] = Counter()
    for disease, channel, area, day, number in found:
        if disease in whole_of:
            sums[whole_of[disease], channel, area, day] += number
    return found + [(*key, number) for key, number in sums.items() if key not in own]


def sent_of(
    counts: QuerySet[Count], disease: str, *, as_of: datetime | None = None
) -> QuerySet[Count]:
    """Of counts that others sent those of a disease, and for a period of which it was not sent
    those of its parts.

    Args:
        counts: Among which.
        disease: Code of the disease.
        as_of: The moment whose knowledge tells what was sent; None for now.
    """
    same = {name: OuterRef(name) for name in ("channel", "area", "period", "starts_on")}
    whole = Count.objects.filter(disease_id=disease, **same)
    if as_of is not None:
        whole = whole.filter(known_at__lte=as_of)
    parts = Q(disease_id__in=with_parts(disease)) & ~Exists(whole)
    return counts.filter(Q(disease_id=disease) | parts)
