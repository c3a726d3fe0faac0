"""The duty roster: who is called first, and who next, from when to when."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models.people import User
from pingji.ground.directory.models.places import Area
from pingji.ground.directory.models.sight import ScopedQuerySet, who_and_when


class DutyShiftQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Without those that were taken off the roster."""
        return self.filter(withdrawn_at__isnull=True)

    def at(self, moment: datetime) -> Self:
        """Those that run at a moment."""
        return self.standing().filter(starts_at__lte=moment, ends_at__gt=moment)


class DutyShift(models.Model):
    """Somebody on duty for an area; the first rank is called first, the next if nobody answers."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="duty_shifts")
    person = models.ForeignKey(User, models.PROTECT, related_name="duty_shifts")
    rank = models.PositiveSmallIntegerField(_("order in which they are called"))
    starts_at = models.DateTimeField(_("duty begins"))
    ends_at = models.DateTimeField(_("duty ends"))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("put on the roster"))
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("taken off the roster"), null=True)

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "rank", "id"]
        constraints = [
            who_and_when("withdrawn"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="directory_duty_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="directory_duty_rank_from_one"),
            *(
                ExclusionConstraint(
                    name=f"directory_duty_one_{what}_at_a_time",
                    expressions=[
                        ("area", RangeOperators.EQUAL),
                        (what, RangeOperators.EQUAL),
                        (
                            Func("starts_at", "ends_at", function="tstzrange"),
                            RangeOperators.OVERLAPS,
                        ),
                    ],
                    condition=Q(withdrawn_at__isnull=True),
                )
                for what in ("rank", "person")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.person} {self.starts_at:%Y-%m-%d}"
