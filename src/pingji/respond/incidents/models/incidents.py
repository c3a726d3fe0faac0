"""Public-health events that the county answers."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import (
    Area,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.monitor.surveillance.models import Disease
from pingji.respond.incidents.models.grades import EventKind, Grade
from pingji.respond.incidents.models.plans import Plan, PlanPhase
from pingji.warn.alerts.models import Alert


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
    phase = models.ForeignKey(
        PlanPhase, models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    # Whom the orders of its plan to townships reach; none: every one of the event's area.
    townships = models.ManyToManyField(Area, related_name="+")
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
