"""What a report card must say: every check, its field, and that it says what to do."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from pingji.monitor.surveillance.queries.card_form import card_form, occupations
from pingji.monitor.surveillance.rules.cards import Circumstances, Watched, findings
from pingji.monitor.surveillance.rules.days import typed_day, typed_moment
from pingji.monitor.surveillance.tests.card_factories import facts

HERE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 11, 21, 12, 0, tzinfo=HERE)
TODAY = NOW.date()
FLU = Watched("influenza", "流行性感冒", date(2025, 9, 1))


def here(**given):
    return Circumstances(
        **{"now": NOW, "county": "500242", "form": card_form(), "disease": FLU} | given
    )


def found(circumstances=None, *, draft=False, **given):
    """Field, check and whether it must be mended, of everything that is said of a card."""
    said = findings(facts(**given), circumstances or here(), draft=draft)
    return {(one.field, one.code, one.is_error) for one in said}


def test_a_right_card_is_right():
    assert found() == set()


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"onset_on": TODAY + timedelta(1)}, "onset_on", "in_the_future"),
        ({"born_on": date(2026, 1, 1), "age": None}, "born_on", "in_the_future"),
        ({"died_on": TODAY + timedelta(1)}, "died_on", "in_the_future"),
        ({"diagnosed_at": NOW + timedelta(hours=1)}, "diagnosed_at", "in_the_future"),
        (
            {"onset_on": date(2018, 5, 5), "diagnosed_on": date(2018, 5, 5), "age": 7},
            "onset_on",
            "onset_before_birth",
        ),
        (
            {"onset_on": TODAY, "diagnosed_on": date(2025, 11, 20)},
            "diagnosed_at",
            "diagnosis_before_onset",
        ),
        ({"died_on": date(2025, 11, 19)}, "died_on", "death_before_onset"),
        ({"age": 8}, "age", "age_against_birth"),
        ({"area": "500242"}, "area", "area_outside_county"),
        ({"area": "511723101"}, "area", "area_outside_county"),
        ({"patient": "province"}, "patient", "area_inside_county"),
        ({"guardian": ""}, "guardian", "guardian_missing"),
        ({"occupation": "student"}, "institution", "school_missing"),
        ({"occupation": "nursery_child", "workplace": "一幼"}, "school_class", "class_missing"),
        ({"diagnosed_at": None}, "diagnosed_at", "hour_missing"),
        ({"diagnosed_at": None, "diagnosed_on": None}, "diagnosed_at", "missing"),
        ({"born_on": None, "age": None}, "born_on", "missing"),
        ({"area": ""}, "area", "missing"),
        ({"patient": "abroad", "area": "", "address": ""}, "address", "missing"),
        ({"status": "carrier"}, "status", "status_not_defined"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(given, field, code):
    assert (field, code, True) in found(**given)


@pytest.mark.parametrize(
    "field", ["name", "sex", "disease", "status", "onset_on", "patient", "occupation", "doctor"]
)
def test_what_is_missing_is_asked_for(field):
    assert (field, "missing", True) in found(**{field: ""})


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"onset_on": date(2025, 10, 1)}, "onset_on", "long_before_diagnosis"),
        (
            {"diagnosed_on": date(2025, 11, 1), "onset_on": date(2025, 11, 1)},
            "diagnosed_at",
            "late_report",
        ),
        ({"born_on": None, "age": 104}, "age", "very_old"),
        ({"phone": "12345"}, "phone", "odd_phone"),
        ({"status": "carrier", "died_on": TODAY}, "died_on", "carrier_died"),
    ],
)
def test_what_is_odd_may_be_confirmed(given, field, code):
    assert (field, code, False) in found(**given)


@pytest.mark.parametrize(
    ("identity", "field", "code"),
    [
        ((date(2018, 5, 7), "M"), "born_on", "birth_against_identity"),
        ((date(2018, 5, 6), "F"), "sex", "sex_against_identity"),
    ],
)
def test_the_card_is_held_against_the_identity_number(identity, field, code):
    assert (field, code, True) in found(here(identity=identity))


def test_a_girls_number_beside_a_boy_is_said_as_such():
    with translation.override("en"):
        [said] = findings(facts(sex="F"), here(identity=(date(2018, 5, 6), "M")))
    assert "a man's" in said.sentence


def test_a_disease_is_reported_only_while_it_is_watched():
    early = Watched("mpox", "猴痘", date(2025, 11, 22))
    over = Watched("h7n9", "人感染H7N9", None, date(2025, 8, 31), "人感染新亚型流感")
    ended = Watched("x", "某病", None, date(2025, 8, 31))
    baby = Watched("neonatal_tetanus", "新生儿破伤风")

    assert ("disease", "not_yet_watched", True) in found(here(disease=early))
    assert ("disease", "age_cannot_have_it", True) in found(here(disease=baby))
    for watched in (over, ended):
        assert ("disease", "no_longer_watched", True) in found(here(disease=watched))
    [said] = findings(facts(), here(disease=over))
    assert "人感染新亚型流感" in said.sentence


def test_a_carrier_is_reported_where_the_catalogue_knows_one():
    hepatitis = Watched("cholera", "霍乱", statuses=frozenset({"confirmed", "carrier"}))

    assert found(here(disease=hepatitis), status="carrier") == set()
    assert ("status", "status_not_defined", True) in found(here(disease=hepatitis))


def test_the_age_on_the_day_of_onset_counts_as_well_as_todays():
    birthday = {"born_on": date(2018, 11, 21), "onset_on": date(2025, 11, 20)}

    assert found(**birthday, age=6) == set()
    assert found(**birthday, age=7) == set()
    assert ("age", "age_against_birth", True) in found(**birthday, age=5)


def test_a_hint_of_another_report_is_an_oddity_at_the_name():
    assert found(here(reported="可能已报告")) == {("name", "maybe_reported", False)}


def test_a_draft_may_lack_anything_but_say_nothing_wrong():
    nothing = dict.fromkeys(facts(), None)

    assert findings(nothing, here(disease=None), draft=True) == []
    assert ("age", "age_against_birth", True) in found(draft=True, age=9)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_sentence_is_one_sentence_that_ends(language):
    everything = dict.fromkeys(facts(), None) | {"patient": "county", "occupation": "student"}
    with translation.override(language):
        said = [one.sentence for one in findings(everything, here(disease=None))]
    assert len(said) > 9
    assert all(text[-1] in ".。" and 6 < len(text) < 160 for text in said)


def test_the_cards_occupations_are_the_eighteen_of_the_form():
    assert len(occupations()) == 18
    assert card_form().school == {"student", "nursery_child"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("t", "2025-11-21"),
        ("T-1", "2025-11-20"),
        ("今天", "2025-11-21"),
        ("昨天", "2025-11-20"),
        ("前天", "2025-11-19"),
        ("1121", "2025-11-21"),
        ("1230", "2024-12-30"),
        ("20", "2025-11-20"),
        ("30", "2025-10-30"),
        ("11-03", "2025-11-03"),
        ("11月3日", "2025-11-03"),
        ("20190229", None),
        ("2019-02-28", "2019-02-28"),
        ("2019年2月28日", "2019-02-28"),
        ("２０１９0228", "2019-02-28"),
        ("1332", None),
        ("0", None),
        ("123", None),
        ("yesterday?", None),
        ("", None),
        ("45", None),
    ],
)
def test_days_are_understood_as_people_type_them(text, day):
    read = typed_day(text, today=TODAY)
    assert (read and read.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("n", "2025-11-21T12:00"),
        ("t", "2025-11-21T12:00"),
        ("t 930", "2025-11-21T09:30"),
        ("t-1 15", "2025-11-20T15:00"),
        ("1120 0930", "2025-11-20T09:30"),
        ("1120 9:05", "2025-11-20T09:05"),
        ("2025-11-20T09:30", "2025-11-20T09:30"),
        ("2025-11-20 09：30", "2025-11-20T09:30"),
        ("1120", None),
        ("1120 25:00", None),
        ("1120 noon", None),
        ("nie", None),
    ],
)
def test_moments_are_understood_as_people_type_them(text, moment):
    _day, read = typed_moment(text, now=NOW)
    assert (read and read.isoformat()[:16]) == moment


def test_a_day_without_its_hour_is_kept_as_a_day():
    assert typed_moment("1120", now=NOW) == (date(2025, 11, 20), None)
    assert typed_moment("1120 25:00", now=NOW) == (None, None)
