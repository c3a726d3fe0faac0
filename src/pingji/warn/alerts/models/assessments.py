"""Risk assessment: experts judge an alert or an event, each alone and then together."""

import hashlib
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when
from pingji.warn.alerts.models.alerts import Alert


class RiskLevel(models.TextChoices):
    """What a risk comes to."""

    VERY_LOW = "very_low", pgettext_lazy("risk", "Very low")
    LOW = "low", pgettext_lazy("risk", "Low")
    MEDIUM = "medium", pgettext_lazy("risk", "Medium")
    HIGH = "high", pgettext_lazy("risk", "High")


class RiskAssessmentQuerySet(ScopedQuerySet):
    def going_on(self) -> Self:
        """Assessments that are neither signed nor given up."""
        return self.filter(state__in=RiskAssessment.GOING_ON)


class RiskAssessment(models.Model):
    """How likely and how grave it is that an alert or an event goes on; one version of it.

    The questions, scales and matrix are kept as they were when it was opened: a changed catalogue
    does not change what the experts were asked.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("risk assessment", "Experts being chosen")
        INDIVIDUAL = "individual", pgettext_lazy("risk assessment", "Each expert judges alone")
        JOINT = "joint", pgettext_lazy("risk assessment", "Experts judge together")
        SIGNED = "signed", pgettext_lazy("risk assessment", "Signed")
        WITHDRAWN = "withdrawn", pgettext_lazy("risk assessment", "Given up")

    GOING_ON = (State.DRAFT, State.INDIVIDUAL, State.JOINT)

    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="assessments")
    # The event that is answered, where no alert began it: a row of a later stage, in words.
    event_type = models.CharField(max_length=60, blank=True)
    event_id = models.CharField(max_length=60, blank=True)
    event_label = models.CharField(_("event"), max_length=200, blank=True)
    event_url = models.CharField(max_length=200, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    scope = models.CharField(_("what is assessed"), max_length=300)
    criteria = models.JSONField(_("questions, scales and matrix"))
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="assessments_opened")
    opened_at = models.DateTimeField(_("assessment opened"))
    compared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    compared_at = models.DateTimeField(_("answers shown to all"), null=True)
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), null=True)
    impact = models.PositiveSmallIntegerField(_("impact"), null=True)
    level = models.CharField(_("risk"), max_length=10, choices=RiskLevel, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    advice = models.TextField(_("advice"), blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("signed"), null=True)

    objects = RiskAssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            who_and_when("compared"),
            who_and_when("signed", unless=~Q(state="signed")),
            models.UniqueConstraint(
                fields=["alert", "version"], name="alerts_assessment_version_once"
            ),
            models.UniqueConstraint(
                fields=["alert"],
                condition=Q(state__in=["draft", "individual", "joint"]),
                name="alerts_one_assessment_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["event_type", "event_id", "version"],
                condition=~Q(event_id=""),
                name="alerts_assessment_version_of_event_once",
            ),
            models.UniqueConstraint(
                fields=["event_type", "event_id"],
                condition=Q(state__in=["draft", "individual", "joint"]) & ~Q(event_id=""),
                name="alerts_one_assessment_of_event_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(alert__isnull=False, event_id="")
                | (Q(alert__isnull=True) & ~Q(event_id="") & ~Q(event_label="")),
                name="alerts_assessment_of_an_alert_or_an_event",
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | (~Q(level="") & ~Q(reasons="")),
                name="alerts_signed_assessment_has_result_and_reasons",
            ),
        ]

    def __str__(self) -> str:
        of = str(self.alert or self.event_label)
        return f"{of} v{self.version}" if self.version > 1 else of

    def get_absolute_url(self) -> str:
        """The assessment's page."""
        return reverse("alerts:assessment", args=[self.pk])

    @property
    def mark(self) -> str:
        """Tells one wording of the joint result from another."""
        said = repr((self.likelihood, self.impact, self.reasons, self.advice))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class Judgement(models.Model):
    """What one expert makes of it, alone; and where they differ from the joint result."""

    assessment = models.ForeignKey(RiskAssessment, models.CASCADE, related_name="judgements")
    expert = models.ForeignKey(User, models.PROTECT, related_name="judgements")
    asked_at = models.DateTimeField(_("asked"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    answers = models.JSONField(_("answers"), default=dict)
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), null=True)
    impact = models.PositiveSmallIntegerField(_("impact"), null=True)
    level = models.CharField(_("risk"), max_length=10, choices=RiskLevel, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    dissent = models.TextField(_("where this expert differs"), blank=True)
    dissent_at = models.DateTimeField(_("differed"), null=True)

    class Meta:
        ordering = ["assessment_id", "asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "expert"], name="alerts_expert_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True)
                | (Q(likelihood__isnull=False, impact__isnull=False) & ~Q(level="")),
                name="alerts_judgement_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert}: {self.level}"
