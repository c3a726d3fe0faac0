"""Consult: call experts, take their opinions apart, decide, sign, and order what follows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from pingji.ground.directory.models import Expertise, Organisation, User
from pingji.ground.directory.queries import experts_for
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.respond.incidents.actions.orders import issue_orders
from pingji.respond.incidents.actions.papers import keep_papers, printed
from pingji.respond.incidents.models import (
    AgendaItem,
    Consultation,
    FollowUp,
    Incident,
    Invitation,
    MinutesDocument,
    Opinion,
)
from pingji.respond.incidents.queries.event_figures import event_figures
from pingji.respond.incidents.queries.minutes import minutes
from pingji.respond.incidents.rules import consultations as rules

OPINION = "consultation.opinion"
FOLLOW_UP = "order.complete"
State = Consultation.State


@transaction.atomic
def call_consultation(
    *,
    incident: Incident,
    subject: str,
    starts_at: datetime,
    agenda: Sequence[str],
    experts: Iterable[Expertise],
    by: User,
    at: datetime,
    place: str = "",
) -> Consultation:
    """Call a consultation: the material is gathered, and each expert is invited and asked apart.

    Args:
        incident: On which incident.
        subject: What it is about.
        starts_at: When they meet.
        agenda: The questions, in their order.
        experts: Rows of the pool; an expert of several fields is invited once, for the first.
        by: Who calls it.
        at: When.
        place: Where they meet, or the number of the meeting.
    """
    incident = _incident(incident)
    experts = list(experts)
    rules.check_can_call(by, incident)
    rules.check_agenda(agenda)
    rules.check_somebody_invited(len(experts))

    made = Consultation.objects.create(
        incident=incident,
        area_id=incident.area_id,
        number=incident.consultations.count() + 1,
        subject=subject.strip(),
        starts_at=starts_at,
        place=place.strip(),
        material=event_figures(incident, at=at),
        called_by=by,
        called_at=at,
    )
    questions = [question.strip() for question in agenda if question.strip()]
    for number, question in enumerate(questions, 1):
        AgendaItem.objects.create(consultation=made, number=number, question=question)
    invited = _invite(made, experts, by=by, at=at)
    note(
        "consultation.called",
        subject=made,
        by=by,
        at=at,
        incident=incident.pk,
        agenda=questions,
        experts=[str(one.expert) for one in invited],
    )
    _tell(made)
    return made


@transaction.atomic
def invite_experts(
    *, consultation: Consultation, experts: Iterable[Expertise], by: User, at: datetime
) -> list[Invitation]:
    """Invite more experts while the opinions are still given apart."""
    consultation = _locked(consultation)
    experts = list(experts)
    rules.check_can_invite(by, consultation)
    rules.check_somebody_invited(len(experts))

    invited = _invite(consultation, experts, by=by, at=at)
    note(
        "consultation.experts_invited",
        subject=consultation,
        by=by,
        at=at,
        experts=[str(one.expert) for one in invited],
    )
    _tell(consultation)
    return invited


def _invite(
    consultation: Consultation, experts: list[Expertise], *, by: User, at: datetime
) -> list[Invitation]:
    pool = list(experts_for(consultation.area_id).values_list("pk", flat=True))
    there = set(consultation.invitations.values_list("expert", flat=True))
    invited = []
    for row in experts:
        rules.check_expert(row, pool)
        if row.person_id in there:
            continue
        there.add(row.person_id)
        one = Invitation.objects.create(
            consultation=consultation,
            area_id=consultation.area_id,
            expert=row.person,
            field=row.field,
            title=row.title,
            invited_by=by,
            invited_at=at,
        )
        standards.start_deadline(
            key=OPINION, subject=one, area=consultation.area, owner=row.person, by=by, at=at
        )
        invited.append(one)
    if invited:
        notices.notify(
            kind="consultation_called",
            subject=consultation,
            area=consultation.area,
            people=[one.expert for one in invited],
            again=str(invited[0].pk),
            clock=False,  # the opinion has its own
            by=by,
            at=at,
        )
    return invited


@transaction.atomic
def gather_material(*, consultation: Consultation, by: User, at: datetime) -> Consultation:
    """Gather the material again, as it is known now."""
    consultation = _locked(consultation)
    rules.check_can_chair(by)
    if consultation.state not in Consultation.GOING_ON:
        rules.check_move(consultation, State.WITHDRAWN)

    consultation.material = event_figures(consultation.incident, at=at)
    consultation.save(update_fields=["material"])
    note("consultation.material_gathered", subject=consultation, by=by, at=at)
    _tell(consultation)
    return consultation


@transaction.atomic
def give_opinion(
    *, consultation: Consultation, opinions: Mapping[int, str], by: User, at: datetime
) -> Invitation:
    """Keep what one expert makes of each question. With the last one's, all opinions lie open.

    Args:
        consultation: In which one.
        opinions: A text for every question, by the question's number.
        by: The expert.
        at: When.
    """
    consultation = _locked(consultation)
    mine = consultation.invitations.filter(expert=by).first()
    rules.check_can_answer(by, consultation, mine)
    assert mine is not None
    items = list(consultation.agenda.all())
    rules.check_opinions(opinions.get(item.number, "") for item in items)

    for item in items:
        Opinion.objects.update_or_create(
            invitation=mine,
            item=item,
            defaults={"text": opinions[item.number].strip(), "at": at},
        )
    mine.answered_at = at
    mine.save(update_fields=["answered_at"])
    standards.meet_deadline(key=OPINION, subject=mine, by=by, at=at)
    # What was said stays out of the trail until all may read it.
    note("consultation.opinion_given", subject=consultation, by=by, at=at)
    notices.acknowledge_about(subject=consultation, by=by, at=at)
    _open_when_all_answered(consultation, by=by, at=at)
    _tell(consultation)
    return mine


@transaction.atomic
def decline(*, consultation: Consultation, reason: str, by: User, at: datetime) -> Invitation:
    """Say that one cannot take part, and why; the minutes name it."""
    consultation = _locked(consultation)
    mine = consultation.invitations.filter(expert=by).first()
    rules.check_can_decline(by, consultation, mine)
    rules.check_why(reason)
    assert mine is not None

    mine.declined_at, mine.declined_why = at, reason.strip()[:300]
    mine.save(update_fields=["declined_at", "declined_why"])
    standards.cancel_deadline(key=OPINION, subject=mine, by=by, at=at, reason=reason)
    note("consultation.declined", subject=consultation, by=by, at=at, reason=reason.strip())
    notices.acknowledge_about(subject=consultation, by=by, at=at)
    _open_when_all_answered(consultation, by=by, at=at)
    _tell(consultation)
    return mine


def _open_when_all_answered(consultation: Consultation, *, by: User, at: datetime) -> None:
    waiting = consultation.invitations.filter(answered_at=None, declined_at=None)
    answered = consultation.invitations.exclude(answered_at=None)
    if answered.exists() and not waiting.exists():
        _lay_open(consultation, by=by, at=at, why="")


@transaction.atomic
def open_opinions(
    *, consultation: Consultation, reason: str, by: User, at: datetime
) -> Consultation:
    """Lay the opinions open before all have answered; who has not is named in the minutes."""
    consultation = _locked(consultation)
    rules.check_can_open(by, consultation)
    rules.check_why(reason)

    _lay_open(consultation, by=by, at=at, why=reason.strip())
    _tell(consultation)
    return consultation


def _lay_open(consultation: Consultation, *, by: User, at: datetime, why: str) -> None:
    rules.check_move(consultation, State.OPENED)
    consultation.state, consultation.opened_by, consultation.opened_at = State.OPENED, by, at
    consultation.opened_why = why
    consultation.save(update_fields=["state", "opened_by", "opened_at", "opened_why"])
    silent = list(
        consultation.invitations.filter(answered_at=None, declined_at=None).select_related("expert")
    )
    for one in silent:
        standards.cancel_deadline(
            key=OPINION, subject=one, by=by, at=at, reason=why or str(consultation)
        )
    note(
        "consultation.opened",
        subject=consultation,
        by=by,
        at=at,
        reason=why,
        without=[str(one.expert) for one in silent],
    )
    notices.notify(
        kind="consultation_opened",
        subject=consultation,
        area=consultation.area,
        people=[*_experts(consultation), consultation.called_by],
        clock=False,
        by=by,
        at=at,
    )


@transaction.atomic
def decide_question(
    *,
    consultation: Consultation,
    number: int,
    decision: str,
    reasons: str,
    seen: int,
    by: User,
    at: datetime,
) -> AgendaItem:
    """Write what was decided on one question and why; what stood before is on record.

    Args:
        consultation: In which one.
        number: The question's number.
        decision: What was decided.
        reasons: Why.
        seen: Which wording the writer had before their eyes; another one meanwhile refuses it.
        by: Who leads it.
        at: When.
    """
    consultation = _locked(consultation)
    rules.check_can_decide(by, consultation)
    item = rules.known_question(consultation.agenda.filter(number=number).first(), number)
    rules.check_seen(item, seen)
    rules.check_decision(decision, reasons)

    item.decision, item.reasons = decision.strip(), reasons.strip()
    item.version += 1
    item.save(update_fields=["decision", "reasons", "version"])
    note(
        "consultation.concluded",
        subject=consultation,
        by=by,
        at=at,
        reason=item.reasons,
        question=item.number,
        decision=item.decision,
    )
    _tell(consultation)
    return item


@transaction.atomic
def add_follow_up(
    *,
    consultation: Consultation,
    text: str,
    organisation: Organisation,
    due_at: datetime,
    by: User,
    at: datetime,
    owner: User | None = None,
) -> FollowUp:
    """Put down an order that follows from the decision: who does what by when."""
    consultation = _locked(consultation)
    rules.check_can_decide(by, consultation)
    rules.check_follow_up(by, organisation, owner, due_at, at)

    last = consultation.follow_ups.order_by("-number").first()
    made = FollowUp.objects.create(
        consultation=consultation,
        number=last.number + 1 if last else 1,
        text=text.strip(),
        organisation=organisation,
        owner=owner,
        due_at=due_at,
    )
    note(
        "consultation.follow_up_written",
        subject=consultation,
        by=by,
        at=at,
        organisation=organisation.pk,
        due_at=due_at.isoformat(),
    )
    _tell(consultation)
    return made


@transaction.atomic
def drop_follow_up(*, consultation: Consultation, number: int, by: User, at: datetime) -> None:
    """Take an order that was put down out again, before the minutes are signed."""
    consultation = _locked(consultation)
    rules.check_can_decide(by, consultation)

    consultation.follow_ups.filter(number=number).delete()
    note("consultation.follow_up_dropped", subject=consultation, by=by, at=at, number=number)
    _tell(consultation)


@transaction.atomic
def sign_minutes(*, consultation: Consultation, by: User, at: datetime) -> Consultation:
    """Sign the minutes: the orders go out, and the Word and PDF files are made now and never again."""
    consultation = _locked(consultation)
    rules.check_can_sign(by, consultation)

    for line in consultation.follow_ups.select_related("organisation", "owner"):
        rules.check_still_ahead(line.due_at, at, line.number)
        orders = issue_orders(
            incident=consultation.incident,
            organisations=[] if line.owner else [line.organisation],
            people=[line.owner] if line.owner else [],
            text=line.text,
            standard=FOLLOW_UP,
            until=line.due_at,
            by=by,
            at=at,
        )
        line.order = orders[0]
        line.save(update_fields=["order"])
    consultation.state = State.SIGNED
    consultation.signed_by, consultation.signed_at = by, at
    consultation.save(update_fields=["state", "signed_by", "signed_at"])
    digests = keep_papers(
        MinutesDocument, partial(minutes, consultation), at=at, consultation=consultation
    )
    note("consultation.signed", subject=consultation, by=by, at=at, files=digests)
    notices.notify(
        kind="consultation_signed",
        subject=consultation,
        area=consultation.area,
        people=[*_experts(consultation), consultation.called_by],
        clock=False,
        by=by,
        at=at,
    )
    _tell(consultation)
    return consultation


@transaction.atomic
def withdraw_consultation(
    *, consultation: Consultation, reason: str, by: User, at: datetime
) -> Consultation:
    """Call a consultation off, saying why; the experts are told."""
    consultation = _locked(consultation)
    rules.check_can_withdraw(by, consultation)
    rules.check_why(reason)

    for one in consultation.invitations.filter(answered_at=None, declined_at=None):
        standards.cancel_deadline(key=OPINION, subject=one, by=by, at=at, reason=reason)
    consultation.state, consultation.withdrawn_why = State.WITHDRAWN, reason.strip()
    consultation.withdrawn_by, consultation.withdrawn_at = by, at
    consultation.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdrawn_why"])
    note("consultation.withdrawn", subject=consultation, by=by, at=at, reason=reason.strip())
    notices.notify(
        kind="consultation_withdrawn",
        subject=consultation,
        area=consultation.area,
        people=_experts(consultation),
        clock=False,
        by=by,
        at=at,
    )
    _tell(consultation)
    return consultation


@transaction.atomic
def fetch_minutes(
    *, consultation: Consultation, language: str, form: str, by: User, at: datetime
) -> bytes:
    """Give the minutes: the kept bytes once signed, else a draft made now and marked so."""
    kept = consultation.documents.filter(language=language, form=form).first()
    content = (
        bytes(kept.content)
        if kept
        else printed(partial(minutes, consultation), language=language, form=form)
    )
    note(
        "consultation.fetched",
        subject=consultation,
        by=by,
        at=at,
        form=form,
        language=language,
        signed=kept is not None,
    )
    return content


def _incident(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",))
    return rows.select_related("area", "disease", "alert", "plan", "opened_by").get(pk=incident.pk)


def _locked(consultation: Consultation) -> Consultation:
    Consultation.objects.select_for_update().get(pk=consultation.pk)  # then read how it stands
    return Consultation.objects.select_related(
        "area",
        "incident__area",
        "incident__disease",
        "incident__alert",
        "incident__plan",
        "incident__opened_by",
        "called_by",
    ).get(pk=consultation.pk)


def _experts(consultation: Consultation) -> list[User]:
    return [one.expert for one in consultation.invitations.select_related("expert")]


def _tell(consultation: Consultation) -> None:
    publish("consultations", area=consultation.area_id)
    publish("incidents", area=consultation.area_id)
