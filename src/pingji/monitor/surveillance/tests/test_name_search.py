"""Patients found by a part of their names, in an index of characters."""

import pytest
from django.db import connection

from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import line_list
from pingji.monitor.surveillance.tests.factories import NOON, TOWN, reporter

pytestmark = pytest.mark.django_db
NAMES = ("王秀英", "王英秀", "秀英", "阿依古丽·买买提", "J. O'Neil 50%", "a_b", "王  明", "", "龘")


@pytest.fixture
def user():
    someone = reporter()
    CaseReport.objects.bulk_create(
        CaseReport(
            key=f"K{at}",
            disease_id="influenza",
            area_id=TOWN,
            status="clinical",
            name=name,
            onset_on=NOON.date(),
            known_at=NOON,
        )
        for at, name in enumerate(NAMES)
    )
    return someone


def found(user, text):
    filters = line_list.Filters(text=text)
    return line_list.find(filters, user=user, today=NOON.date(), clear=True).cards


@pytest.mark.parametrize(
    "text",
    [
        "王",
        "秀英",
        "王秀英",
        "英秀",
        "古丽",
        "·买",
        "O'N",
        "%",
        "_",
        "a_b",
        "王  明",
        "龘",
        "赵",
        "英英",
    ],
)
def test_a_part_of_a_name_finds_whoever_bears_it(user, text):
    names = set(found(user, text).values_list("name", flat=True))

    assert names == {name for name in NAMES if text in name}


def test_it_is_looked_for_in_the_index_and_not_among_all_cards(user):
    letters = "赵钱孙李周吴郑冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
    CaseReport.objects.bulk_create(
        CaseReport(
            key=f"L{at}",
            disease_id="influenza",
            area_id=TOWN,
            status="clinical",
            name=letters[at % 31] + letters[at // 31 % 31] + letters[at // 961 % 31],
            onset_on=NOON.date(),
            known_at=NOON,
        )
        for at in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze surveillance_casereport")

    assert "case_name_letters" in found(user, "秀英").explain()
