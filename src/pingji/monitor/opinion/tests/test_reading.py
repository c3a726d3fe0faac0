"""How well posts are read, measured on labelled ones; the words were set on the first set alone."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

from pingji.monitor.opinion.queries.reading import Reader, words
from pingji.monitor.opinion.rules import likeness
from pingji.monitor.opinion.rules.places import spellings
from pingji.monitor.opinion.rules.words import bare, starred
from pingji.monitor.opinion.tests.places import COUNTY, PLACES, places
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.tests.factories import NOON

HERE = Path(__file__).parent
LIKE = 0.5  # the plan's own setting


def labelled(name: str, part: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["set"] == part]


def place_of(label: str) -> tuple[str, str]:
    """Area and kind that a label asks for."""
    fixed = {"": (COUNTY, "none"), "-": (COUNTY, "elsewhere"), "?": (COUNTY, "ambiguous")}
    if label in fixed:
        return fixed[label]
    name, _bar, kind = label.partition("/")
    within = {"(龙潭)": "500242103", "(兴隆)": "500242107", "(黑水)": "500242108"}
    within["(酉酬)"] = "500242105"
    town = next((code for mark, code in within.items() if mark in name), COUNTY)
    name = name.split("(")[0].replace("酉阳县", "酉阳土家族苗族自治县")
    codes = [c for c, n in PLACES.items() if n.startswith(name) and c.startswith(town)]
    longest = [code for code in codes if (len(code) == 12) == name.endswith(("村", "社区"))]
    return longest[0], kind or "named"


def pool_of(texts: list[str]) -> likeness.Pool:
    pool = likeness.Pool()
    for name, text in enumerate(texts):
        pool.add(name, text, likeness.signature(likeness.runs(text)))
    return pool


def scores(pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Precision and recall of what was found, over what there is to find; "" is nothing."""
    hits = sum(1 for right, found in pairs if found and right == found)
    found = sum(1 for _right, found in pairs if found)
    there = sum(1 for right, _found in pairs if right)
    return hits / max(1, found), hits / max(1, there)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "least"),
    [
        ("tuned", {"place": 0.95, "topic": 0.9, "worried": 0.85, "calm": 0.8, "notice": 0.8}),
        ("apart", {"place": 0.9, "topic": 0.8, "worried": 0.6, "calm": 0.5, "notice": 0.6}),
    ],
)
def test_labelled_posts_are_read_as_people_read_them(part, least, capsys):
    places()
    reader = Reader(COUNTY, NOON.date())
    rows = labelled("posts.csv", part)
    read = [reader.read(row["text"]) for row in rows]

    pairs = {
        "place": [
            ("/".join(place_of(row["place"])), f"{one.where.area}/{one.where.kind}")
            for row, one in zip(rows, read, strict=True)
        ],
        "topic": [(row["topic"], one.topic) for row, one in zip(rows, read, strict=True)],
        "worried": mooded(rows, read, -1),
        "calm": mooded(rows, read, 1),
        "notice": [
            ("1" * int(row["notice"]), "1" * one.notice)
            for row, one in zip(rows, read, strict=True)
        ],
    }

    found = {name: scores(given) for name, given in pairs.items()}
    with capsys.disabled():
        said = " ".join(f"{name} {p:.2f}/{r:.2f}" for name, (p, r) in found.items())
        sys.stdout.write(f"\n{part}: {len(rows)} posts; precision/recall {said}\n")
    wrong = [
        f"{row['text']}: {name} {right or '–'} read as {got or '–'}"
        for name, given in pairs.items()
        for row, (right, got) in zip(rows, given, strict=True)
        if right != got
    ]
    poor = {name: found[name] for name, floor in least.items() if min(found[name]) < floor}
    assert not poor, "\n".join([str(poor), *wrong])


def mooded(rows, read, mood):
    return [
        ("1" * (int(row["mood"]) == mood), "1" * (one.mood == mood))
        for row, one in zip(rows, read, strict=True)
    ]


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.9), ("apart", 0.85)])
def test_texts_that_repeat_each_other_are_joined_and_no_others(part, least, capsys):
    rows = labelled("pairs.csv", part)

    pairs = []
    for row in rows:
        found = pool_of([row["one"]]).likest(row["other"], LIKE)
        pairs.append(("1" if row["same"] == "1" else "", "1" if found == 0 else ""))

    precision, recall = scores(pairs)
    with capsys.disabled():
        said = f"precision/recall {precision:.2f}/{recall:.2f}"
        sys.stdout.write(f"\n{part}: {len(rows)} pairs; {said}\n")
    wrong = [row["other"] for row, (a, b) in zip(rows, pairs, strict=True) if a != b]
    assert min(precision, recall) >= least, wrong


def test_there_are_enough_labelled_posts_to_measure_by():
    assert len(labelled("posts.csv", "tuned") + labelled("posts.csv", "apart")) >= 150


def test_a_signature_tells_how_much_two_texts_share():
    base = [chr(0x4E00 + at) for at in range(300)]
    one, other = "".join(base[:200]), "".join(base[100:])
    shared = len(likeness.runs(one) & likeness.runs(other)) / len(
        likeness.runs(one) | likeness.runs(other)
    )

    both = likeness.signature(likeness.runs(one)) == likeness.signature(likeness.runs(other))

    assert np.mean(both) == pytest.approx(shared, abs=0.15)


def test_of_several_texts_the_likest_is_repeated():
    texts = ["今天天气真好适合去爬山", "龙潭幼儿园好多孩子发烧咳嗽", "龙潭小学食堂吃坏肚子"]
    pool = pool_of(texts)

    assert pool.likest("龙潭幼儿园好多孩子发烧咳嗽！", LIKE) == 1
    assert pool.likest("龙潭幼儿园好多孩子发烧咳嗽！", LIKE, lambda name: name != 1) is None
    assert pool.likest("毫不相干的一句话而已", LIKE) is None


def test_a_pool_grows_with_what_is_put_in():
    pool = pool_of([f"第{number}条互不相同的消息{number * 7919}" for number in range(300)])

    assert pool.likest("第299条互不相同的消息2367781", 0.95) == 299


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("电话13812345678联系", "电话138****5678联系"),
        ("身份证50024219900307123X", "身份证500242********123X"),
        ("微博号138123456789", "微博号138123456789"),
    ],
)
def test_numbers_of_people_are_starred(text, kept):
    assert starred(text) == kept


def test_marks_of_forwarding_are_no_words_of_the_author():
    assert bare("转发微博：看看这个 @某某 https://t.example/x 真的吗//@他人:原文").startswith(
        "看看这个"
    )


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("酉阳土家族苗族自治县", "酉阳"),
        ("龙潭镇", "龙潭"),
        ("花田乡", "花田"),
        ("五育村村民委员会", "五育"),
    ],
)
def test_places_are_known_by_their_short_names(name, short):
    assert short in dict(spellings(name))


@pytest.mark.django_db
def test_every_code_in_the_file_of_words_is_in_the_catalogue():
    places()
    found = words()["topics"]

    known = set(Disease.objects.values_list("code", flat=True))

    assert {*found["names"].values(), *found["usual"].values()} <= known
