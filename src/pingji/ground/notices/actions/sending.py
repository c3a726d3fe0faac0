"""Send what is due: claim the row, speak to the other side, settle what it said.

The row is claimed in a transaction of its own before anything is sent, and holds its place for
`LEASE`. A worker that is killed in between leaves a claimed row, which is due again when that time
is over; it goes out under the same key, by which the other side knows a repetition.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.notices import queries, rules
from pingji.ground.notices.models import Answer, Delivery, Letter, Outcome
from pingji.ground.record.actions import announce, note, publish

log = logging.getLogger("pingji.notices")
LEASE = timedelta(minutes=2)  # longer than any attempt: time-outs of the adapters are far below
KEPT_OF_ANSWER = 1000  # characters
AT_ONCE = 500  # deliveries that one sweep takes
State = Delivery.State
Adapter = Callable[[Letter], Answer]


def send_due(*, at: datetime) -> int:
    """Send everything whose hour has come; how many attempts were made."""
    due = Delivery.objects.due(at).order_by("due_at", "pk").values_list("pk", flat=True)
    return sum(send(delivery=pk, at=at) for pk in list(due[:AT_ONCE]))


def send(*, delivery: int, at: datetime) -> bool:
    """Make one attempt to send a delivery; whether one was made.

    Nothing is sent that is not due, was sent already, or that somebody else is sending.
    """
    letter = _claim(delivery, at)
    if letter is None:
        return False
    means, written = letter
    try:
        adapter: Adapter = import_string(settings.NOTICE_MEANS[means])
        answer = adapter(written)
    except Exception as fault:
        # An adapter that breaks must not stop the others; the fault is the answer.
        log.exception("a means of sending broke: %s", means)
        answer = Answer(Outcome.LATER, f"{type(fault).__name__}: {fault}")
    _settle(delivery, answer, at + timedelta(seconds=answer.seconds))
    return True


@transaction.atomic
def _claim(pk: int, at: datetime) -> tuple[str, Letter] | None:
    row = (
        Delivery.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("notice__area", "receiver", "subscriber")
        .due(at)
        .filter(pk=pk)
        .first()
    )
    if row is None:
        return None
    why_not = _no_longer(row)
    if why_not:
        row.state, row.why_not, row.due_at = State.NOT_SENT, why_not, None
        row.save(update_fields=["state", "why_not", "due_at"])
        let_go([row.pk], at=at)
        _tell(row)
        return None
    row.text = _text(row, _join(row, at))
    row.state, row.attempts, row.due_at = State.SENDING, row.attempts + 1, at + LEASE
    row.save(update_fields=["state", "attempts", "due_at", "text"])
    return row.means, Letter(
        key=str(row.key),
        to=row.to,
        text=row.text,
        at=at,
        secret=row.subscriber.secret if row.subscriber else "",
        body=_body(row) if row.subscriber else {},
    )


def _no_longer(row: Delivery) -> str:
    """Why it need not leave any more."""
    if row.subscriber and row.subscriber.revoked_at is not None:
        return "revoked"
    page = Delivery.objects.filter(
        notice=row.notice_id, receiver=row.receiver_id, state=State.ACKNOWLEDGED
    )
    return "acknowledged" if row.receiver_id and page.exists() else ""


def _join(row: Delivery, at: datetime) -> list[Delivery]:
    """Put the receiver's other notices for the same digest under this one."""
    if row.held_for == "digest":
        others = (
            Delivery.objects.select_for_update(of=("self",), skip_locked=True)
            .due(at)
            .filter(receiver=row.receiver_id, means=row.means, held_for="digest", state=State.HELD)
            .exclude(pk=row.pk)
        )
        for other in others:
            other.state, other.digest, other.due_at = State.JOINED, row, None
            other.save(update_fields=["state", "digest", "due_at"])
    return list(row.parts.select_related("notice").order_by("queued_at", "pk"))


def let_go(stopped: Iterable[int], *, at: datetime) -> None:
    """Have what was joined to messages that need not leave any more leave without them."""
    joined = Delivery.objects.filter(digest__in=list(stopped), state=State.JOINED)
    joined.update(state=State.HELD, digest=None, due_at=at)


def _text(row: Delivery, parts: list[Delivery]) -> str:
    """What the receiver reads, in their language."""
    language = (row.receiver.language if row.receiver else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        said = [_one(each) for each in [row, *parts]]
        if len(said) == 1:
            return said[0]
        head = ngettext("{n} notice:", "{n} notices:", len(said)).replace("{n}", str(len(said)))
        return "\n".join([head, *(f"{n}. {text}" for n, text in enumerate(said, 1))])


def _one(row: Delivery) -> str:
    told = timezone.localtime(row.notice.told_at)
    return _("[{level}] {text} ({when})").format(
        level=row.notice.get_level_display(), text=row.notice.text, when=f"{told:%m-%d %H:%M}"
    )


def _body(row: Delivery) -> dict[str, object]:
    """What a system is told: no more than the page of the notice, and nothing of a person."""
    notice = row.notice
    with translation.override("zh-hans"):
        chinese = notice.text_to_others
    with translation.override("en"):
        english = notice.text_to_others
    return {
        "id": str(row.key),
        "kind": notice.kind,
        "level": notice.level,
        "area": notice.area_id,
        "told_at": notice.told_at.isoformat(),
        "text": {"zh": chinese, "en": english},
        "subject": {"type": notice.subject_type, "id": notice.subject_id},
        "path": notice.subject_url,
    }


@transaction.atomic
def _settle(pk: int, answer: Answer, at: datetime) -> None:
    row = Delivery.objects.select_for_update(of=("self",)).select_related("notice").get(pk=pk)
    if row.state != State.SENDING:  # acknowledged meanwhile, or settled by who took it over
        return
    row.answer, row.reference = answer.text[:KEPT_OF_ANSWER], answer.reference[:120]
    row.due_at = None
    if answer.outcome == Outcome.TAKEN:
        row.state, row.sent_at = State.SENT, at
    elif answer.outcome == Outcome.NO_GATEWAY:
        row.state, row.why_not = State.NOT_SENT, "no_gateway"
    else:
        row.due_at = _again(row, at) if answer.outcome == Outcome.LATER else None
        row.state = State.QUEUED if row.due_at else State.FAILED
    if row.state == State.FAILED:
        row.failed_at = at
        note(
            "delivery.failed",
            subject=row.notice,
            by=User.objects.system(),
            at=at,
            means=row.means,
            attempts=row.attempts,
        )
        announce(
            "delivery_failed",
            at=at,
            delivery=row.pk,
            subject_type=row.notice.subject_type,
            subject_id=row.notice.subject_id,
        )
    row.save()
    _tell(row)


def _again(row: Delivery, at: datetime) -> datetime | None:
    try:
        policy = queries.policy_for(row.notice.area_id, on=at)
    except Refused:  # no plan says how often: it stays where an administrator sees it
        return None
    again = rules.next_attempt(at, row.attempts, policy)
    person = row.receiver
    if again is None or person is None or row.escalated or policy.is_urgent(row.notice.level):
        return again
    # A second attempt breaks no quiet hours that the first one would have waited for.
    return rules.after_quiet(again, policy, queries.preferences_of([person]).get(person.pk))


def _tell(row: Delivery) -> None:
    publish("deliveries", area=row.notice.area_id, organisation=row.notice.organisation_id)
