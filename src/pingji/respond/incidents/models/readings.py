"""How far each reader has read what changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import ScopedQuerySet, User
from pingji.respond.incidents.models.incidents import Incident


class Reading(models.Model):
    """Up to when somebody has read what changed: in their area, or in one incident.

    The mark moves only when the reader says that they have read, and only up to the moment at
    which the page they read was drawn. Opening, reloading or leaving a page moves nothing, and what
    happened while they read stays new.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="readings")
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="readings")
    read_until = models.DateTimeField(_("read until"))

    class QuerySet(ScopedQuerySet):
        area_field = "user__area"

    objects = QuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "incident"],
                nulls_distinct=False,
                name="incidents_reading_one_mark_each",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.incident or self.user.area}"
