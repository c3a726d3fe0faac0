"""A setting of a detector that somebody tries on past years before it holds."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User
from pingji.monitor.surveillance.models import Channel, Disease


class SettingTrial(models.Model):
    """What one method, set otherwise for one disease, would have raised over the last years."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being computed")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    area = models.ForeignKey(Area, models.PROTECT, related_name="setting_trials")
    disease = models.ForeignKey(Disease, models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    method = models.CharField(_("method"), max_length=40)
    options = models.JSONField(_("options"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(_("what would have been raised"), default=dict)
    problem = models.TextField(_("why it failed"), blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting") ^ Q(finished_at__isnull=False),
                name="alerts_trial_is_over_once_computed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.method}"
