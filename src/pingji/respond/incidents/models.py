"""Command: incidents, the plans that answer them, and the orders that go out."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import (
    Area,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.monitor.surveillance.models import Disease
from pingji.warn.alerts.models import Alert


class Grade(models.TextChoices):
    """Grade of an event, I the gravest."""

    I = "I", _("Grade I, extremely grave")  # noqa: E741 - the plan's own numeral
    II = "II", _("Grade II, grave")
    III = "III", _("Grade III, serious")
    IV = "IV", _("Grade IV, ordinary")
    UNGRADED = "ungraded", _("Not graded yet")


class EventKind(models.TextChoices):
    """Kinds of public-health event that plans are written for."""

    INFECTIOUS_DISEASE = "infectious_disease", _("Infectious disease")
    FOOD_POISONING = "food_poisoning", _("Food poisoning")
    OCCUPATIONAL_POISONING = "occupational_poisoning", _("Occupational poisoning")
    UNEXPLAINED = "unexplained", _("Unexplained group illness")
    OTHER = "other", _("Other")


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


class Incident(models.Model):
    """A public-health event that the county answers."""

    class State(models.TextChoices):
        OPEN = "open", _("Being answered")
        CLOSED = "closed", _("Closed")

    area = models.ForeignKey(Area, models.PROTECT, related_name="incidents")
    title = models.CharField(_("title"), max_length=120)
    event_kind = models.CharField(_("kind of event"), max_length=24, choices=EventKind)
    disease = models.ForeignKey(
        Disease, models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    alert = models.OneToOneField(
        Alert, models.PROTECT, null=True, blank=True, related_name="incident"
    )
    grade = models.CharField(_("grade"), max_length=10, choices=Grade, default=Grade.UNGRADED)
    grade_reason = models.TextField(_("why this grade"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="incidents")
    activated_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="plans_activated"
    )
    activated_at = models.DateTimeField(_("plan activated"), null=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="incidents_opened")
    opened_at = models.DateTimeField(_("opened"))
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="incidents_closed")
    closed_at = models.DateTimeField(_("closed"), null=True)
    closing_reason = models.TextField(_("why it was closed"), blank=True)

    class QuerySet(ScopedQuerySet):
        def open(self) -> Self:
            """Incidents still being answered."""
            return self.filter(state="open")

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            who_and_when("closed", unless=Q(state="open")),
            who_and_when("activated", unless=Q(plan__isnull=True)),
            models.CheckConstraint(
                condition=Q(grade="ungraded") | ~Q(grade_reason=""),
                name="incidents_grade_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The incident's page."""
        return reverse("incidents:detail", args=[self.pk])


class OrderQuerySet(ScopedQuerySet):
    organisation_field = "organisation_id"

    def open(self) -> Self:
        """Orders that are not done yet."""
        return self.filter(state__in=[Order.State.ISSUED, Order.State.ACKNOWLEDGED])


class Order(models.Model):
    """Something one organisation must do for an incident, by a time."""

    class State(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("order", "Issued")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        DONE = "done", pgettext_lazy("order", "Done")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="orders")
    area = models.ForeignKey(Area, models.PROTECT, related_name="orders")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="orders")
    plan_order = models.ForeignKey(PlanOrder, models.PROTECT, null=True, related_name="issued")
    text = models.TextField(_("order"))
    text_en = models.TextField(_("order in English"), blank=True)
    standard = models.CharField(_("standard that sets the time"), max_length=80)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.ISSUED)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="orders_issued")
    issued_at = models.DateTimeField(_("issued"))
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="orders_acknowledged"
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="orders_done")
    done_at = models.DateTimeField(_("done"), null=True)
    result = models.TextField(_("what was done"), blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="orders_withdrawn"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "id"]
        constraints = [
            who_and_when("acknowledged"),
            who_and_when("done", unless=~Q(state="done")),
            who_and_when("withdrawn", unless=~Q(state="withdrawn")),
            models.UniqueConstraint(
                fields=["incident", "plan_order", "organisation"],
                name="incidents_order_issued_once",
            ),
        ]

    def __str__(self) -> str:
        return self.label[:80]

    def get_absolute_url(self) -> str:
        """The order's page."""
        return reverse("incidents:order", args=[self.pk])

    @property
    def label(self) -> str:
        """The order in the reader's language."""
        return self.text if (get_language() or "zh").startswith("zh") else self.text_en or self.text
