"""When a sentinel is to report: its periods, the days it works, and when each report is due."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from pingji.monitor.surveillance.models import Period

A_DAY = timedelta(days=1)
HOURS_A_DAY = 24
SATURDAY = 5
# A calendar without a single day on would be searched for ever.
FARTHEST = timedelta(days=400)


def begin_of_period(period: str, day: date) -> date:
    """The first day of the period that a day lies in."""
    if period == Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == Period.MONTH else day


def after_period(period: str, starts_on: date) -> date:
    """The first day after a period."""
    if period == Period.WEEK:
        return starts_on + timedelta(weeks=1)
    if period == Period.MONTH:
        return (starts_on.replace(day=28) + timedelta(days=4)).replace(day=1)
    return starts_on + A_DAY


def days_of(spans: Iterable[tuple[date, date]]) -> set[date]:
    """Every day of some stretches, both ends included."""
    return {
        first + timedelta(days=at) for first, last in spans for at in range((last - first).days + 1)
    }


@dataclass(frozen=True)
class Rhythm:
    """How often a kind of sentinel reports in one county, and on which days.

    Attributes:
        period: day, week or month.
        grace_hours: Hours to report after a period ends, counted on days that are on.
        workdays_only: Saturdays and Sundays are off.
        off: Days off, whatever their weekday.
        worked: Days on, whatever their weekday.
    """

    period: str
    grace_hours: int
    workdays_only: bool = False
    off: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)

    def is_on(self, day: date) -> bool:
        """Whether the sentinel works on a day."""
        if day in self.worked:
            return True
        return day not in self.off and not (self.workdays_only and day.weekday() >= SATURDAY)

    def is_expected(self, starts_on: date) -> bool:
        """Whether a report is asked for a period: on one of its days at least the sentinel works."""
        ends = after_period(self.period, starts_on)
        day = starts_on
        while day < ends:
            if self.is_on(day):
                return True
            day += A_DAY
        return False

    def due_at(self, starts_on: date) -> datetime:
        """When the report of a period is late: its end and the grace, on days that are on."""
        day, hours = after_period(self.period, starts_on), self.grace_hours
        farthest = day + FARTHEST
        while day < farthest:
            if self.is_on(day):
                if hours <= HOURS_A_DAY:
                    break
                hours -= HOURS_A_DAY
            day += A_DAY
        return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(hours=hours)

    def starts(self, since: date, until: date) -> Iterator[date]:
        """First days of the expected periods that begin from one day to another, the oldest first."""
        starts_on = begin_of_period(self.period, since)
        if starts_on < since:
            starts_on = after_period(self.period, starts_on)
        while starts_on <= until:
            if self.is_expected(starts_on):
                yield starts_on
            starts_on = after_period(self.period, starts_on)

    def open_at(self, at: datetime, back: int) -> list[date]:
        """The latest expected periods that may be reported now, the newest first, at most `back`.

        A day may be reported from its morning on, a week or a month from its last day on.
        """
        today = timezone.localdate(at)
        found: list[date] = []
        starts_on = begin_of_period(self.period, today)
        earliest = today - FARTHEST
        while len(found) < back and starts_on > earliest:
            if self.may_report(starts_on, today) and self.is_expected(starts_on):
                found.append(starts_on)
            starts_on = begin_of_period(self.period, starts_on - A_DAY)
        return found

    def may_report(self, starts_on: date, today: date) -> bool:
        """Whether a period is over, or in its last day."""
        return after_period(self.period, starts_on) - A_DAY <= today

    def due_starts(self, since: date, at: datetime) -> list[date]:
        """First days of the expected periods from a day on whose reports were due by a moment."""
        return [s for s in self.starts(since, timezone.localdate(at)) if self.due_at(s) <= at]
