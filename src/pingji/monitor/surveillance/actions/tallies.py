"""Figures kept current: what each arriving batch or correction adds by disease, place and day."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from pingji.ground import statements

# Disease or syndrome, channel, code of the area as reported, day, and what is added (or taken off).
Change = tuple[str, str, str, date, int]
Key = tuple[str, str, str, date]

ENTRIES = """
    insert into surveillance_tallyentry (disease_id, channel, area_id, day, change, known_at)
    select *, %s from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::int[])
"""
RAISE = """
    insert into surveillance_tally (disease_id, channel, area_id, day, count)
    select * from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::int[])
    on conflict (disease_id, channel, day, area_id)
        do update set count = surveillance_tally.count + excluded.count
"""
# The same within one statement, of rows that its query "added" gives: for what arrives by the
# thousand, so that nothing of it is carried to the program and back.
ADDED = """
    entered as (
        insert into surveillance_tallyentry (disease_id, channel, area_id, day, change, known_at)
        select disease_id, channel, area_id, day, change, %(known_at)s from added
    ),
    raised as (
        insert into surveillance_tally (disease_id, channel, area_id, day, count)
        select disease_id, channel, area_id, day, change from added
        order by disease_id collate "C", channel collate "C", day, area_id collate "C"
        on conflict (disease_id, channel, day, area_id)
            do update set count = surveillance_tally.count + excluded.count
    )
"""
# A row that would go below zero is refused before the conflict is even looked for; so every row is
# first made and locked, in the order of the keys, and then changed.
LOCK = """
    insert into surveillance_tally (disease_id, channel, area_id, day, count)
    select *, 0 from unnest(%s::text[], %s::text[], %s::text[], %s::date[])
    on conflict (disease_id, channel, day, area_id)
        do update set count = surveillance_tally.count
"""
CHANGE = """
    update surveillance_tally t set count = t.count + c.change
    from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::int[])
        as c(disease_id, channel, area_id, day, change)
    where (t.disease_id, t.channel, t.day, t.area_id)
        = (c.disease_id, c.channel, c.day, c.area_id)
"""


def add(changes: Iterable[Change], *, at: datetime) -> None:
    """Keep what is added to the figures, and when it became known, in the caller's transaction.

    Figures are locked until the transaction ends, always in the order of their index, so that two
    who report at once wait for each other and never in a circle. Call it once in a transaction,
    and before anything is put on record: the lock of the record is the last one taken.

    Args:
        changes: What is added, or with a minus taken off; the same figure may come several times.
        at: When it became known.
    """
    total: Counter[Key] = Counter()
    for disease, channel, area, day, change in changes:
        total[disease, channel, area, day] += change
    found = sorted(
        ((key, change) for key, change in total.items() if change),
        key=lambda pair: (*pair[0][:2], pair[0][3], pair[0][2]),
    )
    if not found:
        return
    diseases, channels, areas, days = (
        list(part) for part in zip(*(k for k, _ in found), strict=True)
    )
    numbers = [change for _key, change in found]
    statements.ask(ENTRIES, [at, diseases, channels, areas, days, numbers])
    if min(numbers) > 0:
        statements.ask(RAISE, [diseases, channels, areas, days, numbers])
    else:
        statements.ask(LOCK, [diseases, channels, areas, days])
        statements.ask(CHANGE, [diseases, channels, areas, days, numbers])
