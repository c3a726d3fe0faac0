"""Orders: what an organisation, one of its people or a group must do, by a time."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import in_words
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    Area,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.respond.incidents.models.groups import IncidentGroup, IncidentGroupMember
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.plans import PlanOrder

NAMED = 200  # as long as what runs or is told about it may be called


class OrderQuerySet(ScopedQuerySet):
    organisation_field = "organisation_id"

    def visible_to(self, user: Any) -> Self:
        """Those of the user's area, and wherever they lie those that the user issued or answers.

        A group has members from many townships; its orders lie with whoever leads it.
        """
        rows = super().visible_to(user)
        if rows.query.is_empty() or len(user.area_id) <= COUNTY_DIGITS:
            return rows
        return rows | self.filter(self.of_oneself(user) | Q(issued_by=user))

    def of_theirs(self, user: Any) -> Q:
        """Of their organisation, to themselves or their group, or handed on to them."""
        return super().of_theirs(user) | self.of_oneself(user)

    @staticmethod
    def of_oneself(user: Any) -> Q:
        """To themselves or a group in which they work still, or handed on to them."""
        groups = IncidentGroupMember.objects.present().filter(person=user).values("group")
        return Q(person=user) | Q(escalated_to=user) | Q(group__in=groups)

    def open(self) -> Self:
        """Orders that are not done yet."""
        return self.filter(state__in=[Order.State.ISSUED, Order.State.ACKNOWLEDGED])


class Order(models.Model):
    """Something one organisation, person or group must do for an incident, by a time."""

    class State(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("order", "Issued")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        DONE = "done", pgettext_lazy("order", "Done")
        VERIFIED = "verified", pgettext_lazy("order", "Verified")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Why(models.TextChoices):
        """Why an order was handed on to the next on duty."""

        NOBODY = "nobody", _("nobody there signs in")
        UNREACHED = "unreached", _("no message reached them: telephone off, no number, or not sent")
        UNANSWERED = "unanswered", _("told, but not acknowledged in time")
        SEEN = "seen", _("seen, but not acknowledged in time")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="orders")
    area = models.ForeignKey(Area, models.PROTECT, related_name="orders")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="orders")
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="orders_to_do")
    group = models.ForeignKey(IncidentGroup, models.PROTECT, null=True, related_name="orders_to_do")
    plan_order = models.ForeignKey(PlanOrder, models.PROTECT, null=True, related_name="issued")
    # One sending of the form to many: sent again by a shaky connection, it is known again.
    key = models.UUIDField(null=True, db_index=True)
    text = models.TextField(_("order"))
    text_en = models.TextField(_("order in English"), blank=True)
    standard = models.CharField(_("standard that sets the time"), max_length=80)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.ISSUED)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="orders_issued")
    issued_at = models.DateTimeField(_("issued"))
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="orders_acknowledged"
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="orders_done")
    done_at = models.DateTimeField(_("done"), null=True)
    result = models.TextField(_("what was done"), blank=True)
    share = models.PositiveSmallIntegerField(_("done so far, in per cent"), default=0)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="orders_verified")
    verified_at = models.DateTimeField(_("verified"), null=True)
    escalated_to = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="orders_handed_on"
    )
    escalated_at = models.DateTimeField(_("handed on"), null=True)
    escalated_why = models.CharField(
        _("why it was handed on"), max_length=12, choices=Why, blank=True
    )
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="orders_withdrawn"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "id"]
        constraints = [
            who_and_when("acknowledged"),
            who_and_when("done", unless=~Q(state__in=["done", "verified"])),
            who_and_when("verified", unless=~Q(state="verified")),
            who_and_when("withdrawn", unless=~Q(state="withdrawn")),
            models.CheckConstraint(
                condition=Q(escalated_to__isnull=True, escalated_at__isnull=True, escalated_why="")
                | (
                    Q(escalated_to__isnull=False, escalated_at__isnull=False) & ~Q(escalated_why="")
                ),
                name="incidents_order_handed_on_says_why",
            ),
            models.CheckConstraint(
                condition=Q(share__lte=100), name="incidents_order_share_up_to_all"
            ),
            models.UniqueConstraint(
                fields=["incident", "plan_order", "organisation"],
                name="incidents_order_issued_once",
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.label).chars(NAMED)

    def get_absolute_url(self) -> str:
        """The order's page."""
        return reverse("incidents:order", args=[self.pk])

    @property
    def label(self) -> str:
        """The order in the reader's language."""
        return in_words(self.text, self.text_en)

    @property
    def part(self) -> str:
        """How much of it is done, between 0 and 1, as a bar reads it."""
        return f"{self.share / 100:.2f}"

    @property
    def addressee(self) -> str:
        """Whom it goes to, in the reader's language."""
        if self.group is not None:
            return self.group.label
        if self.person is not None:
            return f"{self.organisation.label} {self.person.display_name}"
        return self.organisation.label


class OrderReport(models.Model):
    """What was said of an order on the way: how far it is, what was done, sent back, verified."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", pgettext_lazy("order", "Progress")
        RESULT = "result", pgettext_lazy("order", "Reported done")
        RETURNED = "returned", pgettext_lazy("order", "Sent back")
        VERIFIED = "verified", pgettext_lazy("order", "Verified")

    order = models.ForeignKey(Order, models.PROTECT, related_name="reports")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = models.TextField(_("report"), blank=True)
    share = models.PositiveSmallIntegerField(_("done so far, in per cent"), null=True)
    # Given by the page that sends it: what arrives twice is kept once.
    key = models.UUIDField(null=True, unique=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="order_reports")
    at = models.DateTimeField(_("reported"))

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__lte=100),
                name="incidents_order_report_share_up_to_all",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text[:60]}"


class OrderFile(models.Model):
    """A photo or a document beside a report of an order; it lies sealed on the disk."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="files")
    report = models.ForeignKey(OrderReport, models.PROTECT, related_name="files")
    name = models.CharField(_("file"), max_length=200)
    file = models.FileField(upload_to="orders/%Y/%m/")
    media_type = models.CharField(_("kind of file"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        """Whether a page can show it."""
        return self.media_type in SHOWN


SHOWN = ("image/jpeg", "image/png", "image/webp")
