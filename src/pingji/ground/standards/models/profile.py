"""A county's plan and its dated figures."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, Role, User, who_and_when
from pingji.ground.standards import (
    PROGRAMME_DEFAULT,
    SECONDS_IN,
    figure,
    plain,
    time_of_day,
)

LOCAL = "local"


def told(row: models.Model, field: str) -> str:
    """A bilingual pair of columns in the reader's language."""
    chinese = (get_language() or "zh").startswith("zh")
    return str(getattr(row, field) if chinese else getattr(row, f"{field}_en"))


class PlanQuerySet(models.QuerySet):
    """Rows of a plan. A plan is a published paper: whoever signs in may read every one."""

    def visible_to(self, user: Any) -> Self:
        """Everything for somebody who is signed in, nothing for anybody else."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.all()


class ProfileQuerySet(PlanQuerySet):
    def plans(self) -> Self:
        """The plans of counties and cities, without the base that holds everywhere."""
        return self.filter(everywhere=False)


class Profile(models.Model):
    """What one county's or city's plan promises, or the base that holds where no plan speaks."""

    name = models.SlugField(_("name"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(max_length=200)
    place = models.CharField(_("place"), max_length=60, blank=True)
    place_en = models.CharField(max_length=80, blank=True)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="plans")
    everywhere = models.BooleanField(_("holds everywhere"), default=False)
    in_force_from = models.DateField(_("in force from"))
    area_inferred = models.BooleanField(_("its area is inferred"), default=False)
    mark = models.CharField(_("mark of its clauses"), max_length=4, blank=True)
    document = models.CharField(_("document"), max_length=300)
    number = models.CharField(_("document number"), max_length=80, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120, blank=True)
    issued = models.CharField(_("issued"), max_length=20, blank=True)
    draft = models.BooleanField(_("draft"), default=False)
    population = models.PositiveIntegerField(_("population"), null=True)
    population_year = models.PositiveSmallIntegerField(null=True)
    population_source = models.CharField(max_length=200, blank=True)
    population_source_en = models.CharField(max_length=200, blank=True)
    population_verified = models.BooleanField(default=False)
    warn_share = models.DecimalField(
        _("share of the time left at which a clock warns"),
        max_digits=4,
        decimal_places=3,
        null=True,
    )
    escalates_to = models.CharField(_("escalates to"), max_length=24, choices=Role, blank=True)
    notes = models.JSONField(_("notes"), default=list)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        ordering = ["everywhere", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["everywhere"],
                condition=Q(everywhere=True),
                name="standards_profile_one_base",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Title in the reader's language."""
        return told(self, "title")

    @property
    def said_place(self) -> str:
        """The county or city in the reader's language, short enough for the head of a column."""
        return told(self, "place") or self.name

    @property
    def told_population_source(self) -> str:
        """Where the population comes from, in the reader's language."""
        return told(self, "population_source")

    def chain(self) -> list["Profile"]:
        """This plan and the bases it rests on, nearest first."""
        found: list[Profile] = []
        here: Profile | None = self
        while here is not None and here not in found:
            found.append(here)
            here = here.base
        return found


class ProfileArea(models.Model):
    """An area in which a profile holds, by its statistical code."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="areas")
    code = models.CharField(_("area code"), max_length=15, unique=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        area = Area.objects.filter(code=self.code).first()
        return f"{area.label} {self.code}" if area else self.code


class ProfileVersion(models.Model):
    """A profile's file as it was once loaded; a file loaded again is told by its digest."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    digest = models.CharField(max_length=64)
    content = models.TextField(_("file"))
    loaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField(_("loaded"))

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "number"], name="standards_profileversion_numbered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.profile.name} {self.number}"


class StandardQuerySet(PlanQuerySet):
    def in_force(self, on: date) -> Self:
        """The rows that hold on a day."""
        return self.filter(effective_from__lte=on).filter(
            Q(effective_to__isnull=True) | Q(effective_to__gt=on)
        )


class StandardRow(models.Model):
    """One promise of a plan, for the days it is in force; a change makes a new row."""

    class Section(models.TextChoices):
        DEADLINE = "deadline", pgettext_lazy("section of a plan", "Deadlines")
        NUMBER = "number", pgettext_lazy("section of a plan", "Capacities and sizes")
        INDICATOR = "indicator", pgettext_lazy("section of a plan", "Indicators")
        DUTY = "duty", pgettext_lazy("section of a plan", "Recurring duties")
        LIST = "list", pgettext_lazy("section of a plan", "Lists")
        SETTING = "setting", pgettext_lazy("section of a plan", "Programme settings")

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="standards")
    section = models.CharField(_("section"), max_length=10, choices=Section)
    key = models.CharField(_("key"), max_length=80)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)

    value = models.DecimalField(_("value"), max_digits=16, decimal_places=6, null=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    comparison = models.CharField(_("comparison"), max_length=10, blank=True)
    per_value = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    per_unit = models.CharField(max_length=20, blank=True)
    of = models.CharField(_("share of what"), max_length=120, blank=True)
    of_en = models.CharField(max_length=160, blank=True)
    by_date = models.DateField(_("to be reached by"), null=True)
    present = models.DecimalField(_("present value"), max_digits=16, decimal_places=6, null=True)
    present_year = models.PositiveSmallIntegerField(_("year of the present value"), null=True)
    target_year = models.PositiveSmallIntegerField(_("year of the target"), null=True)
    better = models.CharField(_("better when"), max_length=6, blank=True)
    every = models.CharField(_("how often"), max_length=12, blank=True)
    items = models.JSONField(_("items"), default=list)
    warn_share = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    escalates_to = models.CharField(_("escalates to"), max_length=24, choices=Role, blank=True)

    requirement = models.JSONField(_("requirement"), default=list)
    clause = models.CharField(_("clause"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    source_en = models.CharField(max_length=300, blank=True)
    source_key = models.CharField(max_length=60, blank=True)
    verified = models.BooleanField(_("checked against its source"), default=True)
    also = models.JSONField(_("said elsewhere in the same plan"), default=list)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(blank=True)

    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("in force until"), null=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed"))
    reason = models.TextField(_("reason"), blank=True)
    on_screen = models.BooleanField(_("set on screen"), default=False)

    objects = StandardQuerySet.as_manager()

    class Meta:
        ordering = ["profile_id", "section", "position", "key", "effective_from", "id"]
        indexes = [models.Index(fields=["profile", "key"], name="standard_key")]
        constraints = [
            who_and_when("changed"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="standards_standardrow_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(section="deadline") | Q(value__gt=0, unit__in=sorted(SECONDS_IN)),
                name="standards_standardrow_deadline_has_length",
            ),
            ExclusionConstraint(
                name="standards_standardrow_one_in_force",
                expressions=[
                    ("profile", RangeOperators.EQUAL),
                    ("key", RangeOperators.EQUAL),
                    (
                        Func("effective_from", "effective_to", function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.said}"

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return told(self, "name")

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day, as `in_force` asks the database."""
        ends = self.effective_to
        return self.effective_from <= day and (ends is None or ends > day)

    @property
    def said(self) -> str:
        """What it demands, in one phrase: at least 40 rooms per 10,000 people."""
        return figure(vars(self), get_language() or "zh")

    @property
    def time_of_day(self) -> time:
        """The time of day that its hours say; midnight where it has none."""
        return time_of_day(self.value or 0)

    @property
    def said_present(self) -> str:
        """The present value with its unit; empty where the plan gives none."""
        if self.present is None:
            return ""
        now = vars(self) | {"value": self.present, "comparison": "exactly"}
        return figure(now, get_language() or "zh")

    @property
    def said_of(self) -> str:
        """What a share is taken of."""
        return told(self, "of")

    @property
    def said_note(self) -> str:
        """What a reader should know about the figure."""
        return told(self, "note")

    @property
    def origin(self) -> str:
        """Where it is written: the clause of the plan, else its other source."""
        return self.clause or told(self, "source")

    @property
    def is_default(self) -> bool:
        """Whether it is the program's own proposal and no rule of anybody's."""
        return self.source_key == PROGRAMME_DEFAULT

    @property
    def listed(self) -> list[str]:
        """The items of a list in the reader's language."""
        chinese = (get_language() or "zh").startswith("zh")
        return [item["zh" if chinese else "en"] for item in self.items]

    @property
    def plain_value(self) -> str:
        """The figure alone, without idle zeros."""
        return "" if self.value is None else plain(self.value)

    @property
    def length(self) -> timedelta:
        """How long something may take; only a deadline has one."""
        assert self.value is not None
        return timedelta(seconds=float(self.value * Decimal(SECONDS_IN[self.unit])))
