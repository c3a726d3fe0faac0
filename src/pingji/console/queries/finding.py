"""One box that finds places, organisations, alerts, incidents and orders."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, Organisation, Permission, User
from pingji.respond.incidents.models import Incident, Order
from pingji.warn.alerts.models import Alert


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
