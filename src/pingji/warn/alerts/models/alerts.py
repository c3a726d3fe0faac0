"""The alerts a person must answer, with what was seen."""

from typing import Self

from django.db import models
from django.db.models import Case, Q, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when
from pingji.monitor.surveillance.models import Channel, Disease, Period
from pingji.warn.alerts.models.runs import DetectionRun


class AlertQuerySet(ScopedQuerySet):
    def undecided(self) -> Self:
        """Alerts that still wait for a verdict of the desk."""
        return self.filter(state=Alert.State.NEW)

    def still_open(self) -> Self:
        """Alerts that somebody still has to do something about."""
        return self.filter(state__in=Alert.OPEN)

    def gravest_first(self) -> Self:
        """Advice for a decision before notices, these before hints; the latest of a level first."""
        levels = [Alert.Level.DECISION, Alert.Level.NOTICE, Alert.Level.HINT]
        ranks = [When(level=level, then=rank) for rank, level in enumerate(levels)]
        return self.order_by(Case(*ranks, default=len(levels)), "-raised_at", "-pk")


class Alert(models.Model):
    """Signs of one place, disease and period, joined: what a person must answer."""

    class State(models.TextChoices):
        NEW = "new", _("Waiting for a verdict")
        VERIFIED = "verified", _("Verified")
        INVESTIGATED = "investigated", _("Investigated in the field")
        CLOSED = "closed", pgettext_lazy("alert", "Closed")
        DISMISSED = "dismissed", _("Dismissed")

    class Level(models.TextChoices):
        HINT = "hint", _("Health risk hint")
        NOTICE = "notice", _("Warning notice")
        DECISION = "decision", _("Advice for a decision")

    class Verdict(models.TextChoices):
        TRUE = "true", _("A real outbreak")
        FALSE = "false", _("No outbreak")
        UNDETERMINED = "undetermined", _("Undetermined")

    OPEN = (State.NEW, State.VERIFIED, State.INVESTIGATED)

    area = models.ForeignKey(Area, models.PROTECT, related_name="alerts")
    disease = models.ForeignKey(Disease, models.PROTECT, related_name="alerts")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    period = models.CharField(_("period"), max_length=5, choices=Period)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.NEW)
    level = models.CharField(
        _("level of the alert"), max_length=8, choices=Level, default=Level.HINT
    )
    score = models.FloatField(_("score"), default=0)
    parts = models.JSONField(_("parts of the score"), default=dict)
    places = models.JSONField(_("other areas it reaches"), default=list)
    starts_on = models.DateField(_("first period out of the ordinary"))
    ends_on = models.DateField(_("latest period out of the ordinary"))
    observed = models.PositiveIntegerField(_("observed"))
    expected = models.FloatField(_("expected"), null=True)
    upper_bound = models.FloatField(_("upper bound"), null=True)
    run = models.ForeignKey(DetectionRun, models.PROTECT, related_name="alerts")
    raised_at = models.DateTimeField(_("raised"))
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="alerts_owned")
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="alerts_seen")
    seen_at = models.DateTimeField(_("seen"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="alerts_decided")
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.TextField(_("reason for the verdict"), blank=True)
    investigated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    investigated_at = models.DateTimeField(_("investigated"), null=True)
    findings = models.TextField(_("what was found in the field"), blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(pgettext_lazy("alert", "closed"), null=True)
    closing_reason = models.TextField(_("reason for closing"), blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            who_and_when("seen"),
            who_and_when("decided", unless=Q(state="new")),
            who_and_when("investigated"),
            who_and_when("closed", unless=~Q(state="closed")),
            models.CheckConstraint(
                condition=Q(state="new") | ~Q(reason=""), name="alerts_verdict_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="investigated")
                | (Q(investigated_at__isnull=False) & ~Q(findings="")),
                name="alerts_investigated_says_what_was_found",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (~Q(verdict="") & ~Q(closing_reason="")),
                name="alerts_closed_with_verdict_and_reason",
            ),
            # Repeats extend the alert that is waiting instead of raising another; what begins after
            # the plan's window is another.
            models.UniqueConstraint(
                fields=["area", "disease", "channel", "period", "starts_on"],
                condition=Q(state="new"),
                name="alerts_one_waiting_per_series",
            ),
        ]
        indexes = [models.Index(fields=["state", "raised_at"], name="alert_state")]

    def __str__(self) -> str:
        return f"{self.area} {self.disease} {self.starts_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """The alert's page."""
        return reverse("alerts:detail", args=[self.pk])


class Evidence(models.Model):
    """What one method saw in one period, for an alert; what earlier runs saw stays."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="evidence")
    run = models.ForeignKey(DetectionRun, models.PROTECT, related_name="evidence")
    method = models.CharField(_("method"), max_length=40)
    starts_on = models.DateField(_("period begins on"))
    alarm = models.BooleanField(_("out of the ordinary"))
    note = models.CharField(_("why it could not judge"), max_length=30, blank=True)
    observed = models.PositiveIntegerField(_("observed"), null=True)
    expected = models.FloatField(_("expected"), null=True)
    upper_bound = models.FloatField(_("upper bound"), null=True)
    score = models.FloatField(_("score"), null=True)
    settings = models.JSONField(_("settings"), default=dict)

    class Meta:
        ordering = ["alert_id", "-starts_on", "method"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "run", "method", "starts_on"], name="alerts_evidence_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.starts_on:%Y-%m-%d}"
