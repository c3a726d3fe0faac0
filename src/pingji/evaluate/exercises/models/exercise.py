"""The exercise that a database holds: one, or none where the database is for work."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, Role, ScopedQuerySet, User


class Exercise(models.Model):
    """The exercise of this database: what is played, by whom, and how far it has come.

    A database that holds this row is for exercises and for nothing else; the row is made while the
    database is empty of people, and never taken away.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("exercise", "Running")
        PAUSED = "paused", pgettext_lazy("exercise", "Paused")
        FINISHED = "finished", pgettext_lazy("exercise", "Finished")

    # True in the one row there may be.
    only = models.BooleanField(default=True, unique=True, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(_("exercise"), max_length=120)
    name_en = models.CharField(max_length=120)
    # The scenario as it was read and checked, with what the command line set.
    scenario = models.JSONField(_("scenario"))
    profile = models.CharField(_("plan of the county"), max_length=60)
    seed = models.BigIntegerField(_("seed"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    moment = models.DateTimeField(_("moment reached"))
    # How many days the outbreak has been lived through.
    days = models.PositiveSmallIntegerField(_("days lived"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    # Simulated seconds in a second of the wall clock; 0 goes on as fast as the machine can.
    speed = models.PositiveIntegerField(_("seconds of the exercise in one second"), default=0)
    # Where time, moved on by a step, stands again; None while it goes on or stands.
    stops_at = models.DateTimeField(_("stops at"), null=True)
    # Roles that people play; the machine plays all others.
    people_play = models.JSONField(_("roles played by people"), default=list)
    # The residents' place in the register: resident i of the simulation has this number plus i.
    first_resident = models.BigIntegerField(null=True)
    residents = models.PositiveIntegerField(_("residents"), default=0)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"))

    class QuerySet(ScopedQuerySet):
        def present(self) -> "Exercise | None":
            """The exercise of this database, or None where the database is for work."""
            return self.first()

    objects = QuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="exercises_exercise_only_one"),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="exercises_exercise_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(moment__gte=F("starts_at"), moment__lte=F("ends_at")),
                name="exercises_exercise_moment_within",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_stepped(self) -> bool:
        """Whether time was moved on by a step and has come to its end."""
        return self.stops_at is not None and self.moment >= self.stops_at

    def plays(self, role: str) -> bool:
        """Whether the machine plays this role."""
        return role not in self.people_play and role in Role.values
