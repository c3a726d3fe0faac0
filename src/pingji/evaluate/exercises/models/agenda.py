"""What is due in an exercise: what its machine does, and when."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet


class Due(models.Model):
    """Something the machine does in the exercise at a moment: a report, a deed of staff, an inject.

    What was done or refused stays: the agenda is also the journal of the exercise.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("due", "Waiting")
        DONE = "done", pgettext_lazy("due", "Done")
        # Somebody else did it before, or there is nothing left to do.
        IDLE = "idle", pgettext_lazy("due", "Not needed")
        REFUSED = "refused", pgettext_lazy("due", "Refused")

    # What it is: "report", "inject", "alert.verify", "order.acknowledge" ...
    kind = models.CharField(_("kind"), max_length=60)
    # Tells it from all others of its kind: planned twice, it is planned once.
    key = models.CharField(max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("due"))
    payload = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    # What came of it, for the journal, in both languages.
    outcome = models.TextField(blank=True)
    outcome_en = models.TextField(blank=True)

    class QuerySet(ScopedQuerySet):
        def waiting(self) -> Self:
            """What is still to come, in order."""
            return self.filter(state="waiting").order_by("at", "id")

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(
                fields=["at", "id"], condition=Q(state="waiting"), name="exercises_due_next"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="exercises_due_planned_once"),
        ]

    def __str__(self) -> str:
        """The words of a message, in the reader's language; else what it is."""
        chinese = (get_language() or "zh").startswith("zh")
        said = self.payload.get("text" if chinese else "text_en")
        return said or f"{self.kind} {self.key}"

    def get_absolute_url(self) -> str:
        """The page of the exercise."""
        return reverse("exercises:control")

    @property
    def subject(self) -> Any:
        """The number of the row it is about, where it is about one."""
        return self.payload.get("pk")
