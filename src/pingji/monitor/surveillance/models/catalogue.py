"""What is watched: diseases and syndromes, their names and classes by date, and their settings."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area


class Channel(models.TextChoices):
    """The five channels of surveillance (R21)."""

    CASE = "case", _("Cases")
    PATHOGEN = "pathogen", _("Pathogens")
    SYNDROME = "syndrome", _("Syndromes")
    VECTOR = "vector", _("Vectors")
    DEPARTMENT = "department", _("Other departments")


class Disease(models.Model):
    """A disease or syndrome that is watched; its class by law is dated."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    name_en = models.CharField(_("name in English"), max_length=100)
    other_names = models.JSONField(_("other names found in files"), default=list)
    is_syndrome = models.BooleanField(_("a syndrome"), default=False)
    icd10 = models.JSONField(_("ICD-10 codes, or beginnings of codes"), default=list)
    tests = models.JSONField(_("laboratory tests that find it, by code or name"), default=list)
    single_case = models.BooleanField(_("a single case raises a signal"), default=False)
    watched_from = models.DateField(_("watched from"), null=True, blank=True)
    watched_to = models.DateField(_("watched to"), null=True, blank=True)
    succeeded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="succeeds"
    )
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts"
    )  # its class and deadline hold where it has none of its own
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


class Dated(models.Model):
    """A row that holds from one day to another, with where it comes from."""

    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    verified = models.BooleanField(_("checked against its source"), default=False)

    class Meta:
        abstract = True


def ends_after_it_begins(name: str) -> models.CheckConstraint:
    """A dated row lasts at least a day."""
    return models.CheckConstraint(
        condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name=name
    )


class DiseaseName(Dated):
    """What a disease was called by law, from one day to another."""

    disease = models.ForeignKey(Disease, models.CASCADE, related_name="names")
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=100)

    class Meta:
        ordering = ["disease_id", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "valid_from"], name="surveillance_name_begins_once"
            ),
            ends_after_it_begins("surveillance_name_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return self.name


class CaseStatus(models.TextChoices):
    """How sure a case is."""

    SUSPECTED = "suspected", _("Suspected")
    CLINICAL = "clinical", _("Clinically diagnosed")
    CONFIRMED = "confirmed", _("Confirmed")
    CARRIER = "carrier", _("Carrier")


class CaseDefinition(Dated):
    """What counts as a suspected, clinical or confirmed case, or as a carrier."""

    disease = models.ForeignKey(Disease, models.CASCADE, related_name="definitions")
    status = models.CharField(_("status"), max_length=10, choices=CaseStatus)
    text = models.TextField(_("definition"))
    text_en = models.TextField(_("definition in English"), blank=True)

    class Meta:
        ordering = ["disease_id", "status", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "status", "valid_from"],
                name="surveillance_definition_begins_once",
            ),
            ends_after_it_begins("surveillance_definition_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.get_status_display()}"


class ReportingDeadline(Dated):
    """Within what time a case must be reported: the key of a deadline of the plan."""

    disease = models.ForeignKey(Disease, models.CASCADE, related_name="reporting_deadlines")
    key = models.CharField(_("deadline of the plan"), max_length=60)

    class Meta:
        ordering = ["disease_id", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "valid_from"], name="surveillance_reporting_begins_once"
            ),
            ends_after_it_begins("surveillance_reporting_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.key}"


class DetectorSetting(Dated):
    """By which method, and how set, one disease is watched in one channel."""

    disease = models.ForeignKey(Disease, models.CASCADE, related_name="detectors")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    method = models.CharField(_("method"), max_length=40)
    options = models.JSONField(_("options"), default=dict)

    class Meta:
        ordering = ["disease_id", "channel", "method", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "channel", "area", "method", "valid_from"],
                nulls_distinct=False,
                name="surveillance_detector_begins_once",
            ),
            ends_after_it_begins("surveillance_detector_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.method}"


class ClusterThreshold(Dated):
    """How many cases in one place within how many days are a cluster of one of four layers."""

    class Layer(models.TextChoices):
        CLASS_HINT = "class_hint", _("Hint for a class")
        CLUSTER = "cluster", _("Cluster")
        NATIONAL = "national", _("Nationally reportable information")
        GRADED = "graded", _("Graded event")

    class Place(models.TextChoices):
        HOUSEHOLD = "household", _("Household")
        CLASS = "class", _("School class")
        INSTITUTION = "institution", _("School, care home, work unit or other institution")
        VILLAGE = "village", _("Village")
        TOWNSHIP = "township", _("Township")
        COUNTY = "county", _("County")

    disease = models.ForeignKey(Disease, models.CASCADE, related_name="thresholds")
    layer = models.CharField(_("layer"), max_length=12, choices=Layer)
    place = models.CharField(_("kind of place"), max_length=12, choices=Place)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    cases = models.PositiveIntegerField(_("cases, at least"), null=True, blank=True)
    deaths = models.PositiveIntegerField(_("or deaths, at least"), null=True, blank=True)
    days = models.PositiveIntegerField(_("within days"))

    class Meta:
        ordering = ["disease_id", "layer", "place", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "layer", "place", "area", "valid_from"],
                nulls_distinct=False,
                name="surveillance_threshold_begins_once",
            ),
            models.CheckConstraint(
                condition=Q(cases__gt=0) | Q(deaths__gt=0),
                name="surveillance_threshold_counts_something",
            ),
            models.CheckConstraint(
                condition=Q(days__gt=0), name="surveillance_threshold_lasts_a_day"
            ),
            ends_after_it_begins("surveillance_threshold_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.disease} {self.get_layer_display()}"
