"""A delivery: one notice on its way to one receiver by one means; it is the proof, too."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import BOUND_TO_ORGANISATION, ScopedQuerySet, User
from pingji.ground.notices.models.notice import Notice
from pingji.ground.notices.models.receivers import Subscriber, masked
from pingji.ground.notices.models.troubles import in_words


class Means(models.TextChoices):
    """By which way a notice goes."""

    PAGE = "page", _("On the page")
    SMS = "sms", _("Text message")
    WEBHOOK = "webhook", _("To a system")


WHY_NOT_SENT = {
    "acknowledged": _("acknowledged before it left"),
    "demonstration": _("demonstration: nothing leaves"),
    "exercise": _("exercise: nothing leaves"),
    "no_gateway": _("no gateway set"),
    "no_phone": _("no telephone number"),
    "revoked": _("the system is no longer told"),
}


class DeliveryQuerySet(ScopedQuerySet):
    area_field = "notice__area"

    def visible_to(self, user: Any) -> Self:
        """Deliveries in the user's area; of a role bound to its organisation only its own."""
        rows = super().visible_to(user)
        if rows.query.is_empty() or user.role not in BOUND_TO_ORGANISATION:
            return rows
        return rows.filter(receiver=user)

    def of_reader(self, user: User) -> Self:
        """What somebody was told on the page."""
        return self.filter(receiver=user, means=Means.PAGE)

    def waiting(self) -> Self:
        """On their way, or held until a better hour."""
        state = Delivery.State
        return self.filter(state__in=[state.QUEUED, state.HELD, state.SENDING])

    def due(self, at: datetime) -> Self:
        """To be sent now; one whose sending was cut off is due again when its time is over."""
        return self.waiting().filter(due_at__lte=at)


class Delivery(models.Model):
    """One notice on its way to one receiver by one means."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("delivery", "Queued")
        HELD = "held", pgettext_lazy("delivery", "Held")
        SENDING = "sending", pgettext_lazy("delivery", "Being sent")
        JOINED = "joined", pgettext_lazy("delivery", "In a digest")
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("delivery", "Acknowledged")
        FAILED = "failed", pgettext_lazy("delivery", "Failed")
        NOT_SENT = "not_sent", pgettext_lazy("delivery", "Not sent")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    receiver = models.ForeignKey(User, models.PROTECT, null=True, related_name="deliveries")
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, null=True, related_name="deliveries")
    means = models.CharField(_("means"), max_length=10, choices=Means)
    state = models.CharField(_("state"), max_length=12, choices=State)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    held_for = models.CharField(_("held for"), max_length=10, blank=True)
    due_at = models.DateTimeField(_("to be sent"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    queued_at = models.DateTimeField(_("queued"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    failed_at = models.DateTimeField(_("failed"), null=True)
    to = models.CharField(_("sent to"), max_length=300, blank=True)
    text = models.TextField(_("as sent"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    reference = models.CharField(_("number at the receiver"), max_length=120, blank=True)
    why_not = models.CharField(_("why not sent"), max_length=20, blank=True)
    digest = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    escalated = models.BooleanField(_("by escalation"), default=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "held", "sending"]),
                name="delivery_due",
            ),
            models.Index(fields=["receiver", "means", "state"], name="delivery_receiver"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "receiver", "means"],
                condition=Q(receiver__isnull=False),
                name="notices_delivery_once_to_a_person",
            ),
            models.UniqueConstraint(
                fields=["notice", "subscriber"],
                condition=Q(subscriber__isnull=False),
                name="notices_delivery_once_to_a_system",
            ),
            models.CheckConstraint(
                condition=Q(receiver__isnull=False, subscriber__isnull=True)
                | Q(receiver__isnull=True, subscriber__isnull=False, means="webhook"),
                name="notices_delivery_has_one_receiver",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["queued", "held", "sending"]) | Q(due_at__isnull=False),
                name="notices_delivery_that_waits_has_an_hour",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered"]) | Q(sent_at__isnull=False),
                name="notices_delivery_sent_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="acknowledged", acknowledged_at__isnull=False)
                | (~Q(state="acknowledged") & Q(acknowledged_at__isnull=True)),
                name="notices_delivery_acknowledged_says_when",
            ),
            models.CheckConstraint(
                condition=(Q(state="not_sent") & ~Q(why_not=""))
                | (~Q(state="not_sent") & Q(why_not="")),
                name="notices_delivery_not_sent_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} → {self.receiver or self.subscriber}"

    @property
    def said_why_not(self) -> str:
        """Why it was not sent, in the reader's language."""
        return str(WHY_NOT_SENT.get(self.why_not, self.why_not))

    @property
    def said_trouble(self) -> str:
        """Why it was not taken and what to do, in the reader's language; empty where it was."""
        if self.state in (self.State.SENT, self.State.DELIVERED):
            return ""
        return in_words(self.answer, "" if self.means == Means.SMS else self.to)

    @property
    def masked_to(self) -> str:
        """The number or address as lists show it."""
        return masked(self.to) if self.means == Means.SMS else self.to
