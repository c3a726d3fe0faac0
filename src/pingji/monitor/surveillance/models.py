"""What was reported: diseases watched, cases and counts, and the files they came in."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, Organisation, ScopedQuerySet, User


class Channel(models.TextChoices):
    """The five channels of surveillance (R21)."""

    CASE = "case", _("Cases")
    PATHOGEN = "pathogen", _("Pathogens")
    SYNDROME = "syndrome", _("Syndromes")
    VECTOR = "vector", _("Vectors")
    DEPARTMENT = "department", _("Other departments")


class Period(models.TextChoices):
    """How long one count lasts; a week begins on Monday, a month on its first day."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


class Disease(models.Model):
    """A disease or syndrome that is watched; its class by law is dated."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    name_en = models.CharField(_("name in English"), max_length=100)
    other_names = models.JSONField(_("other names found in files"), default=list)
    is_syndrome = models.BooleanField(_("a syndrome"), default=False)
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


class DiseaseClass(models.Model):
    """The class of a notifiable disease by law, from one day to another."""

    class Class(models.TextChoices):
        A = "A", _("Class A")
        B = "B", _("Class B")
        C = "C", _("Class C")

    disease = models.ForeignKey(Disease, models.PROTECT, related_name="classes")
    legal_class = models.CharField(_("class"), max_length=1, choices=Class)
    managed_as_a = models.BooleanField(_("managed as class A"), default=False)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        ordering = ["disease_id", "valid_from"]
        verbose_name_plural = "disease classes"
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "valid_from"], name="surveillance_class_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="surveillance_class_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.get_legal_class_display()}"


class Import(models.Model):
    """A file of case lines or counts that somebody handed in, and what became of it."""

    class Kind(models.TextChoices):
        CASES = "cases", _("Case lines")
        COUNTS = "counts", _("Counts")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being read")
        DONE = "done", _("Done")
        UNREADABLE = "unreadable", _("Could not be read")

    area = models.ForeignKey(Area, models.PROTECT, related_name="imports")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="imports"
    )
    file_name = models.CharField(_("file"), max_length=200)
    file = models.FileField(upload_to="imports/%Y/%m/")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.CASE)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    handed_in_by = models.ForeignKey(User, models.PROTECT, related_name="imports")
    handed_in_at = models.DateTimeField(_("handed in"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    problem = models.TextField(_("why it could not be read"), blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    corrected = models.PositiveIntegerField(_("corrected"), default=0)
    repeated = models.PositiveIntegerField(_("already known"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    progress = models.PositiveIntegerField(_("rows read so far"), default=0)

    class QuerySet(ScopedQuerySet):
        organisation_field = "organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-handed_in_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(rows=F("accepted") + F("corrected") + F("repeated") + F("refused")),
                name="surveillance_import_answers_every_row",
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class RowAnswer(models.Model):
    """What was said to one row of a file that was not simply accepted."""

    class Verdict(models.TextChoices):
        CORRECTED = "corrected", _("Corrected")
        REPEATED = "repeated", _("Already known")
        REFUSED = "refused", _("Refused")

    file = models.ForeignKey(Import, models.CASCADE, related_name="answers")
    row = models.PositiveIntegerField(_("row"))
    verdict = models.CharField(_("answer"), max_length=10, choices=Verdict)
    column = models.CharField(_("column"), max_length=60, blank=True)
    cell = models.CharField(_("cell"), max_length=12, blank=True)
    value = models.CharField(_("content"), max_length=200, blank=True)
    reason = models.CharField(_("reason code"), max_length=40)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["file_id", "row", "id"]
        indexes = [models.Index(fields=["file", "verdict", "row"], name="row_answer_verdict")]

    def __str__(self) -> str:
        return f"{self.row}: {self.verdict}"


class ScopedByOrganisation(ScopedQuerySet):
    organisation_field = "organisation_id"


class CaseReport(models.Model):
    """One case as reported: when it happened, when it was known, where, and what."""

    class Status(models.TextChoices):
        SUSPECTED = "suspected", _("Suspected")
        CLINICAL = "clinical", _("Clinically diagnosed")
        CONFIRMED = "confirmed", _("Confirmed")
        CARRIER = "carrier", _("Carrier")

    key = models.CharField(_("sender's number"), max_length=80)
    disease = models.ForeignKey(Disease, models.PROTECT, related_name="cases")
    area = models.ForeignKey(Area, models.PROTECT, related_name="cases")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="cases")
    status = models.CharField(_("status"), max_length=10, choices=Status)
    sex = models.CharField(_("sex"), max_length=1, blank=True)
    age = models.PositiveSmallIntegerField(_("age in years"), null=True)
    onset_on = models.DateField(_("onset"))
    diagnosed_on = models.DateField(_("diagnosed"), null=True)
    known_at = models.DateTimeField(_("known"))
    file = models.ForeignKey(Import, models.PROTECT, null=True, related_name="cases")
    row = models.PositiveIntegerField(_("row"), null=True)

    objects = ScopedByOrganisation.as_manager()

    class Meta:
        ordering = ["-onset_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="surveillance_case_reported_once"),
            models.CheckConstraint(
                condition=Q(diagnosed_on__isnull=True) | Q(diagnosed_on__gte=F("onset_on")),
                name="surveillance_case_onset_before_diagnosis",
            ),
        ]
        indexes = [
            models.Index(fields=["disease", "onset_on", "area"], name="case_series"),
            models.Index(fields=["area", "onset_on"], name="case_area"),
            models.Index(fields=["file", "row"], name="case_file_row"),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.onset_on:%Y-%m-%d}"


class CountQuerySet(ScopedQuerySet):
    def as_known(self, at: object) -> Self:
        """Counts as they were known at a moment: the latest version of each up to then."""
        return (
            self.filter(known_at__lte=at)
            .order_by("disease_id", "channel", "area_id", "period", "starts_on", "-known_at")
            .distinct("disease_id", "channel", "area_id", "period", "starts_on")
        )


class Count(models.Model):
    """How many were reported for one disease, channel, area and period; versions are kept.

    A correction is a new row with a later `known_at`; what was known before is never rewritten.
    """

    disease = models.ForeignKey(Disease, models.PROTECT, related_name="counts")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    area = models.ForeignKey(Area, models.PROTECT, related_name="counts")
    period = models.CharField(_("period"), max_length=5, choices=Period)
    starts_on = models.DateField(_("begins on"))
    count = models.PositiveIntegerField(_("count"))
    known_at = models.DateTimeField(_("known"))
    file = models.ForeignKey(Import, models.PROTECT, null=True, related_name="counts")
    row = models.PositiveIntegerField(_("row"), null=True)

    objects = CountQuerySet.as_manager()

    class Meta:
        ordering = ["disease_id", "channel", "area_id", "starts_on", "known_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "channel", "area", "period", "starts_on", "known_at"],
                name="surveillance_count_version_once",
            )
        ]
        indexes = [models.Index(fields=["area", "starts_on"], name="count_area")]

    def __str__(self) -> str:
        return f"{self.disease} {self.starts_on:%Y-%m-%d}: {self.count}"
