"""A rumour's way: its check begins, has a verdict, is answered, is closed."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.models import User
from pingji.ground.notices.actions import acknowledge_about
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.monitor.opinion.models import Rumour
from pingji.monitor.opinion.rules import stepping as rules

State = Rumour.State


def _locked(rumour: Rumour) -> Rumour:
    """The row as it stands; of two people who act at once, the second waits and sees the first."""
    return Rumour.objects.select_for_update(of=("self",)).get(pk=rumour.pk)


def _told(rumour: Rumour) -> Rumour:
    publish("opinion", area=rumour.area_id)
    publish(f"opinion:{rumour.pk}", area=rumour.area_id)
    return rumour


@transaction.atomic
def take(*, rumour: Rumour, by: User, at: datetime) -> Rumour:
    """Begin the check of a rumour; who begins it owns it."""
    rumour = _locked(rumour)
    rules.check_can_move(by, rumour, State.CHECKING)

    rumour.state, rumour.owner = State.CHECKING, by
    rumour.taken_by, rumour.taken_at = by, at
    rumour.save(update_fields=["state", "owner", "taken_by", "taken_at"])
    acknowledge_about(subject=rumour, by=by, at=at)
    note("opinion.taken", subject=rumour, by=by, at=at)
    return _told(rumour)


@transaction.atomic
def check(
    *, rumour: Rumour, verdict: str, findings: str, by: User, at: datetime, was: str = ""
) -> Rumour:
    """Say whether a rumour is true, and how that was found out.

    Args:
        was: The verdict that stood when this one was written; another one meanwhile refuses it.
    """
    rumour = _locked(rumour)
    rules.check_can_check(by, rumour, was)
    rules.check_said(findings, field="findings")

    rumour.verdict, rumour.findings = Rumour.Verdict(verdict), findings.strip()
    rumour.checked_by, rumour.checked_at = by, at
    rumour.save(update_fields=["verdict", "findings", "checked_by", "checked_at"])
    standards.meet_deadline(key="opinion.check", subject=rumour, by=by, at=at)
    note("opinion.checked", subject=rumour, by=by, at=at, reason=rumour.findings, verdict=verdict)
    return _told(rumour)


@transaction.atomic
def draft_reply(*, rumour: Rumour, reply: str, was: str, by: User, at: datetime) -> Rumour:
    """Write on the reply to the public; nothing is published by it."""
    rumour = _locked(rumour)
    rules.check_can_draft(by, rumour, was)
    if reply.strip() == rumour.reply:
        return rumour

    rumour.reply = reply.strip()
    rumour.save(update_fields=["reply"])
    acknowledge_about(subject=rumour, by=by, at=at)
    note("opinion.reply_drafted", subject=rumour, by=by, at=at)
    return _told(rumour)


@transaction.atomic
def reply(*, rumour: Rumour, reply: str, reply_url: str, by: User, at: datetime) -> Rumour:
    """Note the reply that the press office has given to the public, and where it stands."""
    rumour = _locked(rumour)
    rules.check_can_move(by, rumour, State.REPLIED)
    rules.check_said(reply, field="reply")

    rumour.state, rumour.reply, rumour.reply_url = State.REPLIED, reply.strip(), reply_url
    rumour.replied_by, rumour.replied_at = by, at
    rumour.save(update_fields=["state", "reply", "reply_url", "replied_by", "replied_at"])
    standards.meet_deadline(key="opinion.reply", subject=rumour, by=by, at=at)
    note("opinion.replied", subject=rumour, by=by, at=at, reason=rumour.reply, url=reply_url)
    return _told(rumour)


@transaction.atomic
def close(*, rumour: Rumour, closing_reason: str, by: User, at: datetime) -> Rumour:
    """Close a rumour that has its verdict, with the reason; without a reply where none is due."""
    rumour = _locked(rumour)
    rules.check_can_move(by, rumour, State.CLOSED)
    rules.check_said(closing_reason, field="closing_reason")

    rumour.state, rumour.closing_reason = State.CLOSED, closing_reason.strip()
    rumour.closed_by, rumour.closed_at = by, at
    rumour.save(update_fields=["state", "closing_reason", "closed_by", "closed_at"])
    standards.cancel_deadline(
        key="opinion.reply",
        subject=rumour,
        by=by,
        at=at,
        reason=_("Closed without a reply: %(why)s") % {"why": rumour.closing_reason},
    )
    note("opinion.closed", subject=rumour, by=by, at=at, reason=rumour.closing_reason)
    return _told(rumour)


@transaction.atomic
def hand_over(*, rumour: Rumour, by: User, at: datetime) -> Rumour:
    """Hand a rumour that is true to the warning desk: the county is looked over at once."""
    rumour = _locked(rumour)
    rules.check_can_hand_over(by, rumour)

    rumour.handed_by, rumour.handed_at = by, at
    rumour.save(update_fields=["handed_by", "handed_at"])
    note("opinion.handed_over", subject=rumour, by=by, at=at, verdict=rumour.verdict)
    announce("rumour_handed_over", at=at, area=rumour.area_id, rumour_id=rumour.pk)
    return _told(rumour)
