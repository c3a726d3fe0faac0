"""Orders: what one organisation must do, by a time."""

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
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.plans import PlanOrder


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
