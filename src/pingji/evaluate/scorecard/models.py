"""How far the county is with its own plan: the state of each task of the ledger."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when
from pingji.ground.standards.models import Task


class LedgerEntry(models.Model):
    """How far one task of the plan is in one county; its history is on record."""

    class State(models.TextChoices):
        NOT_BEGUN = "not_begun", _("Not begun")
        UNDER_WAY = "under_way", _("Under way")
        DONE = "done", _("Done")

    area = models.ForeignKey(Area, models.PROTECT, related_name="ledger")
    task = models.ForeignKey(Task, models.PROTECT, related_name="entries")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NOT_BEGUN)
    progress = models.TextField(_("how far it is"), blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="ledger_updates")
    updated_at = models.DateTimeField(_("updated"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["area_id", "task_id"]
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["area", "task"], name="scorecard_task_once_per_county"),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(evidence=""), name="scorecard_done_has_evidence"
            ),
            who_and_when("updated"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.get_state_display()}"
