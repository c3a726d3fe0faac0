"""Messages from other systems: taken once, counted, corrected, answered."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connections
from django.db.models import Sum

from pingji.ground.record.models import Line
from pingji.ground.record.queries import first_break
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.actions.intake import Arrival, receive, receive_all
from pingji.monitor.surveillance.models import (
    CaseReport,
    Format,
    LabResult,
    Message,
    Tally,
    TallyEntry,
    Visit,
)
from pingji.monitor.surveillance.queries import settings
from pingji.monitor.surveillance.queries.messages import body_of as kept_body
from pingji.monitor.surveillance.queries.messages import fates_of, problems_of
from pingji.monitor.surveillance.rules import plain_json
from pingji.monitor.surveillance.rules.incoming import Problem
from pingji.monitor.surveillance.tests import sending
from pingji.monitor.surveillance.tests.factories import NOON, OTHER_TOWN, TOWN, VILLAGE
from pingji.monitor.surveillance.tests.sending import PERSON, result, sender, sent, visit

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
DAY = date(2025, 11, 21)
State = Message.State


@pytest.fixture(autouse=True)
def his(db):
    return sender()


def figures(channel="syndrome"):
    return {
        (t.disease_id, t.area_id, t.day): t.count
        for t in Tally.objects.filter(channel=channel, count__gt=0)
    }


def reasons(message):
    return [(problem.path, problem.code, problem.fatal) for problem in problems_of(message)]


def test_a_visit_is_kept_counted_and_its_message_stays_as_received(his):
    message = sent([visit()], key="M1")

    kept = Visit.objects.get()
    assert (message.state, message.items, message.kept) == (State.TAKEN, 1, 1)
    assert (kept.organisation, kept.area_id, kept.age) == (his.organisation, VILLAGE, 34)
    assert (kept.signs, kept.known_at, kept.message_id) == (["influenza"], NOON, message.pk)
    assert figures() == {("influenza", VILLAGE, DAY): 1}
    stored = Message.objects.get()
    assert kept_body(stored) == sending.body_of("visits", [visit()], key="M1")
    assert b"J11" not in bytes(stored.body)  # sealed
    assert [line.kind for line in Line.objects.filter(subject_type="surveillance.message")] == [
        "message.received"
    ]


def test_the_same_message_again_changes_nothing_but_how_often_it_came():
    first = sent([visit()], key="M1")
    again = sent([visit()], key="M1", at=LATER)

    assert (again.pk, again.tries, again.received_at) == (first.pk, 2, NOON)
    assert (again.problems, again.answer) == (first.problems, first.answer)
    assert figures() == {("influenza", VILLAGE, DAY): 1}
    assert Line.objects.filter(kind="message.received").count() == 1


def test_a_number_that_is_taken_by_another_message_is_held_for_a_person():
    sent([visit()], key="M1")
    other = sent([visit(key="V2")], key="M1", at=LATER)
    once_more = sent([visit(key="V2")], key="M1", at=LATER)

    assert other.state == State.HELD
    assert reasons(other) == [("key", "key_taken", True)]
    assert (once_more.pk, once_more.tries) == (other.pk, 2)
    assert Visit.objects.count() == 1
    assert list(Message.objects.for_a_person()) == [other]


def test_a_later_version_corrects_a_visit_and_moves_its_figures():
    sent([visit(), visit(key="V2")], key="M1", sent_at="2025-11-21T09:00:00+08:00")
    corrected = sent(
        [visit(diagnosis_code="B05.9", area=TOWN)], key="M2", sent_at="2025-11-21T10:00:00+08:00"
    )

    assert fates_of(corrected) == {0: "corrected"}
    assert figures() == {("influenza", VILLAGE, DAY): 1, ("measles", TOWN, DAY): 1}
    assert Visit.objects.get(key="V1").diagnosis_code == "B05.9"


def test_a_message_that_comes_too_late_does_not_overwrite_a_newer_one():
    sent([visit(age=40)], key="M2", sent_at="2025-11-21T10:00:00+08:00")
    late = sent([visit(age=30)], key="M1", sent_at="2025-11-21T09:00:00+08:00", at=LATER)

    assert (late.state, fates_of(late)) == (State.TAKEN, {0: "older"})
    assert Visit.objects.get().age == 40


def test_what_was_confirmed_later_is_not_overwritten_by_what_was_sent_before_that():
    sent([visit(age=40)], key="M1", sent_at="2025-11-21T09:00:00+08:00")
    known = sent([visit(age=40)], key="M3", sent_at="2025-11-21T11:00:00+08:00")
    late = sent([visit(age=30)], key="M2", sent_at="2025-11-21T10:00:00+08:00")

    assert (fates_of(known), fates_of(late)) == ({0: "known"}, {0: "older"})
    assert Visit.objects.get().age == 40


def test_good_items_are_kept_and_bad_ones_answered_by_themselves():
    message = sent([visit(), visit(key="V2", age=200), visit(key="V3", kind="x")], key="M1")

    assert (message.state, message.items, message.kept) == (State.PARTLY, 3, 1)
    assert reasons(message) == [
        ("visits[1].age", "impossible_age", True),
        ("visits[2].kind", "unknown_word", True),
    ]
    assert fates_of(message) == {0: "kept", 1: "refused", 2: "refused"}
    assert Visit.objects.get().key == "V1"


def test_a_number_that_an_item_of_the_same_message_has_is_taken_once():
    message = sent([visit(), visit(), visit(age=5)], key="M1")

    assert fates_of(message) == {0: "kept", 1: "known", 2: "refused"}
    assert reasons(message) == [("visits[2].key", "item_twice", True)]


def test_codes_that_nobody_knows_are_kept_with_what_is_open(his):
    message = sent([visit(area="999999", diagnosis_code="感冒")], key="M1")

    kept = Visit.objects.get()
    assert (message.state, kept.area_id, kept.signs) == (
        State.TAKEN,
        his.organisation.area_id,
        [],
    )
    assert reasons(message) == [
        ("visits[0].area", "unknown_area", False),
        ("visits[0].diagnosis_code", "unknown_diagnosis", False),
    ]


def test_an_event_ahead_of_our_clock_is_refused_and_a_clock_that_runs_ahead_is_flagged():
    plan()
    settings.forget()
    message = sent(
        [visit(), visit(key="V2", visited_at="2025-11-22T08:00:00+08:00")],
        key="M1",
        sent_at="2025-11-22T12:00:00+08:00",
    )

    assert message.state == State.PARTLY
    assert reasons(message) == [
        ("sent_at", "clock_ahead", False),
        ("visits[1].visited_at", "ahead", True),
    ]
    assert problems_of(message)[0].details == {"given": "2025-11-22 12:00+08:00"}
    assert problems_of(message)[-1].details == {"given": "2025-11-22 08:00+08:00"}
    assert Visit.objects.get().sent_at == NOON
    correction = sent([visit(age=50)], key="M2", sent_at="2025-11-21T12:30:00+08:00", at=LATER)
    assert fates_of(correction) == {0: "corrected"}


def test_a_positive_result_counts_as_a_pathogen_on_the_day_of_the_specimen():
    sent([result(), result(key="R2", finding="negative")], kind="results", key="M1")

    assert figures("pathogen") == {("influenza", TOWN, date(2025, 11, 20)): 1}
    assert LabResult.objects.get(key="R1").disease_id == "influenza"

    sent([result(finding="negative")], kind="results", key="M2", at=LATER)
    assert figures("pathogen") == {}


def test_an_unknown_test_is_kept_without_a_disease():
    message = sent([result(test="某检验", test_code="X")], kind="results", key="M1")

    assert reasons(message) == [("results[0].test", "unknown_test", False)]
    assert LabResult.objects.get().disease_id is None


def test_a_message_that_cannot_be_read_is_kept_for_a_person(his):
    given = {"sender": his, "format": Format.JSON, "incoming": None, "at": NOON}
    problems = (Problem(None, "", "not_json", {"why": "\x00"}),)
    message = receive(body=b"\xff\x00", problems=problems, **given)
    again = receive(body=b"\xff\x00", problems=problems, **given)

    assert (message.state, again.pk, again.tries) == (State.HELD, message.pk, 2)
    assert kept_body(Message.objects.get()) == b"\xff\x00"


def test_many_messages_in_one_batch_follow_each_other(his):
    def arrival(key, *visits, **envelope):
        body = sending.body_of("visits", list(visits), key=key, **envelope)
        said = plain_json.read("visits", body, zone=NOON.tzinfo)
        return Arrival(his, Format.JSON, body, said)

    other = sender(name="HIS2", organisation=sending.OrganisationFactory(name="中医院"))
    body = sending.body_of("visits", [visit()], key="M1")
    arrivals = [
        arrival("M1", visit()),
        arrival("M2", visit(age=50)),
        arrival("M1", visit()),
        Arrival(other, Format.JSON, body, plain_json.read("visits", body, zone=NOON.tzinfo)),
    ]
    messages = receive_all(arrivals, at=NOON)

    assert [message.key for message in messages] == ["M1", "M2", "M1", "M1"]
    assert messages[2].tries == 2
    assert sorted(Visit.objects.values_list("organisation", "age")) == sorted(
        [(his.organisation_id, 50), (other.organisation_id, 34)]
    )
    assert figures() == {("influenza", VILLAGE, DAY): 2}
    assert first_break()[1] is None


def test_nothing_of_a_message_stays_where_keeping_it_fails(his, monkeypatch):
    from pingji.monitor.surveillance.actions.intake import arriving

    def fails(*some, **given):
        raise RuntimeError("power cut")

    monkeypatch.setattr(arriving, "note_many", fails)
    with pytest.raises(RuntimeError):
        sent([visit()], key="M1")

    assert not Visit.objects.exists()
    assert not Message.objects.exists()
    assert not TallyEntry.objects.exists()


def test_a_diagnosis_makes_one_draft_for_a_person_and_episode(his):
    plan()
    lab = sender(name="LIS", organisation=sending.OrganisationFactory(name="检验中心"))
    sent([visit(person=PERSON), visit(key="V2", person=PERSON.lower())], key="M1")
    sent([result(person=PERSON)], kind="results", key="M1", by=lab)
    sent([visit(key="V3"), visit(key="V4", diagnosis_code="S82.0", person=PERSON)], key="M2")

    drafts = CaseReport.objects.order_by("id")
    assert [(d.disease_id, d.state, d.status, d.source) for d in drafts] == [
        ("influenza", "draft", "clinical", "json"),
        ("influenza", "draft", "clinical", "json"),  # V3 names nobody
    ]
    assert drafts[0].identity_number == PERSON
    assert LabResult.objects.get().card == drafts[0]
    assert figures("case") == {}
    assert Line.objects.filter(kind="card.drafted").count() == 2
    # The clock of each runs already, from its diagnosis, though nobody has looked at it.
    clocks = [Deadline.objects.of(draft).get() for draft in drafts]
    assert [clock.started_at for clock in clocks] == [draft.diagnosed_at for draft in drafts]
    assert Line.objects.filter(kind="deadline.started").count() == 2


@pytest.mark.parametrize(
    ("words", "disease", "status"),
    [("麻疹", "measles", "clinical"), ("疑似麻疹？", "measles", "suspected"), ("骨折", None, None)],
)
def test_a_diagnosis_without_a_code_is_known_by_its_name(words, disease, status):
    message = sent([visit(diagnosis_code="", diagnosis=words)], key="M1")

    assert message.state == State.TAKEN
    drafts = list(CaseReport.objects.values_list("disease_id", "status"))
    assert drafts == ([(disease, status)] if disease else [])
    assert Visit.objects.get().signs == ([disease] if disease else [])


def test_a_card_from_another_system_is_a_draft_until_a_person_confirms_it():
    message = sent([sending.card(person=PERSON)], kind="cards", key="M1")
    assert message.state == State.TAKEN
    draft = CaseReport.objects.get()
    assert (draft.state, draft.disease_id, draft.name, draft.area_id) == (
        "draft",
        "measles",
        "王小明",
        TOWN,
    )

    again = sent([sending.card(person=PERSON)], kind="cards", key="M2")
    corrected = sent([sending.card(age=7, person=PERSON)], kind="cards", key="M3", at=LATER)
    CaseReport.objects.update(state="sent")
    refused = sent([sending.card(age=8, person=PERSON)], kind="cards", key="M4", at=LATER)

    assert [fates_of(m)[0] for m in (again, corrected, refused)] == [
        "known",
        "corrected",
        "refused",
    ]
    assert CaseReport.objects.get().age == 7


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"disease": "不明病"}, "unknown_disease"),
        ({"onset_on": None, "diagnosed_at": None}, "missing"),
        ({"onset_on": "2025-11-21"}, "before_onset"),
        ({"born_on": "2030-01-01"}, "day_ahead"),
        ({"name": "王" * 61}, "text_too_long"),
    ],
)
def test_a_card_that_cannot_be_is_refused(given, reason):
    message = sent([sending.card(**given)], kind="cards", key="M1")

    assert message.state == State.REFUSED
    assert [problem.code for problem in problems_of(message)] == [reason]
    assert not CaseReport.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_who_send_at_once_the_same_and_corrections_lose_nothing_and_double_nothing():
    his = sender()
    failures = []

    def work(number):
        try:
            for turn in range(6):
                items = [
                    visit(key=f"V{k}", area=[VILLAGE, TOWN, OTHER_TOWN][(turn + k) % 3])
                    for k in range(12)
                ]
                items = items if number % 2 else items[::-1]
                sent(items, key=f"M{number}-{turn}", by=his)
                sent([visit(key=f"own{turn}")], key=f"same{turn}", by=his)
        except Exception as problem:
            failures.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Visit.objects.count() == 18
    by_area = {area: n for (_disease, area, _day), n in figures().items()}
    rows = dict(Visit.objects.values_list("area").annotate(n=sending.CountOf("id")))
    assert by_area == rows
    added = TallyEntry.objects.values_list("area").annotate(n=Sum("change"))
    assert {area: n for area, n in added if n} == rows
    assert first_break()[1] is None
