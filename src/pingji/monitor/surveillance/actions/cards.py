"""Fill in, send and correct report cards; every version stays."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, Resident, User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.actions.card_clocks import run_clock, stop_clock
from pingji.monitor.surveillance.actions.duplicates import keep_pairs
from pingji.monitor.surveillance.models import CaseReport, CaseVersion, Channel, Source
from pingji.monitor.surveillance.queries.card_checks import (
    circumstances,
    home_of,
    with_derived,
)
from pingji.monitor.surveillance.queries.card_versions import differences, values_of
from pingji.monitor.surveillance.rules import card_moves
from pingji.monitor.surveillance.rules.cards import FACTS, Finding, findings
from pingji.monitor.surveillance.rules.duplicates import sound

TOPIC = "cards"
State = CaseReport.State
FOREIGN = {"disease", "area", "institution"}
EMPTY = {"age", "born_on", "died_on", "diagnosed_on", "diagnosed_at", "institution", "onset_on"}
NEEDED_BY_A_DRAFT = ("disease", "status", "onset_on")
TallyKey = tuple[str, str, Any]


@transaction.atomic
def save_draft(
    *,
    facts: dict[str, Any],
    by: User,
    at: datetime,
    key: str = "",
    card: CaseReport | None = None,
    version: int | None = None,
) -> CaseReport:
    """Keep a card that is not ready; it is not counted, but the deadline already runs.

    Args:
        facts: What the card says so far, by the names in rules.cards.FACTS.
        by: Who fills it in.
        at: When.
        key: The form's own mark: the same form sent twice makes one card.
        card: The draft that is changed, if there is one.
        version: The version that was open in the form.
    """
    facts = with_derived(facts, by=by, at=at)
    card, is_new = _opened(card, key, by=by, at=at)
    if not is_new:
        card_moves.check_can_edit(by, card)
        card_moves.check_version(card, version)
        if card.state != State.DRAFT:
            raise Refused(_("This card was sent already: send it again instead."))
    card_moves.check_can_write(by)
    _check_draft(facts, by=by, at=at, card=card)
    facts["area"] = facts.get("area") or home_of(by)  # until the township is known

    changed = change(card, facts, by=by, at=at, reason=_("Draft changed"))
    note("card.drafted", subject=card, by=by, at=at, changed=changed)
    run_clock(card, by=by, at=at)
    tell(card)
    return card


def _check_draft(facts: dict[str, Any], *, by: User, at: datetime, card: CaseReport) -> None:
    for name in NEEDED_BY_A_DRAFT:
        if not facts.get(name):
            raise Refused(_("A draft needs at least disease, status and day of onset."), field=name)
    here = circumstances(facts, by=by, at=at, card=card, look_around=False)
    _refuse(findings(facts, here, draft=True))


@transaction.atomic
def send_card(
    *,
    facts: dict[str, Any],
    by: User,
    at: datetime,
    key: str = "",
    card: CaseReport | None = None,
    version: int | None = None,
    confirmed: str = "",
) -> CaseReport:
    """Send a new card, a draft, or one that came back; from then on it is counted.

    Args:
        facts: What the card says, by the names in rules.cards.FACTS.
        by: Who sends it.
        at: When.
        key: The form's own mark: the same form sent twice makes one card.
        card: The draft or returned card, if there is one.
        version: The version that was open in the form.
        confirmed: Why what seems odd is right, where something does.

    Raises:
        Refused: Naming the field, when something is wrong, or odd and not confirmed.
    """
    facts = with_derived(facts, by=by, at=at)
    card_moves.check_can_write(by)
    card, is_new = _opened(card, key, by=by, at=at)
    if is_new is None:  # the same form, sent twice
        return card
    before = counted_as(card) if not is_new else None
    was = State(card.state)
    if not is_new:
        card_moves.check_can_edit(by, card)
        card_moves.check_version(card, version)
        card_moves.check_can_move(card, State.SENT)
    here = circumstances(facts, by=by, at=at, card=None if is_new else card)
    odd = _refuse(findings(facts, here), confirmed=confirmed)

    reason = confirmed or (
        _("Corrected after it came back") if was == State.RETURNED else _("Completed")
    )
    card.state, card.returned_why = State.SENT, ""
    card.checked_by = card.checked_at = card.reviewed_by = card.reviewed_at = None
    if was == State.DRAFT:  # whoever sends a draft answers for it, a machine's draft included
        card.known_at = at
        card.filled_by, card.filled_at = by, at
    changed = change(card, facts, by=by, at=at, reason=reason)
    count((card, before), at=at)
    pairs = keep_pairs(card, at=at)
    note(
        "card.sent",
        subject=card,
        by=by,
        at=at,
        reason=confirmed,
        changed=[] if is_new else changed,
        confirmed=[finding.code for finding in odd],
        possible_duplicates=len(pairs),
    )
    run_clock(card, by=by, at=at)
    stop_clock(card, by=by, at=at)
    announce("report_received", at=at, card=card.pk, area=card.area_id, disease=card.disease_id)
    tell(card)
    return card


@transaction.atomic
def correct_card(
    *,
    card: CaseReport,
    facts: dict[str, Any],
    by: User,
    at: datetime,
    reason: str,
    version: int | None = None,
    confirmed: str = "",
) -> CaseReport:
    """Change a card that was sent. What the hospital corrects is checked and reviewed anew.

    Args:
        card: The card.
        facts: What it is to say.
        by: Who corrects it.
        at: When.
        reason: Why.
        version: The version that was open in the form.
        confirmed: Why what seems odd is right, where something does.
    """
    facts = with_derived(facts, by=by, at=at)
    card = locked(card)
    card_moves.check_can_edit(by, card)
    card_moves.check_version(card, version)
    card_moves.check_reason(reason, _("Say why the card is corrected."), field="correction")
    here = circumstances(facts, by=by, at=at, card=card)
    odd = _refuse(findings(facts, here), confirmed=confirmed or reason)
    before = counted_as(card)

    if not _reviews(by) and card.state in {State.CHECKED, State.REVIEWED}:
        card_moves.check_can_move(card, State.SENT)
        card.state = State.SENT
        card.checked_by = card.checked_at = card.reviewed_by = card.reviewed_at = None
    changed = change(card, facts, by=by, at=at, reason=reason)
    count((card, before), at=at)
    pairs = keep_pairs(card, at=at)
    note(
        "card.corrected",
        subject=card,
        by=by,
        at=at,
        reason=reason,
        changed=changed,
        confirmed=[finding.code for finding in odd],
        possible_duplicates=len(pairs),
    )
    run_clock(card, by=by, at=at)
    stop_clock(card, by=by, at=at)
    announce("report_corrected", at=at, card=card.pk, area=card.area_id, disease=card.disease_id)
    tell(card)
    return card


def _reviews(user: User) -> bool:
    return user.holds(Permission.REPORT_REVIEW)


def _refuse(found: Iterable[Finding], *, confirmed: str = "") -> list[Finding]:
    """Refuse the first error, or the first oddity nobody confirmed; give back the oddities."""
    odd = []
    for finding in found:
        if finding.is_error:
            raise Refused(finding.sentence, field=finding.field)
        odd.append(finding)
    if odd and not confirmed.strip():
        raise Refused(
            _("Something seems odd: %(what)s Confirm it with a reason.")
            % {"what": odd[0].sentence},
            field="confirmed",
        )
    return odd


def locked(card: CaseReport) -> CaseReport:
    """The card as it stands now, held until the transaction ends."""
    return CaseReport.objects.select_for_update(of=("self",)).get(pk=card.pk)


def _opened(
    card: CaseReport | None, key: str, *, by: User, at: datetime
) -> tuple[CaseReport, bool | None]:
    """The card to write to, and whether it is new; None where this very form was sent before."""
    if card is not None:
        return locked(card), False
    number = card_number(key, by=by, at=at)
    there = CaseReport.objects.select_for_update(of=("self",)).filter(key=number).first()
    if there is not None and there.filled_by_id == by.pk:
        return there, False if there.state == State.DRAFT else None
    new = CaseReport(
        key=number,
        state=State.DRAFT,
        source=Source.SCREEN,
        organisation=by.organisation,
        filled_by=by,
        filled_at=at,
        known_at=at,
    )
    return new, True


def card_number(mark: str, *, by: User, at: datetime) -> str:
    """A card's number: who reports, and the form's own mark; without one, one that nobody has."""
    where = by.organisation.code if by.organisation else by.area_id
    if not mark:
        mark = f"{timezone.localdate(at):%y%m%d}-{secrets.token_hex(4)}"
    return f"{where}-{mark}"[:80]


def change(
    card: CaseReport, facts: dict[str, Any], *, by: User, at: datetime, reason: str
) -> list[str]:
    """Set what the card says; keep how it stood; say which fields changed."""
    stood = None
    if card.pk:
        stood = values_of(CaseReport.objects.get(pk=card.pk))
    _set(card, facts)
    if stood is None:
        card.save(force_insert=True)
        return []
    changed = [one.field for one in differences(stood, values_of(card))]
    if changed:
        CaseVersion.objects.create(
            case=card,
            number=card.version,
            values=stood,
            held_from=card.changed_at or card.filled_at or card.known_at,
            changed_by=by,
            changed_at=at,
            reason=reason[:300],
        )
        card.version += 1
        card.changed_at = at
    card.save()
    return changed


def _set(card: CaseReport, facts: dict[str, Any]) -> None:
    for name in FACTS:
        if name not in facts or name == "identity_number":
            continue
        value = facts[name]
        if value is None and name not in EMPTY:
            value = False if name == "severe" else ""
        if name in EMPTY and value == "":
            value = None
        setattr(card, f"{name}_id" if name in FOREIGN else name, value)
    card.name_sound = sound(card.name)
    if "identity_number" in facts and facts["identity_number"] != card.identity_number:
        card.identity_number = facts["identity_number"] or ""
    if card.identity_hash:
        card.resident = Resident.objects.filter(identity_hash=card.identity_hash).first()
    else:
        card.resident = None
    # What was kept together with another row is asked for anew.
    for name in FOREIGN:
        card._state.fields_cache.pop(name, None)


def counted_as(card: CaseReport) -> TallyKey | None:
    """Under which figure a card is counted; None where it is not."""
    if not card.pk or card.state not in CaseReport.COUNTED:
        return None
    return card.disease_id, card.area_id, card.onset_on


def count(*moved: tuple[CaseReport, TallyKey | None], at: datetime) -> None:
    """Move the figures of cards from where they were counted to where they are counted now."""
    changes = []
    for card, before in moved:
        after = counted_as(card)
        if before != after:
            changes += [(key, n) for key, n in ((before, -1), (after, 1)) if key is not None]
    tallies.add(((k[0], Channel.CASE.value, k[1], k[2], n) for k, n in changes), at=at)


def tell(card: CaseReport) -> None:
    """Tell the pages that show cards."""
    publish(TOPIC, area=card.area_id, organisation=card.organisation_id)
