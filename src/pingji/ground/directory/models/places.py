"""Where: statistical areas, organisations and their facilities."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words
from pingji.ground.directory.models.sight import ScopedQuerySet

# Levels are told apart by the length of the code: `code__length=9`.
models.CharField.register_lookup(Length)
# What `position_source` and `shape_source` say of a place nobody has measured.
SCHEMATIC = "schematic"
LEVEL_WORDS = {
    "province": _("province"),
    "prefecture": _("prefecture"),
    "county": _("county or city"),
    "township": _("township or street"),
    "village": _("village or community"),
    "grid": _("grid cell"),
}
LEVEL_BY_LENGTH = {
    2: "province",
    4: "prefecture",
    6: "county",
    9: "township",
    12: "village",
    15: "grid",
}
COUNTY_DIGITS, TOWNSHIP_DIGITS = 6, 9


def codes_around(code: str) -> list[str]:
    """Codes of an area and of those that contain it, the smallest first."""
    return [code[:length] for length in reversed(LEVEL_BY_LENGTH) if length <= len(code)]


class AreaQuerySet(ScopedQuerySet):
    area_field = "code"

    def under(self, prefix: str) -> Self:
        """The area itself and everything inside it."""
        return self.filter(code__startswith=prefix)

    def of_level(self, level: str) -> Self:
        """Areas of one level: province, prefecture, county, township, village, grid."""
        length = next(n for n, name in LEVEL_BY_LENGTH.items() if name == level)
        return self.filter(code__length=length)


class Area(models.Model):
    """A piece of the country, named by its statistical code; codes nest by prefix."""

    code = models.CharField(
        max_length=15,
        primary_key=True,
        validators=[RegexValidator(r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12}|\d{15})$")],
    )
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    initials = models.CharField(_("pinyin initials"), max_length=80, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True)
    longitude = models.FloatField(_("longitude (WGS-84)"), null=True)
    latitude = models.FloatField(_("latitude (WGS-84)"), null=True)
    position_source = models.CharField(_("source of the position"), max_length=200, blank=True)
    shape = models.JSONField(_("outline (GeoJSON, WGS-84)"), null=True)
    shape_source = models.CharField(_("source of the outline"), max_length=200, blank=True)
    source = models.CharField(_("source of name and code"), max_length=200, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12}|\d{15})$"),
                name="directory_area_code_is_statistical",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """Where the area is shown."""
        return reverse("directory:area", args=[self.code])

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return in_words(self.name, self.name_en)

    @property
    def is_schematic(self) -> bool:
        """Whether the outline was computed for want of an official one."""
        return self.shape_source == SCHEMATIC

    @property
    def level(self) -> str:
        """province, prefecture, county, township, village or grid."""
        return LEVEL_BY_LENGTH[len(self.code)]

    @property
    def population_grouped(self) -> str:
        """The population as figures are written here, 57,769; empty where it is not known."""
        return "" if self.population is None else f"{self.population:,}"

    def get_level_display(self) -> str:
        """The level in the reader's language."""
        return str(LEVEL_WORDS[self.level])

    @property
    def around(self) -> list[str]:
        """Codes of this area and of those that contain it, the smallest first."""
        return codes_around(self.code)

    @property
    def parent_code(self) -> str | None:
        """Code of the area around this one; None for a province."""
        lengths = list(LEVEL_BY_LENGTH)
        at = lengths.index(len(self.code))
        return self.code[: lengths[at - 1]] if at else None


class OrganisationQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Organisations that have not been closed."""
        return self.filter(closed_on__isnull=True)


class Organisation(models.Model):
    """A body that reports, answers, treats, stores or commands."""

    class Kind(models.TextChoices):
        HEALTH_COMMISSION = "health_commission", _("Health commission")
        CDC = "cdc", _("Centre for disease control")
        HOSPITAL = "hospital", _("Hospital")
        TOWNSHIP_HEALTH_CENTRE = "township_health_centre", _("Township health centre")
        VILLAGE_CLINIC = "village_clinic", _("Village clinic")
        SCHOOL = "school", _("School or nursery")
        CARE_HOME = "care_home", _("Care home")
        EMERGENCY_CENTRE = "emergency_centre", _("120 emergency centre")
        STORE = "store", _("Supply store")
        DEPARTMENT = "department", _("Government department")
        TOWNSHIP_GOVERNMENT = "township_government", _("Township government")
        VILLAGE_COMMITTEE = "village_committee", _("Village committee")
        OTHER = "other", _("Other")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    initials = models.CharField(_("pinyin initials"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="organisations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    public = models.BooleanField(_("publicly owned"), default=True)
    level = models.CharField(_("hospital level"), max_length=20, blank=True)
    beds = models.PositiveIntegerField(_("open beds"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    connected = models.BooleanField(_("sends data to Pingji"), default=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    demo = models.BooleanField(_("demonstration data"), default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["area_id", "kind", "code"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """Where the organisation is shown."""
        return reverse("directory:organisation", args=[self.pk])

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return in_words(self.name, self.name_en)


class Facility(models.Model):
    """A place that an organisation runs, with its position on the map."""

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", _("Hospital")
        CLINIC = "clinic", _("Clinic")
        FEVER_CLINIC = "fever_clinic", _("Fever clinic")
        LABORATORY = "laboratory", _("Laboratory")
        SCHOOL = "school", _("School")
        CARE_HOME = "care_home", _("Care home")
        STORE = "store", _("Supply store")
        AMBULANCE_STATION = "ambulance_station", _("Ambulance station")
        OFFICE = "office", _("Office")
        OTHER = "other", _("Other")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="facilities")
    area = models.ForeignKey(Area, models.PROTECT, related_name="facilities")
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    address = models.CharField(_("address"), max_length=200, blank=True)
    longitude = models.FloatField(_("longitude (WGS-84)"))
    latitude = models.FloatField(_("latitude (WGS-84)"))
    position_source = models.CharField(_("source of the position"), max_length=200, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["area_id", "name"]
        verbose_name_plural = "facilities"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="directory_facility_named_once"
            ),
            models.CheckConstraint(
                condition=Q(longitude__range=(-180, 180)) & Q(latitude__range=(-90, 90)),
                name="directory_facility_position_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return in_words(self.name, self.name_en)
