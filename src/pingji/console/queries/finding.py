"""One box that finds people, cases, places, organisations, alerts, incidents and orders.

Residents are not searched here: the box answers while one types, and each look at the register is
put on record. The answers lead to the register's own search instead (`may_ask_register`).
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, Organisation, Permission, Staff, User
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.models import Incident, Order
from pingji.warn.alerts.models import Alert

SHORTEST_NUMBER = 3  # characters of a case's number; fewer would list half the cases


@dataclass(frozen=True)
class Found:
    """One answer: what it is called, what tells it apart, where it opens."""

    title: str
    note: str
    url: str


def find(user: User, word: str, *, most: int) -> list[tuple[str, list[Found]]]:
    """What the reader may see that fits the word: groups with a heading, the fullest `most` long."""
    word = word.strip()
    if not word:
        return []
    groups = [
        (_("Alerts"), _alerts(user, word, most)),
        (_("Incidents"), _incidents(user, word, most)),
        (_("Orders"), _orders(user, word, most)),
        (_("Cases"), _cases(user, word, most)),
        (_("People"), _people(user, word, most)),
        (_("Areas"), _areas(user, word, most)),
        (_("Organisations"), _organisations(user, word, most)),
    ]
    return [(heading, found) for heading, found in groups if found]


def _numbered(rows: QuerySet, word: str, otherwise: Q) -> QuerySet:
    """Rows by their number (#12 or 12), else by what they say."""
    number = word.removeprefix("#")
    return rows.filter(Q(pk=int(number)) | otherwise if number.isdecimal() else otherwise)


def _alerts(user: User, word: str, most: int) -> list[Found]:
    if not user.holds(Permission.ALERT_VIEW):
        return []
    fits = (
        Q(disease__name__contains=word)
        | Q(disease__name_en__iregex=directory.beginning(word))
        | Q(area__name__contains=word)
        | Q(area__name_en__iregex=directory.beginning(word))
    )
    rows = _numbered(Alert.objects.visible_to(user), word, fits)
    return [
        Found(
            f"#{alert.pk} {alert.disease.label} · {alert.area.label}",
            f"{alert.starts_on:%Y-%m-%d} · {alert.get_state_display()}",
            reverse("alerts:detail", args=[alert.pk]),
        )
        for alert in rows.select_related("disease", "area")[:most]
    ]


def _incidents(user: User, word: str, most: int) -> list[Found]:
    if not user.holds(Permission.INCIDENT_VIEW):
        return []
    fits = Q(title__icontains=word) | Q(area__name__contains=word)
    rows = _numbered(Incident.objects.visible_to(user), word, fits)
    return [
        Found(
            incident.title,
            f"{incident.area.label} · {incident.get_state_display()}",
            reverse("incidents:detail", args=[incident.pk]),
        )
        for incident in rows.select_related("area")[:most]
    ]


def _orders(user: User, word: str, most: int) -> list[Found]:
    fits = (
        Q(text__contains=word)
        | Q(text_en__iregex=directory.beginning(word))
        | Q(organisation__name__contains=word)
        | Q(organisation__name_en__iregex=directory.beginning(word))
    )
    rows = _numbered(Order.objects.visible_to(user), word, fits)
    return [
        Found(
            order.label,
            f"{order.organisation.label} · {order.get_state_display()}",
            reverse("incidents:order", args=[order.pk]),
        )
        for order in rows.select_related("organisation")[:most]
    ]


def _cases(user: User, word: str, most: int) -> list[Found]:
    """Cases by the beginning of the sender's number; each opens on its day in the line list."""
    if not user.holds(Permission.REPORT_VIEW) or len(word) < SHORTEST_NUMBER:
        return []
    rows = CaseReport.objects.visible_to(user).filter(key__startswith=word)
    return [
        Found(
            f"{case.key} · {case.disease.label}",
            f"{case.area.label} · {case.onset_on:%Y-%m-%d} · {case.get_status_display()}",
            f"{reverse('surveillance:cases')}?"
            + urlencode(
                {
                    "disease": case.disease_id,
                    "area": case.area_id,
                    "since": case.onset_on,
                    "until": case.onset_on,
                }
            ),
        )
        for case in rows.select_related("disease", "area").order_by("key")[:most]
    ]


def _people(user: User, word: str, most: int) -> list[Found]:
    """Who works for an organisation, as its page shows them."""
    rows = Staff.objects.visible_to(user).filter(left_on=None)
    rows = rows.filter(Q(name__contains=word) | Q(post__contains=word))
    return [
        Found(
            person.name,
            f"{person.organisation.label} · {person.post}",
            reverse("directory:organisation", args=[person.organisation_id]),
        )
        for person in rows.select_related("organisation").order_by("name", "pk")[:most]
    ]


def may_ask_register(user: User) -> bool:
    """Whether the reader may go on to search the register of residents."""
    return user.holds(Permission.RESIDENT_VIEW)


def _areas(user: User, word: str, most: int) -> list[Found]:
    rows = directory.areas_named(Area.objects.visible_to(user), word)
    return [
        Found(area.label, area.code, reverse("directory:area", args=[area.code]))
        for area in rows[:most]
    ]


def _organisations(user: User, word: str, most: int) -> list[Found]:
    rows = directory.organisations_named(Organisation.objects.visible_to(user), word)
    return [
        Found(
            organisation.label,
            organisation.get_kind_display(),
            reverse("directory:organisation", args=[organisation.pk]),
        )
        for organisation in rows[:most]
    ]
