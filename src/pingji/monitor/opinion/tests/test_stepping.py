"""A rumour is checked, answered and closed by those whose work it is, one at a time."""

from datetime import timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.models import Rumour
from pingji.monitor.opinion.rules.stepping import MOVES, check_can_move
from pingji.monitor.opinion.tests.factories import checked, person, rumour
from pingji.monitor.surveillance.tests.factories import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
State = Rumour.State


def clock(found: Rumour, key: str) -> str:
    return Deadline.objects.of(found).get(key=key).state


def test_every_state_has_its_moves():
    assert set(MOVES) == set(State.values)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_these_moves_are_allowed(state, to):
    allowed = {
        ("found", "checking"),
        ("checking", "replied"),
        ("checking", "closed"),
        ("replied", "closed"),
    }
    by = person("press" if to == State.REPLIED else "epidemiologist")
    found = Rumour(state=state, verdict="true")

    if (state, to) in allowed:
        check_can_move(by, found, to)
    else:
        with pytest.raises(Refused):
            check_can_move(by, found, to)


def test_the_whole_way_is_on_record_and_stops_the_clocks():
    found = checked("partly", at=NOON)
    press = person("press")

    actions.reply(rumour=found, reply="已核实，请放心。", reply_url="", by=press, at=LATER)
    closed = actions.close(rumour=found, closing_reason="无新增。", by=press, at=LATER)

    assert (closed.state, closed.verdict) == ("closed", "partly")
    assert (clock(found, "opinion.check"), clock(found, "opinion.reply")) == ("met", "met")
    kinds = Line.objects.filter(
        subject_id=str(found.pk), kind__startswith="opinion.", subject_type="opinion.rumour"
    )
    assert list(kinds.order_by("number").values_list("kind", flat=True)) == [
        "opinion.found",
        "opinion.taken",
        "opinion.checked",
        "opinion.replied",
        "opinion.closed",
    ]


def test_nothing_is_answered_or_closed_without_a_verdict():
    found = actions.take(rumour=rumour(), by=person("duty"), at=NOON)

    with pytest.raises(Refused):
        actions.reply(rumour=found, reply="话", reply_url="", by=person("press"), at=NOON)
    with pytest.raises(Refused):
        actions.close(rumour=found, closing_reason="因为", by=person("press"), at=NOON)


@pytest.mark.parametrize("nothing", ["", "  \n"])
def test_a_verdict_a_reply_and_a_closing_need_words(nothing):
    by, press = person("epidemiologist"), person("press")
    found = actions.take(rumour=rumour(), by=by, at=NOON)
    with pytest.raises(Refused):
        actions.check(rumour=found, verdict="true", findings=nothing, by=by, at=NOON)
    actions.check(rumour=found, verdict="true", findings="电话核实。", by=by, at=NOON)

    with pytest.raises(Refused):
        actions.reply(rumour=found, reply=nothing, reply_url="", by=press, at=NOON)
    with pytest.raises(Refused):
        actions.close(rumour=found, closing_reason=nothing, by=press, at=NOON)


def test_a_rumour_closed_without_a_reply_lets_its_clock_go():
    found = checked("unfounded")

    actions.close(rumour=found, closing_reason="一人重复发帖。", by=person("duty"), at=LATER)

    assert clock(found, "opinion.reply") == "cancelled"


@pytest.mark.parametrize(
    ("role", "may"),
    [("epidemiologist", True), ("duty", True), ("press", False), ("leader", False)],
)
def test_the_cdc_and_the_duty_officer_check(role, may):
    found = rumour()
    if may:
        assert actions.take(rumour=found, by=person(role), at=NOON).owner == person(role)
    else:
        with pytest.raises(Refused):
            actions.take(rumour=found, by=person(role), at=NOON)


@pytest.mark.parametrize("role", ["epidemiologist", "duty", "leader"])
def test_only_the_press_office_answers(role):
    found = checked()
    with pytest.raises(Refused):
        actions.reply(rumour=found, reply="话", reply_url="", by=person(role), at=NOON)
    with pytest.raises(Refused):
        actions.draft_reply(rumour=found, reply="话", was="", by=person(role), at=NOON)


def test_a_verdict_can_be_corrected_by_who_has_seen_the_one_that_stands():
    found, by = checked("false"), person("duty")

    with pytest.raises(Refused, match="不实"):
        actions.check(rumour=found, verdict="true", findings="再查。", by=by, at=LATER)
    mended = actions.check(
        rumour=found, verdict="true", findings="再查。", was="false", by=by, at=LATER
    )

    assert (mended.verdict, mended.checked_by) == ("true", by)


def test_a_draft_is_not_overwritten_unseen():
    found, press = rumour(), person("press")
    actions.draft_reply(rumour=found, reply="甲", was="", by=press, at=NOON)

    with pytest.raises(Refused):
        actions.draft_reply(rumour=found, reply="乙", was="", by=press, at=NOON)

    found.refresh_from_db()
    assert found.reply == "甲"


@pytest.mark.parametrize("verdict", ["false", "unfounded"])
def test_only_what_is_true_goes_to_the_warning_desk(verdict):
    with pytest.raises(Refused):
        actions.hand_over(rumour=checked(verdict), by=person("duty"), at=NOON)


def test_a_rumour_is_handed_over_once():
    found = actions.hand_over(rumour=checked(), by=person("duty"), at=NOON)

    with pytest.raises(Refused, match="已转预警"):
        actions.hand_over(rumour=found, by=person("epidemiologist"), at=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_the_check_at_once_one_is_told():
    found = rumour()
    people = [person("epidemiologist"), person("duty")]

    got = at_once(lambda at: actions.take(rumour=found, by=people[at], at=NOON))

    assert sorted(type(one) is Refused for one in got) == [False, True]
    found.refresh_from_db()
    assert found.state == State.CHECKING
