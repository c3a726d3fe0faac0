"""Duplicates found across institutions, townships and spellings; merged, or kept apart for ever."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.record.models import Line
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, CaseVersion, DuplicatePair, Import, Tally
from pingji.monitor.surveillance.queries import tallies
from pingji.monitor.surveillance.queries.card_checks import unsaved
from pingji.monitor.surveillance.queries.duplicates import hint, possible_duplicates
from pingji.monitor.surveillance.tests.card_factories import (
    IDENTITY,
    NOON,
    OTHER_TOWN,
    checked,
    facts,
    home,
    sent,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
GIRL = {"identity_number": IDENTITY, "sex": "F", "born_on": date(1990, 3, 7), "age": 35}


@pytest.fixture
def here():
    return home()


def twice(here, **second):
    """The same child reported by two hospitals."""
    first = sent(here)
    return first, sent(here, by=here.elsewhere, **second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"name": "王晓铭"}),
        ({}, {"name": "王小朋"}),
        ({}, {"area": OTHER_TOWN, "address": "别处"}),
        ({}, {"born_on": date(2018, 5, 16)}),
        ({"born_on": None}, {"phone": "", "name": "王小朋"}),
        (GIRL, GIRL | {"name": "冉秀英", "area": OTHER_TOWN, "phone": ""}),
        (
            GIRL | {"onset_on": date(2025, 9, 1)},
            GIRL | {"onset_on": date(2025, 11, 20)},
        ),
    ],
    ids=["all alike", "sound", "typo", "township", "birth", "age only", "identity", "80 days"],
)
def test_a_case_reported_twice_is_found_when_the_second_is_sent(here, first, second):
    one = sent(here, **first)
    other = sent(here, by=here.elsewhere, **second)

    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second, pair.state) == (one, other, "open")
    assert pair.score >= 0.5
    assert pair.reasons


def test_other_people_and_other_diseases_are_no_duplicates(here):
    sent(here)
    sent(here, by=here.elsewhere, name="李雷", born_on=date(2011, 1, 1), age=14)
    sent(here, by=here.elsewhere, disease="mumps")

    assert not DuplicatePair.objects.exists()


def test_a_correction_that_makes_two_cards_unlike_lets_the_open_pair_go(here):
    _first, second = twice(here)
    actions.correct_card(
        card=second,
        facts=facts(name="李雷", born_on=date(2011, 1, 1), age=14, phone="", guardian="李四"),
        by=here.elsewhere,
        at=LATER,
        reason="录错人",
    )

    assert not DuplicatePair.objects.exists()


def test_kept_apart_is_remembered_for_ever(here):
    _first, second = twice(here)
    pair = DuplicatePair.objects.get()
    with pytest.raises(Refused):
        actions.keep_apart(pair=pair, by=here.reporter, at=LATER)
    actions.keep_apart(pair=pair, by=here.epidemiologist, at=LATER, reason="双胞胎")

    actions.correct_card(
        card=second, facts=facts(remark="双胞胎"), by=here.elsewhere, at=LATER, reason="注明"
    )
    assert DuplicatePair.objects.get().state == "distinct"
    with pytest.raises(Refused):
        actions.keep_apart(pair=pair, by=here.epidemiologist, at=LATER)


def test_a_merge_takes_the_chosen_values_and_counts_the_case_once(here):
    first = checked(here, onset_on=date(2025, 11, 19), remark="先报")
    second = sent(here, by=here.elsewhere, address="2 组 8 号", status="confirmed")
    pair = DuplicatePair.objects.get()
    with pytest.raises(Refused):
        actions.merge_cards(pair=pair, keep=first, by=here.epidemiologist, at=LATER, reason="")

    kept = actions.merge_cards(
        pair=pair,
        keep=first,
        by=here.epidemiologist,
        at=LATER,
        reason="两院重复报告",
        values={"address": "second", "status": "second", "onset_on": "second"},
        versions={first.pk: first.version, second.pk: second.version},
    )
    second.refresh_from_db()
    pair.refresh_from_db()

    assert (kept.pk, kept.address, kept.status, kept.remark) == (
        first.pk,
        "2 组 8 号",
        "confirmed",
        "先报",
    )
    assert (second.state, second.merged_into, pair.state) == ("merged", first, "same")
    assert {t.day: t.count for t in Tally.objects.exclude(count=0)} == {date(2025, 11, 20): 1}
    assert CaseVersion.objects.get(case=first).reason == "两院重复报告"
    assert not Deadline.objects.of(second).open().exists()
    assert Line.objects.get(kind="card.merged").details["into"] == first.key


def merged(here, *, reason="两院重复报告", keep="first", **values):
    """Two cards made one; gives the pair, the card that stands and the one that went into it."""
    first = checked(here, onset_on=date(2025, 11, 19), remark="先报")
    second = sent(here, by=here.elsewhere, address="2 组 8 号", status="confirmed")
    pair = DuplicatePair.objects.get()
    stands, goes = (first, second) if keep == "first" else (second, first)
    actions.merge_cards(
        pair=pair, keep=stands, by=here.epidemiologist, at=LATER, reason=reason, values=values
    )
    for row in (pair, stands, goes):
        row.refresh_from_db()
    return pair, stands, goes


def figures():
    return {t.day: t.count for t in Tally.objects.exclude(count=0)}


@pytest.mark.parametrize("keep", ["first", "second"])
def test_a_merge_taken_back_leaves_everything_as_it_was(here, keep):
    pair, stands, goes = merged(
        here, keep=keep, address="second", status="first", onset_on="second", remark="second"
    )
    was = "sent" if keep == "first" else "checked"
    with pytest.raises(Refused):
        actions.unmerge_cards(pair=pair, by=here.reporter, at=LATER, reason="误并")
    with pytest.raises(Refused):
        actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason=" ")

    actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason="是两兄弟")
    for row in (pair, stands, goes):
        row.refresh_from_db()

    first, second = (stands, goes) if keep == "first" else (goes, stands)
    assert (goes.state, goes.merged_into) == (was, None)
    assert (first.address, first.status, first.remark) == ("1 组 3 号", "clinical", "先报")
    assert (second.address, second.status, second.remark) == ("2 组 8 号", "confirmed", "")
    assert figures() == {date(2025, 11, 19): 1, date(2025, 11, 20): 1}
    assert tallies.differences() == []
    assert (pair.state, pair.decided_by, pair.merged) == ("open", None, {})
    line = Line.objects.get(kind="card.unmerged")
    assert (line.reason, line.details["of"]) == ("是两兄弟", stands.key)
    assert [v.reason for v in stands.versions.order_by("number")] == ["两院重复报告", "是两兄弟"]
    with pytest.raises(Refused):
        actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason="再来")


def test_what_was_corrected_after_the_merge_stays_when_it_is_taken_back(here):
    pair, stands, goes = merged(here, address="second", status="second")
    actions.correct_card(
        card=stands,
        facts=facts(
            onset_on=date(2025, 11, 19), status="confirmed", address="3 组 1 号", remark="先报"
        ),
        by=here.epidemiologist,
        at=LATER,
        reason="搬家",
    )

    actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason="误并")
    stands.refresh_from_db()

    assert (stands.address, stands.status) == ("3 组 1 号", "clinical")


def test_the_clock_of_a_card_whose_merge_is_taken_back_runs_again(here):
    pair, _stands, goes = merged(here)
    assert not Deadline.objects.of(goes).open().exists()
    before = set(Deadline.objects.of(goes).filter(state="met").values_list("key", flat=True))

    actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason="误并")

    assert (
        set(Deadline.objects.of(goes).filter(state="met").values_list("key", flat=True)) == before
    )


def test_a_merge_is_not_taken_back_while_the_card_that_stood_is_merged_itself(here):
    pair, stands, _goes = merged(here)
    third = sent(here, by=here.elsewhere)
    again = DuplicatePair.objects.get(state="open", second=third)
    actions.merge_cards(pair=again, keep=third, by=here.epidemiologist, at=LATER, reason="三院重复")
    with pytest.raises(Refused):
        actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason="误并")

    actions.unmerge_cards(pair=again, by=here.epidemiologist, at=LATER, reason="误并")
    actions.unmerge_cards(pair=pair, by=here.epidemiologist, at=LATER, reason="误并")
    assert sum(figures().values()) == 3
    assert tallies.differences() == []


def test_a_merge_is_taken_back_on_the_pairs_page(here, client):
    pair, stands, goes = merged(here)
    client.force_login(here.epidemiologist)
    page = reverse("surveillance:pair", args=[pair.pk])

    assert page in client.get(goes.get_absolute_url()).content.decode()
    assert page in client.get(reverse("surveillance:pairs"), {"state": "same"}).content.decode()
    refused = client.post(page, {"do": "undo", "reason": ""})
    done = client.post(page, {"do": "undo", "reason": "误并"})

    assert (refused.status_code, done.status_code) == (409, 302)
    goes.refresh_from_db()
    assert goes.state == "sent"


def test_the_second_card_may_stand_instead(here):
    first, second = twice(here, remark="后报")
    pair = DuplicatePair.objects.get()

    kept = actions.merge_cards(
        pair=pair, keep=second, by=here.epidemiologist, at=LATER, reason="以后报为准"
    )
    first.refresh_from_db()
    assert (kept, first.merged_into) == (second, second)
    with pytest.raises(Refused):
        actions.merge_cards(pair=pair, keep=second, by=here.epidemiologist, at=LATER, reason="再来")


def test_a_merge_is_refused_where_a_card_changed_meanwhile_or_was_withdrawn(here):
    first, second = twice(here)
    pair = DuplicatePair.objects.get()
    CaseReport.objects.filter(pk=second.pk).update(version=5)
    with pytest.raises(Refused) as refused:
        actions.merge_cards(
            pair=pair,
            keep=first,
            by=here.epidemiologist,
            at=LATER,
            reason="重复",
            versions={second.pk: second.version},
        )
    assert refused.value.field == "version"

    CaseReport.objects.filter(pk=first.pk).update(state="withdrawn")
    with pytest.raises(Refused):
        actions.merge_cards(pair=pair, keep=first, by=here.epidemiologist, at=LATER, reason="重复")


def test_three_cards_of_one_case_end_as_one(here):
    first, second = twice(here)
    third = sent(here, by=here.elsewhere)
    assert DuplicatePair.objects.count() == 3
    pair = DuplicatePair.objects.get(first=first, second=second)
    actions.merge_cards(pair=pair, keep=first, by=here.epidemiologist, at=LATER, reason="重复")

    left = DuplicatePair.objects.get(state="open")
    assert (left.first, left.second) == (first, third)


def test_the_hint_tells_another_hospital_who_and_when_but_nothing_of_the_person(here):
    first = sent(here)
    found = possible_duplicates(unsaved(facts(), first.disease, on=NOON.date()))

    said = hint(found, here.elsewhere)
    assert "县人民医院" in said
    assert "王" not in said
    assert first.key not in said
    assert first.key in hint(found, here.reporter)
    assert hint([], here.reporter) == ""


def test_a_draft_and_what_was_withdrawn_are_no_ones_duplicate(here):
    actions.save_draft(facts=facts(), by=here.reporter, at=NOON)
    gone = sent(here)
    actions.withdraw_card(card=gone, by=here.reporter, at=NOON, reason="误报")
    sent(here, by=here.elsewhere)

    assert not DuplicatePair.objects.exists()


def test_a_file_is_searched_for_cards_that_are_there_already(here):
    first = sent(here)
    file = Import.objects.create(
        area=first.area,
        file_name="国家系统导出.xlsx",
        sha256="0" * 64,
        size=1,
        handed_in_by=here.epidemiologist,
        handed_in_at=NOON,
    )
    second = CaseReport.objects.create(
        key="N-1",
        disease=first.disease,
        area=first.area,
        status="clinical",
        name="王晓铭",
        sex="M",
        born_on=first.born_on,
        onset_on=first.onset_on,
        known_at=NOON,
        file=file,
        source="file",
    )
    CaseReport.objects.create(
        key="N-2",
        disease=first.disease,
        area=first.area,
        status="clinical",
        sex="M",
        age=7,
        onset_on=first.onset_on,
        known_at=NOON,
        file=file,
        source="file",
    )

    assert actions.find_in_file(import_id=file.pk, at=NOON) == 1
    pair = DuplicatePair.objects.get()
    second.refresh_from_db()
    assert {pair.first, pair.second} == {first, second}
    assert second.name_sound == first.name_sound
