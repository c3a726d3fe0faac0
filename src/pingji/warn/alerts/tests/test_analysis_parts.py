"""A disease with parts in an analysis: its row counts them, as its curve does."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import docx
import pytest
from django.utils.translation import override

from pingji.ground.directory.tests.factories import system_user
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import TOWN, case_row, cases, county, imported
from pingji.warn.alerts.actions import analyses as actions
from pingji.warn.alerts.actions.analyses.files import as_word, marked
from pingji.warn.alerts.models import Analysis
from pingji.warn.alerts.queries import analyses as queries
from pingji.warn.alerts.queries.analyses import words
from pingji.warn.alerts.queries.analyses.document import Document, curve
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
MONDAY = date(2025, 11, 17)  # week 47
MORNING = datetime(2025, 11, 24, 1, 0, tzinfo=UTC)  # the Monday after


def reported(number, day, *, disease):
    onset = day.isoformat()
    return [
        case_row(
            key=f"{disease}{onset}{at}",
            disease=disease,
            area=TOWN,
            onset=onset,
            diagnosed=onset,
            sex="男",
            age="5",
        )
        for at in range(number)
    ]


@pytest.fixture
def week():
    """Week 47 of a county, with seven cases of another disease."""
    county()
    plan()
    imported(cases(reported(7, MONDAY, disease="手足口病")), at=MORNING - timedelta(hours=3))
    return queries.around(Analysis.Kind.WEEKLY, MONDAY)


def test_a_disease_with_parts_counts_them_as_its_curve_does(week):
    before = MONDAY - timedelta(days=2)
    imported(
        cases(
            [
                *reported(3, MONDAY, disease="甲型肝炎"),
                *reported(2, MONDAY, disease="乙型肝炎"),
                *reported(1, before, disease="乙型肝炎"),
                *reported(4, MONDAY, disease="病毒性肝炎"),
            ]
        ),
        at=MORNING - timedelta(hours=2),
    )
    found = queries.figures(county(), week, as_of=MORNING)

    whole = found["diseases"][0]
    assert (whole["code"], whole["now"], whole["before"]) == ("viral_hepatitis", 9, 1)
    assert [(row["code"], row["now"], row["before"]) for row in whole["parts"]] == [
        ("hepatitis_a", 3, 0),
        ("hepatitis_b", 2, 1),
    ]
    curve = next(row for row in found["curves"] if row["code"] == "viral_hepatitis")
    assert curve["counts"][-1] == whole["now"]
    assert found["total"]["now"] == 7 + 9
    assert found["total"]["diseases"] == 2
    assert "hepatitis_a" not in [row["code"] for row in found["diseases"]]
    assert found["townships"][0]["first"]["code"] == "viral_hepatitis"


def test_a_single_case_of_class_a_is_told_however_many_others_there_are(week):
    rows = [*reported(1, MONDAY, disease="霍乱"), *reported(1, MONDAY, disease="传染性非典型肺炎")]
    imported(cases(rows), at=MORNING - timedelta(hours=2))

    found = queries.figures(county(), week, as_of=MORNING)

    assert [(row["code"], row["now"]) for row in found["gravest"]] == [
        ("cholera", 1),
        ("sars", 1),
    ]
    with override("zh-hans"):
        said = words.diseases(found)
    assert said.endswith("其中甲类及按甲类管理的传染病：霍乱（1例）、传染性非典型肺炎（1例）。")


def test_without_class_a_nothing_is_said_of_it(week):
    found = queries.figures(county(), week, as_of=MORNING)
    assert found["gravest"] == []
    with override("en"):
        assert "class A" not in words.diseases(found)


def test_an_alert_that_was_closed_as_no_outbreak_is_told_as_such(week):
    given = {"raised_at": MORNING - timedelta(days=2)}
    AlertFactory(state="closed", verdict="false", **given)
    AlertFactory(state="dismissed", verdict="false", **given)
    AlertFactory(state="closed", verdict="true", **given)
    found = queries.figures(county(), week, as_of=MORNING)

    with override("en"):
        said = words.alerts(found)

    assert said.startswith("3 alerts were raised; 3 have their verdict, 2 of them that it is no")


def test_the_table_sets_parts_below_their_whole_and_the_notes_say_so(week):
    imported(
        cases(reported(8, MONDAY, disease="甲型肝炎")),
        at=MORNING - timedelta(hours=2),
    )
    with override("zh-hans"):
        made = actions.draft(area=county(), span=week, by=system_user(), at=MORNING)
        laid = queries.document(made, queries.texts_of(made))

    table = next(one for one in laid.sections if one.key == "diseases").tables[0]
    assert [row[:3] for row in table.rows[:2]] == [
        ["1", "病毒性肝炎", "8"],
        ["", "其中：甲型病毒性肝炎", "8"],
    ]
    assert any("各分型" in note for note in laid.notes)


def test_a_document_made_in_an_exercise_says_so_on_every_page(settings):
    document = Document("周报", "", [], "草稿", [], [])
    assert marked(document) == "草稿"
    settings.EXERCISE = True
    assert marked(document) == "演练 · 草稿"
    assert marked(replace(document, mark="")) == "演练"
    assert marked(replace(document, mark="演练：一切均非真实")) == "演练：一切均非真实"
    word = docx.Document(io.BytesIO(as_word(document)))
    assert word.sections[0].header.paragraphs[0].text == "周报\t\t演练 · 草稿"


def test_a_curve_names_the_last_day_of_its_last_week(week):
    found = queries.figures(county(), week, as_of=MORNING)
    drawn = curve(found["curves"][0])
    assert found["curves"][0]["weeks"][-1] == MONDAY.isoformat()
    assert drawn.title.endswith("至2025-11-23）")


def test_an_age_group_is_said_in_years(week):
    found = queries.figures(county(), week, as_of=MORNING)
    assert "病例最多的年龄组为3–5岁（7例）" in words.people(found)

    ages = found["ages"]
    ages["M"] = [0] * (len(ages["M"]) - 1) + [9]
    assert f"{ages['from'][-1]} 岁及以上（9例）" in words.people(found)


def test_a_period_that_is_not_over_has_no_fall_beyond_chance(week):
    ended = queries.figures(county(), week, as_of=MORNING)
    full = ended | {"all": {"hand_foot_mouth": 70}}
    (fell,) = queries.changes(ended, full)["diseases"]
    assert fell["marked"]

    (not_yet,) = queries.changes(ended | {"over": False}, full)["diseases"]
    assert not not_yet["marked"]

    (rose,) = queries.changes(full | {"over": False}, ended)["diseases"]
    assert rose["marked"]
