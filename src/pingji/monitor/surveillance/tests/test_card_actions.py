"""The life of a report card: sent, checked, reviewed, returned, corrected, withdrawn."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import ResidentFactory, UserFactory
from pingji.ground.record.models import KINDS, Line
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, CaseVersion, Tally, TallyEntry
from pingji.monitor.surveillance.queries.card_versions import changed_since, history
from pingji.monitor.surveillance.rules.card_moves import MOVES
from pingji.monitor.surveillance.tests.card_factories import (
    ELEVEN,
    IDENTITY,
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    checked,
    facts,
    home,
    reviewed,
    sent,
)

pytestmark = pytest.mark.django_db
State = CaseReport.State
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def here():
    return home()


def counted(**where):
    found = Tally.objects.filter(channel="case", **where).aggregate(n=Sum("count"))["n"] or 0
    entries = TallyEntry.objects.filter(channel="case", **where).aggregate(n=Sum("change"))["n"]
    assert found == (entries or 0)
    return found


def kinds():
    return list(Line.objects.order_by("number").values_list("kind", flat=True))


def test_a_card_that_is_sent_is_counted_on_record_and_in_time(here):
    card = sent(here)

    clock = Deadline.objects.of(card).get()
    assert (card.state, card.organisation, card.filled_by) == ("sent", here.hospital, here.reporter)
    assert counted(disease="influenza", area=VILLAGE, day=date(2025, 11, 20)) == 1
    assert (clock.key, clock.state, clock.started_at) == ("report_card.other", "met", ELEVEN)
    assert "card.sent" in kinds()
    assert set(kinds()) <= set(KINDS)


def test_a_draft_is_not_counted_but_its_clock_runs_from_the_diagnosis(here):
    card = actions.save_draft(facts=facts(guardian=""), by=here.reporter, at=NOON)

    clock = Deadline.objects.of(card).get()
    assert (card.state, counted()) == ("draft", 0)
    assert (clock.is_open, clock.started_at) == (True, ELEVEN)

    card = actions.send_card(
        facts=facts(), card=card, version=card.version, by=here.colleague, at=LATER
    )
    assert (card.state, card.filled_by, card.known_at) == ("sent", here.colleague, LATER)
    assert counted() == 1
    assert Deadline.objects.of(card).get().state == "met"


def test_class_a_has_two_hours_and_is_late_after_them(here):
    card = sent(here, disease="cholera", status="suspected", at=ELEVEN + timedelta(hours=3))

    clock = Deadline.objects.of(card).get()
    assert (clock.key, clock.state) == ("report_card.class_a", "met_late")
    assert clock.due_at == ELEVEN + timedelta(hours=2)


def test_another_disease_is_another_deadline(here):
    draft = actions.save_draft(facts=facts(), by=here.reporter, at=NOON)
    draft = actions.save_draft(
        facts=facts(disease="cholera", status="suspected"),
        card=draft,
        version=draft.version,
        by=here.reporter,
        at=NOON,
    )
    assert {(c.key, c.state) for c in Deadline.objects.of(draft)} == {
        ("report_card.other", "cancelled"),
        ("report_card.class_a", "open"),
    }

    card = sent(here, name="李四")
    actions.correct_card(
        card=card,
        facts=facts(name="李四", disease="cholera", status="suspected"),
        by=here.reporter,
        at=LATER,
        reason="培养阳性",
    )
    assert {(c.key, c.state) for c in Deadline.objects.of(card)} == {
        ("report_card.other", "met"),
        ("report_card.class_a", "met_late"),
    }


def test_an_earlier_diagnosis_admitted_afterwards_is_late_after_all(here):
    card = sent(here)
    two_days = ELEVEN - timedelta(days=2)
    actions.correct_card(
        card=card,
        facts=facts(diagnosed_at=two_days, onset_on=date(2025, 11, 18)),
        by=here.reporter,
        at=LATER,
        reason="诊断时间填错",
    )

    assert [c.state for c in Deadline.objects.of(card).order_by("pk")] == ["met", "met_late"]


def test_the_same_form_sent_twice_makes_one_card(here):
    first = actions.send_card(facts=facts(), key="abc", by=here.reporter, at=NOON)
    again = actions.send_card(facts=facts(), key="abc", by=here.reporter, at=LATER)

    assert first.pk == again.pk
    assert counted() == 1


def test_a_draft_needs_little_but_never_says_what_cannot_be(here):
    with pytest.raises(Refused) as refused:
        actions.save_draft(facts=facts(onset_on=None), by=here.reporter, at=NOON)
    assert refused.value.field == "onset_on"

    with pytest.raises(Refused) as refused:
        actions.save_draft(facts=facts(onset_on=date(2026, 1, 1)), by=here.reporter, at=NOON)
    assert refused.value.field == "onset_on"

    card = sent(here)
    with pytest.raises(Refused):
        actions.save_draft(facts=facts(), card=card, by=here.reporter, at=NOON)


def test_what_seems_odd_is_confirmed_with_a_reason(here):
    odd = {"phone": "12"}
    with pytest.raises(Refused) as refused:
        sent(here, confirmed="", **odd)
    assert refused.value.field == "confirmed"

    sent(here, confirmed="座机短号", **odd)
    line = Line.objects.get(kind="card.sent")
    assert (line.reason, line.details["confirmed"]) == ("座机短号", ["odd_phone"])


def test_a_known_resident_is_linked(here):
    resident = ResidentFactory(identity_number=IDENTITY)
    card = sent(here, identity_number=IDENTITY, sex="F", born_on=date(1990, 3, 7), age=35)

    assert (card.resident, card.identity_number) == (resident, IDENTITY)
    assert IDENTITY not in str(CaseReport.objects.filter(pk=card.pk).values())


def test_a_colleague_checks_and_the_cdc_reviews(here):
    card = sent(here)
    with pytest.raises(Refused):
        actions.check_card(card=card, by=here.reporter, at=NOON)
    with pytest.raises(Refused):
        actions.review_card(card=card, by=here.epidemiologist, at=NOON)
    with pytest.raises(Refused):
        actions.check_card(card=card, by=here.elsewhere, at=NOON)

    card = actions.check_card(card=card, by=here.colleague, at=NOON)
    with pytest.raises(Refused):
        actions.review_card(card=card, by=here.colleague, at=NOON)
    card = actions.review_card(card=card, by=here.epidemiologist, at=LATER)

    assert (card.state, card.checked_by, card.reviewed_by) == (
        "reviewed",
        here.colleague,
        here.epidemiologist,
    )


def test_whoever_works_alone_checks_the_own_card_and_the_cdc_may_review_it_at_once(here):
    card = sent(here, by=here.elsewhere)

    assert actions.review_card(card=card, by=here.epidemiologist, at=NOON).state == "reviewed"
    alone = sent(here, by=here.elsewhere, name="赵五")
    assert actions.check_card(card=alone, by=here.elsewhere, at=NOON).state == "checked"


def test_a_returned_card_says_why_and_comes_back_corrected(here):
    card = checked(here)
    with pytest.raises(Refused) as refused:
        actions.return_card(card=card, by=here.epidemiologist, at=NOON, reason=" ")
    assert refused.value.field == "reason"

    card = actions.return_card(card=card, by=here.epidemiologist, at=NOON, reason="住址不详")
    assert (card.state, card.returned_why, card.checked_by, counted()) == (
        "returned",
        "住址不详",
        None,
        1,
    )
    card = actions.send_card(
        facts=facts(address="2 组 8 号"),
        card=card,
        version=card.version,
        by=here.reporter,
        at=LATER,
    )
    assert (card.state, card.returned_why, counted()) == ("sent", "", 1)
    assert CaseVersion.objects.get(case=card).values["address"] == "1 组 3 号"


def test_a_correction_keeps_every_version_and_moves_the_count(here):
    card = reviewed(here)
    card = actions.correct_card(
        card=card,
        facts=facts(area=OTHER_TOWN, onset_on=date(2025, 11, 19)),
        by=here.reporter,
        at=LATER,
        reason="家属来电更正",
        version=card.version,
    )

    [change] = history(card, clear=True)
    assert {one.field for one in change.differences} == {"area", "onset_on"}
    assert (change.version.reason, change.version.changed_by) == ("家属来电更正", here.reporter)
    assert (card.state, card.version, card.reviewed_by) == ("sent", 2, None)
    assert counted(area=VILLAGE) == 0
    assert counted(area=OTHER_TOWN, day=date(2025, 11, 19)) == 1
    with pytest.raises(Refused):
        actions.correct_card(card=card, facts=facts(), by=here.reporter, at=LATER, reason="")


def test_what_the_cdc_corrects_itself_stays_reviewed(here):
    card = reviewed(here)
    card = actions.correct_card(
        card=card, facts=facts(status="confirmed"), by=here.epidemiologist, at=LATER, reason="检出"
    )

    assert card.state == "reviewed"


def test_nobody_overwrites_what_another_wrote(here):
    card = sent(here)
    opened = card.version
    actions.correct_card(
        card=card,
        facts=facts(phone="13900002222"),
        by=here.colleague,
        at=LATER,
        reason="电话更正",
        version=opened,
    )

    with pytest.raises(Refused) as refused:
        actions.correct_card(
            card=card,
            facts=facts(address="别处"),
            by=here.reporter,
            at=LATER,
            reason="住址更正",
            version=opened,
        )
    assert refused.value.field == "version"
    card.refresh_from_db()
    assert (card.phone, card.address) == ("13900002222", "1 组 3 号")
    [change] = changed_since(card, opened, clear=True)
    assert (change.field, change.before, change.after) == ("phone", "13800001111", "13900002222")
    with pytest.raises(Refused):
        actions.check_card(card=card, by=here.colleague, at=LATER, version=opened)


def test_a_withdrawn_card_is_no_longer_counted_and_its_clocks_stop(here):
    draft = actions.save_draft(facts=facts(name="赵五"), by=here.reporter, at=NOON)
    actions.withdraw_card(card=draft, by=here.reporter, at=NOON, reason="录错人")
    assert Deadline.objects.of(draft).get().state == "cancelled"

    card = reviewed(here)
    with pytest.raises(Refused):
        actions.withdraw_card(card=card, by=here.reporter, at=LATER, reason="误诊")
    actions.withdraw_card(card=card, by=here.epidemiologist, at=LATER, reason="误诊")
    assert counted() == 0
    assert Line.objects.filter(kind="card.withdrawn", reason="误诊").count() == 1


def test_who_has_no_business_with_a_card_is_refused(here):
    card = sent(here)
    grid = UserFactory(role=Role.GRID_WORKER, area=here.hospital.area)
    for refuse in (
        lambda: actions.send_card(facts=facts(), by=grid, at=NOON),
        lambda: actions.correct_card(
            card=card, facts=facts(), by=here.elsewhere, at=NOON, reason="x"
        ),
        lambda: actions.withdraw_card(card=card, by=here.elsewhere, at=NOON, reason="x"),
        lambda: actions.return_card(card=card, by=here.elsewhere, at=NOON, reason="x"),
        lambda: actions.withdraw_card(card=card, by=grid, at=NOON, reason="x"),
    ):
        with pytest.raises(Refused):
            refuse()


def test_a_patient_from_elsewhere_is_counted_at_the_county_and_found_by_the_hospital(here):
    card = sent(here, patient="province", area="", address="四川省宣汉县某镇")

    assert card.area_id == "500242"
    assert CaseReport.objects.visible_to(here.reporter).get() == card
    assert not CaseReport.objects.visible_to(here.elsewhere).exists()


ALLOWED = {
    ("draft", "sent"),
    ("draft", "withdrawn"),
    ("sent", "checked"),
    ("sent", "returned"),
    ("sent", "reviewed"),
    ("sent", "withdrawn"),
    ("sent", "merged"),
    ("checked", "sent"),
    ("checked", "returned"),
    ("checked", "reviewed"),
    ("checked", "withdrawn"),
    ("checked", "merged"),
    ("returned", "sent"),
    ("returned", "withdrawn"),
    ("returned", "merged"),
    ("reviewed", "sent"),
    ("reviewed", "returned"),
    ("reviewed", "withdrawn"),
    ("reviewed", "merged"),
}


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("state", State)
def test_only_these_moves_are_in_the_table(state, to):
    assert (to in MOVES[state]) == ((state.value, to.value) in ALLOWED)


def in_state(here, state):
    """A card of the hospital with one reporter, in any state there is."""
    if state == State.DRAFT:
        return actions.save_draft(facts=facts(), by=here.elsewhere, at=NOON)
    card = sent(here, by=here.elsewhere)
    CaseReport.objects.filter(pk=card.pk).update(
        state=state, merged_into=sent(here, name="周全").pk if state == State.MERGED else None
    )
    card.refresh_from_db()
    return card


VERBS = {
    State.CHECKED: lambda here, card: actions.check_card(card=card, by=here.elsewhere, at=LATER),
    State.REVIEWED: lambda here, card: actions.review_card(
        card=card, by=here.epidemiologist, at=LATER
    ),
    State.RETURNED: lambda here, card: actions.return_card(
        card=card, by=here.epidemiologist, at=LATER, reason="补充"
    ),
    State.WITHDRAWN: lambda here, card: actions.withdraw_card(
        card=card, by=here.epidemiologist, at=LATER, reason="误报"
    ),
}


@pytest.mark.parametrize("to", VERBS)
@pytest.mark.parametrize("state", State)
def test_every_verb_is_held_to_the_table(here, state, to):
    card = in_state(here, state)

    if (state.value, to.value) in ALLOWED:
        assert VERBS[to](here, card).state == to
    else:
        with pytest.raises(Refused):
            VERBS[to](here, card)
        card.refresh_from_db()
        assert card.state == state


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.MERGED])
def test_what_has_ended_is_not_changed_any_more(here, state):
    card = in_state(here, state)

    with pytest.raises(Refused):
        actions.correct_card(card=card, facts=facts(), by=here.epidemiologist, at=LATER, reason="x")
    with pytest.raises(Refused):
        actions.send_card(facts=facts(), card=card, by=here.elsewhere, at=LATER)


def test_towns_are_counted_by_their_own_code(here):
    sent(here, area=TOWN)

    assert counted(area=TOWN) == 1
