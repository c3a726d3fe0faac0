"""A scenario that cannot be played is refused with the line of each fault, in both languages."""

import pytest

from pingji.evaluate.exercises.rules.scenario import (
    Scenario,
    ScenarioProblem,
    load_scenario,
    parse_scenario,
    shipped_scenarios,
)

GOOD = """\
[scenario]
code = "trial"
name = "试演"
name_en = "Trial"
purpose = "试"
purpose_en = "A trial"
profile = "youyang"
county = "500242"
people = 5000
pathogen = "influenza"
starts_at = 2026-11-02T08:00:00+08:00
days = 10
people_play = ["leader"]

[[seeding]]
day = 0
township = "500242101"
people = 3
ages = [6, 12]

[[inject]]
day = 1
time = "09:00"
kind = "absent"
role = "epidemiologist"
hours = 8

[[inject]]
day = 2
time = "09:00"
kind = "outage"
hours = 5
townships = ["500242102"]

[[conduct]]
kind = "order.finish"
median_minutes = 120
spread = 1.5
"""


def faults(text):
    with pytest.raises(ScenarioProblem) as caught:
        parse_scenario(text, name="trial.toml")
    return caught.value


def line(text, of):
    return next(n for n, one in enumerate(text.splitlines(), 1) if one == of)


@pytest.mark.parametrize("code", sorted(shipped_scenarios()))
def test_what_ships_can_be_played_and_is_kept_whole(code):
    scenario = load_scenario(shipped_scenarios()[code])

    assert scenario.code == code
    assert Scenario.model_validate(scenario.model_dump(mode="json")) == scenario


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('township = "500242101"', 'township = "500242999"', "there is no township “500242999”"),
        ('township = "500242101"', 'township = "370983001"', "does not lie in the county"),
        ("day = 0", "day = -1", "should not be below 0"),
        ("day = 0", "day = 10", "lies after the end (10 days, from day 0)"),
        ("people = 3", "people = 5001", "infects more people than live in the county (5000)"),
        ("ages = [6, 12]", "ages = [12, 6]", "ages are written as [youngest, oldest]"),
        ('time = "09:00"', 'time = "9 o\'clock"', "is no time of day; write “hh:mm”"),
        ('kind = "absent"', 'kind = "earthquake"', "“earthquake” is not one of"),
        ('role = "epidemiologist"', 'role = "wizard"', "there is no role “wizard”"),
        ('role = "epidemiologist"', 'role = "leader"', "is played by people"),
        ("hours = 8", "hours = -8", "should be above 0"),
        ('pathogen = "influenza"', 'pathogen = "flux"', "there is no pathogen “flux”"),
        ('profile = "youyang"', 'profile = "atlantis"', "there is no profile “atlantis”"),
        ('county = "500242"', 'county = "110101"', "“110101” cannot be played"),
        ("days = 10", "days = 0", "should be above 0"),
        (
            "starts_at = 2026-11-02T08:00:00+08:00",
            "starts_at = 2026-11-02T08:00:00",
            "should say its time zone",
        ),
        ("starts_at = 2026-11-02T08:00:00+08:00", 'starts_at = "soon"', "should be a day and hour"),
        ('people_play = ["leader"]', 'people_play = ["king"]', "there is no role “king”"),
        ("spread = 1.5", "spread = -0.5", "should not be below 0"),
        ('kind = "order.finish"', 'kind = "order.eat"', "there is no deed “order.eat”"),
        ("spread = 1.5", "spraed = 1.5", "is not a known key"),
    ],
)
def test_a_fault_is_told_with_its_line_in_both_languages(right, wrong, said):
    text = GOOD.replace(right, wrong, 1)

    problem = next(one for one in faults(text).problems if said in one.en)

    assert problem.told("en").startswith(f"trial.toml:{line(text, wrong)}: ")
    assert problem.zh
    assert problem.zh != problem.en


@pytest.mark.parametrize("people", [4998, 9999])
def test_injects_too_infect_no_more_people_than_there_are(people):
    inject = f"""
[[inject]]
day = 4
time = "09:00"
kind = "infect"
township = "500242101"
people = {people}
"""
    (problem,) = faults(GOOD + inject).problems

    assert problem.told("en").startswith(
        f"trial.toml:{line(GOOD + inject, f'people = {people}')}: "
    )
    assert "more people than live in the county (5000)" in problem.en


def test_where_nobody_says_how_many_people_the_census_does():
    text = GOOD.replace("people = 5000\n", "").replace("people = 3", "people = 900000")

    (problem,) = faults(text).problems

    assert "more people than live in the county (6" in problem.en


def test_a_county_without_a_census_figure_needs_its_number_of_people():
    text = (
        GOOD.replace("people = 5000\n", "")
        .replace("500242101", "511723101")
        .replace("500242102", "511723102")
        .replace('"500242"', '"511723"')
    )

    (problem,) = faults(text).problems

    assert problem.told("en").startswith("trial.toml:1: scenario.people: no census figure")
    assert parse_scenario(text.replace("days = 10", "days = 10\npeople = 900"), name="x").people


def test_a_kind_of_inject_that_is_not_said_is_missed_at_its_place():
    text = GOOD.replace('kind = "absent"\n', "")

    (problem,) = faults(text).problems

    assert (problem.line, problem.en) == (line(GOOD, "[[inject]]"), "says no kind")


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        (
            '[[inject]]\nday = 1\ntime = "16:59"\nkind = "message"\nsender = "epidemiologist"\n'
            'to = ["leader"]\ntext = "好"\ntext_en = "Good"\n',
            'sender = "epidemiologist"',
            "is absent then and cannot send a message",
        ),
        (
            '[[inject]]\nday = 1\ntime = "12:00"\nkind = "absent"\nrole = "epidemiologist"\n'
            "hours = 1.5\n",
            'role = "epidemiologist"',
            "is absent at that time already",
        ),
        (
            '[[inject]]\nday = 2\ntime = "13:00"\nkind = "outage"\nhours = 1.25\n',
            "hours = 1.25",
            "overlaps with an outage given above",
        ),
        (
            '[[inject]]\nday = 0\ntime = "07:59"\nkind = "outage"\nhours = 1\n',
            'time = "07:59"',
            "lies before the exercise begins",
        ),
        (
            '[[conduct]]\nkind = "order.finish"\nmedian_minutes = 5\nspread = 1\n',
            'kind = "order.finish"',
            "is already given above",
        ),
    ],
)
def test_injects_that_contradict_each_other_are_refused(more, key, said):
    text = f"{GOOD}\n{more}"

    (problem,) = faults(text).problems

    last = max(n for n, one in enumerate(text.splitlines(), 1) if one == key)
    assert said in problem.en
    assert problem.line == last


def test_injects_one_after_the_other_are_no_contradiction():
    more = (
        '[[inject]]\nday = 1\ntime = "17:00"\nkind = "message"\nsender = "epidemiologist"\n'
        'to = ["leader"]\ntext = "好"\ntext_en = "Good"\n'
        '[[inject]]\nday = 2\ntime = "14:00"\nkind = "outage"\nhours = 1\n'
        '[[inject]]\nday = 2\ntime = "10:00"\nkind = "outage"\nhours = 1\n'
        'townships = ["500242103"]\n'
    )

    assert len(parse_scenario(f"{GOOD}\n{more}", name="trial.toml").injects) == 5


def test_a_report_waits_for_the_end_of_the_outage_where_it_is_made():
    scenario = parse_scenario(GOOD, name="trial.toml")
    outage = scenario.injects[1]
    during = scenario.moment(outage)

    assert scenario.can_report_from("500242102201", during) == scenario.until(outage)
    assert scenario.can_report_from("500242103200", during) == during


def test_days_begin_at_midnight_but_the_first():
    scenario = parse_scenario(GOOD, name="trial.toml")

    assert scenario.day_begins(0) == scenario.starts_at
    assert scenario.day_begins(1).isoformat() == "2026-11-03T00:00:00+08:00"
    assert scenario.day_of(scenario.day_begins(1)) == 1


def test_a_file_that_is_none_is_told_so(tmp_path):
    torn = tmp_path / "torn.toml"
    torn.write_bytes("[scenario]\nname = 县\n".encode())
    foreign = tmp_path / "foreign.toml"
    foreign.write_bytes("县".encode("gb18030"))

    with pytest.raises(ScenarioProblem, match=r"torn.toml:2: is not valid TOML"):
        load_scenario(torn)
    with pytest.raises(ScenarioProblem, match="not written in UTF-8"):
        load_scenario(foreign)


def test_what_the_command_line_sets_must_go_with_the_rest():
    with pytest.raises(ScenarioProblem) as caught:
        parse_scenario(GOOD, name="trial.toml", changes={"people_play": ["epidemiologist"]})
    assert "trial.toml:25: inject[1].role: the role “epidemiologist” is played by people" in (
        caught.value.told("en")
    )
    other = parse_scenario(GOOD, name="trial.toml", changes={"profile": "kaijiang", "seed": 9})
    assert (other.profile, other.seed, other.county) == ("kaijiang", 9, "500242")


@pytest.mark.parametrize("time", ["-3:00", "24:00", "9:5", "٠٩:٠٠"])
def test_what_is_no_time_of_day_is_told_in_words(time):
    told = faults(GOOD.replace('time = "09:00"', f'time = "{time}"', 1))
    assert f"“{time}” is no time of day; write “hh:mm”" in told.told("en")
    assert f"“{time}”不是一天中的时刻" in told.told("zh")


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path):
    for path, zh, en in (
        (tmp_path / "none.toml", "自带想定有：", "the scenarios that ship are"),
        (tmp_path, "这是一个目录", "is a folder"),
    ):
        with pytest.raises(ScenarioProblem) as caught:
            load_scenario(path)
        assert zh in caught.value.told("zh")
        assert en in caught.value.told("en")
