"""A clock that runs against one promise on one subject."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    Organisation,
    Role,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.ground.standards.models.profile import StandardRow, told


def key_of(subject: models.Model) -> dict[str, str]:
    """Name a row of any table in two words."""
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def names_of(subject: models.Model) -> dict[str, str]:
    """What a row is called in both languages, and its page, as they are now."""
    with translation.override("zh-hans"):
        chinese = str(subject)[:200]
    with translation.override("en"):
        english = str(subject)[:200]
    page = getattr(subject, "get_absolute_url", None)
    return {
        "subject_label": chinese,
        "subject_label_en": english,
        "subject_url": page() if page else "",
    }


class DeadlineQuerySet(ScopedQuerySet):
    organisation_field = "organisation_id"

    def visible_to(self, user: Any) -> Self:
        """Rows of the user's area, and for a bound role of its organisation or its own."""
        rows = super().visible_to(user)
        if rows.query.is_empty():  # nobody, or somebody who left
            return rows
        if user.role not in BOUND_TO_ORGANISATION:  # its own lie among those of its area
            return rows
        return rows | self.filter(owner=user, area__code__startswith=user.area_id)

    def of(self, subject: models.Model) -> Self:
        """The deadlines of one row."""
        return self.filter(**key_of(subject))

    def open(self) -> Self:
        """Still to be met, late or not."""
        return self.filter(OPEN)

    def overdue(self, at: datetime) -> Self:
        """Still to be met though the time is over."""
        return self.open().filter(due_at__lte=at)

    def warning(self, at: datetime) -> Self:
        """Still to be met, in time, with little time left."""
        return self.open().filter(warn_at__lte=at, due_at__gt=at)

    def late(self) -> Self:
        """Not met in time, whether or not it was met afterwards."""
        return self.filter(state__in=[Deadline.State.MISSED, Deadline.State.MET_LATE])


class Deadline(models.Model):
    """How long something may take, running on one subject until it is met or let go."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("deadlines", "Running")
        MET = "met", pgettext_lazy("deadlines", "Met")
        MET_LATE = "met_late", pgettext_lazy("deadlines", "Met late")
        MISSED = "missed", pgettext_lazy("deadlines", "Missed")
        CANCELLED = "cancelled", pgettext_lazy("deadlines", "Cancelled")

    key = models.CharField(_("key"), max_length=80)
    standard = models.ForeignKey(StandardRow, models.PROTECT, related_name="deadlines")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    subject_label = models.CharField(_("subject"), max_length=200)
    subject_label_en = models.CharField(max_length=200)
    subject_url = models.CharField(max_length=200, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="deadlines")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="deadlines"
    )
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="deadlines")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    warn_at = models.DateTimeField(_("warns"))
    met_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    met_at = models.DateTimeField(_("met"), null=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancel_reason = models.TextField(_("reason"), blank=True)
    extended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    extended_at = models.DateTimeField(_("extended"), null=True)
    extended_from = models.DateTimeField(_("first due"), null=True)
    extend_reason = models.TextField(_("reason"), blank=True)
    escalates_to = models.CharField(_("escalates to"), max_length=24, choices=Role)
    escalated_at = models.DateTimeField(_("escalated"), null=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="deadline_subject"),
            models.Index(fields=["state", "due_at"], name="deadline_state_due"),
            models.Index(fields=["key", "started_at"], name="deadline_key_started"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "subject_type", "subject_id"],
                condition=Q(state__in=["open", "missed"], cancelled_at__isnull=True),
                name="standards_deadline_one_open",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("started_at"), warn_at__gte=F("started_at"))
                & Q(warn_at__lte=F("due_at")),
                name="standards_deadline_times_in_order",
            ),
            who_and_when("met", unless=~Q(state__in=["met", "met_late"])),
            who_and_when("cancelled"),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False),
                name="standards_deadline_cancelled_has_moment",
            ),
            who_and_when("extended"),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True) | Q(extended_from__isnull=False),
                name="standards_deadline_extended_keeps_first_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="missed") | Q(escalated_at__isnull=False),
                name="standards_deadline_missed_is_escalated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.said_subject}"

    @property
    def label(self) -> str:
        """What has to be done, in the reader's language."""
        return self.standard.label

    @property
    def said_subject(self) -> str:
        """The row it runs on, in the reader's language."""
        return told(self, "subject_label")

    @property
    def is_open(self) -> bool:
        """Whether it is still to be met."""
        return self.state in {self.State.OPEN, self.State.MISSED} and self.cancelled_at is None

    @property
    def ended_at(self) -> datetime | None:
        """When its clock stopped; None while it runs."""
        return self.met_at or self.cancelled_at


OPEN = Q(state__in=[Deadline.State.OPEN, Deadline.State.MISSED], cancelled_at__isnull=True)
