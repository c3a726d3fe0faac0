"""The whole program, end to end: a small county's outbreak played from the command line.

`pingji exercise run` in processes and a database of its own, as a person calls it.
"""

import json
from datetime import datetime
from pathlib import Path

import docx
import pytest

from pingji.config.tests.places_for_tests import installation, living, pingji, until

pytestmark = pytest.mark.timeout(1800)
TINY = Path(__file__).with_name("tiny.toml")
# In this order the loop turns; what comes after may come in another order.
TURN = ["case", "report", "alert", "seen", "verified", "incident", "plan", "order"]


def test_a_small_county_plays_its_outbreak_from_the_command_line(tmp_path, subtests):
    """One test, because the run takes a minute and the tests of a file may be run in any order."""
    out = tmp_path / "out"
    with installation() as folder:
        done = pingji(
            folder,
            *("exercise", "run", str(TINY), "--profile", "youyang", "--seed", "1"),
            *("--report", str(out), "--keep"),
            patience=1500,
        )
        until(lambda: not living(folder), f"processes left: {living(folder)}")
        with subtests.test("it says how far it is and ends well"):
            it_says_how_far_it_is_and_ends_well(done, out)
        figures = json.loads((out / "score.json").read_bytes())
        with subtests.test("the loop turns in its order"):
            the_loop_turns_in_its_order(figures)
        with subtests.test("deadlines are counted and measures spare people"):
            deadlines_are_counted_and_measures_spare_people(figures)
        with subtests.test("the report is there as page, Word and PDF"):
            the_report_is_there_as_page_word_and_pdf(out)
        with subtests.test("the report of what was kept says the same"):
            the_report_of_what_was_kept_says_the_same(folder, out, figures)
        with subtests.test("what was kept is turned back to a checkpoint and removed"):
            what_was_kept_is_turned_back_to_a_checkpoint_and_removed(folder)


def it_says_how_far_it_is_and_ends_well(done, out):
    assert done.returncode == 0, done.stderr
    shares = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("exercise ")]
    assert shares == [str(share) for share in range(0, 101, 10)]
    assert "A tiny county: an influenza cluster in a school: 3000 residents" in done.stdout
    assert f"report written to {out}" in done.stdout


def the_loop_turns_in_its_order(figures):
    reached = {row["key"]: row["at"] for row in figures["milestones"]}
    assert None not in [reached[key] for key in TURN], reached
    moments = [datetime.fromisoformat(reached[key]) for key in TURN]
    assert moments == sorted(moments)
    assert figures["exercise"]["plan"]["en"] == "Youyang"


def deadlines_are_counted_and_measures_spare_people(figures):
    assert figures["deadlines"]["all"]["kept"] > 0
    assert figures["deadlines"]["stages"]["warn"]["share"] is not None
    assert figures["outbreak"]["totals"]["infected"] >= 40
    assert figures["outbreak"]["averted"]["infected"] > 0
    assert figures["outbreak"]["measures"]


def the_report_is_there_as_page_word_and_pdf(out):
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Exercise: nothing in it is real" in page
    assert "The first alert came" in page
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert docx.Document(str(out / "report.docx")).tables


def the_report_of_what_was_kept_says_the_same(folder, out, figures):
    done = pingji(folder, "exercise", "report", "tiny-1", "--out", str(out / "again"))
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "again" / "score.json").read_bytes()) == figures


def what_was_kept_is_turned_back_to_a_checkpoint_and_removed(folder):
    for arguments, said in (
        (["rewind", "tiny-1"], "there is no checkpoint yet."),
        (["checkpoint", "tiny-1"], "checkpoint_001"),
        (["rewind", "tiny-1"], "checkpoint_001  2026-11-07 00:00"),
        (["rewind", "tiny-1", "checkpoint_001"], "turned back to 2026-11-07 00:00"),
        (["list"], "tiny-1  unfinished"),
        (["remove", "tiny-1"], "“tiny-1” is gone"),
    ):
        done = pingji(folder, "exercise", *arguments)
        assert (done.returncode, said in done.stdout) == (0, True), done.stdout + done.stderr
    assert not living(folder)
    assert not (folder / "exercises").exists()
    assert not (folder / "postgres").exists()
