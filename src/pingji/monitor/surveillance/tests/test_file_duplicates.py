"""The cards of a file searched together: the same pairs as one by one, in as few questions."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, Disease, DuplicatePair, Import
from pingji.monitor.surveillance.queries.duplicates import possible_among, possible_duplicates
from pingji.monitor.surveillance.tests.card_factories import NOON, OTHER_TOWN, home
from pingji.monitor.surveillance.tests.factories import TOWN

pytestmark = pytest.mark.django_db
NAMES = ("王晓明", "王小明", "王晓铭", "李静", "李婧", "欧阳明", "")
DISEASES = ("influenza", "mumps", "hepatitis_a")


@pytest.fixture
def here():
    return home()


def a_file(here) -> Import:
    return Import.objects.create(
        area=here.epidemiologist.area,
        file_name="国家系统导出.xlsx",
        sha256="0" * 64,
        size=1,
        handed_in_by=here.epidemiologist,
        handed_in_at=NOON,
    )


def cards(number: int, *, file: Import | None = None, seed: int = 5) -> list[CaseReport]:
    """Seeded cards of few people, so that many are alike in some way."""
    rng = np.random.default_rng(seed)
    day = NOON.date()
    made = []
    for at in range(number):
        who = rng.integers(0, 6)
        one = CaseReport(
            key=f"{seed}-{at}",
            disease_id=DISEASES[rng.integers(len(DISEASES))],
            area_id=[TOWN, OTHER_TOWN][rng.integers(2)],
            status="clinical",
            state=["sent", "sent", "sent", "withdrawn"][rng.integers(4)],
            name=NAMES[rng.integers(len(NAMES))],
            sex="MF"[rng.integers(2)],
            age=int(rng.integers(5, 9)),
            phone=["", f"1380000000{who}"][rng.integers(2)],
            born_on=[None, day - timedelta(days=2000 + 366 * int(who))][rng.integers(2)],
            onset_on=day - timedelta(days=int(rng.integers(0, 500))),
            known_at=NOON,
            file=file,
        )
        if rng.integers(3) == 0:
            one.identity_number = f"50024219900307{who:04}"
        made.append(one)
    return CaseReport.objects.bulk_create(made)


def one_by_one(asked: list[CaseReport]) -> dict[tuple[int, int], object]:
    return {
        (min(card.pk, one.card.pk), max(card.pk, one.card.pk)): one.likeness
        for card in asked
        for one in possible_duplicates(card)
    }


@pytest.mark.parametrize("seed", range(4))
def test_together_they_are_found_as_one_by_one(here, seed):
    before, asked = cards(150, seed=seed), cards(60, seed=seed + 100)
    Disease.objects.filter(pk="mumps").update(succeeded_by="influenza")
    standing = [card for card in asked if card.state == "sent"]

    found = possible_among([card.pk for card in standing])

    assert before
    assert found == one_by_one(standing)
    assert len(found) > 10


def test_a_file_is_searched_in_as_few_questions_however_many_cards_it_brings(here):
    cards(150, seed=1)
    asked = []
    for number in (5, 80):
        file = a_file(here)
        cards(number, file=file, seed=number)
        with CaptureQueriesContext(
            connection,
        ) as questions:
            actions.find_in_file(import_id=file.pk, at=NOON)
        asked.append(len(questions))

    assert asked[0] == asked[1] <= 14


def test_searching_again_keeps_what_a_person_decided(here):
    cards(100, seed=1)
    file = a_file(here)
    cards(40, file=file, seed=2)
    first = actions.find_in_file(import_id=file.pk, at=NOON)
    pair = DuplicatePair.objects.order_by("pk")[0]
    DuplicatePair.objects.filter(pk=pair.pk).update(
        state="distinct", decided_by=here.epidemiologist, decided_at=NOON
    )

    again = actions.find_in_file(import_id=file.pk, at=NOON + timedelta(hours=1))

    assert again == first - 1
    pair.refresh_from_db()
    assert (pair.state, pair.found_at) == ("distinct", NOON)


def test_open_pairs_that_are_alike_no_longer_are_let_go(here):
    cards(100, seed=1)
    file = a_file(here)
    cards(40, file=file, seed=2)
    actions.find_in_file(import_id=file.pk, at=NOON)
    pair = DuplicatePair.objects.filter(second__file=file, first__file=None)[0]
    CaseReport.objects.filter(pk=pair.second_id).update(disease="cholera")

    actions.find_in_file(import_id=file.pk, at=NOON)

    assert not DuplicatePair.objects.filter(pk=pair.pk).exists()
