"""What becomes of the simulated people, and what the program's measures did to the outbreak.

None of it is known to the program's own pages: they learn of an illness when somebody reports it.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet


class DayLived(models.Model):
    """What happened to the people of the exercise on one day: counts of nature, not of reports."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    day = models.PositiveSmallIntegerField(_("day"), unique=True)
    infected = models.PositiveIntegerField(_("infected"))
    onset = models.PositiveIntegerField(_("fell ill"))
    care = models.PositiveIntegerField(_("saw a doctor"))
    admitted = models.PositiveIntegerField(_("admitted"))
    critical = models.PositiveIntegerField(_("in intensive care"))
    died = models.PositiveIntegerField(_("died"))
    recovered = models.PositiveIntegerField(_("recovered"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}"


class Illness(models.Model):
    """A simulated person who went to a doctor, and the report that became of it.

    `report` is the number of the card (`surveillance.CaseReport`) once there is one.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    person = models.PositiveIntegerField(_("number in the simulation"), unique=True)
    infected_on = models.PositiveSmallIntegerField(_("day of infection"))
    care_on = models.PositiveSmallIntegerField(_("day at the doctor's"))
    report = models.BigIntegerField(null=True, unique=True)
    reported_at = models.DateTimeField(_("reported"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["care_on", "id"]
        verbose_name_plural = "illnesses"
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=True, reported_at__isnull=True)
                | Q(report__isnull=False, reported_at__isnull=False),
                name="exercises_illness_reported_at",
            ),
            models.CheckConstraint(
                condition=Q(care_on__gte=F("infected_on")), name="exercises_illness_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}"


class Measure(models.Model):
    """What the outbreak was told because of something done in the program; told again on resuming.

    Played again in order on the same county, pathogen and seed these rows give the same outbreak to
    the last case, so that no other state of it is kept.
    """

    class Kind(models.TextChoices):
        INFECT = "infect", _("Infections brought in")
        RESTRICT = "restrict", _("People kept apart")
        CLOSE = "close", _("Groups closed")
        REDUCE = "reduce", _("Contacts reduced in places")

    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    # The day of the simulation that it was told before.
    day = models.PositiveSmallIntegerField(_("told before day"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # The arguments of the intervention of `pingji.analysis.simulate`.
    arguments = models.JSONField()
    # Why: the row of the program whose doing this was, "" for what comes from the scenario.
    because_type = models.CharField(max_length=60, blank=True)
    because_id = models.CharField(max_length=60, blank=True)
    reason = models.CharField(pgettext_lazy("measure", "reason"), max_length=200)
    reason_en = models.CharField(max_length=200)
    told_at = models.DateTimeField(_("told"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["day", "id"]
        indexes = [models.Index(fields=["day", "id"], name="exercises_measure_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"
