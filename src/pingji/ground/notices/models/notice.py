"""A notice: one fact that people must be told of."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words
from pingji.ground.directory.models import Area, Organisation, ScopedQuerySet, User


class Level(models.IntegerChoices):
    """How urgent a notice is; quiet hours never hold an urgent one."""

    ROUTINE = 1, _("Routine notice")
    IMPORTANT = 2, _("Important notice")
    URGENT = 3, _("Urgent notice")

    @property
    def word(self) -> str:
        """Its name in the keys of a plan."""
        return self.name.lower()


# What each kind of notice says; {subject} is what the row is called, in the reader's language.
KINDS = {
    "alert_closed": _("Alert closed: {subject}"),
    "alert_dismissed": _("Alert dismissed: {subject}"),
    "alert_escalated": _("Alert not answered in time, you are next on duty: {subject}"),
    "alert_given": _("Alert given to you: {subject}"),
    "alert_raised": _("Alert raised: {subject}"),
    "alert_rose": _("Alert rose to a higher level: {subject}"),
    "alert_verified": _("Alert verified: {subject}"),
    "analysis_drafted": _("Analysis drafted, waiting to be edited: {subject}"),
    "analysis_returned": _("Analysis sent back to be edited: {subject}"),
    "analysis_signed": _("Analysis signed: {subject}"),
    "analysis_submitted": _("Analysis waiting for your signature: {subject}"),
    "assessment_asked": _("Your judgement of a risk is asked for: {subject}"),
    "assessment_compared": _("All judgements of a risk lie open, judge together: {subject}"),
    "assessment_signed": _("Risk assessment signed: {subject}"),
    "chain_called": _("You are called to an incident: {subject}"),
    "chain_passed_on": _("You are called because who came before did not answer: {subject}"),
    "circular_issued": _("You are told, confirm the receipt: {subject}"),
    "circular_replied": _("Reply to a circular: {subject}"),
    "consultation_called": _("You are invited to a consultation: {subject}"),
    "consultation_opened": _("All opinions of a consultation lie open: {subject}"),
    "consultation_signed": _("Minutes of a consultation signed: {subject}"),
    "consultation_withdrawn": _("Consultation called off: {subject}"),
    "deadline_missed": _("Deadline missed: {subject}"),
    "duty_handed_over": _("Duty is handed over to you, accept it: {subject}"),
    "event_report_approved": _("Report of an event approved, to be sent: {subject}"),
    "event_report_returned": _("Report of an event sent back: {subject}"),
    "event_report_sent": _("Report of an event sent to you: {subject}"),
    "event_report_submitted": _("Report of an event waiting for your review: {subject}"),
    "exercise_message": _("Message in the exercise: {subject}"),
    "mode_changed": _("Peace or emergency: {subject}"),
    "mode_step_issued": _("Step of a switch, yours to do: {subject}"),
    "order_done": _("Order reported done, waiting to be verified: {subject}"),
    "order_handed_on": _("Order that nobody acknowledged, you are next on duty: {subject}"),
    "order_issued": _("Order issued: {subject}"),
    "order_reminder": _("Little time is left: {subject}"),
    "order_returned": _("Order sent back, still to be done: {subject}"),
    "public_bulletin_released": _("Public bulletin released: {subject}"),
    "public_bulletin_returned": _("Public bulletin sent back: {subject}"),
    "public_bulletin_submitted": _("Public bulletin waiting for the press group: {subject}"),
    "public_bulletin_withdrawn": _("Public bulletin withdrawn: {subject}"),
    "response_changed": _("Emergency response changed: {subject}"),
    "rumour_found": _("Rumour found, waiting to be checked: {subject}"),
}


# The same said to those who are not the one it speaks to: systems, and who looks after the proof.
KINDS_TO_OTHERS = {
    "alert_escalated": _("Alert not answered in time, handed to the next on duty: {subject}"),
    "alert_given": _("Alert given to another: {subject}"),
    "analysis_submitted": _("Analysis waiting for its signature: {subject}"),
    "assessment_asked": _("Judgement of a risk asked for: {subject}"),
    "assessment_compared": _("All judgements of a risk lie open: {subject}"),
    "chain_called": _("Called to an incident: {subject}"),
    "chain_passed_on": _("Called because who came before did not answer: {subject}"),
    "circular_issued": _("Told by circular, receipt to be confirmed: {subject}"),
    "consultation_called": _("Invited to a consultation: {subject}"),
    "duty_handed_over": _("Duty handed over, to be accepted: {subject}"),
    "event_report_sent": _("Report of an event sent: {subject}"),
    "event_report_submitted": _("Report of an event waiting for its review: {subject}"),
    "mode_step_issued": _("Step of a switch, given out: {subject}"),
    "order_handed_on": _("Order that nobody acknowledged, handed to the next on duty: {subject}"),
}


class Notice(models.Model):
    """One fact that people are told of, about a row of any table, told in the reader's language.

    The key is given by who tells: the same fact told again is the same notice.
    """

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    subject_label = models.CharField(_("subject"), max_length=200)
    subject_label_en = models.CharField(max_length=200)
    subject_url = models.CharField(max_length=200, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="notices")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="notices"
    )
    told_by = models.ForeignKey(User, models.PROTECT, related_name="notices_told")
    told_at = models.DateTimeField(_("told"))
    exercise = models.BooleanField(_("exercise"), default=False)
    escalated_at = models.DateTimeField(_("escalated"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-told_at", "-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="notice_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="notices_notice_level_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """Where it stands who received it."""
        return reverse("notices:notice", args=[self.pk])

    @property
    def said_subject(self) -> str:
        """What the row is called, in the reader's language."""
        return in_words(self.subject_label, self.subject_label_en)

    @property
    def said_kind(self) -> str:
        """What kind of fact it tells, without the row's name, to anybody who reads of it."""
        kinds = KINDS | KINDS_TO_OTHERS
        return str(kinds.get(self.kind, self.kind)).replace("{subject}", "").rstrip(" :：")

    @property
    def text(self) -> str:
        """What it says to whom it is sent, in the reader's language."""
        return self._said(KINDS)

    @property
    def text_to_others(self) -> str:
        """The same as anybody else may read it: nothing in it is theirs to do."""
        return self._said(KINDS | KINDS_TO_OTHERS)

    def _said(self, kinds: Mapping[str, Any]) -> str:
        said = str(kinds.get(self.kind, "{subject}")).replace("{subject}", self.said_subject)
        return gettext("Exercise: {text}").replace("{text}", said) if self.exercise else said
