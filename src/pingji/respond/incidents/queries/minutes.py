"""Minutes of a consultation as a document, and who has answered."""

from django.utils.translation import gettext as _

from pingji.ground import in_chinese
from pingji.respond.incidents.models import Consultation, Invitation, Opinion
from pingji.respond.incidents.queries.event_document import (
    of_alert,
    of_assessments,
    of_cases,
    of_orders,
)
from pingji.respond.incidents.queries.event_words import (
    assessment,
    cases,
    event,
    joined,
    measures,
    moment,
)
from pingji.warn.alerts.queries.analyses.document import (
    Document,
    Section,
    Table,
    numbered,
)
from pingji.warn.alerts.queries.analyses.words import listed, name


def silent(consultation: Consultation) -> list[Invitation]:
    """Experts who neither answered nor said that they cannot."""
    rows = consultation.invitations.filter(answered_at=None, declined_at=None)
    return list(rows.select_related("expert__organisation"))


def material(found: dict) -> list[Section]:  # type: ignore[type-arg] # plain JSON
    """What was gathered for a consultation: alert, cases, assessments, orders that are late."""
    parts = (
        ("alert", _("The event and its alert"), event(found), of_alert(found)),
        ("cases", _("Cases"), cases(found), of_cases(found)),
        ("assessments", _("Risk assessments"), assessment(found), of_assessments(found)),
        ("orders", _("Orders and what is late"), measures(found), of_orders(found)),
    )
    return [
        Section(key, heading, text, tables, drawn) for key, heading, text, (tables, drawn) in parts
    ]


def minutes(consultation: Consultation) -> Document:
    """Lay the minutes out in the language in force."""
    found = consultation.material
    sections = [
        _agenda(consultation),
        _participants(consultation),
        *_opinions(consultation),
        _decision(consultation),
        _follow_ups(consultation),
        *material(found),
    ]
    notes = [
        _("The material is as known at %(at)s; it names no patient.")
        % {"at": moment(found["as_of"])}
    ]
    if not in_chinese():
        notes.append(_("What people wrote stands in the language they wrote it in."))
    return Document(
        title=_("Minutes of consultation %(n)s: %(subject)s")
        % {"n": consultation.number, "subject": consultation.subject},
        subtitle=_("On “%(event)s”, %(area)s")
        % {"event": found["incident"]["title"], "area": name(found["incident"]["area"])},
        facts=_facts(consultation),
        mark="" if consultation.state == Consultation.State.SIGNED else _("Draft, not signed"),
        sections=numbered(sections),
        notes=notes,
    )


def _facts(consultation: Consultation) -> list[tuple[str, str]]:
    found = [(_("Held at"), moment(consultation.starts_at.isoformat()))]
    if consultation.place:
        found.append((_("Meeting place"), consultation.place))
    found.append((_("Called by"), str(consultation.called_by)))
    if consultation.signed_at:
        found.append(
            (
                _("Signed by, at"),
                f"{consultation.signed_by} {moment(consultation.signed_at.isoformat())}",
            )
        )
    return found


def _agenda(consultation: Consultation) -> Section:
    rows = [[str(item.number), item.question] for item in consultation.agenda.all()]
    table = Table(_("Agenda"), [_("No."), _("Question")], rows)
    return Section("agenda", _("Agenda"), "", [table], [])


def answer_of(one: Invitation) -> str:
    """What became of an invitation, in words."""
    if one.declined_at:
        return _("cannot take part: %(why)s") % {"why": one.declined_why}
    if one.answered_at:
        return _("answered %(at)s") % {"at": moment(one.answered_at.isoformat())}
    return _("did not answer")


def _participants(consultation: Consultation) -> Section:
    rows = [
        [
            str(one.expert),
            one.title or "–",
            one.expert.organisation.label if one.expert.organisation else "–",
            str(one.get_field_display()),
            answer_of(one),
        ]
        for one in consultation.invitations.select_related("expert__organisation")
    ]
    head = [
        _("Expert"),
        _("Professional title"),
        _("Organisation"),
        _("Field of expertise"),
        _("Expert's answer"),
    ]
    words = ""
    missing = silent(consultation)
    if missing:
        who = {"who": listed([str(one.expert) for one in missing])}
        why = {"why": consultation.opened_why}
        words = joined(
            [
                _("Invited, but did not answer: %(who)s.") % who,
                _("The opinions were opened without them: %(why)s") % why if why["why"] else "",
            ]
        )
    table = Table(_("Experts invited"), head, rows)
    return Section("experts", _("Experts"), words, [table], [])


def opinions_of(consultation: Consultation) -> dict[int, list[Opinion]]:
    """Every opinion, by the question's row."""
    found: dict[int, list[Opinion]] = {}
    rows = Opinion.objects.filter(item__consultation=consultation)
    for one in rows.select_related("invitation__expert__organisation"):
        found.setdefault(one.item_id, []).append(one)
    return found


def _opinions(consultation: Consultation) -> list[Section]:
    if consultation.opened_at is None:  # they are nobody's to read yet
        return []
    said = opinions_of(consultation)
    tables = [
        Table(
            f"{item.number}. {item.question}",
            [_("Expert"), _("Opinion")],
            [[str(one.invitation.expert), one.text] for one in said.get(item.pk, [])],
        )
        for item in consultation.agenda.all()
        if said.get(item.pk)
    ]
    words = _("Each expert answered apart; nobody had read the others' opinions.")
    return [Section("opinions", _("Opinions"), words, tables, [])]


def _decision(consultation: Consultation) -> Section:
    rows = [
        [str(item.number), item.question, item.decision or "–", item.reasons or "–"]
        for item in consultation.agenda.all()
    ]
    head = [_("No."), _("Question"), _("Decision"), _("Reasons")]
    return Section(
        "decision", _("Decision"), "", [Table(_("Decision and reasons"), head, rows)], []
    )


def _follow_ups(consultation: Consultation) -> Section:
    rows = [
        [
            str(one.number),
            one.text,
            one.organisation.label,
            str(one.owner) if one.owner else "–",
            moment(one.due_at.isoformat()),
        ]
        for one in consultation.follow_ups.select_related("organisation", "owner")
    ]
    if not rows:
        words = _("No order follows from this consultation.")
        return Section("follow_ups", _("Orders that follow"), words, [], [])
    head = [_("No."), _("Order"), _("Organisation"), _("Owner"), _("By when")]
    table = Table(_("Orders that follow"), head, rows)
    return Section("follow_ups", _("Orders that follow"), "", [table], [])
