"""One pass of the detectors over a county."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet


class RunQuerySet(ScopedQuerySet):
    def whole(self) -> Self:
        """Runs that asked every source, the series too, and could raise alerts."""
        return self.filter(steps__has_key="series", raises=True)


class DetectionRun(models.Model):
    """One pass of the detectors over all series of a county, as known at one moment."""

    class State(models.TextChoices):
        RUNNING = "running", _("In progress")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    area = models.ForeignKey(Area, models.PROTECT, related_name="detection_runs")
    as_of = models.DateTimeField(_("as known at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    series = models.PositiveIntegerField(_("series"), default=0)
    judged = models.PositiveIntegerField(_("judged"), default=0)
    alarms = models.PositiveIntegerField(_("alarms"), default=0)
    raised = models.PositiveIntegerField(_("alerts raised"), default=0)
    steps = models.JSONField(_("sources asked, each with what it found"), default=dict)
    seed = models.PositiveBigIntegerField(_("seed of what is drawn by chance"), default=0)
    not_judged = models.JSONField(_("not judged, by reason"), default=dict)
    settings = models.JSONField(_("settings used"), default=dict)
    raises = models.BooleanField(_("raises alerts"), default=True)
    repeats = models.JSONField(_("repeats, each with what it found otherwise"), default=list)
    problem = models.TextField(_("why it failed"), blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["area", "as_of"], name="alerts_run_once_per_moment")
        ]

    def __str__(self) -> str:
        return f"{self.area} {timezone.localtime(self.as_of):%Y-%m-%d %H:%M}"

    @property
    def on_arrival(self) -> bool:
        """Whether only what a card may change at once was asked, no series."""
        return bool(self.steps) and "series" not in self.steps
