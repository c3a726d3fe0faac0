"""Weekly analysis and monthly assessment: figures of one moment, texts people write, and documents."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when


class AnalysisQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Without drafts that a later draft of the same period replaced."""
        return self.exclude(state=Analysis.State.SUPERSEDED)


class Analysis(models.Model):
    """What a week or a month was like in an area; one version of it.

    The figures are those of one moment and are never changed: newer figures make a new version.
    """

    class Kind(models.TextChoices):
        WEEKLY = "weekly", _("Weekly analysis")
        MONTHLY = "monthly", _("Monthly assessment")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("analysis", "Draft")
        REVIEW = "review", pgettext_lazy("analysis", "Waiting for signature")
        SIGNED = "signed", pgettext_lazy("analysis", "Signed")
        SUPERSEDED = "superseded", pgettext_lazy("analysis", "Replaced by a newer draft")

    area = models.ForeignKey(Area, models.PROTECT, related_name="analyses")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    as_of = models.DateTimeField(_("figures as known at"))
    figures = models.JSONField(_("figures"))
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"))
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("handed in for signature"), null=True)
    returned_why = models.TextField(_("why it was sent back"), blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("signed"), null=True)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "kind", "area_id", "-version"]
        verbose_name_plural = "analyses"
        constraints = [
            who_and_when("submitted"),
            who_and_when("signed", unless=~Q(state="signed")),
            models.UniqueConstraint(
                fields=["area", "kind", "starts_on", "version"],
                name="alerts_analysis_version_once",
            ),
            models.UniqueConstraint(
                fields=["area", "kind", "starts_on"],
                condition=Q(state__in=["draft", "review"]),
                name="alerts_analysis_one_draft_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        days = f"{self.starts_on:%Y-%m-%d}–{self.ends_on:%m-%d}"
        said = f"{self.area} {self.get_kind_display()} {days}"
        return f"{said} v{self.version}" if self.version > 1 else said

    def get_absolute_url(self) -> str:
        """The analysis's page."""
        return reverse("alerts:analysis", args=[self.pk])


class AnalysisText(models.Model):
    """What one section says; every wording is kept, the latest counts."""

    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="texts")
    section = models.CharField(_("section of the document"), max_length=20)
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("written"))

    class Meta:
        ordering = ["analysis_id", "section", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["analysis", "section", "number"], name="alerts_analysis_wording_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.section} v{self.number}"


class AnalysisDocument(models.Model):
    """A signed analysis as a file, byte for byte; the database refuses to change or delete it."""

    class Form(models.TextChoices):
        WORD = "docx", "Word"
        PDF = "pdf", "PDF"

        @property
        def content_type(self) -> str:
            """What a browser is told that the file is."""
            word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            return word if self == self.WORD else "application/pdf"

    analysis = models.ForeignKey(Analysis, models.PROTECT, related_name="documents")
    form = models.CharField(_("form"), max_length=4, choices=Form)
    content = models.BinaryField(_("content"))
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        ordering = ["analysis_id", "form"]
        constraints = [
            models.UniqueConstraint(
                fields=["analysis", "form"], name="alerts_analysis_document_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.analysis}.{self.form}"
