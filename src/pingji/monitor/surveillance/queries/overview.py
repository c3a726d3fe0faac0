"""The home of monitoring: five channels side by side, what moved, what waits for a person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import npgettext

from pingji.ground.directory.models import BOUND_TO_ORGANISATION, Permission, User
from pingji.monitor.surveillance.models import (
    CaseReport,
    Channel,
    Disease,
    DuplicatePair,
    Message,
    Sentinel,
    Source,
)
from pingji.monitor.surveillance.queries import silence, tallies
from pingji.monitor.surveillance.queries.figure_rows import (
    RECEIVED,
    SENTINELS,
    address,
    counted_by_sentinels,
    reports_received,
    rows_of,
)
from pingji.monitor.surveillance.queries.parts import counted_for_wholes, wholes
from pingji.monitor.surveillance.queries.pictures import rows_address
from pingji.monitor.surveillance.queries.quality import (
    Figure,
    cards_in_words,
    messages_in_words,
    pairs_in_words,
)
from pingji.monitor.surveillance.queries.tallies import Asked

WEEKS = 8
WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
MOST_MOVED = 8


@dataclass(frozen=True)
class ChannelWeeks:
    """One channel's last weeks, the present one last.

    Attributes:
        label: What it is called.
        weeks: How many each week.
        reports: Reports of its sentinels that came in the last seven days, of whatever period.
        unit: What is counted.
        top: The largest of the last seven days, parts within their whole: name, number, address
            of the rows.
        urls: Where the rows of each week are.
        reports_url: Where the sentinels' reports are.
    """

    key: str
    label: str
    weeks: list[int]
    reports: int
    unit: str
    top: list[tuple[str, int, str]]
    urls: list[str]
    reports_url: str


@dataclass(frozen=True)
class Moved:
    """A disease or syndrome of which the last seven days differ from the seven before.

    Attributes:
        url: Where the rows of the last seven days are.
        url_before: Where those of the seven before are.
    """

    label: str
    channel: str
    now: int
    before: int
    url: str
    url_before: str

    @property
    def change(self) -> int:
        """How many more, or with a minus fewer."""
        return self.now - self.before


def sees_all(user: User) -> bool:
    """Whether a reader sees the figures of the whole area, and not one organisation's rows only."""
    return user.role not in BOUND_TO_ORGANISATION


def week_ends(today: date) -> list[date]:
    """The last day of each of the last weeks of seven days, up to today."""
    return [today - WEEK * back for back in range(WEEKS - 1, -1, -1)]


def daily(user: User, today: date) -> dict[str, list[tallies.Cell]]:
    """Every channel's figures of the last weeks, for the whole area."""
    since = today - WEEK * WEEKS + A_DAY
    return {
        str(channel): tallies.figures(
            Asked(channel=channel, area=user.area_id, since=since, until=today)
        )
        for channel in Channel
    }


def channels(
    user: User, cells: dict[str, list[tallies.Cell]], names: dict[str, Disease], today: date
) -> list[ChannelWeeks]:
    """The five channels, whether or not anything came in through them."""
    begin = today - WEEK + A_DAY
    reports = reports_received(user, begin, today)
    mixed, whole_of = counted_by_sentinels(), wholes()
    units = {
        Channel.CASE: _("cases"),
        Channel.PATHOGEN: _("positive findings"),
        Channel.SYNDROME: _("signs"),
    }
    found = []
    for channel in Channel:
        weeks = [0] * WEEKS
        last: dict[str, int] = {}
        for disease, _area, day, number in cells[channel]:
            back = (today - day).days // 7
            weeks[WEEKS - 1 - back] += number
            if back == 0:
                named = whole_of.get(disease, disease)
                last[named] = last.get(named, 0) + number
        largest = sorted(last.items(), key=lambda one: (-one[1], one[0]))[:3]
        found.append(
            ChannelWeeks(
                channel,
                str(channel.label),
                weeks,
                reports.get(channel, 0),
                units.get(channel, _("counted")),
                [
                    (names[code].label, n, rows_of(channel, code, begin, today, mixed=mixed))
                    for code, n in largest
                    if code in names
                ],
                [
                    rows_of(channel, "", last - WEEK + A_DAY, last, mixed=mixed)
                    for last in week_ends(today)
                ],
                address(channel=channel, kind=SENTINELS, by=RECEIVED, since=begin, until=today),
            )
        )
    return found


def side_by_side(found: list[ChannelWeeks], today: date) -> dict[str, Any]:
    """The channels' weeks as the chart component draws them."""
    return {
        "kind": "bars",
        "labels": [_("to %(day)s") % {"day": f"{day:%m-%d}"} for day in week_ends(today)],
        "series": [{"name": one.label, "values": one.weeks, "links": one.urls} for one in found],
        "unit": _("counted"),
        "note": _(
            "Weeks of seven days up to today; the last still fills up. Cases by onset, findings by "
            "specimen, signs by visit."
        ),
    }


def moved(
    cells: dict[str, list[tallies.Cell]], names: dict[str, Disease], today: date
) -> list[Moved]:
    """What differs most from the seven days before, measured against chance.

    The difference of two counts is held against the square root of their sum, its spread if both
    came from one rate.
    """
    begin = today - WEEK + A_DAY
    mixed = counted_by_sentinels()
    counts: dict[tuple[str, str], list[int]] = {}
    for channel, found in cells.items():
        for disease, _area, day, number in counted_for_wholes(found):
            back = (today - day).days // 7
            if back < 2 and disease in names:
                counts.setdefault((channel, disease), [0, 0])[back] += number
    ranked = sorted(
        counts.items(), key=lambda one: -abs(one[1][0] - one[1][1]) / (sum(one[1]) or 1) ** 0.5
    )
    return [
        Moved(
            names[disease].label,
            str(Channel(channel).label),
            now,
            before,
            rows_of(channel, disease, begin, today, mixed=mixed),
            rows_of(channel, disease, begin - WEEK, begin - A_DAY, mixed=mixed),
        )
        for (channel, disease), (now, before) in ranked[:MOST_MOVED]
        if now != before
    ]


def names_of(cells: dict[str, list[tallies.Cell]]) -> dict[str, Disease]:
    """The diseases that have a figure, be it by a part of them."""
    found, whole_of = {cell[0] for each in cells.values() for cell in each}, wholes()
    return Disease.objects.in_bulk(found | {whole_of[code] for code in found & set(whole_of)})


def waits(user: User, *, at: datetime) -> list[Figure]:
    """What waits for a person, as far as this reader deals with it."""
    cards = CaseReport.objects.visible_to(user).order_by()
    typed = cards.filter(state__in=[CaseReport.State.SENT, CaseReport.State.CHECKED]).exclude(
        source=Source.FILE
    )
    found = []
    if user.holds(Permission.REPORT_WRITE):
        drafts = cards.filter(state=CaseReport.State.DRAFT).count()
        returned = cards.filter(state=CaseReport.State.RETURNED).count()
        found += [
            (_("Drafts to confirm"), drafts, cards_in_words(drafts), "", _work("draft")),
            (
                _("Sent back, not yet corrected"),
                returned,
                cards_in_words(returned),
                "",
                _work("returned"),
            ),
        ]
    if user.holds(Permission.REPORT_REVIEW):
        pairs = DuplicatePair.objects.visible_to(user).filter(state=DuplicatePair.State.OPEN)
        review, open_pairs = typed.count(), pairs.count()
        found += [
            (_("Cards to review"), review, cards_in_words(review), "",
             reverse("surveillance:work")),
            (_("Pairs that may be one case"), open_pairs, pairs_in_words(open_pairs), "",
             reverse("surveillance:pairs")),
        ]  # fmt: skip
    if user.holds(Permission.SENDER_EDIT) or user.holds(Permission.REPORT_WRITE):
        held = Message.objects.visible_to(user).for_a_person().count()
        found.append(
            (_("Messages for a person to look at"), held, messages_in_words(held), "",
             reverse("surveillance:messages") + "?state=person")
        )  # fmt: skip
    sentinels = Sentinel.objects.visible_to(user)
    silent = silence.silent(sentinels, at=at)
    today = timezone.localdate(at)
    open_now = sentinels.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=today)).count()
    found.append(
        (_("Silent sentinels"), len(silent),
         npgettext("unit of a figure", "place", "places", len(silent)),
         _("of %(all)s") % {"all": open_now}, reverse("surveillance:silent_sentinels"))
    )  # fmt: skip
    return [
        Figure(label, value, unit, note, url, "amber" if value else "")
        for label, value, unit, note, url in found
    ]


def _work(state: str) -> str:
    return rows_address({"state": state})
