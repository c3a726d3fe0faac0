"""Who may call, answer, decide and sign a consultation, and when."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Expertise,
    Organisation,
    Permission,
    User,
)
from pingji.respond.incidents.models import AgendaItem, Consultation, Incident, Invitation
from pingji.respond.incidents.rules.incidents import check_can_manage
from pingji.respond.incidents.rules.moments import said

State = Consultation.State

# The table is the state machine.
CONSULTATION_MOVES = {
    State.CALLED: {State.OPENED, State.WITHDRAWN},
    State.OPENED: {State.SIGNED, State.WITHDRAWN},
    State.SIGNED: set(),
    State.WITHDRAWN: set(),
}


def check_can_chair(user: User) -> None:
    """Raise Refused unless the user may call and lead consultations."""
    if not user.holds(Permission.CONSULTATION_CHAIR):
        raise Refused(
            _("Only the leader, the duty officer or an epidemiologist leads a consultation.")
        )


def sees_the_whole(user: User) -> bool:
    """Whether the user sees incidents, and not only what concerns one organisation."""
    return user.holds(Permission.INCIDENT_VIEW) and user.role not in BOUND_TO_ORGANISATION


def check_can_see(user: User, consultation: Consultation) -> None:
    """Raise Refused unless the user sees incidents as a whole or was invited to this one."""
    if sees_the_whole(user):
        return
    if not consultation.invitations.filter(expert=user).exists():
        raise Refused(_("Only who was invited sees this consultation."))


def check_can_call(user: User, incident: Incident) -> None:
    """Raise Refused unless the user may call a consultation on this incident now."""
    check_can_chair(user)
    check_is_open(incident)


def check_is_open(incident: Incident) -> None:
    """Raise Refused when the incident has ended."""
    if incident.state != Incident.State.OPEN:
        raise Refused(
            _("The incident was closed at %(when)s; nobody is consulted on it any more.")
            % {"when": said(incident.closed_at)}
        )


def check_agenda(questions: Iterable[str]) -> None:
    """Raise Refused unless there is a question to answer."""
    if not any(question.strip() for question in questions):
        raise Refused(_("Write at least one question of the agenda."), field="agenda")


def check_move(consultation: Consultation, to: str) -> None:
    """Raise Refused unless the consultation can come to this state from where it stands."""
    if State(to) not in CONSULTATION_MOVES[State(consultation.state)]:
        raise Refused(
            _("The consultation stands at “%(state)s”; look at it again.")
            % {"state": consultation.get_state_display()}
        )


def check_can_invite(user: User, consultation: Consultation) -> None:
    """Raise Refused unless experts may still be invited."""
    check_can_chair(user)
    if consultation.state != State.CALLED:
        raise Refused(_("The opinions lie open already; nobody can answer apart any more."))


def check_expert(expertise: Expertise, pool: Iterable[int]) -> None:
    """Raise Refused unless this expert stands in the pool of the area."""
    if expertise.pk not in set(pool):
        raise Refused(
            _("%(who)s is not in the pool of experts for this area.") % {"who": expertise.person},
            field="experts",
        )


def check_somebody_invited(number: int) -> None:
    """Raise Refused unless at least one expert is invited."""
    if not number:
        raise Refused(_("Invite at least one expert of the pool."), field="experts")


def check_can_answer(user: User, consultation: Consultation, mine: Invitation | None) -> None:
    """Raise Refused unless the user may give an opinion apart now."""
    if mine is None:
        raise Refused(_("You were not invited to this consultation."))
    if consultation.state != State.CALLED:
        raise Refused(_("The opinions lie open already; nobody can answer apart any more."))
    if mine.declined_at is not None:
        raise Refused(_("You have said that you cannot take part."))


def check_opinions(texts: Iterable[str]) -> None:
    """Raise Refused unless an expert says something on every question."""
    if not all(text.strip() for text in texts):
        raise Refused(_("Say something on every question; “no opinion on this” is an answer too."))


def check_can_decline(user: User, consultation: Consultation, mine: Invitation | None) -> None:
    """Raise Refused unless the user may say that they cannot take part."""
    check_can_answer(user, consultation, mine)
    if mine is not None and mine.answered_at is not None:
        raise Refused(_("You have already given your opinion."))


def check_can_open(user: User, consultation: Consultation) -> None:
    """Raise Refused unless the user may lay the opinions open before all have come."""
    check_can_chair(user)
    check_move(consultation, State.OPENED)


def check_can_decide(user: User, consultation: Consultation) -> None:
    """Raise Refused unless the decision may be written now."""
    check_can_chair(user)
    if consultation.state == State.CALLED:
        raise Refused(_("The decision is written when the opinions lie open."))
    if consultation.state != State.OPENED:
        check_move(consultation, State.SIGNED)


def known_question(item: AgendaItem | None, number: int) -> AgendaItem:
    """The question of a number; raise Refused where the agenda has none."""
    if item is None:
        raise Refused(_("The agenda has no question %(number)s.") % {"number": number})
    return item


def check_seen(item: AgendaItem, seen: int) -> None:
    """Raise Refused if somebody else wrote this decision since it was read."""
    if item.version != seen:
        raise Refused(
            _("Somebody else changed this decision meanwhile; compare before you go on."),
            field="decision",
        )


def check_decision(decision: str, reasons: str) -> None:
    """Raise Refused unless a decision comes with its reasons."""
    if not decision.strip():
        raise Refused(_("Write what was decided."), field="decision")
    if not reasons.strip():
        raise Refused(_("Say why: the reasons stand in the minutes."), field="reasons")


def check_follow_up(
    user: User, organisation: Organisation, owner: User | None, due_at: datetime, at: datetime
) -> None:
    """Raise Refused unless an order that follows has somebody to do it and a time to come."""
    if organisation.closed_on is not None:
        raise Refused(
            _("%(organisation)s was closed.") % {"organisation": organisation},
            field="organisation",
        )
    if not organisation.area_id.startswith(user.area_id):
        raise Refused(
            _("%(area)s lies outside %(own)s.") % {"area": organisation.area, "own": user.area},
            field="organisation",
        )
    if owner is not None and owner.organisation_id != organisation.pk:
        raise Refused(
            _("%(who)s does not work for %(organisation)s.")
            % {"who": owner, "organisation": organisation},
            field="owner",
        )
    if due_at <= at:
        raise Refused(_("The time must lie ahead."), field="due_at")


def check_can_sign(user: User, consultation: Consultation) -> None:
    """Raise Refused unless the user may sign: every question is decided, and orders can go out."""
    if not user.holds(Permission.INCIDENT_MANAGE):
        raise Refused(_("Only the leader or the duty officer signs the minutes."))
    check_move(consultation, State.SIGNED)
    open_questions = consultation.agenda.filter(decision="").count()
    if open_questions:
        raise Refused(_("Decide every question of the agenda before signing."))
    if consultation.follow_ups.exists():
        check_can_manage(user, consultation.incident)


def check_still_ahead(due_at: datetime, at: datetime, number: int) -> None:
    """Raise Refused when the time of a follow-up order is over before it is sent."""
    if due_at <= at:
        raise Refused(
            _("The time of follow-up order %(number)s is over; take it out and give it another.")
            % {"number": number}
        )


def check_can_withdraw(user: User, consultation: Consultation) -> None:
    """Raise Refused unless the consultation may be called off."""
    check_can_chair(user)
    check_move(consultation, State.WITHDRAWN)


def check_why(reason: str) -> None:
    """Raise Refused unless it is said why."""
    if not reason.strip():
        raise Refused(_("Say why: the reason goes on record."), field="reason")
