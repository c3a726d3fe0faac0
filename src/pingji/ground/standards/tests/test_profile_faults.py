"""A wrong profile is refused with the file, the line, the key and the reason."""

import pytest

from pingji.ground.standards.rules.faults import ProfileProblem
from pingji.ground.standards.rules.profile import load_profile_file, parse_profile

GOOD = """\
[profile]
name = "test"
title = { zh = "试", en = "Test" }
areas = ["500242"]
extends = "national"
in_force_from = 2025-01-01

[document]
title = "试行方案"

[departments]
"县疾控局" = "County CDC"

[[deadline]]
key = "alert.verify"
zh = "核实"
en = "Verify"
hours = 2
clause = "S9 一"

[[number]]
key = "rooms.count"
zh = "房间"
en = "Rooms"
value = 40
unit = "rooms"
comparison = "at_least"
clause = "S9 二"

[[indicator]]
key = "signal.answered_share"
zh = "响应率"
en = "Answered"
unit = "percent"
target = 100
better = "higher"
clause = "S9 三"

[[duty]]
key = "drill.general"
zh = "演练"
en = "Drill"
every = "quarter"
times = 1
clause = "S9 四"

[[list]]
key = "loop.stages"
zh = "环节"
en = "Stages"
clause = "S9 五"
items = [{ key = "a", zh = "甲", en = "A" }]

[[group]]
key = "office"
zh = "办公室"
en = "Office"
clause = "S9 六"

[[task]]
number = "1"
zh = "任务"
en = "Task"
lead = ["县疾控局"]
clause = "S9 七"
"""


def faults(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ProfileProblem) as raised:
        parse_profile(text, name="county.toml")
    assert all(problem.file == "county.toml" for problem in raised.value.problems)
    assert all(problem.zh and problem.en for problem in raised.value.problems)
    return [(problem.line, problem.key, problem.en) for problem in raised.value.problems]


def test_a_good_profile_passes():
    assert len(list(parse_profile(GOOD, name="county.toml").rows())) == 5


# What is changed, into what, and the line, the key and the words of the complaint.
CASES = [
    ("hours = 2", 'hours = "two"', 18, "deadline[1] (alert.verify).hours", "should be a number"),
    ("hours = 2", "hours = -2", 18, "deadline[1] (alert.verify).hours", "not be below 0"),
    ("hours = 2", "hours = 0", 14, "deadline[1] (alert.verify)", "exactly one of days"),
    ("hours = 2", "hours = 2\ndays = 1", 14, "deadline[1] (alert.verify)", "exactly one of days"),
    ("hours = 2", "ours = 2", 18, "deadline[1] (alert.verify).ours", "check the spelling"),
    ("hours = 2", "hours = 2\nwarn = 1.5", 19, "deadline[1] (alert.verify).warn", "below 1"),
    ('en = "Task"\n', "", 60, "task[1] (1).en", "is missing"),
    ('zh = "核实"\n', "", 14, "deadline[1] (alert.verify).zh", "is missing"),
    ('zh = "核实"', 'zh = ""', 16, "deadline[1] (alert.verify).zh", "must not be empty"),
    ('clause = "S9 一"\n', "", 14, "deadline[1] (alert.verify)", "a clause of the plan or a source"),
    ('key = "alert.verify"', 'key = "verify"', 15, "deadline[1] (verify).key", "is not written as"),
    ("value = 40", "value = true", 25, "number[1] (rooms.count).value", "should be a number"),
    ('unit = "rooms"', 'unit = "romes"', 26, "number[1] (rooms.count).unit", "is not one of"),
    ("at_least", "about", 27, "number[1] (rooms.count).comparison", "is not one of"),
    ("target = 100", "target = 101", 30, "indicator[1] (signal.answered_share)", "above 100"),
    ("target = 100", "target = 1\npresent = 1", 30, "indicator[1] (signal.answered_share)", "together"),
    ("higher", "more", 36, "indicator[1] (signal.answered_share).better", "'higher' or 'lower'"),
    ("times = 1\n", "", 39, "duty[1] (drill.general)", "needs times"),
    ('every = "quarter"', 'every = "as_needed"', 39, "duty[1] (drill.general)", "needs times"),
    ('[{ key = "a", zh = "甲", en = "A" }]', "[]", 52, "list[1] (loop.stages).items", "not be empty"),
    ('lead = ["县疾控局"]', 'lead = ["县公安局"]', 64, "task[1].lead", "not listed in [departments]"),
    ('clause = "S9 六"', 'clause = "S9 六"\nunder = "x"', 59, "group[1].under", "no group “x”"),
    ('key = "rooms.count"', 'key = "alert.verify"', 22, "number[1].key", "already given above"),
    ('clause = "S9 二"', 'source = "hearsay"', 28, "number[1].source", "not explained in [sources]"),
    ('extends = "national"', 'extends = "moon"', 5, "profile.extends", "no base profile “moon”"),
    ('areas = ["500242"]', "areas = []", 1, "profile", "codes of its areas"),
    ('areas = ["500242"]', 'areas = ["50024"]', 4, "profile.areas[1]", "is not written as"),
    ("in_force_from = 2025-01-01", 'in_force_from = "soon"', 6, "profile.in_force_from", "a date"),
    ('clause = "S9 七"', 'clause = "S9 七"\ndue = 2025-12-31', 60, "task[1] (1)", "due_clause"),
    ('clause = "S9 七"', 'clause = "S9 七"\nrequirement = ["R130"]', 66, "task[1] (1).requirement[1]",
     "is not written as"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), CASES)
def test_a_fault_is_told_with_its_line_key_and_reason(old, new, line, key, words):
    assert GOOD.count(old) == 1

    found = faults(GOOD.replace(old, new))

    assert [(at, where) for at, where, _ in found] == [(line, key)]
    assert words in found[0][2]


def test_every_fault_is_told_at_once():
    broken = GOOD.replace("hours = 2", "ours = 2").replace("value = 40", 'value = "many"')

    assert len(faults(broken)) == 2


def test_a_list_that_names_an_item_twice_is_refused():
    twice = GOOD.replace(
        '[{ key = "a", zh = "甲", en = "A" }]',
        '[{ key = "a", zh = "甲", en = "A" }, { key = "a", zh = "乙", en = "B" }]',
    )

    assert "named twice: a" in faults(twice)[0][2]


def test_two_tasks_of_one_number_are_refused():
    again = GOOD + GOOD[GOOD.index("[[task]]") :]

    assert faults(again)[0][1] == "task[2].number"


def test_broken_toml_is_told_with_its_line():
    assert faults(GOOD.replace("hours = 2", "hours = = 2"))[0][0] == 18


def test_a_file_in_another_encoding_is_told_so(tmp_path):
    path = tmp_path / "county.toml"
    path.write_bytes(GOOD.encode("gbk"))

    with pytest.raises(ProfileProblem, match="not written in UTF-8"):
        load_profile_file(path)


def test_a_missing_file_is_told_so(tmp_path):
    with pytest.raises(ProfileProblem, match="cannot be read"):
        load_profile_file(tmp_path / "nowhere.toml")


def test_a_profile_may_extend_one_that_lies_beside_it(tmp_path):
    (tmp_path / "moon.toml").write_text(GOOD.replace('extends = "national"\n', ""))
    (tmp_path / "county.toml").write_text(GOOD.replace("national", "moon"))

    assert load_profile_file(tmp_path / "county.toml").profile.extends == "moon"


def test_a_fault_is_told_in_both_languages():
    with pytest.raises(ProfileProblem) as raised:
        parse_profile(GOOD.replace("hours = 2", "ours = 2"), name="county.toml")

    problem = raised.value.problems[0]
    assert problem.told("en").startswith("county.toml:18: deadline[1] (alert.verify).ours: ")
    assert problem.told("zh-hans") == (
        "county.toml:18：deadline[1] (alert.verify).ours：没有这样的项，请检查拼写"
    )
