"""Templates, scripts and styles name only what exists."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from pingji.console.context.words import script_words

HOUSE = Path(__file__).parents[2]
CONSOLE = HOUSE / "console"
STATIC = CONSOLE / "static" / "console"
TEMPLATES = [p for p in HOUSE.glob("*/**/templates/**/*.html") if "tests" not in p.parts]


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    asked = set()
    for path in TEMPLATES:
        asked |= set(re.findall(r'icon\.html" with name="([\w-]+)"', path.read_text()))
        asked |= set(re.findall(r'empty\.html" with [^%]*icon="([\w-]+)"', path.read_text()))

    assert asked
    assert asked <= drawn


def test_the_scripts_and_the_server_agree_on_every_word():
    asked = set()
    for path in STATIC.glob("*.js"):
        asked |= set(re.findall(r'\bword\("(\w+)"', path.read_text()))

    assert asked == set(script_words())


def test_a_phrase_keeps_its_places_in_both_languages():
    with override("en"):
        english = script_words()
    with override("zh-hans"):
        chinese = script_words()

    for key, phrase in english.items():
        places = set(re.findall(r"\{\w+\}", phrase))
        assert set(re.findall(r"\{\w+\}", chinese[key])) == places, key
        assert chinese[key] != phrase, key


def test_every_colour_and_size_that_a_style_uses_is_a_token():
    tokens = set(re.findall(r"(--[\w-]+):", (STATIC / "tokens.css").read_text()))
    for path in STATIC.glob("*.css"):
        text = path.read_text()
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= tokens, path.name
        assert text.count("{") == text.count("}"), path.name


def test_templates_hold_no_style_attribute_and_no_inline_handler():
    for path in TEMPLATES:
        text = path.read_text()
        assert " style=" not in text, path
        assert not re.search(r"\son\w+=", text), path


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        ({"is_open": True}, "data-due="),
        ({"is_open": False, "state": "met", "get_state_display": "Met"}, 'data-state="met"'),
    ],
)
def test_a_clock_runs_while_open_and_stands_still_afterwards(deadline, expected):
    now = timezone.now()
    given = {"started_at": now, "warn_at": now, "due_at": now, "ended_at": now} | deadline

    drawn = render_to_string("console/clock.html", {"deadline": given})

    assert expected in drawn


@pytest.mark.parametrize(("grade", "colour"), [("I", 1), ("II", 2), ("III", 3), ("IV", 4)])
def test_a_grade_has_its_national_colour_and_its_word(grade, colour):
    with override("en"):
        drawn = render_to_string("console/grade.html", {"grade": grade})
        without = render_to_string("console/grade.html", {"grade": "ungraded"})

    assert f"grade--{colour}" in drawn
    assert f"Grade {grade}<" in drawn
    assert "Not graded" in without
