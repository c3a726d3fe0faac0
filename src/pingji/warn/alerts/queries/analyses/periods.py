"""Which week or month an analysis is of."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from pingji.warn.alerts.models import Analysis

Kind = Analysis.Kind
A_DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Span:
    """The days of one week or month, both ends included.

    Attributes:
        kind: weekly or monthly.
        starts_on: A Monday, or the first of a month.
        ends_on: The last day.
    """

    kind: str
    starts_on: date
    ends_on: date

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on.isoformat()}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.ends_on - self.starts_on).days + 1

    @property
    def before(self) -> "Span":
        """The week or month before."""
        return around(self.kind, self.starts_on - A_DAY)

    def years_ago(self, years: int) -> "Span":
        """The same week of the ISO calendar, or the same month, some years earlier."""
        if self.kind == Kind.MONTHLY:
            return around(self.kind, self.starts_on.replace(year=self.starts_on.year - years))
        year, week, _day = self.starts_on.isocalendar()
        last = date(year - years, 12, 28).isocalendar().week  # the last week has a 28 December
        return around(self.kind, date.fromisocalendar(year - years, min(week, last), 1))

    @property
    def label(self) -> str:
        """2025年第47周, 2025年11月."""
        if self.kind == Kind.MONTHLY:
            return _("%(year)s-%(month)s") % {
                "year": self.starts_on.year,
                "month": self.starts_on.month,
            }
        year, week, _day = self.starts_on.isocalendar()
        return _("week %(week)s of %(year)s") % {"week": week, "year": year}


def around(kind: str, day: date) -> Span:
    """The week or the month that a day lies in."""
    if kind == Kind.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Span(kind, monday, monday + WEEK - A_DAY)
    first = day.replace(day=1)
    return Span(kind, first, (first + timedelta(days=32)).replace(day=1) - A_DAY)


def last_whole(kind: str, today: date) -> Span:
    """The latest week or month that is over."""
    return around(kind, today).before


def span_of(analysis: Analysis) -> Span:
    """The days of an analysis."""
    return Span(analysis.kind, analysis.starts_on, analysis.ends_on)
