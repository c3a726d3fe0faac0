"""How many: counts that others send, and the tallies kept from single reports."""

from typing import Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet
from pingji.monitor.surveillance.models.catalogue import Channel, Disease
from pingji.monitor.surveillance.models.imports import Import


class Period(models.TextChoices):
    """How long one count lasts; a week begins on Monday, a month on its first day."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


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


# The database checks disease and area on the case, count or finding itself. Figures are only ever
# made from such rows, and are so many that checking them again takes a fifth of reading a file.
class TallyEntry(models.Model):
    """What one arriving batch or one correction added to a figure, and when that was known.

    Entries are never changed: a figure as of any moment is the sum of what was known until then.
    """

    disease = models.ForeignKey(
        Disease, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField(_("day"))
    change = models.IntegerField(_("change"))
    known_at = models.DateTimeField(_("known"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            # Both hold whole entries: what was known later is read without the table.
            models.Index(
                fields=["known_at"],
                include=["disease", "channel", "day", "area", "change"],
                name="tally_entry_known_later",
            ),
            models.Index(
                fields=["disease", "channel", "known_at"],
                include=["day", "area", "change"],
                name="tally_entry_of_disease",
            ),
            # For the comparison with the tallies of some days; it costs hardly anything to keep.
            BrinIndex(
                fields=["day"],
                opclasses=["date_minmax_multi_ops"],
                pages_per_range=32,
                name="tally_entry_day",
            ),
        ]
        verbose_name_plural = "tally entries"

    def __str__(self) -> str:
        return f"{self.disease_id} {self.day:%Y-%m-%d}: {self.change:+d}"


class Tally(models.Model):
    """How many by disease or syndrome, channel, area and day, as known now."""

    disease = models.ForeignKey(
        Disease, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField(_("day"))
    count = models.IntegerField(_("count"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["disease", "channel", "day", "area"],
                include=["count"],
                name="surveillance_tally_counted_once",
            ),
            models.CheckConstraint(
                condition=models.Q(count__gte=0), name="surveillance_tally_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "day", "area"],
                include=["disease", "count"],
                name="tally_of_channel",
            )
        ]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.disease_id} {self.day:%Y-%m-%d}: {self.count}"


class TallyMonth(models.Model):
    """How many in a month, as the entries up to a `TallyMark` say: for figures of many months.

    Days that do not fill a month are read from the tallies, and what came after the mark from the
    entries; so whoever writes a tally has nothing to do with months.
    """

    disease = models.ForeignKey(
        Disease, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    month = models.DateField(_("first day of the month"))
    count = models.IntegerField(_("count"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "month", "area", "disease"],
                include=["count"],
                name="surveillance_month_counted_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.disease_id} {self.month:%Y-%m}: {self.count}"


class TallyMark(models.Model):
    """Up to which entry the months are summed: one row, or none before they first were."""

    entry = models.BigIntegerField(_("number of the last entry summed"))
    summed_at = models.DateTimeField(_("summed"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="surveillance_one_tally_mark")
        ]

    def __str__(self) -> str:
        return str(self.entry)
