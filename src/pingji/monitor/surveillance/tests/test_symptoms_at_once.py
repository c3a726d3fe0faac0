"""Two people who change how complaints are read in the same moment: the second is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.actions import symptoms as actions
from pingji.monitor.surveillance.models import ReadingWord, Symptom
from pingji.monitor.surveillance.tests.factories import NOON, county

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20


@pytest.fixture
def user():
    county()
    actions.load_symptoms(by=system_user(), at=NOON)
    return UserFactory(role=Role.EPIDEMIOLOGIST)


def at_once(*asked):
    """What each got who asked in the same moment."""
    begun = threading.Barrier(len(asked), timeout=SECONDS)

    def one(ask):
        begun.wait()
        try:
            return ask()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asked)) as pool:
        return [future.result(SECONDS) for future in [pool.submit(one, ask) for ask in asked]]


def symptom(user, code, name):
    values = {"name": name, "name_en": "x", "words": [], "not_words": [], "from_temperature": None}
    return lambda: actions.save_symptom(
        code=code, values=values, seen="", by=user, at=NOON, reason="新词"
    )


@pytest.mark.parametrize("codes", [("blue_skin", "blue_skin"), ("blue_skin", "skin_blue")])
def test_of_two_who_add_the_same_symptom_or_name_one_is_refused(user, codes):
    answers = at_once(*(symptom(user, code, "皮肤发蓝") for code in codes))

    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    told = "该代码已被使用" if len(set(codes)) == 1 else "该名称已被其他症状使用"
    assert told in str(refused)
    assert Symptom.objects.filter(name="皮肤发蓝").count() == 1
    assert Line.objects.filter(kind="complaints.rules_changed").count() == 1


def test_of_two_who_add_words_of_one_role_the_second_takes_nothing_away(user):
    words = list(ReadingWord.objects.filter(role="negates").values_list("word", flat=True))
    seen = actions.words_print(words)
    given = {"role": "negates", "seen": seen, "by": user, "at": NOON, "reason": "新词"}

    answers = at_once(
        lambda: actions.save_words(words=[*words, "冇"], **given),
        lambda: actions.save_words(words=[*words, "莫得"], **given),
    )

    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    (kept,) = [answer for answer in answers if not isinstance(answer, Refused)]
    assert "其他人" in str(refused)
    assert set(ReadingWord.objects.filter(role="negates").values_list("word", flat=True)) == set(
        kept
    )


def test_of_two_who_give_one_word_two_roles_one_is_refused(user):
    def add(role):
        words = list(ReadingWord.objects.filter(role=role).values_list("word", flat=True))
        given = {"seen": actions.words_print(words), "by": user, "at": NOON, "reason": "新词"}
        return lambda: actions.save_words(role=role, words=[*words, "冇"], **given)

    answers = at_once(add("negates"), add("past"))

    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert "冇" in str(refused)
    assert ReadingWord.objects.filter(word="冇").count() == 1
