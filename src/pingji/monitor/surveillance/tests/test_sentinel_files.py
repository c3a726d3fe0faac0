"""Reports by spreadsheet: every row is answered, in one transaction or not at all."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import Import, SentinelReport
from pingji.monitor.surveillance.queries import sentence
from pingji.monitor.surveillance.tests.factories import OTHER_TOWN, table
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    MONDAY,
    NOON,
    epidemiologist,
    nurse,
    school,
    standing,
    told,
)

pytestmark = pytest.mark.django_db
HEADINGS = ["哨点", "日期", "在册学生", "缺课", "其中因病缺课"]
CAUSES = ["fever_respiratory", "diarrhoea", "rash_fever", "red_eyes", "swollen_cheeks"]


def row(name, day, *figures):
    return [name, str(day), *map(str, figures), *("0" for _cause in CAUSES)]


def handed(rows, *, by=None, headings=None):
    content = table([*(headings or HEADINGS), *CAUSES], rows)
    file = sentinels.hand_in_reports(
        name="报告.csv", content=content, by=by or epidemiologist(), at=NOON
    )
    return sentinels.read_report_file(import_id=file.pk, at=NOON)


def test_every_row_is_answered():
    one, other = school(name="一中"), school(name="二中", area=OTHER_TOWN)
    told(one, MONDAY)
    told(other, MONDAY, absent=0, absent_ill=0, fever_respiratory=0, diarrhoea=0)

    file = handed(
        [
            row("一中", FRIDAY, 500, 6, 4),
            row("一中", MONDAY, 500, 8, 4),
            row("二中", MONDAY, 500, 0, 0),
            row("一中", FRIDAY, 500, 6, 4),
            row("二中", FRIDAY, 500, 600, 4),
            row("三中", FRIDAY, 500, 6, 4),
            row("二中", FRIDAY + timedelta(days=9), 500, 6, 4),
            row("二中", "昨天", 500, 6, 4),
        ]
    )

    assert (file.state, file.rows) == (Import.State.DONE, 8)
    assert (file.accepted, file.corrected, file.repeated, file.refused) == (1, 1, 1, 5)
    reasons = dict(file.answers.values_list("row", "reason"))
    assert reasons == {
        3: "sentinel_corrected",
        4: "sentinel_repeated",
        5: "said_twice",
        6: "more_than_whole",
        7: "unknown_sentinel",
        8: "in_the_future",
        9: "not_a_date",
    }
    assert all(sentence(answer) for answer in file.answers.all())
    assert standing(one)["absent"] == 6


def test_reading_again_changes_nothing():
    school(name="一中")
    file = handed([row("一中", FRIDAY, 500, 6, 4)])

    again = sentinels.read_report_file(import_id=file.pk, at=NOON + timedelta(hours=1))

    assert (again.accepted, SentinelReport.objects.count()) == (1, 1)


def test_a_nurse_reports_only_for_her_own_school():
    mine = school(name="一中")
    school(name="二中")

    file = handed([row("一中", FRIDAY, 500, 6, 4), row("二中", FRIDAY, 500, 6, 4)], by=nurse(mine))

    assert (file.accepted, file.refused) == (1, 1)


@pytest.mark.parametrize("headings", [["学生", *HEADINGS[1:]], [*HEADINGS[:4], "老师"]])
def test_a_table_that_is_none_of_reports_is_not_read(headings):
    school(name="一中")

    file = handed([row("一中", FRIDAY, 500, 6, 4)], headings=headings)

    assert file.state == Import.State.UNREADABLE
    assert file.problem
    assert not SentinelReport.objects.exists()


def test_who_reports_for_no_sentinel_hands_in_no_file():
    with pytest.raises(Refused):
        sentinels.hand_in_reports(
            name="x.csv", content=b"x", by=UserFactory(role=Role.LEADER), at=NOON
        )


def test_the_empty_table_can_be_filled_in_and_handed_in(client):
    here = school(name="一中")
    client.force_login(nurse(here))

    answer = client.get(reverse("surveillance:sentinel_table", args=["school"]))

    head, first, *rest = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("编号,名称,日期,")
    assert (first.split(",")[:2], rest) == ([str(here.pk), "一中"], [])


def test_the_page_shows_the_answers(client):
    here = school(name="一中")
    file = handed([row("一中", FRIDAY, 500, 600, 4)], by=nurse(here))
    client.force_login(nurse(here))

    page = client.get(reverse("surveillance:sentinel_answers", args=[file.pk]))

    assert "600" in page.content.decode()
    assert client.get(reverse("surveillance:sentinel_file")).status_code == 200
