"""What can be wrong with a card that is kept: fields left empty, values nobody believes, lateness.

Each is a filter of the line list, so that every figure on the quality of data opens its rows.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import CharField, Exists, ExpressionWrapper, F, IntegerField, OuterRef, Q
from django.db.models.functions import Cast, ExtractYear, TruncDate
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import CaseReport

# Fields whose completeness is measured, and when one counts as empty.
LACKS: dict[str, tuple[str | Promise, Q]] = {
    "name": (pgettext_lazy("of a person", "Name"), Q(name="")),
    "sex": (pgettext_lazy("column", "Sex"), Q(sex="")),
    "age": (pgettext_lazy("column", "Age"), Q(age__isnull=True)),
    "identity": (_("Identity number"), Q(identity_hash="")),
    "phone": (_("Phone"), Q(phone="")),
    "address": (_("Address"), Q(address="")),
    "occupation": (_("Occupation"), Q(occupation="")),
    "diagnosed": (pgettext_lazy("column", "Diagnosed"), Q(diagnosed_on__isnull=True)),
    "organisation": (_("Who reported"), Q(organisation__isnull=True)),
}
OLDEST, SLOWEST = "quality.oldest_age", "quality.longest_days_to_diagnosis"
ODD: dict[str, str | Promise] = {
    "age_and_birth": _("age and date of birth disagree by more than a year"),
    "born_after": _("born after the onset"),
    "very_old": _("older than the plan believes"),
    "onset_ahead": _("onset after the day of report"),
    "slow": _("longer from onset to diagnosis than the plan believes"),
}
LATE, UNAGED = "late", "unaged"
NO_AGE_OR_SEX = Q(age__isnull=True) | ~Q(sex__in=["M", "F"])
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)


def _limit(area: str, key: str, on: date) -> Decimal | None:
    row = standards.find_rule(area, key, on)
    return row.value if row is not None else None


def odd(kind: str, *, area: str, on: date) -> Q:
    """Which cards hold an implausible value of one kind; none where the plan sets no limit.

    Args:
        kind: A key of ODD.
        area: Code of the area whose plan says what is believed.
        on: The day whose plan holds.
    """
    if kind == "age_and_birth":
        years = ExtractYear("onset_on") - ExtractYear("born_on") - F("age")
        apart = ExpressionWrapper(years, output_field=IntegerField())
        return Q(born_on__isnull=False, age__isnull=False) & ~_within(apart, -1, 2)
    if kind == "born_after":
        return Q(born_on__gt=F("onset_on"))
    if kind == "onset_ahead":
        return Q(onset_on__gt=TruncDate("known_at"))
    if kind == "very_old":
        oldest = _limit(area, OLDEST, on)
        return Q(pk__in=[]) if oldest is None else Q(age__gt=int(oldest))
    slowest = _limit(area, SLOWEST, on)
    if slowest is None:
        return Q(pk__in=[])
    return Q(diagnosed_on__gt=F("onset_on") + timedelta(days=int(slowest)))


def _within(years: ExpressionWrapper, least: int, most: int) -> Q:
    # Before the birthday somebody is a year younger than the difference of the years.
    return Q(GreaterThanOrEqual(years, least)) & Q(LessThanOrEqual(years, most))


def late_of(since: date, until: date) -> str:
    """The filter of the cards whose clock started on some days and ran out."""
    return f"{LATE}:{since.isoformat()}:{until.isoformat()}"


def _late_days(text: str) -> tuple[date, date] | None:
    """The days of such a filter; None where it names none."""
    what, *days = text.split(":")
    try:
        first, last = (date.fromisoformat(day) for day in days)
    except ValueError:
        return None
    return (first, last) if what == LATE and last < LAST_DAY else None


def late(days: tuple[date, date] | None = None) -> Q:
    """Cards one of whose clocks ran out before it was met; of some days, those started then."""
    clocks = Deadline.objects.late()
    if days is not None:
        begin, end = (
            timezone.make_aware(datetime.combine(day, time.min))
            for day in (max(days[0], FIRST_DAY), days[1] + timedelta(days=1))
        )
        clocks = clocks.filter(started_at__gte=begin, started_at__lt=end)
    clocks = clocks.filter(
        subject_type=CaseReport._meta.label_lower,
        subject_id=Cast(OuterRef("pk"), CharField()),
    )
    return Q(Exists(clocks))


def fault(text: str, *, area: str, on: date) -> Q | None:
    """What a filter of the line list asks for: "lacks:phone", "odd:slow", "late"; None if nothing."""
    what, _sign, which = text.partition(":")
    if what == "lacks" and which in LACKS:
        return LACKS[which][1]
    if what == "odd" and which in ODD:
        return odd(which, area=area, on=on)
    if text == UNAGED:
        return NO_AGE_OR_SEX
    days = _late_days(text)
    return late(days) if text == LATE or days is not None else None


def in_words(text: str) -> str:
    """The filter as it reads."""
    what, _sign, which = text.partition(":")
    if what == "lacks" and which in LACKS:
        return str(_("without “%(field)s”")) % {"field": LACKS[which][0]}
    if what == "odd" and which in ODD:
        return str(ODD[which])
    if text == UNAGED:
        return str(_("without age or sex"))
    days = _late_days(text)
    if days is not None:
        said = _("late, of clocks started from %(since)s to %(until)s")
        return str(said) % {"since": days[0], "until": days[1]}
    return str(_("reported late")) if text == LATE else text
