"""Hand-over of duty: what the one leaves and the other takes over."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when


class Handover(models.Model):
    """The state of things that one duty officer hands to the next, accepted or not yet."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="handovers")
    outgoing = models.ForeignKey(User, models.PROTECT, related_name="handovers_given")
    incoming = models.ForeignKey(User, models.PROTECT, related_name="handovers_taken")
    matters = models.JSONField(_("what is under way"), default=list)
    remarks = models.TextField(_("remarks"), blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"))
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(_("accepted"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-id"]
        constraints = [
            who_and_when("accepted"),
            models.CheckConstraint(
                condition=~Q(outgoing=F("incoming")), name="incidents_handover_to_somebody_else"
            ),
            models.UniqueConstraint(
                fields=["area", "outgoing"],
                condition=Q(accepted_at__isnull=True),
                name="incidents_handover_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outgoing} → {self.incoming}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("incidents:handover", args=[self.pk])
