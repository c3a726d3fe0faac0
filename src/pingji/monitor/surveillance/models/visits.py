"""What hospitals and laboratories send by themselves: visits and laboratory results."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, Organisation, ScopedQuerySet
from pingji.monitor.surveillance.models.cards import CaseReport
from pingji.monitor.surveillance.models.catalogue import Disease
from pingji.monitor.surveillance.models.intake import Message


# Visits and results come by the hundred, and a foreign key asks for each row by itself. The database
# asks once for all rows of a statement instead (triggers `…_refers` of migration 0008), and refuses
# to delete what they name, as a foreign key does.
class ByOrganisation(ScopedQuerySet):
    organisation_field = "organisation_id"


class Visit(models.Model):
    """Somebody came to a clinic, an emergency department or a ward; no name is kept."""

    class Kind(models.TextChoices):
        OUTPATIENT = "outpatient", _("Outpatient")
        EMERGENCY = "emergency", pgettext_lazy("kind of visit", "Emergency")
        ADMISSION = "admission", _("Admission (front page)")

    # Neither has an index of its own: each begins one of those below.
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="visits", db_index=False, db_constraint=False
    )
    key = models.CharField(_("sender's number"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="visits", db_index=False, db_constraint=False
    )
    department = models.CharField(_("department"), max_length=60, blank=True)
    visited_at = models.DateTimeField(_("visited"))
    onset_on = models.DateField(_("onset"), null=True)
    sex = models.CharField(_("sex"), max_length=1, blank=True)
    age = models.PositiveSmallIntegerField(_("age in years"), null=True)
    person_hash = models.CharField(_("person, keyed hash"), max_length=64, blank=True)
    complaint = models.TextField(_("chief complaint"), blank=True)
    diagnosis_code = models.CharField(_("diagnosis, ICD-10"), max_length=20, blank=True)
    diagnosis = models.CharField(_("diagnosis"), max_length=120, blank=True)
    signs = models.JSONField(_("diseases and syndromes it counts for"), default=list)
    sent_at = models.DateTimeField(_("sent, by the sender's clock"), null=True)
    known_at = models.DateTimeField(_("known"))
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="visits")

    objects = ByOrganisation.as_manager()

    class Meta:
        ordering = ["-visited_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"], name="surveillance_visit_reported_once"
            )
        ]
        indexes = [
            models.Index(fields=["area", "visited_at"], name="visit_area"),
            # The rows behind a figure: by time, only what counts for anything.
            models.Index(
                fields=["-visited_at", "-id"],
                include=["area", "organisation", "signs"],
                condition=~Q(signs=[]),
                name="visit_that_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.visited_at:%Y-%m-%d}"


class LabResult(models.Model):
    """A laboratory's finding on one specimen."""

    class Finding(models.TextChoices):
        POSITIVE = "positive", _("Positive")
        NEGATIVE = "negative", _("Negative")
        UNCLEAR = "unclear", _("Indeterminate")
        VALUE = "value", _("A value")

    # Neither has an index of its own: each begins one of those below.
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="lab_results",
        db_index=False,
        db_constraint=False,
    )
    key = models.CharField(_("sender's number"), max_length=120)
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="lab_results", db_index=False, db_constraint=False
    )
    specimen = models.CharField(_("specimen"), max_length=60, blank=True)
    test_code = models.CharField(_("test, code"), max_length=40, blank=True)
    test = models.CharField(_("test"), max_length=120, blank=True)
    disease = models.ForeignKey(
        Disease, models.PROTECT, null=True, related_name="lab_results", db_constraint=False
    )
    finding = models.CharField(_("finding"), max_length=10, choices=Finding)
    value = models.CharField(_("value"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    sex = models.CharField(_("sex"), max_length=1, blank=True)
    age = models.PositiveSmallIntegerField(_("age in years"), null=True)
    person_hash = models.CharField(_("person, keyed hash"), max_length=64, blank=True)
    taken_at = models.DateTimeField(_("specimen taken"), null=True)
    reported_at = models.DateTimeField(_("reported by the laboratory"))
    sent_at = models.DateTimeField(_("sent, by the sender's clock"), null=True)
    known_at = models.DateTimeField(_("known"))
    card = models.ForeignKey(CaseReport, models.PROTECT, null=True, related_name="lab_results")
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="lab_results")

    objects = ByOrganisation.as_manager()

    class Meta:
        ordering = ["-reported_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"], name="surveillance_result_reported_once"
            )
        ]
        indexes = [
            models.Index(fields=["area", "reported_at"], name="result_area"),
            models.Index(
                Coalesce("taken_at", "reported_at").desc(),
                F("id").desc(),
                condition=Q(finding="positive", disease__isnull=False),
                name="result_that_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test} {self.get_finding_display()}"
