"""Places that report in a rhythm: their types, what they report, and every report."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import (
    Area,
    Facility,
    Organisation,
    Role,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.monitor.surveillance.models.cards import Source
from pingji.monitor.surveillance.models.catalogue import Channel, Disease
from pingji.monitor.surveillance.models.counts import Period
from pingji.monitor.surveillance.models.intake import Message


class OfSentinels(ScopedQuerySet):
    """Rows about sentinels: a health centre sees those of the clinics under it, too."""

    organisation_field = "organisation_id"

    def of_theirs(self, user: User) -> Q:
        """The rows of a reader's own organisation, and of the clinics under a health centre."""
        theirs = super().of_theirs(user)
        if user.role == Role.TOWNSHIP_DOCTOR:
            path = str(self.organisation_field).removesuffix("_id")
            theirs |= Q(**{f"{path}__parent": user.organisation_id})
        return theirs


class Named(models.Model):
    """A row with a name in both languages."""

    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


class SentinelType(Named):
    """A kind of sentinel: pharmacies, schools, fever clinics …, its channel and its rhythm."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    rhythm = models.CharField(_("rhythm"), max_length=5, choices=Period, default=Period.DAY)
    grace_hours = models.PositiveSmallIntegerField(_("hours to report after a period ends"))
    workdays_only = models.BooleanField(_("on working days only"), default=False)
    organisation_kind = models.CharField(
        _("kind of organisation it is to cover"),
        max_length=24,
        choices=Organisation.Kind,
        blank=True,
    )
    seen_in_visits = models.BooleanField(
        _("counted from visits where the hospital's own system sends them"), default=False
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    assumed = models.BooleanField(_("rhythm and time are an assumption"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "code"]


class SentinelItem(Named):
    """One figure that sentinels of a type report."""

    class Kind(models.TextChoices):
        COUNT = "count", _("Whole number")
        MEASURE = "measure", _("Measured value")

    type = models.ForeignKey(SentinelType, models.CASCADE, related_name="items")
    code = models.SlugField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.COUNT)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    unit_en = models.CharField(_("unit in English"), max_length=40, blank=True)
    disease = models.ForeignKey(
        Disease, models.PROTECT, null=True, blank=True, related_name="sentinel_items"
    )
    part_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    required = models.BooleanField(_("required"), default=True)
    steady = models.BooleanField(_("hardly changes: the last figure is proposed"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    ended_on = models.DateField(_("asked until"), null=True, blank=True)

    class Meta:
        ordering = ["type_id", "order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["type", "code"], name="surveillance_item_once")
        ]

    @property
    def unit_label(self) -> str:
        """Unit in the reader's language."""
        return self.unit if (get_language() or "zh").startswith("zh") else self.unit_en or self.unit


class CalendarEntry(Named):
    """Days that are not what their weekday says: holidays off, weekend days worked."""

    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    type = models.ForeignKey(
        SentinelType, models.CASCADE, null=True, blank=True, related_name="calendar"
    )
    worked = models.BooleanField(_("these days are worked"), default=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    verified = models.BooleanField(_("checked against its source"), default=False)

    class Meta:
        ordering = ["-starts_on", "name"]
        verbose_name_plural = "calendar entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="surveillance_calendar_ends_after_it_begins",
            )
        ]


class Sentinel(models.Model):
    """One place that reports: a school, a pharmacy, a trap, a sewer."""

    type = models.ForeignKey(SentinelType, models.PROTECT, related_name="sentinels")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sentinels")
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="sentinels"
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="sentinels")
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    longitude = models.FloatField(_("longitude (WGS-84)"), null=True, blank=True)
    latitude = models.FloatField(_("latitude (WGS-84)"), null=True, blank=True)
    opened_on = models.DateField(_("reports from"))
    closed_on = models.DateField(_("reports until"), null=True, blank=True)
    demo = models.BooleanField(_("demonstration data"), default=False)

    class QuerySet(OfSentinels):
        def open_on(self, day: date) -> "Sentinel.QuerySet":
            """Those that report on a day."""
            still = Q(closed_on__isnull=True) | Q(closed_on__gte=day)
            return self.filter(still, opened_on__lte=day)

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["type_id", "area_id", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["type", "organisation", "name"], name="surveillance_sentinel_named_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="surveillance_sentinel_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en or self.name


class SentinelReport(models.Model):
    """What a sentinel reported for one period; a correction is a new version, zero is a report."""

    sentinel = models.ForeignKey(Sentinel, models.PROTECT, related_name="reports")
    starts_on = models.DateField(_("period begins"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    latest = models.BooleanField(_("in force"), default=True)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="sentinel_reports")
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="sentinel_reports")
    known_at = models.DateTimeField(_("known"))
    due_at = models.DateTimeField(_("due"))
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    counted = models.BooleanField(_("added to the counts"), default=True)

    class QuerySet(OfSentinels):
        area_field = "sentinel__area"
        organisation_field = "sentinel__organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "sentinel_id", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["sentinel", "starts_on", "version"], name="surveillance_sentinel_version"
            ),
            models.UniqueConstraint(
                fields=["sentinel", "starts_on"],
                condition=Q(latest=True),
                name="surveillance_sentinel_reports_once",
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "sentinel"], name="sentinel_report_day")]

    def __str__(self) -> str:
        return f"{self.sentinel} {self.starts_on:%Y-%m-%d}"


class SentinelValue(models.Model):
    """One figure of a sentinel's report."""

    report = models.ForeignKey(SentinelReport, models.CASCADE, related_name="values")
    item = models.ForeignKey(SentinelItem, models.PROTECT, related_name="values")
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=3)

    class QuerySet(OfSentinels):
        area_field = "report__sentinel__area"
        organisation_field = "report__sentinel__organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["report_id", "item_id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "item"], name="surveillance_value_once"),
            models.CheckConstraint(
                condition=Q(value__gte=0), name="surveillance_value_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.value}"


class Silence(models.Model):
    """A stretch without the reports that were due, once somebody was told or reminded of it.

    Whether a sentinel is silent is always worked out from its reports; here stands only what was
    done about it, so that the same silence is announced once.
    """

    sentinel = models.ForeignKey(Sentinel, models.PROTECT, related_name="silences")
    first_missing = models.DateField(_("first period without a report"))
    announced_at = models.DateTimeField(_("announced"), null=True)
    reminded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)

    class QuerySet(OfSentinels):
        area_field = "sentinel__area"
        organisation_field = "sentinel__organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["sentinel_id", "-first_missing"]
        constraints = [
            models.UniqueConstraint(
                fields=["sentinel", "first_missing"], name="surveillance_silence_once"
            ),
            who_and_when("reminded"),
        ]

    def __str__(self) -> str:
        return f"{self.sentinel} {self.first_missing:%Y-%m-%d}"
