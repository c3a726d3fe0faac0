"""One thing that one source finds out of the ordinary, kept with the run that found it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet
from pingji.monitor.surveillance.models import Channel, ClusterThreshold, Disease, Period
from pingji.warn.alerts.models.alerts import Alert
from pingji.warn.alerts.models.runs import DetectionRun


class Sign(models.Model):
    """A weak or strong sign; signs that point to one place, disease and period make an alert."""

    class Kind(models.TextChoices):
        SINGLE_CASE = "single_case", _("Single case that always counts")
        THRESHOLD = "threshold", _("Fixed threshold of an area")
        CLUSTER = "cluster", _("Cluster in one place")
        SERIES = "series", _("Series above what was expected")
        SCAN = "scan", _("Crowding in space and time")
        SILENCE = "silence", _("Silence of a sentinel")
        RUMOUR = "rumour", _("Rumour")

    run = models.ForeignKey(DetectionRun, models.PROTECT, related_name="signs")
    key = models.CharField(_("key"), max_length=300)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="signs")
    disease = models.ForeignKey(Disease, models.PROTECT, null=True, related_name="signs")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    period = models.CharField(_("period"), max_length=5, choices=Period)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"))
    days = models.PositiveIntegerField(_("days"))
    place_kind = models.CharField(
        _("kind of place"), max_length=12, choices=ClusterThreshold.Place, blank=True
    )
    place = models.CharField(pgettext_lazy("of a sign", "place"), max_length=200, blank=True)
    vulnerable = models.BooleanField(_("people at special risk live or learn there"), default=False)
    layer = models.CharField(_("layer"), max_length=12, choices=ClusterThreshold.Layer, blank=True)
    observed = models.PositiveIntegerField(_("observed"))
    expected = models.FloatField(_("expected"), null=True)
    upper_bound = models.FloatField(_("upper bound"), null=True)
    deaths = models.PositiveIntegerField(_("deaths"), default=0)
    before = models.PositiveIntegerField(_("as many days before"), null=True)
    method = models.CharField(_("method"), max_length=40)
    settings = models.JSONField(_("settings used"), default=dict)
    seen = models.JSONField(_("what each method saw"), default=list)
    strength = models.FloatField(_("strength, 0 to 1"))
    p_value = models.FloatField(_("probability by chance"), null=True)
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="signs")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_on", "-strength", "key"]
        constraints = [
            models.UniqueConstraint(fields=["run", "key"], name="alerts_sign_once_per_run"),
            models.CheckConstraint(
                condition=models.Q(strength__gte=0, strength__lte=1),
                name="alerts_sign_strength_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="alerts_sign_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["ends_on", "area"], name="sign_waits")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.area} {self.starts_on:%Y-%m-%d}"
