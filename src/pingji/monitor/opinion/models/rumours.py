"""Rumours: what is said of one illness in one place, until it has been checked and answered."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when
from pingji.monitor.surveillance.models import Disease


class RumourQuerySet(ScopedQuerySet):
    def still_open(self) -> Self:
        """Rumours that somebody still has to check, answer or close."""
        return self.filter(state__in=Rumour.OPEN)


class Rumour(models.Model):
    """Posts of one place and illness that somebody checks and answers."""

    class State(models.TextChoices):
        FOUND = "found", pgettext_lazy("rumour", "Waits for a check")
        CHECKING = "checking", pgettext_lazy("rumour", "Being checked")
        REPLIED = "replied", pgettext_lazy("rumour", "Answered")
        CLOSED = "closed", pgettext_lazy("rumour", "Closed")

    class Verdict(models.TextChoices):
        TRUE = "true", pgettext_lazy("rumour", "True")
        PARTLY = "partly", pgettext_lazy("rumour", "Partly true")
        FALSE = "false", pgettext_lazy("rumour", "False")
        UNFOUNDED = "unfounded", pgettext_lazy("rumour", "Without any ground")

    OPEN = (State.FOUND, State.CHECKING, State.REPLIED)
    SOUND = (Verdict.TRUE, Verdict.PARTLY)

    area = models.ForeignKey(Area, models.PROTECT, related_name="rumours")
    topic = models.ForeignKey(Disease, models.PROTECT, related_name="rumours")
    title = models.CharField(_("first words"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.FOUND)
    found_at = models.DateTimeField(_("found"))
    first_at = models.DateTimeField(_("first post"))
    last_at = models.DateTimeField(_("latest post"))
    post_count = models.PositiveIntegerField(_("posts"), default=0)
    text_count = models.PositiveIntegerField(_("different texts"), default=0)
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="rumours_owned")
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(_("check begun"), null=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    findings = models.TextField(_("what the check found"), blank=True)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(_("checked"), null=True)
    reply = models.TextField(_("reply to the public"), blank=True)
    reply_url = models.URLField(_("where the reply stands"), max_length=500, blank=True)
    replied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(_("answered"), null=True)
    closing_reason = models.TextField(_("reason for closing"), blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed"), null=True)
    handed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField(_("handed to the warning desk"), null=True)

    objects = RumourQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "topic"],
                condition=~Q(state="closed"),
                name="opinion_one_open_rumour",
            ),
            who_and_when("taken"),
            who_and_when("checked"),
            who_and_when("replied"),
            who_and_when("closed", unless=~Q(state="closed")),
            who_and_when("handed"),
            models.CheckConstraint(
                condition=Q(verdict="", checked_at__isnull=True)
                | (~Q(verdict="") & ~Q(findings="") & Q(checked_at__isnull=False)),
                name="opinion_verdict_has_its_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(closing_reason=""),
                name="opinion_closed_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["area", "topic", "last_at"], name="rumour_place_topic")]

    def __str__(self) -> str:
        return f"{self.area} {self.topic}"

    def get_absolute_url(self) -> str:
        """Where the rumour is shown."""
        return reverse("opinion:rumour", args=[self.pk])
