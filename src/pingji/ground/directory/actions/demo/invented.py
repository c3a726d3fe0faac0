"""Invented people: plausible names, numbers that cannot be anybody's."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pingji.ground.directory.rules import check_character, sex_of

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜冉白石向"
)
GIVEN = [
    "志远",
    "秀兰",
    "建国",
    "雨桐",
    "海燕",
    "文博",
    "丽华",
    "子轩",
    "桂英",
    "晓峰",
    "思源",
    "玉梅",
    "国强",
    "欣怡",
    "永红",
    "佳宁",
    "德明",
    "春燕",
    "俊杰",
    "淑珍",
    "立新",
    "梦瑶",
    "光明",
    "素芬",
    "浩然",
    "翠莲",
    "成林",
    "若曦",
    "福生",
    "彩霞",
    "正阳",
    "静",
    "磊",
    "敏",
    "勇",
    "婷",
    "涛",
    "娟",
    "鹏",
    "芳",
    "洋",
    "蓉",
    "斌",
    "艳",
    "辉",
    "雪",
    "松",
    "莉",
    "晨",
    "琴",
]
# No division of the country begins with 99, so no living person has such a number.
NOBODYS_DIVISION = "990001"
# Nor does any telephone number begin with 100 and go on for eleven digits.
NOBODYS_PHONE = "100"


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    identity_number: str
    born_on: date
    sex: str
    phone: str


def name(chance: random.Random) -> str:
    """A Chinese name."""
    return chance.choice(SURNAMES) + chance.choice(GIVEN)


def phone(chance: random.Random) -> str:
    """An eleven-digit number that rings nowhere."""
    return f"{NOBODYS_PHONE}{chance.randrange(10**8):08d}"


def people(seed: str, *, until: date) -> Iterator[Person]:
    """The same people for the same seed, as many as are asked for, born before `until`."""
    chance = random.Random(seed)  # noqa: S311 - a demonstration, nothing secret
    order = chance.sample(range(1000), 1000)
    for sequence in order:
        # More young than old, up to the age of ninety.
        born = until - timedelta(days=int(chance.triangular(1, 90 * 365, 30 * 365)))
        digits = f"{NOBODYS_DIVISION}{born:%Y%m%d}{sequence:03d}"
        number = digits + check_character(digits)
        yield Person(name(chance), number, born, sex_of(number), phone(chance))
