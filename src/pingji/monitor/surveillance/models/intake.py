"""Who may send by machine, and every message as it was received."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import (
    Area,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)


class Format(models.TextChoices):
    """In what form a message came."""

    JSON = "json", _("JSON")
    FHIR = "fhir", _("HL7 FHIR R4")
    HL7V2 = "hl7v2", _("HL7 v2")


# Posts of the public are no form of message, but a right of their own.
POSTS = "posts"
MAY_SEND = [*Format.choices, (POSTS, _("Posts of the public"))]


class Sender(models.Model):
    """A system that may send for one organisation; its token is kept only as a hash."""

    name = models.CharField(_("name"), max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="senders")
    area = models.ForeignKey(Area, models.PROTECT, related_name="senders")
    formats = models.JSONField(_("what it may send"), default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    token_hint = models.CharField(_("end of the token"), max_length=8)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    demo = models.BooleanField(_("demonstration data"), default=False)

    class QuerySet(ScopedQuerySet):
        organisation_field = "organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=Q(revoked_at__isnull=True),
                name="surveillance_sender_named_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One message exactly as received, and its fate; the same key is never taken twice."""

    class State(models.TextChoices):
        TAKEN = "taken", _("Taken")
        PARTLY = "partly", _("Taken in part")
        REFUSED = "refused", _("Refused")
        HELD = "held", _("Held for a person to look at")

    # These three have no index of their own: each begins one of those below.
    sender = models.ForeignKey(
        Sender, models.PROTECT, null=True, related_name="messages", db_index=False
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="messages", db_index=False
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="messages", db_index=False)
    format = models.CharField(_("form"), max_length=8, choices=Format)
    key = models.CharField(_("sender's number"), max_length=120)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    body = models.BinaryField(_("as received"))  # packed and sealed: it may name patients
    sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField(_("sent, by the sender's clock"), null=True)
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("fate"), max_length=8, choices=State)
    items = models.PositiveIntegerField(_("items"), default=0)
    kept = models.PositiveIntegerField(_("kept"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    answer = models.JSONField(_("answer"), default=dict)
    tries = models.PositiveIntegerField(_("times received"), default=1)
    replayed_at = models.DateTimeField(_("replayed"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_reason = models.CharField(_("how it was settled"), max_length=300, blank=True)

    class QuerySet(ScopedQuerySet):
        organisation_field = "organisation_id"

        def for_a_person(self) -> Self:
            """Messages of which something was not taken, and which nobody has settled yet."""
            return self.exclude(state=Message.State.TAKEN).filter(settled_at__isnull=True)

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "format", "key"], name="surveillance_message_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(kept__lte=models.F("items")),
                name="surveillance_message_keeps_its_items",
            ),
            who_and_when("settled"),
        ]
        indexes = [
            models.Index(fields=["area", "-received_at"], name="message_area"),
            models.Index(fields=["organisation", "-received_at"], name="message_organisation"),
            models.Index(fields=["sender", "-received_at"], name="message_sender"),
            models.Index(fields=["-received_at", "-id"], name="message_newest"),
            models.Index(
                fields=["state", "-received_at"],
                condition=~Q(state="taken") & Q(settled_at__isnull=True),
                name="message_for_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_format_display()} {self.key}"
