"""Days and hours as people type them. Pure: text in, a day or a moment out."""

import re
from datetime import date, datetime, time, timedelta

from pingji.monitor.surveillance.rules.rows import plain

TODAY = re.compile(r"(?:t|今天|今|today)(?:-(?P<back>[0-9]{1,3}))?", re.IGNORECASE)
YESTERDAY = {"昨天": 1, "昨": 1, "y": 1, "yesterday": 1, "前天": 2, "前": 2}
NOW = {"n", "now", "现在"}
CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:：时点]?(?P<minute>[0-9]{2})?分?)?")
PARTED = re.compile(
    r"(?:(?P<year>[0-9]{4})[-/.年])?(?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?"
)


def typed_day(text: str, *, today: date) -> date | None:
    """A day: t, t-1, 昨天, 21, 1121, 11-21, 20261121, 2026-11-21; None if it is none of these.

    A day without its year is the last one there has been; without its month likewise.
    """
    text = plain(text).lower()
    back = TODAY.fullmatch(text)
    if back:
        return today - timedelta(days=int(back["back"] or 0))
    if text in YESTERDAY:
        return today - timedelta(days=YESTERDAY[text])
    parted = PARTED.fullmatch(text)
    if parted:
        year = int(parted["year"]) if parted["year"] else None
        return _latest(year, int(parted["month"]), int(parted["day"]), today)
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) == 8:
        return _latest(int(text[:4]), int(text[4:6]), int(text[6:]), today)
    if len(text) == 4:
        return _latest(None, int(text[:2]), int(text[2:]), today)
    return _day_of_month(int(text), today) if len(text) <= 2 else None


def typed_moment(text: str, *, now: datetime) -> tuple[date | None, datetime | None]:
    """A day with its hour: n, t 930, t-1 15, 1121 0930, 2026-11-21 09:30.

    Args:
        text: What was typed.
        now: The county's time.

    Returns:
        The day and the moment; no moment where only a day was typed, and neither if nothing fits.
        Today without an hour is now.
    """
    text = " ".join(plain(text).lower().split())
    if text in NOW:
        return now.date(), now
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:[0-9]{2}", text):
        text = text.replace("t", " ")
    head, _, tail = text.partition(" ")
    day = typed_day(head, today=now.date())
    if day is None:
        return None, None
    if not tail:
        return day, now if day == now.date() else None
    clock = CLOCK.fullmatch(tail)
    moment = _clock(tail.replace(":", "").replace("：", ""), clock)
    return (day, datetime.combine(day, moment, now.tzinfo)) if moment else (None, None)


def _clock(digits: str, parted: re.Match[str] | None) -> time | None:
    if parted is None:
        return None
    hour, minute = int(parted["hour"]), int(parted["minute"] or 0)
    if digits.isdigit() and len(digits) == 3:  # 930
        hour, minute = int(digits[0]), int(digits[1:])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _latest(year: int | None, month: int, day: int, today: date) -> date | None:
    """The day of a year, or the last such day there has been."""
    try:
        found = date(year or today.year, month, day)
        if year is None and found > today:
            found = date(today.year - 1, month, day)
    except ValueError:
        return None
    return found


def _day_of_month(day: int, today: date) -> date | None:
    first = today.replace(day=1)
    for start in (first, (first - timedelta(days=1)).replace(day=1)):
        try:
            found = start.replace(day=day)
        except ValueError:
            continue
        if found <= today:
            return found
    return None
