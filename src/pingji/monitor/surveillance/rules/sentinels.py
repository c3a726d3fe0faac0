"""Who may set up sentinels and report for them, and which figures a report may hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    Organisation,
    Permission,
    Role,
    User,
)
from pingji.monitor.surveillance.models import (
    CalendarEntry,
    Sentinel,
    SentinelItem,
    SentinelType,
)
from pingji.monitor.surveillance.rules.periods import Rhythm, after_period, begin_of_period
from pingji.monitor.surveillance.rules.rows import plain

MOST = Decimal(10) ** 10  # above this no figure of a sentinel can be meant
FINEST = Decimal("0.001")
LONGEST_ENTRY = timedelta(days=366)

# What is said to a report that cannot stand: on screen, to a row of a file, to a message.
REASONS = {
    "unknown_sentinel": gettext_lazy("No sentinel of yours has this name or number."),
    "several_sentinels": gettext_lazy(
        "Several sentinels are called that: %(choices)s. Give the number instead of the name."
    ),
    "wrong_period": gettext_lazy("The period begins on %(begins)s, not on %(given)s."),
    "period_ahead": gettext_lazy("This period is not over; report it from %(from)s on."),
    "before_opening": gettext_lazy("This sentinel reports from %(from)s on."),
    "after_closing": gettext_lazy("This sentinel was closed on %(closed)s."),
    "unknown_item": gettext_lazy("This kind of sentinel does not report “%(item)s”."),
    "not_a_figure": gettext_lazy("%(item)s: “%(value)s” is not a number; write it as 12."),
    "not_whole": gettext_lazy("%(item)s is counted in whole numbers."),
    "negative_figure": gettext_lazy("%(item)s cannot be less than 0."),
    "figure_too_large": gettext_lazy("%(item)s: nobody means so large a number; check it."),
    "figure_missing": gettext_lazy("%(item)s is missing; write 0 where there was none."),
    "more_than_whole": gettext_lazy(
        "%(item)s (%(value)s) cannot be more than %(whole)s (%(most)s)."
    ),
    "figure_unusual": gettext_lazy(
        "%(item)s is %(value)s, but was at most %(most)s in the last %(days)s days. "
        "If it is right, confirm it and say why."
    ),
    "reported_meanwhile": gettext_lazy(
        "%(who)s reported this period at %(when)s. Those figures stand; correct them if they "
        "are wrong."
    ),
    "sentinel_repeated": gettext_lazy("Just this was reported before; nothing changed."),
    "sentinel_corrected": gettext_lazy("Other figures stood before; kept as version %(version)s."),
    "said_twice": gettext_lazy("Row %(row)s of this file is about the same sentinel and period."),
}


class ReportRefused(Refused):
    """Why the figures for one period cannot be kept.

    Attributes:
        code: A key of REASONS.
        details: What its sentence needs.
        item: Code of the figure it is about, or "".
    """

    def __init__(self, code: str, about: SentinelItem | None = None, **details: object) -> None:
        self.code = code
        self.item = about.code if about else ""
        if about:
            details["item"] = about.label
        self.details = {key: str(value) for key, value in details.items()}
        super().__init__(str(REASONS[code]) % self.details, field=self.item or None)


class Unusual(ReportRefused):
    """Figures that are possible but strange: kept once they are confirmed with a reason."""


def check_can_see_sentinels(user: User) -> None:
    """Raise Refused unless the user may see sentinels within sight and what they reported."""
    rights = (Permission.REPORT_VIEW, Permission.SENTINEL_REPORT, Permission.SENTINEL_EDIT)
    if not any(user.holds(right) for right in rights):
        raise Refused(_("Your role does not include the reports of sentinels."))


def check_can_edit_sentinels(user: User) -> None:
    """Raise Refused unless the user may set up sentinels, their kinds and their calendar."""
    if not user.holds(Permission.SENTINEL_EDIT):
        raise Refused(_("Your role does not set up sentinels. Ask the CDC to do it."))


def check_can_remind(user: User) -> None:
    """Raise Refused unless the user may remind sentinels that are silent."""
    if not user.holds(Permission.SENTINEL_EDIT):
        raise Refused(_("Your role does not remind sentinels. Ask the CDC to do it."))


def check_can_report_for_sentinels(user: User) -> None:
    """Raise Refused unless the user may report for sentinels at all."""
    if not user.holds(Permission.SENTINEL_REPORT):
        raise Refused(_("Your role does not report for sentinels."))


def check_can_report(user: User, sentinel: Sentinel) -> None:
    """Raise Refused unless the user may report for this sentinel.

    A health centre may report for the clinics under it: a village doctor rings up where there is
    no signal.
    """
    check_can_report_for_sentinels(user)
    theirs = sentinel.organisation_id == user.organisation_id or (
        user.role == Role.TOWNSHIP_DOCTOR
        and sentinel.organisation.parent_id == user.organisation_id
    )
    if not sentinel.area_id.startswith(user.area_id) or (
        user.role in BOUND_TO_ORGANISATION and not theirs
    ):
        raise Refused(_("This sentinel is not one of yours."))


def check_period(sentinel: Sentinel, rhythm: Rhythm, starts_on: date, today: date) -> None:
    """Raise ReportRefused unless the sentinel may report the period that begins on a day."""
    begins = begin_of_period(rhythm.period, starts_on)
    if begins != starts_on:
        raise ReportRefused("wrong_period", begins=begins, given=starts_on)
    if not rhythm.may_report(starts_on, today):
        last = after_period(rhythm.period, starts_on).toordinal() - 1
        raise ReportRefused("period_ahead", None, **{"from": date.fromordinal(last)})
    if after_period(rhythm.period, starts_on) <= sentinel.opened_on:
        raise ReportRefused("before_opening", None, **{"from": sentinel.opened_on})
    if sentinel.closed_on is not None and starts_on > sentinel.closed_on:
        raise ReportRefused("after_closing", closed=sentinel.closed_on)


def read_figures(items: Iterable[SentinelItem], given: Mapping[str, object]) -> dict[int, Decimal]:
    """The figures of a report, each proved to be one.

    Args:
        items: What sentinels of the kind report now.
        given: Figure by the item's code or name; empty text is no figure.

    Raises:
        ReportRefused: At the first figure that cannot stand.
    """
    asked = list(items)
    known = {plain(name).lower(): i for i in asked for name in (i.name_en, i.name, i.code)}
    values: dict[int, Decimal] = {}
    for name, text in given.items():
        item = known.get(plain(name).lower())
        if item is None:
            raise ReportRefused("unknown_item", item=name)
        if plain(text):
            values[item.pk] = read_figure(item, plain(text))
    for item in asked:
        if item.required and item.pk not in values:
            raise ReportRefused("figure_missing", item)
    check_parts(asked, values)
    return values


def read_figure(item: SentinelItem, text: str) -> Decimal:
    """One figure: finite, not negative, whole where it counts, no finer than it is kept."""
    try:
        value = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ReportRefused("not_a_figure", item, value=text[:40])
    if value < 0:
        raise ReportRefused("negative_figure", item)
    if value >= MOST:
        raise ReportRefused("figure_too_large", item)
    if item.kind == SentinelItem.Kind.COUNT and value != value.to_integral_value():
        raise ReportRefused("not_whole", item)
    return value.quantize(FINEST)


def check_parts(items: Iterable[SentinelItem], values: Mapping[int, Decimal]) -> None:
    """Raise ReportRefused where a part is more than the whole it is a part of."""
    by_key = {item.pk: item for item in items}
    for key, item in by_key.items():
        whole = by_key.get(item.part_of_id)
        if whole is None or key not in values or whole.pk not in values:
            continue
        if values[key] > values[whole.pk]:
            raise ReportRefused(
                "more_than_whole",
                item,
                value=plain_figure(values[key]),
                whole=whole.label,
                most=plain_figure(values[whole.pk]),
            )


@dataclass(frozen=True)
class Usual:
    """What is usual for a sentinel, by the plan's figures.

    Attributes:
        days: Over how many days back.
        factor: More than so many times the highest is asked about.
        at_least: Figures below are never asked about.
    """

    days: int
    factor: Decimal
    at_least: Decimal


def check_usual(
    items: Sequence[SentinelItem],
    values: Mapping[int, Decimal],
    highest: Mapping[int, Decimal],
    usual: Usual,
) -> None:
    """Raise Unusual where a figure stands far above the highest of the days before.

    How many there are in all is not asked about, nor a figure that was never reported before.
    """
    of_some = {item.part_of_id for item in items}
    for item in items:
        value, most = values.get(item.pk), highest.get(item.pk)
        in_all = item.part_of_id is None and item.pk in of_some
        if value is None or most is None or in_all or value < usual.at_least:
            continue
        if value > most * usual.factor:
            raise Unusual(
                "figure_unusual",
                item,
                value=plain_figure(value),
                most=plain_figure(most),
                days=usual.days,
            )


def plain_figure(value: Decimal) -> str:
    """A figure without idle zeros."""
    return f"{int(value)}" if value == value.to_integral_value() else f"{value.normalize():f}"


def check_type_kept(kind: SentinelType, changes: Mapping[str, object], *, reported: bool) -> None:
    """Raise Refused where reports already sent would move to another channel or period."""
    changed = [n for n in ("channel", "rhythm") if n in changes and changes[n] != getattr(kind, n)]
    if reported and changed:
        raise Refused(
            _("Sentinels of this kind have reported already. Add another kind instead."),
            field=changed[0],
        )


def check_item(item: SentinelItem) -> None:
    """Raise Refused where a measured value were to count for a disease."""
    if item.disease_id and item.kind != SentinelItem.Kind.COUNT:
        raise Refused(_("Only whole numbers count for a disease."), field="disease")


def check_calendar(starts_on: date, ends_on: date) -> None:
    """Raise Refused unless the days of the calendar begin before they end, and end some time."""
    if ends_on < starts_on:
        raise Refused(_("The last day lies before the first."), field="ends_on")
    if ends_on - starts_on > LONGEST_ENTRY:
        raise Refused(_("So long a time is no holiday; close the sentinels instead."))


def check_calendar_entry_theirs(user: User, entry: CalendarEntry) -> None:
    """Raise Refused unless the days are of the user's own area."""
    if entry.area_id and not entry.area_id.startswith(user.area_id):
        raise Refused(_("These days are set by another area."))


def check_in_sight(user: User, area: Area | Organisation | None, field: str = "") -> None:
    """Raise Refused unless an area, or an organisation, lies within the user's own."""
    code = getattr(area, "area_id", None) or getattr(area, "code", "")
    if area is not None and not str(code).startswith(user.area_id):
        raise Refused(_("This lies outside your area."), field=field or None)


def check_sentinel_kept(
    sentinel: Sentinel, changes: Mapping[str, object], *, reported: bool
) -> None:
    """Raise Refused where figures already reported would move to another place or kind."""
    fixed = ("area", "type", "organisation")
    changed = [n for n in fixed if n in changes and changes[n] != getattr(sentinel, n)]
    if reported and changed:
        raise Refused(
            _("It has reported already. Close it, and add a new one at the other place."),
            field=changed[0],
        )


def check_closing(sentinel: Sentinel, on: date) -> None:
    """Raise Refused unless the sentinel is open and can end on a day."""
    if sentinel.closed_on is not None:
        raise Refused(_("This sentinel is closed already."))
    if on < sentinel.opened_on:
        raise Refused(_("It cannot end before it began."), field="on")


def check_position(longitude: float | None, latitude: float | None) -> None:
    """Raise Refused unless a position is whole and on earth, or left out."""
    if (longitude is None) != (latitude is None):
        raise Refused(_("Give both longitude and latitude, or neither."), field="latitude")
    if longitude is None or latitude is None:
        return
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise Refused(_("There is no such place on earth."), field="longitude")


def check_item_kept(item: SentinelItem, changes: Mapping[str, object], *, reported: bool) -> None:
    """Raise Refused where figures already reported would come to mean something else."""
    fixed = ("disease", "kind", "part_of")
    changed = [name for name in fixed if name in changes and changes[name] != getattr(item, name)]
    if reported and changed:
        raise Refused(
            _("Figures were reported for this already. End it, and add a new one instead."),
            field=changed[0],
        )
    whole = changes.get("part_of")
    if isinstance(whole, SentinelItem) and (whole.pk == item.pk or whole.type_id != item.type_id):
        raise Refused(_("A figure is part of another one of the same kind."), field="part_of")
