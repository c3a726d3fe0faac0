"""Contingency plans: for which events and places, in which phases, with which orders and forms."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words
from pingji.ground.directory.models import (
    Area,
    Organisation,
    Role,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.respond.incidents.models.grades import EventKind


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Plans that ship with the program, and those of areas around or inside the reader's own."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        around = [user.area_id[:length] for length in (2, 4, 6, 9, 12, 15)]
        return self.filter(
            Q(area__isnull=True) | Q(area__in=around) | Q(area__code__startswith=user.area_id)
        )


class Plan(models.Model):
    """A contingency plan: which orders go to whom when an event of one kind is answered."""

    class Place(models.TextChoices):
        ANY = "any", _("Any place")
        SCHOOL = "school", _("School or kindergarten")
        HOSPITAL = "hospital", _("Hospital")
        CARE_HOME = "care_home", _("Care home")
        PORT = "port", _("Port or station")
        CATERING = "catering", _("Canteen or restaurant")

    class People(models.TextChoices):
        ANY = "any", _("Anybody")
        PUPILS = "pupils", _("Pupils and teachers")
        PATIENTS = "patients", _("Patients and staff of hospitals")
        ELDERLY = "elderly", _("Elderly people")
        TRAVELLERS = "travellers", _("Travellers")

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"), default=1)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="plans")
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=140)
    purpose = models.TextField(_("when it is used"), blank=True)
    purpose_en = models.TextField(blank=True)
    event_kind = models.CharField(_("kind of event"), max_length=24, choices=EventKind)
    place = models.CharField(_("place"), max_length=10, choices=Place, default=Place.ANY)
    people = models.CharField(_("group of people"), max_length=10, choices=People, default="any")
    diseases = models.JSONField(_("diseases"), default=list)
    forms = models.JSONField(_("forms"), default=list)
    source = models.CharField(_("source"), max_length=300, blank=True)
    in_force = models.BooleanField(_("in force"), default=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), null=True)
    reason = models.TextField(_("why it was changed"), blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("taken out of force"), null=True)
    withdrawn_why = models.TextField(_("why it was taken out of force"), blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            who_and_when("made"),
            who_and_when("withdrawn"),
            models.UniqueConstraint(
                fields=["code", "area", "version"],
                nulls_distinct=False,
                name="incidents_plan_version_once",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """The plan's page."""
        return reverse("incidents:plan", args=[self.pk])

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return in_words(self.name, self.name_en)

    @property
    def said_purpose(self) -> str:
        """When it is used, in the reader's language."""
        return in_words(self.purpose, self.purpose_en)


class PlanPhase(models.Model):
    """A phase of a plan: what begins it, what is done in it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(max_length=80)
    trigger = models.TextField(_("what begins it"))
    trigger_en = models.TextField()
    measures = models.JSONField(_("measures"), default=list)

    class Meta:
        ordering = ["plan_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="incidents_plan_phase_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return in_words(self.name, self.name_en)

    @property
    def said_trigger(self) -> str:
        """What begins it, in the reader's language."""
        return in_words(self.trigger, self.trigger_en)

    @property
    def said_measures(self) -> list[dict[str, str]]:
        """What is done, in the reader's language, each with its requirement."""
        return [
            {"text": in_words(one["zh"], one["en"]), "requirement": one.get("requirement", "")}
            for one in self.measures
        ]


class PlanOrder(models.Model):
    """One order of a plan: what, to which kind of organisation, by which standard's clock."""

    class Reach(models.TextChoices):
        COUNTY = "county", _("every such organisation of the county")
        TOWNSHIP = "township", _("those in the township of the event")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="orders")
    phase = models.ForeignKey(PlanPhase, models.CASCADE, null=True, related_name="orders")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("order"))
    text_en = models.TextField(_("order in English"))
    group = models.CharField(_("group"), max_length=60, blank=True)
    organisation_kind = models.CharField(_("goes to"), max_length=24, choices=Organisation.Kind)
    organisation_name = models.CharField(
        _("named part of the organisation's name"), max_length=60, blank=True
    )
    role = models.CharField(_("owner by role"), max_length=24, choices=Role, blank=True)
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

    @property
    def label(self) -> str:
        """The order in the reader's language."""
        return in_words(self.text, self.text_en)


class PlanReview(models.Model):
    """The yearly review of a plan in a county; its clock runs until somebody says the outcome."""

    class Outcome(models.TextChoices):
        KEPT = "kept", _("Stays as it is")
        CHANGED = "changed", _("A new version was made")
        ENDED = "ended", _("Taken out of force")

    area = models.ForeignKey(Area, models.PROTECT, related_name="plan_reviews")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(max_length=140)
    opened_at = models.DateTimeField(_("due since"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    findings = models.TextField(_("findings"), blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-opened_at"]
        constraints = [
            who_and_when("reviewed", unless=Q(outcome="")),
            models.UniqueConstraint(
                fields=["area", "code"],
                condition=Q(reviewed_at__isnull=True),
                name="incidents_planreview_one_open",
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.name, self.name_en)

    def get_absolute_url(self) -> str:
        """The library, where it is reviewed."""
        return reverse("incidents:plans")
