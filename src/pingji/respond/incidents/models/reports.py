"""Reports of an event to those above, and bulletins to the public; both in versions."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import in_words
from pingji.ground.directory.models import (
    Area,
    Organisation,
    ScopedQuerySet,
    User,
    who_and_when,
)
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.papers import Paper


class EventReportQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Without drafts that were given up."""
        return self.exclude(state=EventReport.State.DROPPED)

    def under_way(self) -> Self:
        """Drafted and not sent yet."""
        return self.filter(state__in=EventReport.UNDER_WAY)


class EventReport(models.Model):
    """A report of an event: figures of one moment and the texts people wrote; one version of it."""

    class Kind(models.TextChoices):
        INITIAL = "initial", pgettext_lazy("report of an event", "Initial report")
        PROGRESS = "progress", pgettext_lazy("report of an event", "Progress report")
        CLOSING = "closing", pgettext_lazy("report of an event", "Closing report")
        SITUATION = "situation", pgettext_lazy("report of an event", "Situation report")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("report of an event", "Draft")
        REVIEW = "review", pgettext_lazy("report of an event", "Waiting for review")
        APPROVED = "approved", pgettext_lazy("report of an event", "Approved, to be sent")
        SENT = "sent", pgettext_lazy("report of an event", "Sent")
        DROPPED = "dropped", pgettext_lazy("report of an event", "Given up")

    UNDER_WAY = (State.DRAFT, State.REVIEW, State.APPROVED)

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="reports")
    area = models.ForeignKey(Area, models.PROTECT, related_name="event_reports")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    number = models.PositiveIntegerField(_("number"))
    version = models.PositiveIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    figures = models.JSONField(_("figures"))
    as_of = models.DateTimeField(_("figures as known at"))
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    why_again = models.TextField(_("why a new version"), blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"))
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("handed in for review"), null=True)
    returned_why = models.TextField(_("why it was sent back"), blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(_("sent"), null=True)
    reference = models.CharField(_("number of the report"), max_length=80, blank=True)

    objects = EventReportQuerySet.as_manager()

    class Meta:
        ordering = ["-drafted_at", "-id"]
        constraints = [
            who_and_when("submitted"),
            who_and_when("reviewed", unless=~Q(state__in=["approved", "sent"])),
            who_and_when("sent", unless=~Q(state="sent")),
            models.UniqueConstraint(
                fields=["incident", "kind", "number", "version"],
                condition=~Q(state="dropped"),
                name="incidents_report_version_once",
            ),
            models.UniqueConstraint(
                fields=["incident", "kind"],
                condition=Q(state__in=["draft", "review", "approved"]),
                name="incidents_one_report_of_a_kind_under_way",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(why_again=""),
                name="incidents_report_again_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident} · {self.name}"

    def get_absolute_url(self) -> str:
        """The report's page."""
        return reverse("incidents:event_report", args=[self.pk])

    @property
    def name(self) -> str:
        """Kind, number and version, in the reader's language."""
        said = str(self.get_kind_display())
        if self.kind in (self.Kind.PROGRESS, self.Kind.SITUATION):
            said = _now("%(kind)s no. %(number)s") % {"kind": said, "number": self.number}
        if self.version > 1:
            said = _now("%(report)s, version %(version)s") % {
                "report": said,
                "version": self.version,
            }
        return said


class EventReportText(models.Model):
    """What one section says; every wording is kept, the latest counts."""

    report = models.ForeignKey(EventReport, models.PROTECT, related_name="texts")
    section = models.CharField(_("section of the document"), max_length=20)
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("written"))

    class Meta:
        ordering = ["report_id", "section", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "section", "number"], name="incidents_report_wording_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.section} v{self.number}"


class EventReportReceiver(models.Model):
    """A body to which the plan has a report sent, and how many people of it were told."""

    report = models.ForeignKey(EventReport, models.PROTECT, related_name="receivers")
    key = models.CharField(max_length=60)
    label = models.CharField(_("sent to"), max_length=120)
    label_en = models.CharField(max_length=160)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    people = models.PositiveIntegerField(_("people told"))

    class Meta:
        ordering = ["report_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="incidents_receiver_once")
        ]

    def __str__(self) -> str:
        return self.said

    @property
    def said(self) -> str:
        """The body in the reader's language."""
        return in_words(self.label, self.label_en)


class EventReportDocument(Paper):
    """A sent report as a file, byte for byte."""

    report = models.ForeignKey(EventReport, models.PROTECT, related_name="documents")

    class Meta(Paper.Meta):
        ordering = ["report_id", "language", "form"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "language", "form"], name="incidents_report_document_once"
            )
        ]


class PublicBulletinQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Without drafts that were given up."""
        return self.exclude(state=PublicBulletin.State.DROPPED)

    def public(self) -> Self:
        """What anybody may read: released, even if it was replaced or withdrawn since."""
        return self.filter(released_at__isnull=False)

    def current(self) -> Self:
        """Of these, those that hold now."""
        return self.filter(state=PublicBulletin.State.RELEASED)


class PublicBulletin(models.Model):
    """What the public is told of an event, in both languages; one version of it."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("public bulletin", "Draft")
        REVIEW = "review", pgettext_lazy("public bulletin", "Waiting for the press group")
        RELEASED = "released", pgettext_lazy("public bulletin", "Released")
        REPLACED = "replaced", pgettext_lazy("public bulletin", "Replaced by a newer version")
        WITHDRAWN = "withdrawn", pgettext_lazy("public bulletin", "Withdrawn")
        DROPPED = "dropped", pgettext_lazy("public bulletin", "Given up")

    UNDER_WAY = (State.DRAFT, State.REVIEW)

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="bulletins")
    area = models.ForeignKey(Area, models.PROTECT, related_name="public_bulletins")
    number = models.PositiveIntegerField(_("number"))
    version = models.PositiveIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=200)
    body = models.TextField(_("text"))
    body_en = models.TextField(_("text in English"))
    figures = models.JSONField(_("figures"))
    as_of = models.DateTimeField(_("figures as known at"))
    wording = models.PositiveIntegerField(_("wording"), default=1)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    why_again = models.TextField(_("why a new version"), blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"))
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("handed in for review"), null=True)
    returned_why = models.TextField(_("why it was sent back"), blank=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(_("released"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_why = models.TextField(_("why it was withdrawn"), blank=True)

    objects = PublicBulletinQuerySet.as_manager()

    class Meta:
        ordering = ["-drafted_at", "-id"]
        constraints = [
            who_and_when("submitted"),
            who_and_when("released", unless=Q(state__in=["draft", "review", "dropped"])),
            who_and_when("withdrawn", unless=~Q(state="withdrawn")),
            models.UniqueConstraint(
                fields=["incident", "number", "version"],
                condition=~Q(state="dropped"),
                name="incidents_bulletin_version_once",
            ),
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(state__in=["draft", "review"]),
                name="incidents_one_bulletin_under_way",
            ),
            models.UniqueConstraint(
                fields=["incident", "number"],
                condition=Q(state="released"),
                name="incidents_one_version_of_a_bulletin_holds",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(why_again=""),
                name="incidents_bulletin_again_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.said_title

    def get_absolute_url(self) -> str:
        """Its page for those who write and release it."""
        return reverse("incidents:bulletin", args=[self.pk])

    @property
    def said_title(self) -> str:
        """The title in the reader's language."""
        return in_words(self.title, self.title_en)

    @property
    def said_body(self) -> str:
        """The text in the reader's language."""
        return in_words(self.body, self.body_en)
