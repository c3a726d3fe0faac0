"""Months summed from the entries of days, now and then, so that a year is read in an instant.

Whoever enters something has nothing to do with it. The sums hold every entry up to a mark; what
came later is added by whoever reads (`queries.months`). The mark is sound because entries are
numbered in the order of a sequence while their table is locked against writers for a moment: then
no entry with a smaller number is still on its way.
"""

from datetime import datetime

from django.db import OperationalError, connection, transaction

SUMMING_LOCK = 2_103  # first of the two numbers of the lock
# Writers wait no longer than this for the mark; where they are too busy, it is set another time.
WAIT_AT_MOST = "100ms"
SUM = """
    insert into surveillance_tallymonth (disease_id, channel, area_id, month, count)
    select disease_id, channel, area_id, date_trunc('month', day)::date, sum(change)
    from surveillance_tallyentry where id > %(since)s and id <= %(until)s
    group by 1, 2, 3, 4 having sum(change) <> 0
    on conflict (channel, month, area_id, disease_id)
        do update set count = surveillance_tallymonth.count + excluded.count
"""
MARK = """
    insert into surveillance_tallymark (id, entry, summed_at) values (1, %(until)s, %(at)s)
    on conflict (id) do update set entry = excluded.entry, summed_at = excluded.summed_at
"""


def sum_months(*, at: datetime) -> int:
    """Add the entries that came since the last time to the months; how many numbers were passed."""
    until = _last_entry()
    if until is None:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [SUMMING_LOCK])
        cursor.execute("select coalesce(max(entry), 0) from surveillance_tallymark")
        (since,) = cursor.fetchone()
        if until <= since:
            return 0
        values = {"since": since, "until": until, "at": at}
        cursor.execute(SUM, values)
        cursor.execute(MARK, values)
    return until - since


def _last_entry() -> int | None:
    """The number up to which every entry is there for all to see; None while writers are busy."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('lock_timeout', %s, true)", [WAIT_AT_MOST])
            cursor.execute("lock table surveillance_tallyentry in share mode")
            cursor.execute("select max(id) from surveillance_tallyentry")
            return cursor.fetchone()[0]
    except OperationalError as problem:
        if "lock timeout" not in str(problem):
            raise
        return None
