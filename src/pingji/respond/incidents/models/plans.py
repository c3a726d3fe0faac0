"""Contingency plans: which orders go to whom."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import (
    Organisation,
)
from pingji.respond.incidents.models.grades import EventKind


class Plan(models.Model):
    """A contingency plan: which orders go to whom when an event of one kind is answered."""

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=140)
    event_kind = models.CharField(_("kind of event"), max_length=24, choices=EventKind)
    source = models.CharField(_("source"), max_length=300, blank=True)
    in_force = models.BooleanField(_("in force"), default=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="incidents_plan_version_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


class PlanOrder(models.Model):
    """One order of a plan: what, to which kind of organisation, by which standard's clock."""

    class Reach(models.TextChoices):
        COUNTY = "county", _("every such organisation of the county")
        TOWNSHIP = "township", _("those in the township of the event")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="orders")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("order"))
    text_en = models.TextField(_("order in English"))
    organisation_kind = models.CharField(_("goes to"), max_length=24, choices=Organisation.Kind)
    organisation_name = models.CharField(
        _("named part of the organisation's name"), max_length=60, blank=True
    )
    reach = models.CharField(_("reach"), max_length=10, choices=Reach, default=Reach.COUNTY)
    standard = models.CharField(_("standard that sets the time"), max_length=80)
    requirement = models.CharField(_("requirement"), max_length=40, blank=True)

    class Meta:
        ordering = ["plan_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="incidents_plan_order_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]
