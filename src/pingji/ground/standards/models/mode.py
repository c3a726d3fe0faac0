"""The two states of a place, peace and emergency, and how it is switched between them."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, Facility, ScopedQuerySet, User, who_and_when
from pingji.ground.standards.models.profile import PlanQuerySet, Profile, told


class Mode(models.TextChoices):
    """In which of its two states a place is."""

    PEACE = "peace", pgettext_lazy("mode", "Peace")
    EMERGENCY = "emergency", pgettext_lazy("mode", "Emergency")


class Conversion(models.Model):
    """How one kind of place is switched: what is checked, and the steps in their order."""

    class Subject(models.TextChoices):
        COUNTY = "county", _("County")
        TOWNSHIP = "township", _("Township")
        FACILITY = "facility", _("Facility")

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="conversions")
    key = models.CharField(_("key"), max_length=60)
    position = models.PositiveIntegerField(default=0)
    subject = models.CharField(_("what is switched"), max_length=10, choices=Subject)
    facilities = models.JSONField(_("kinds of facility"), default=list)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(max_length=160)
    checks = models.JSONField(_("checked before the switch to emergency"), default=list)
    back_checks = models.JSONField(_("checked before the switch back"), default=list)
    steps = models.JSONField(_("steps"), default=list)
    clause = models.CharField(_("clause"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=200)
    source_en = models.CharField(max_length=300)
    verified = models.BooleanField(_("checked against its source"), default=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "key"], name="standards_conversion_named_once"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return told(self, "name")

    @property
    def origin(self) -> str:
        """Where it is written: the clause of the plan, else its source."""
        return self.clause or told(self, "source")


class EmergencySpellQuerySet(ScopedQuerySet):
    def at(self, moment: datetime) -> Self:
        """Those that held at a moment."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=moment), began_at__lte=moment)

    def of_areas(self) -> Self:
        """Those of areas, which include what lies below them."""
        return self.filter(facility__isnull=True)


class EmergencySpell(models.Model):
    """From when to when an area, or one facility, was in emergency; else it is in peace."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="emergency_spells")
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, related_name="emergency_spells"
    )
    conversion = models.CharField(_("how it was switched"), max_length=60)
    began_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    began_at = models.DateTimeField(_("in emergency since"))
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("in emergency until"), null=True)

    objects = EmergencySpellQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at", "-id"]
        constraints = [
            who_and_when("ended"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="standards_emergencyspell_ends_after_it_begins",
            ),
            *(
                ExclusionConstraint(
                    name=f"standards_emergencyspell_one_{what}_at_a_time",
                    expressions=[
                        (what, RangeOperators.EQUAL),
                        (
                            Func("began_at", "ended_at", function="tstzrange"),
                            RangeOperators.OVERLAPS,
                        ),
                    ],
                    condition=Q(facility__isnull=what == "area"),
                )
                for what in ("area", "facility")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility or self.area} {self.began_at:%Y-%m-%d}"
