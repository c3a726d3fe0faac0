"""A place on its way from peace to emergency or back: what was checked, and the steps in order."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import (
    Area,
    Facility,
    Role,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.ground.directory.models.places import LEVEL_BY_LENGTH
from pingji.ground.standards.models import Mode
from pingji.ground.standards.models.profile import told
from pingji.respond.incidents.models.incidents import Incident


class SwitchQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Those in the reader's area, and those of the areas that contain it."""
        rows = super().visible_to(user)
        if rows.query.is_empty():
            return rows
        around = [user.area_id[:n] for n in LEVEL_BY_LENGTH if n < len(user.area_id)]
        return rows | self.filter(area__in=around, facility__isnull=True)

    def open(self) -> Self:
        """Switches that are under way."""
        return self.filter(state="open")


class Switch(models.Model):
    """One area or facility on its way to the other state."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("switch", "Under way")
        DONE = "done", pgettext_lazy("switch", "Completed")
        CANCELLED = "cancelled", pgettext_lazy("switch", "Cancelled")

    area = models.ForeignKey(Area, models.PROTECT, related_name="switches")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="switches")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="switches")
    to = models.CharField(_("to"), max_length=10, choices=Mode)
    conversion = models.CharField(_("how it is switched"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(max_length=160)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    reason = models.TextField(_("reason"))
    despite = models.TextField(_("why although not everything is ready"), blank=True)
    checks = models.JSONField(_("what was checked"), default=list)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started"))
    finished_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(_("completed"), null=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancel_reason = models.TextField(_("why it was cancelled"), blank=True)

    objects = SwitchQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name_plural = "switches"
        constraints = [
            who_and_when("finished", unless=~Q(state="done")),
            who_and_when("cancelled", unless=~Q(state="cancelled")),
            models.CheckConstraint(condition=~Q(reason=""), name="incidents_switch_has_a_reason"),
            models.UniqueConstraint(
                fields=["area"],
                condition=Q(state="open", facility__isnull=True),
                name="incidents_switch_one_open_of_an_area",
            ),
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(state="open"),
                name="incidents_switch_one_open_of_a_facility",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.label} → {self.get_to_display()}"

    def get_absolute_url(self) -> str:
        """The page of the switch, with its steps."""
        return reverse("incidents:switch", args=[self.pk])

    @property
    def place(self) -> Area | Facility:
        """What is switched."""
        return self.facility or self.area

    @property
    def label(self) -> str:
        """How it is switched, in the reader's language."""
        return told(self, "name")


class SwitchStepQuerySet(ScopedQuerySet):
    area_field = "switch__area"

    def visible_to(self, user: Any) -> Self:
        """Steps of the switches that the reader sees."""
        return self.filter(switch__in=Switch.objects.visible_to(user))


class SwitchStep(models.Model):
    """One step of a switch: told to its role when everything before it is done."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("step", "Waits for others")
        ISSUED = "issued", pgettext_lazy("step", "To be done")
        DONE = "done", pgettext_lazy("step", "Done")

    switch = models.ForeignKey(Switch, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(_("number"))
    key = models.CharField(max_length=60)
    role = models.CharField(_("role"), max_length=24, choices=Role)
    text = models.TextField(_("what is to be done"))
    text_en = models.TextField()
    back = models.TextField(_("what takes it back"))
    back_en = models.TextField()
    after = models.JSONField(_("numbers of the steps before it"), default=list)
    deadline = models.CharField(max_length=80, blank=True)
    clause = models.CharField(_("clause"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    result = models.TextField(_("result"), blank=True)
    issued_at = models.DateTimeField(_("told"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("done"), null=True)

    objects = SwitchStepQuerySet.as_manager()

    class Meta:
        ordering = ["switch_id", "number"]
        constraints = [
            who_and_when("done", unless=~Q(state="done")),
            models.UniqueConstraint(
                fields=["switch", "number"], name="incidents_switchstep_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(issued_at__isnull=False),
                name="incidents_switchstep_issued_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.switch.place} · {self.number} {self.label}"

    def get_absolute_url(self) -> str:
        """The page of its switch."""
        return f"{self.switch.get_absolute_url()}#step-{self.number}"

    @property
    def label(self) -> str:
        """What is to be done, in the reader's language."""
        return told(self, "text")

    @property
    def said_back(self) -> str:
        """What takes it back, in the reader's language."""
        return told(self, "back")

    @property
    def is_done(self) -> bool:
        """Whether it was reported done."""
        return self.state == self.State.DONE
