"""Consultation: experts asked on an agenda, each apart, then a decision with its reasons."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import (
    Area,
    ExpertField,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.orders import Order
from pingji.respond.incidents.models.papers import Paper


class ConsultationQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Those of the user's area, and those the user is invited to, wherever they are."""
        rows = super().visible_to(user)
        if rows.query.is_empty():  # nobody, or somebody who left
            return rows
        invited = Invitation.objects.filter(expert=user).values("consultation")
        return rows | self.filter(pk__in=invited)

    def going_on(self) -> Self:
        """Neither signed nor called off."""
        return self.filter(state__in=Consultation.GOING_ON)

    def waiting_for(self, user: User) -> Self:
        """Those in which this expert has neither answered nor declined."""
        asked = Invitation.objects.filter(expert=user, answered_at=None, declined_at=None)
        return self.filter(state=Consultation.State.CALLED, pk__in=asked.values("consultation"))


class Consultation(models.Model):
    """Experts are asked about an incident; what they advise, what is decided and why."""

    class State(models.TextChoices):
        CALLED = "called", pgettext_lazy("consultation", "Each expert answers apart")
        OPENED = "opened", pgettext_lazy("consultation", "Opinions lie open")
        SIGNED = "signed", pgettext_lazy("consultation", "Minutes signed")
        WITHDRAWN = "withdrawn", pgettext_lazy("consultation", "Called off")

    GOING_ON = (State.CALLED, State.OPENED)

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="consultations")
    area = models.ForeignKey(Area, models.PROTECT, related_name="consultations")
    number = models.PositiveIntegerField(_("number"))
    subject = models.CharField(_("subject of the consultation"), max_length=160)
    starts_at = models.DateTimeField(_("begins"))
    place = models.CharField(_("place or meeting number"), max_length=160, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CALLED)
    material = models.JSONField(_("material"), default=dict)
    called_by = models.ForeignKey(User, models.PROTECT, related_name="consultations_called")
    called_at = models.DateTimeField(_("called"))
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(_("opinions shown to all"), null=True)
    opened_why = models.TextField(_("why before all had answered"), blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("signed"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("called off"), null=True)
    withdrawn_why = models.TextField(_("why it was called off"), blank=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        ordering = ["-called_at", "-id"]
        constraints = [
            who_and_when("opened"),
            who_and_when("signed", unless=~Q(state="signed")),
            who_and_when("withdrawn", unless=~Q(state="withdrawn")),
            models.UniqueConstraint(
                fields=["incident", "number"], name="incidents_consultation_number_once"
            ),
        ]

    def __str__(self) -> str:
        return _now("%(subject)s (consultation %(number)s)") % {
            "subject": self.subject,
            "number": self.number,
        }

    def get_absolute_url(self) -> str:
        """The consultation's page."""
        return reverse("incidents:consultation", args=[self.pk])


class AgendaItem(models.Model):
    """One question of the agenda, and what was decided on it."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="agenda")
    number = models.PositiveIntegerField(_("number"))
    question = models.CharField(_("question"), max_length=300)
    decision = models.TextField(_("decision"), blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=0)

    class Meta:
        ordering = ["consultation_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "number"], name="incidents_agenda_number_once"
            ),
            models.CheckConstraint(
                condition=Q(decision="") | ~Q(reasons=""),
                name="incidents_decision_has_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.question}"


class Invitation(models.Model):
    """One expert who was asked: for which field, and whether they answered."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="invitations")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    expert = models.ForeignKey(User, models.PROTECT, related_name="invitations")
    field = models.CharField(_("field of expertise"), max_length=24, choices=ExpertField)
    title = models.CharField(_("professional title"), max_length=60, blank=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    declined_at = models.DateTimeField(_("declined"), null=True)
    declined_why = models.CharField(_("why the expert cannot"), max_length=300, blank=True)

    class Meta:
        ordering = ["consultation_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "expert"], name="incidents_expert_invited_once"
            ),
            models.CheckConstraint(
                condition=Q(declined_at__isnull=True) | ~Q(declined_why=""),
                name="incidents_declined_says_why",
            ),
            models.CheckConstraint(
                condition=Q(declined_at__isnull=True) | Q(answered_at__isnull=True),
                name="incidents_answered_or_declined",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultation} · {self.expert}"

    def get_absolute_url(self) -> str:
        """Where the expert answers."""
        return self.consultation.get_absolute_url()


class Opinion(models.Model):
    """What one expert makes of one question, apart from the others."""

    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="opinions")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="opinions")
    text = models.TextField(_("opinion"))
    at = models.DateTimeField(_("given"))

    class Meta:
        ordering = ["item_id", "invitation_id"]
        constraints = [
            models.UniqueConstraint(fields=["invitation", "item"], name="incidents_opinion_once")
        ]

    def __str__(self) -> str:
        return self.text[:80]


class FollowUp(models.Model):
    """What follows from the decision: it becomes an order when the minutes are signed."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="follow_ups")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("order"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(_("by when"))
    order = models.OneToOneField(Order, models.PROTECT, null=True, related_name="follow_up")

    class Meta:
        ordering = ["consultation_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "number"], name="incidents_follow_up_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class MinutesDocument(Paper):
    """Signed minutes as a file, byte for byte."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="documents")

    class Meta(Paper.Meta):
        ordering = ["consultation_id", "language", "form"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "language", "form"], name="incidents_minutes_once"
            )
        ]
