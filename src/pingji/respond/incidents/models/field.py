"""The field of an incident: risk areas, checkpoints, and how much was free where at which moment.

Each row says since when it holds and when it became known, so that the map can be drawn as it stood
at any past moment, and is drawn alike each time.
"""

from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import in_words
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    Area,
    Facility,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.joint import SharedResource

TIME = Func("starts_at", "ends_at", function="tstzrange")
ON_EARTH = Q(longitude__range=(-180, 180), latitude__range=(-90, 90))
NOWHERE = Q(longitude__isnull=True, latitude__isnull=True)


class FieldQuerySet(ScopedQuerySet):
    """What stands in the field of incidents, each for a time."""

    def standing(self) -> Self:
        """What stands now, in incidents still being answered."""
        return self.filter(ends_at__isnull=True, incident__closed_at__isnull=True)

    def as_of(self, at: Any) -> Self:
        """What stood at a moment, as far as it was known then."""
        known = self.filter(
            Q(**{f"{self.model.BEGUN}__lte": at}), starts_at__lte=at, incident__opened_at__lte=at
        )
        return known.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at) | Q(**{f"{self.model.OVER}__gt": at}),
            Q(incident__closed_at__isnull=True) | Q(incident__closed_at__gt=at),
        )


class RiskArea(models.Model):
    """An area of one risk level for a time; another level is another row that follows."""

    BEGUN, OVER = "set_at", "lifted_at"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="risk_areas")
    area = models.ForeignKey(Area, models.PROTECT, related_name="risk_areas")
    # As the plan named the level then, and its place among the levels, 1 the highest.
    level = models.CharField(_("risk level"), max_length=20)
    level_zh = models.CharField(max_length=40)
    level_en = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField()
    reason = models.TextField(_("why this level"))
    starts_at = models.DateTimeField(_("holds from"))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(pgettext_lazy("risk area", "set"))
    ends_at = models.DateTimeField(_("held until"), null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(pgettext_lazy("risk area", "lifted or changed"), null=True)
    lifting_reason = models.TextField(_("why it was lifted or changed"), blank=True)

    objects = FieldQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "area_id", "-starts_at", "-id"]
        constraints = [
            who_and_when("lifted"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True, lifted_at__isnull=True)
                | Q(ends_at__gte=F("starts_at"), lifted_at__isnull=False),
                name="incidents_risk_area_ends_when_lifted",
            ),
            ExclusionConstraint(
                name="incidents_risk_area_one_level_at_a_time",
                expressions=[
                    ("incident", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (TIME, RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} · {self.said_level}"

    def get_absolute_url(self) -> str:
        """The map of the incident."""
        return reverse("incidents:incident_map", args=[self.incident_id])

    @property
    def said_level(self) -> str:
        """The level in the reader's language."""
        return in_words(self.level_zh, self.level_en)


class Checkpoint(models.Model):
    """A point where people and vehicles are checked, while it is open; opened anew it is a new row."""

    BEGUN, OVER = "opened_at", "closed_at"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="checkpoints")
    area = models.ForeignKey(Area, models.PROTECT, related_name="checkpoints")
    name = models.CharField(_("name"), max_length=80)
    longitude = models.FloatField(_("longitude (WGS-84)"), null=True)
    latitude = models.FloatField(_("latitude (WGS-84)"), null=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="checkpoints")
    starts_at = models.DateTimeField(_("open from"))
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(pgettext_lazy("checkpoint", "entered"))
    ends_at = models.DateTimeField(_("open until"), null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(pgettext_lazy("checkpoint", "closing entered"), null=True)
    closing_reason = models.TextField(_("why it was closed"), blank=True)

    objects = FieldQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-starts_at", "-id"]
        constraints = [
            who_and_when("closed"),
            models.CheckConstraint(
                condition=NOWHERE | ON_EARTH, name="incidents_checkpoint_position_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True, closed_at__isnull=True)
                | Q(ends_at__gte=F("starts_at"), closed_at__isnull=False),
                name="incidents_checkpoint_ends_when_closed",
            ),
            ExclusionConstraint(
                name="incidents_checkpoint_open_once",
                expressions=[
                    ("incident", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    (TIME, RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The map of the incident."""
        return reverse("incidents:incident_map", args=[self.incident_id])


class FreeCountQuerySet(ScopedQuerySet):
    def visible_in_area(self, user: Any) -> Self:
        """What is told in the county around the user: what is free is there to be asked for."""
        seen = self.visible_to(user)
        if seen.query.is_empty():
            return seen
        return self.filter(area__code__startswith=user.area_id[:COUNTY_DIGITS])

    def as_of(self, at: Any) -> Self:
        """The last that was told of each thing by a moment."""
        told = self.filter(known_at__lte=at)
        return told.order_by("resource_id", "facility_id", "kind", "-as_of", "-pk").distinct(
            "resource_id", "facility_id", "kind"
        )


class FreeCount(models.Model):
    """How many of something there were at one moment, how many were free, and where they stood.

    Of a shared resource, or of one kind of place in a facility: beds, isolation rooms.
    """

    resource = models.ForeignKey(
        SharedResource, models.PROTECT, null=True, related_name="free_counts"
    )
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="free_counts")
    # What is counted in the facility, as the plan named it then.
    kind = models.CharField(_("what is counted"), max_length=30, blank=True)
    kind_zh = models.CharField(max_length=40, blank=True)
    kind_en = models.CharField(max_length=60, blank=True)
    amount = models.PositiveIntegerField(_("how many"))
    free = models.PositiveIntegerField(_("free"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="free_counts")
    longitude = models.FloatField(_("longitude (WGS-84)"), null=True)
    latitude = models.FloatField(_("latitude (WGS-84)"), null=True)
    as_of = models.DateTimeField(_("as of"))
    told_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    known_at = models.DateTimeField(_("known"))

    objects = FreeCountQuerySet.as_manager()

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=False, facility__isnull=True, kind="")
                | (Q(resource__isnull=True, facility__isnull=False) & ~Q(kind="")),
                name="incidents_free_count_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(free__lte=F("amount")), name="incidents_free_count_up_to_all"
            ),
            models.CheckConstraint(
                condition=Q(as_of__lte=F("known_at")),
                name="incidents_free_count_known_after_it_was",
            ),
            models.CheckConstraint(
                condition=NOWHERE | ON_EARTH, name="incidents_free_count_position_on_earth"
            ),
        ]
        indexes = [
            models.Index(
                fields=["resource", "facility", "kind", "-as_of", "-id"], name="free_count_latest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.facility or self.resource} {self.free}/{self.amount}"

    @property
    def said_kind(self) -> str:
        """What is counted, in the reader's language."""
        return in_words(self.kind_zh, self.kind_en)
