"""What happened: one append-only chain of lines."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User

# Every kind of line in words; a test finds a kind that has none.
KINDS = {
    "alert.awaits_incident": _("Closing of an alert waits for its incident"),
    "alert.closed": _("Alert closed"),
    "alert.dismissed": _("Alert dismissed"),
    "alert.escalated": _("Alert escalated to the next on duty"),
    "alert.extended": _("Alert extended by another period"),
    "alert.given": _("Alert given to somebody"),
    "alert.investigated": _("Alert investigated in the field"),
    "alert.raised": _("Alert raised"),
    "alert.seen": _("Alert seen"),
    "alert.verified": _("Alert verified"),
    "analysis.asked": _("Analysis asked for"),
    "analysis.drafted": _("Analysis drafted"),
    "analysis.edited": _("Analysis edited"),
    "analysis.fetched": _("Document of an analysis fetched"),
    "analysis.returned": _("Analysis sent back"),
    "analysis.signed": _("Analysis signed"),
    "analysis.submitted": _("Analysis handed in for signature"),
    "areas.drawn": _("Schematic cells drawn"),
    "areas.loaded": _("Areas loaded"),
    "areas.outlined": _("Outlines imported"),
    "assessment.asked": _("Experts asked for their judgement"),
    "assessment.compared": _("Judgements of the experts shown to all"),
    "assessment.concluded": _("Joint result of a risk assessment written"),
    "assessment.differed": _("Expert differed from the joint result"),
    "assessment.experts_chosen": _("Experts of a risk assessment chosen"),
    "assessment.judged": _("Expert judged a risk"),
    "assessment.opened": _("Risk assessment opened"),
    "assessment.signed": _("Risk assessment signed"),
    "assessment.withdrawn": _("Risk assessment given up"),
    "bulletin.issued": _("Warning message issued"),
    "card.checked": _("Report card checked"),
    "card.corrected": _("Report card corrected"),
    "card.drafted": _("Draft of a report card kept"),
    "card.merged": _("Report card merged into another"),
    "card.returned": _("Report card sent back"),
    "card.reviewed": _("Report card reviewed"),
    "card.sent": _("Report card sent"),
    "card.unmerged": _("Merge of report cards taken back"),
    "card.withdrawn": _("Report card withdrawn"),
    "catalogue.changed": _("Catalogue of diseases changed"),
    "chain.answered": _("Call to an incident answered"),
    "chain.called": _("Called to an incident"),
    "chain.nobody_left": _("Nobody left to be called"),
    "changes.read": _("Changes read"),
    "checkpoint.closed": _("Checkpoint closed"),
    "checkpoint.opened": _("Checkpoint opened"),
    "circular.fetched": _("Letter of a circular fetched"),
    "circular.issued": _("Circular issued"),
    "circular.proved": _("Proof kept that a circular went out or came back"),
    "circular.received": _("Circular received"),
    "circular.replied": _("Circular replied to"),
    "complaints.rules_changed": _("Reading of complaints changed"),
    "complaints.rules_loaded": _("Reading of complaints loaded"),
    "consultation.called": _("Consultation called"),
    "consultation.concluded": _("Decision of a consultation written"),
    "consultation.declined": _("Expert cannot take part in a consultation"),
    "consultation.experts_invited": _("More experts invited to a consultation"),
    "consultation.fetched": _("Minutes of a consultation fetched"),
    "consultation.follow_up_dropped": _("Order that follows a consultation taken out"),
    "consultation.follow_up_written": _("Order that follows a consultation put down"),
    "consultation.material_gathered": _("Material for a consultation gathered"),
    "consultation.opened": _("Opinions of a consultation shown to all"),
    "consultation.opinion_given": _("Expert gave an opinion"),
    "consultation.signed": _("Minutes of a consultation signed"),
    "consultation.withdrawn": _("Consultation called off"),
    "county.settled": _("Synthetic residents registered"),
    "deadline.cancelled": _("Deadline cancelled"),
    "deadline.extended": _("Deadline extended"),
    "deadline.handed_over": _("Deadline handed over to another"),
    "deadline.met": _("Deadline met"),
    "deadline.missed": _("Deadline missed and escalated"),
    "deadline.reopened": _("Deadline runs on: what met it was sent back"),
    "deadline.started": _("Deadline started"),
    "delivery.failed": _("Notice could not be sent"),
    "delivery.retried": _("Notice sent again"),
    "demo.made": _("Demonstration made"),
    "detection.asked": _("Detection asked for"),
    "detection.failed": _("Detection run failed"),
    "detection.finished": _("Detection run finished"),
    "detection.repeated": _("Detection run repeated"),
    "detection.started": _("Detection run started"),
    "detection.trial_asked": _("Trial of another setting of a detector asked for"),
    "detection.tried": _("Another setting of a detector tried"),
    "detection.tuned": _("Detector set otherwise"),
    "diseases.loaded": _("Catalogue of diseases loaded"),
    "duplicate.kept_apart": _("Two report cards kept apart"),
    "duty.set": _("Somebody put on the duty roster"),
    "duty.withdrawn": _("Shift taken off the duty roster"),
    "event_report.approved": _("Report of an event approved"),
    "event_report.drafted": _("Report of an event drafted"),
    "event_report.dropped": _("Draft report of an event given up"),
    "event_report.edited": _("Report of an event edited"),
    "event_report.fetched": _("Document of a report of an event fetched"),
    "event_report.returned": _("Report of an event sent back"),
    "event_report.sent": _("Report of an event sent"),
    "event_report.submitted": _("Report of an event handed in for review"),
    "exercise.begun": _("Exercise begun"),
    "exercise.checkpoint_asked": _("Checkpoint of an exercise asked for"),
    "exercise.finished": _("Exercise ended"),
    "exercise.paused": _("Exercise paused"),
    "exercise.rewind_asked": _("Exercise turned back to a checkpoint"),
    "exercise.role_given": _("Role of an exercise given to the machine"),
    "exercise.role_taken": _("Role of an exercise taken by people"),
    "exercise.running": _("Exercise goes on"),
    "exercise.speed_set": _("Speed of an exercise set"),
    "exercise.stepped": _("Time of an exercise moved on by a step"),
    "exercise.turned_back": _("Exercise stands at a checkpoint again"),
    "expert.named": _("Expert put into the pool"),
    "expert.withdrawn": _("Expert taken out of the pool"),
    "export.asked": _("Export asked for"),
    "export.deleted": _("Exported file deleted"),
    "export.failed": _("Export failed"),
    "export.fetched": _("Exported file fetched"),
    "export.finished": _("Export written"),
    "export.started": _("Export being written"),
    "facility.added": _("Facility added"),
    "facility.closed": _("Facility closed"),
    "facility.edited": _("Facility edited"),
    "free_count.told": _("Told what is free"),
    "group.formed": _("Group formed for an incident"),
    "group.joined": _("Member joined a group of an incident"),
    "group.left": _("Seat in a group given up"),
    "group.parted": _("Member left a group of an incident"),
    "group.seated": _("Seat in a group given"),
    "handover.accepted": _("Hand-over of duty accepted"),
    "handover.written": _("Hand-over of duty written"),
    "import.asks": _("File asks what its columns mean"),
    "import.finished": _("File read and answered"),
    "import.handed_in": _("File handed in"),
    "import.started": _("File being read"),
    "import.unreadable": _("File could not be read"),
    "incident.chain_activated": _("Chain of command activated"),
    "incident.closed": _("Incident closed"),
    "incident.graded": _("Incident graded"),
    "incident.illness_named": _("Illness of an incident named"),
    "incident.opened": _("Incident opened"),
    "incident.phase_entered": _("Phase of a plan entered"),
    "incident.plan_activated": _("Contingency plan activated"),
    "incident.plan_extended": _("Contingency plan extended to more townships"),
    "incident.timeline_fetched": _("Timeline of an incident fetched"),
    "inspection.drawn": _("Places and inspectors drawn at random"),
    "inspection.ordered": _("Joint inspection ordered"),
    "inspection.reported": _("Joint inspection reported"),
    "mapping.forgotten": _("Column mapping forgotten"),
    "mapping.said": _("Column mapping said"),
    "message.received": _("Message received"),
    "message.replayed": _("Message read in again"),
    "message.settled": _("Message settled"),
    "mode.emergency": _("Place entered emergency"),
    "mode.peace": _("Place returned to peace"),
    "notice.acknowledged": _("Notice acknowledged"),
    "notice.escalated": _("Notice escalated"),
    "notice.received": _("Notices shown to their reader"),
    "notice.told": _("Notice told"),
    "opinion.checked": _("Rumour checked"),
    "opinion.closed": _("Rumour closed"),
    "opinion.found": _("Rumour found"),
    "opinion.handed_over": _("Rumour handed to the warning desk"),
    "opinion.posts_received": _("Posts of the public received"),
    "opinion.replied": _("Public answered"),
    "opinion.reply_drafted": _("Reply to the public drafted"),
    "opinion.taken": _("Check of a rumour begun"),
    "order.acknowledged": _("Order acknowledged"),
    "order.done": _("Order done"),
    "order.handed_on": _("Order handed on to the next on duty"),
    "order.issued": _("Order issued"),
    "order.progressed": _("Progress of an order reported"),
    "order.reminded": _("Order reminded of"),
    "order.returned": _("Order sent back"),
    "order.verified": _("Order verified"),
    "order.withdrawn": _("Order withdrawn"),
    "organisation.added": _("Organisation added"),
    "organisation.closed": _("Organisation closed"),
    "organisation.edited": _("Organisation edited"),
    "personal_data.seen": _("Personal data seen"),
    "plan.changed": _("Contingency plan changed"),
    "plan.made": _("Contingency plan made"),
    "plan.review_due": _("Review of a contingency plan due"),
    "plan.reviewed": _("Contingency plan reviewed"),
    "plan.withdrawn": _("Contingency plan taken out of force"),
    "plans.loaded": _("Contingency plans loaded"),
    "preference.saved": _("Settings for notices saved"),
    "profile.chosen": _("County held to another plan"),
    "profile.loaded": _("Plan loaded"),
    "public_bulletin.drafted": _("Public bulletin drafted"),
    "public_bulletin.dropped": _("Draft of a public bulletin given up"),
    "public_bulletin.edited": _("Public bulletin edited"),
    "public_bulletin.released": _("Public bulletin released"),
    "public_bulletin.returned": _("Public bulletin sent back"),
    "public_bulletin.submitted": _("Public bulletin handed in for review"),
    "public_bulletin.withdrawn": _("Public bulletin withdrawn"),
    "requisition.fetched": _("Notice of requisition fetched"),
    "requisition.made": _("Facility taken over"),
    "requisition.released": _("Facility given back"),
    "resident.edited": _("Resident edited"),
    "resident.registered": _("Resident registered"),
    "response.ended": _("Response ended"),
    "response.lowered": _("Response lowered"),
    "response.raised": _("Response raised"),
    "response.started": _("Response started"),
    "risk_area.changed": _("Level of a risk area changed"),
    "risk_area.lifted": _("Risk area lifted"),
    "risk_area.set": _("Risk area set"),
    "search.dropped": _("Saved search dropped"),
    "search.saved": _("Search saved"),
    "sender.added": _("System allowed to send"),
    "sender.revoked": _("Token of a system taken back"),
    "sentinel.added": _("Sentinel added"),
    "sentinel.closed": _("Sentinel closed"),
    "sentinel.corrected": _("Sentinel's report corrected"),
    "sentinel.edited": _("Sentinel edited"),
    "sentinel.reminded": _("Silent sentinel reminded"),
    "sentinel.reported": _("Sentinel reported"),
    "sentinel_calendar.added": _("Days of the calendar set"),
    "sentinel_calendar.removed": _("Days of the calendar removed"),
    "sentinel_type.added": _("Kind of sentinel added"),
    "sentinel_type.edited": _("Kind of sentinel edited"),
    "sentinel_types.loaded": _("Kinds of sentinel loaded"),
    "sentinels.added": _("Sentinels added"),
    "sentinels.reported": _("Sentinels reported"),
    "sentinels.silent": _("Silence of sentinels announced"),
    "shared_resource.kept": _("Shared resource brought up to date"),
    "shared_resource.withdrawn": _("Shared resource no longer offered"),
    "staff.added": _("Staff added"),
    "staff.edited": _("Staff edited"),
    "staff.left": _("Staff left"),
    "standard.changed": _("Standard changed"),
    "subscriber.added": _("System told of notices"),
    "subscriber.revoked": _("System no longer told of notices"),
    "switch.cancelled": _("Switch of modes cancelled"),
    "switch.finished": _("Switch of modes completed"),
    "switch.started": _("Switch of modes started"),
    "switch.step_done": _("Step of a switch of modes done"),
    "task.updated": _("Task reported on"),
    "user.added": _("User added"),
    "user.deactivated": _("User deactivated"),
    "user.edited": _("User edited"),
    "user.language_chosen": _("Language chosen"),
    "user.locked_out": _("User locked out"),
    "user.password_changed": _("Password changed"),
    "user.password_set": _("Password set"),
    "user.reactivated": _("User reactivated"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "wall_screen.added": _("Wall screen added"),
    "wall_screen.joined": _("Wall screen set up"),
    "wall_screen.revoked": _("Wall screen taken back"),
}


class Line(models.Model):
    """One line on record: who did or saw what, when, on which subject, from where, why.

    Lines are chained: `digest` covers this line's content and the digest before it, so that a
    line altered or removed shows. The database refuses to change or delete a line.
    """

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=60)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, models.PROTECT, related_name="lines")
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="lines")
    subject_type = models.CharField(_("subject"), max_length=60, blank=True)
    subject_id = models.CharField(max_length=60, blank=True)
    subject_label = models.CharField(max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    origin = models.CharField(_("from where"), max_length=60, blank=True)
    details = models.JSONField(_("details"), default=dict)
    known_at = models.DateTimeField(_("written"))
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "number"], name="line_subject"),
            models.Index(fields=["kind", "at"], name="line_kind"),
            models.Index(fields=["by", "at"], name="line_by"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(number__gt=0), name="record_line_counts_from_one")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    @property
    def said(self) -> str:
        """What happened, in the reader's language."""
        return str(KINDS.get(self.kind, self.kind))


class Head(models.Model):
    """Where the chain ends: one row. Without it, removing the last lines would leave no gap.

    The database lets it only advance.
    """

    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="record_chain_has_one_head"),
        ]

    def __str__(self) -> str:
        return str(self.number)
