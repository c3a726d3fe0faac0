"""The score of an exercise: every figure against what was played, and the files."""

import io
import json
from copy import deepcopy
from datetime import date, timedelta

import docx
import pytest
from django.utils import translation

from pingji.evaluate.exercises.actions.reporting import write_comparison, write_report
from pingji.evaluate.exercises.queries.score import (
    NotAScore,
    comparison,
    read_score,
    report_of,
    score,
)
from pingji.evaluate.exercises.tests.score_factories import INFECTED, ONSET, exercise, lived, played
from pingji.ground.directory.tests.factories import system_user
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import NOON, county
from pingji.respond.incidents.models import Grading, Incident, Order, Response
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
WITHOUT = {"infected": [2, 4, 9, 18, 30, 55], "died": [0, 0, 0, 0, 1, 0]}
TO_NOON = 84  # hours from the day the first fell ill to the noon on which the plan was activated


def test_each_step_is_told_with_its_hours_since_the_first_case():
    steps = {row["key"]: row for row in score(played())["milestones"]}
    assert steps["plan"]["at"] == NOON.isoformat()
    assert {key: row["hours"] for key, row in steps.items()} == {
        "case": 0,
        "report": TO_NOON - 30,
        "alert": None,
        "seen": None,
        "verified": None,
        "incident": TO_NOON,
        "plan": TO_NOON,
        "graded": None,
        "response": None,
        "order": TO_NOON + 1,
        "measure": TO_NOON + 1,
        "orders": None,  # not all of them are done
        "closed": None,
    }


def test_the_grade_and_the_response_are_steps_too():
    row = played()
    incident = Incident.objects.get()
    who = incident.opened_by
    for hours, chosen in ((2, "ungraded"), (3, "IV")):
        Grading.objects.create(
            incident=incident,
            suggested="ungraded",
            chosen=chosen,
            overrides=chosen == "IV",
            reason="病例数",
            graded_by=who,
            graded_at=NOON + timedelta(hours=hours),
        )
    Response.objects.create(
        incident=incident,
        area=incident.area,
        level="IV",
        started_by=who,
        started_at=NOON + timedelta(hours=5),
    )
    row.moment = NOON + timedelta(days=2)

    steps = {one["key"]: one["hours"] for one in score(row)["milestones"]}
    assert (steps["graded"], steps["response"]) == (TO_NOON + 3, TO_NOON + 5)


def test_deadlines_are_counted_as_kept_late_or_still_running():
    row = played()
    found = score(row)["deadlines"]
    rows, moment = list(Deadline.objects.all()), row.moment
    kept = [row for row in rows if row.state == Deadline.State.MET]
    late = [
        row
        for row in rows
        if row.state != Deadline.State.CANCELLED and row.due_at < (row.met_at or moment)
    ]
    assert kept
    assert late
    assert found["all"] == {
        "kept": len(kept),
        "late": len(late),
        "share": round(len(kept) / (len(kept) + len(late)), 4),
    }
    assert sum(line["begun"] for line in found["by"]) == len(rows)
    assert found["stages"]["respond"] == found["all"]
    assert found["stages"]["warn"]["share"] is None


def test_a_clock_that_was_let_go_is_late_until_then_and_no_longer():
    row = played()
    missed = Deadline.objects.filter(met_at__isnull=True, due_at__lt=row.moment).earliest("due_at")
    Deadline.objects.filter(pk=missed.pk).update(
        state=Deadline.State.MISSED,
        escalated_at=missed.due_at,
        cancelled_at=missed.due_at + timedelta(hours=2),
        cancelled_by=system_user(),
    )
    late = score(row)["deadlines"]["late"]
    hours = [one["late_hours"] for one in late if one["due_at"] == missed.due_at.isoformat()]
    assert 2.0 in hours
    with translation.override("en"):
        [late] = [part for part in report_of(score(row)).sections if part.key == "late"]
    assert any(cells[4].startswith("let go ") for cells in late.tables[0].rows)


def test_what_was_late_names_whose_it_was_the_latest_first():
    row = played()
    order = Order.objects.filter(done_at__isnull=False).latest("done_at")
    rows = score(row)["deadlines"]["late"]
    hours = [row["late_hours"] for row in rows]
    assert hours == sorted(hours, reverse=True)
    ours = [row for row in rows if row["met_at"] == order.done_at.isoformat()]
    assert [row["organisation"] for row in ours] == [order.organisation.name]
    due = Deadline.objects.of(order).get(met_at=order.done_at).due_at
    assert ours[0]["late_hours"] == round((order.done_at - due).total_seconds() / 3600, 2)


def test_the_outbreak_is_told_day_by_day_with_what_was_averted():
    found = score(played(), without=WITHOUT)["outbreak"]
    assert found["curves"]["infected"] == list(INFECTED)
    assert found["curves"]["onset"] == list(ONSET)
    assert found["dates"][0] == "2025-11-17"
    assert found["reported"] == [0, 0, 0, 1, 0, 0]
    assert found["averted"] == {"infected": sum(WITHOUT["infected"]) - sum(INFECTED), "died": 1}
    [measure] = found["measures"]  # those of the scenario are none
    assert (measure["zh"], measure["times"]) == ("密切接触者隔离", 2)


def test_without_the_other_outbreak_nothing_is_said_of_averted_cases():
    found = score(played())
    assert found["outbreak"]["averted"] is None
    with translation.override("en"):
        report = report_of(found)
    [outbreak] = [part for part in report.sections if part.key == "outbreak"]
    assert outbreak.tables[0].head == ["", "In this exercise"]


def test_an_exercise_that_has_just_begun_has_a_report():
    county()
    found = score(exercise(days=0), without={"infected": []})
    assert found["deadlines"]["all"] == {"kept": 0, "late": 0, "share": None}
    with translation.override("en"):
        report = report_of(found)
    assert "Nobody fell ill." in report.sections[0].text


def test_an_alert_before_anybody_fell_ill_is_not_of_the_outbreak():
    found = played()
    of_outbreak = score(found)["alerts"]["of_outbreak"]
    before = found.starts_at + timedelta(hours=17)  # the first of the outbreak fall ill next day
    early, late = (
        AlertFactory(
            state="dismissed", disease_id="norovirus", area=found.area, raised_at=at, starts_on=day
        )
        for at, day in ((before, date(2025, 11, 3)), (NOON, date(2025, 11, 4)))
    )

    figures = score(found)

    first = next(row for row in figures["milestones"] if row["key"] == "alert")
    assert first["at"] == late.raised_at.isoformat() != early.raised_at.isoformat()
    assert figures["alerts"]["of_outbreak"] == of_outbreak + 1
    assert figures["alerts"]["wrongly_dismissed"] == 1


def test_an_outbreak_nobody_noticed_is_told_as_such():
    county()
    row = exercise()
    lived(row.area)
    with translation.override("en"):
        report = report_of(score(row))
    assert "The outbreak raised no alert." in report.sections[0].text


@pytest.mark.parametrize(
    ("language", "title", "kept", "late"),
    [("zh-hans", "演练：诺如病毒", "按时", "超时"), ("en", "Exercise: norovirus", "Kept", "Late")],
)
def test_the_report_is_written_as_page_word_pdf_and_figures(tmp_path, language, title, kept, late):
    with translation.override(language):
        found = write_report(played(), tmp_path / "out", without=WITHOUT)
    page = (tmp_path / "out/report.html").read_text()
    assert title in page
    assert kept in page
    assert late in page
    assert "data:image/svg+xml;base64," in page
    assert json.loads((tmp_path / "out/score.json").read_bytes()) == found
    assert (tmp_path / "out/report.pdf").read_bytes().startswith(b"%PDF")
    word = docx.Document(io.BytesIO((tmp_path / "out/report.docx").read_bytes()))
    assert word.paragraphs[0].text == title
    assert len(word.inline_shapes) == 2


def test_runs_are_set_side_by_side(tmp_path):
    first = score(played(), without=WITHOUT)
    other = deepcopy(first)
    other["exercise"]["plan"] = {"zh": "开江县", "en": "Kaijiang County"}
    other["outbreak"]["curves"]["infected"] = [2, 3, 3, 2, 1, 0]
    other["outbreak"]["totals"]["infected"] = 11
    with translation.override("en"):
        document = comparison([first, other])
    parts = {part.key: part for part in document.sections}
    assert [row[3] for row in parts["runs"].tables[0].rows] == [
        first["exercise"]["plan"]["en"],
        "Kaijiang County",
    ]
    infected = parts["outbreak"].tables[0].rows[0]
    assert infected == ["Infected", str(sum(INFECTED)), "11"]
    assert parts["runs"].text.splitlines() == [
        "A is what the others are held against.",
        "B was played as A was.",
        "B: 16.7% of the deadlines kept (+0.0 points), 11 people infected (-12).",
    ]
    write_comparison([first, other], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "comparison.html",
        "comparison.docx",
        "comparison.pdf",
    }


def test_what_cannot_be_compared_is_refused():
    county()
    found = score(exercise(days=0))
    with pytest.raises(ValueError, match="2 to 6"):
        comparison([found])
    with pytest.raises(ValueError, match="form 99"):
        comparison([found, found | {"form": 99}])


def other_of(found, *, seed=1, profile="youyang", given=None):
    """The same score by another seed or plan, whose first deadline gives another time."""
    other = deepcopy(found)
    other["exercise"] |= {"seed": seed, "profile": profile}
    if given is not None:
        other["deadlines"]["by"][0]["given_hours"] = given
    return other


def test_a_comparison_says_what_the_runs_differ_in_and_where_plans_give_another_time():
    first = score(played(), without=WITHOUT)
    other = other_of(first, seed=2, profile="kaijiang", given=0.005)
    with translation.override("en"):
        document = comparison([first, other])
    parts = {part.key: part for part in document.sections}
    assert "B differs from A in: plan, seed (chance)." in parts["runs"].text
    tables = {table.title: table for table in parts["clocks"].tables}
    [row] = tables["Time given, where the plans differ"].rows
    assert row[0] == first["deadlines"]["by"][0]["en"]
    assert row[2].startswith("18 s (")
    late = tables["Late, by whose it was"].rows
    assert sum(int(row[1]) for row in late) == len(first["deadlines"]["late"])
    assert [picture.key for picture in parts["milestones"].pictures] == ["steps"]
    assert parts["clocks"].text == ""


def test_a_comparison_of_plans_that_ask_the_same_says_so():
    first = score(played(), without=WITHOUT)
    other = other_of(first, profile="kaijiang")
    with translation.override("en"):
        parts = {part.key: part for part in comparison([first, other]).sections}
        same = {part.key: part for part in comparison([first, other_of(first)]).sections}
    assert "These plans give the same time" in parts["clocks"].text
    assert same["clocks"].text == ""  # one plan


def test_the_time_given_is_what_the_plan_set_not_what_was_granted_later():
    row = played()
    clock = Deadline.objects.filter(extended_from=None).earliest("due_at")
    others = Deadline.objects.filter(key=clock.key).exclude(pk=clock.pk)
    others.delete()
    set_at = clock.due_at
    Deadline.objects.filter(pk=clock.pk).update(
        due_at=set_at + timedelta(hours=9), extended_from=set_at
    )
    [line] = [one for one in score(row)["deadlines"]["by"] if one["key"] == clock.key]
    hours = (set_at - clock.started_at).total_seconds() / 3600
    assert line["given_hours"] == pytest.approx(hours, abs=1e-4)


def test_a_report_is_read_back_from_its_folder_or_its_file(tmp_path):
    found = write_report(played(), tmp_path / "out", without=WITHOUT)
    assert read_score(tmp_path / "out") == found
    assert read_score(tmp_path / "out" / "score.json") == found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: None, "there is no score.json"),
        (lambda text: text[: len(text) // 2], "is not JSON, or is cut off"),
        (lambda text: b"\xff\xfe\x00", "is not JSON, or is cut off"),
        (lambda text: b"[1, 2]", "does not hold the figures of an exercise"),
        (lambda text: b'{"name": "package"}', "does not hold the figures of an exercise"),
        (lambda text: text.replace(b'"form": 2', b'"form": 1'), "form 1, needed is 2"),
        (lambda text: text.replace(b'"curves"', b'"kurven"'), "outbreak.curves is missing"),
        (lambda text: text.replace(b'"seed": 1', b'"seed": "x"'), "exercise.seed is missing"),
    ],
    ids=["nothing", "cut off", "no text", "a list", "something else", "form", "part", "value"],
)
def test_what_is_no_report_is_refused_with_words(tmp_path, change, told):
    write_report(played(), tmp_path)
    path = tmp_path / "score.json"
    text = change(path.read_bytes())
    path.unlink()
    if text is not None:
        path.write_bytes(text)
    with translation.override("en"), pytest.raises(NotAScore) as refused:
        read_score(tmp_path)
    assert told in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_the_verification_is_told_from_the_alert_on():
    found = score(played())
    for row in found["milestones"]:
        if row["key"] in ("alert", "verified"):
            row["hours"] = 160.5 if row["key"] == "alert" else 161.75
            row["at"] = NOON.isoformat()
    with translation.override("en"):
        brief = report_of(found).sections[0].text
    assert "The first alert came 6.7 days after the first case" in brief
    assert "it was verified 1.2 h later" in brief
