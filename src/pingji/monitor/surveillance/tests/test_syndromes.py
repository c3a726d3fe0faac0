"""Complaints become symptoms, and symptoms syndromes."""

import tomllib

import pytest

from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.actions.symptoms import SHIPPED
from pingji.monitor.surveillance.models import ReadingWord, Symptom, SyndromeRule
from pingji.monitor.surveillance.queries.symptoms import load_rules, make_rules
from pingji.monitor.surveillance.rules.syndromes import Rules, read, signs_of
from pingji.monitor.surveillance.tests.factories import NOON, county


def shipped() -> Rules:
    """The shipped words and rules, without a database."""
    data = tomllib.loads(SHIPPED.read_text("utf-8"))
    return make_rules(
        [Symptom(**row) for row in data["symptom"]],
        [ReadingWord(word=w, role=role) for role, ws in data["steering"].items() for w in ws],
        [
            SyndromeRule(syndrome_id=row.pop("syndrome"), pk=at, **row)
            for at, row in enumerate(data["rule"], 1)
        ],
    )


RULES = shipped()


def said(text: str, **given: int) -> dict[str, float | None]:
    """The symptoms a complaint speaks of, with their days."""
    return read(text, rules=RULES, **given).symptoms


def denied(text: str) -> set[str]:
    """The symptoms a complaint denies."""
    return read(text, rules=RULES).denied


def test_a_plain_complaint():
    reading = read("发热伴咳嗽3天，无腹泻", rules=RULES)

    assert reading.symptoms == {"fever": 3, "cough": 3}
    assert reading.denied == {"diarrhoea"}
    assert reading.signs == ["influenza_like_illness", "fever_respiratory"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("咳嗽3天", 3),
        ("咳嗽2小时", 2 / 24),
        ("咳嗽半月", 15),
        ("咳嗽半天", 0.5),
        ("咳嗽一周余", 7),
        ("咳嗽3+天", 3),
        ("咳嗽3天余", 3),
        ("咳嗽10余天", 10),
        ("咳嗽十余天", 10),
        ("咳嗽二十天", 20),
        ("咳嗽2-3天", 3),
        ("咳嗽一个半月", 45),
        ("咳嗽1周半", 10.5),
        ("咳嗽数天", 3),
        ("昨晚起咳嗽", 1),
        ("3天前出现咳嗽", 3),
        ("咳嗽，3天", 3),
        ("11月20日起咳嗽", None),
        ("8月龄患儿咳嗽", None),
        ("咳嗽一日十余次", None),
    ],
)
def test_durations(text, days):
    assert said(text)["cough"] == (pytest.approx(days) if days else None)


def test_each_symptom_has_its_own_duration():
    assert said("咳嗽1周，发热2天") == {"cough": 7, "fever": 2}
    assert said("3天前发热，1天前出现腹泻") == {"fever": 3, "diarrhoea": 1}


def test_what_became_worse_counts_from_then():
    assert said("反复咳嗽3年，加重伴发热2天") == {"cough": 2, "fever": 2}


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("无发热、咳嗽，腹泻2天", {"diarrhoea"}, {"fever", "cough"}),
        ("否认发热，咳嗽3天", {"cough"}, {"fever"}),
        ("无发热，咳嗽，腹泻等不适", set(), {"fever", "cough", "diarrhoea"}),
        ("发热(-)，腹泻(＋)", {"diarrhoea"}, {"fever"}),
        ("发热：无，腹泻1天", {"diarrhoea"}, {"fever"}),
        ("咳嗽无，发热1天", {"fever"}, {"cough"}),
        ("无明显诱因出现发热", {"fever"}, set()),
        ("不明原因发热", {"fever"}, set()),
        ("发热不退，咳嗽未见好转", {"fever", "cough"}, set()),
        ("未测体温，咳嗽", {"cough"}, set()),
        ("并非没有发热", {"fever"}, set()),
        ("无发热但咳嗽明显", {"cough"}, {"fever"}),
        ("咳嗽不伴发热及皮疹", {"cough"}, {"fever", "rash"}),
        ("无力，纳差", {"fatigue", "poor_appetite"}, set()),
        ("否认: 发热，咳嗽，皮疹。腹泻1天", {"diarrhoea"}, {"fever", "cough", "rash"}),
    ],
)
def test_denials_and_their_scope(text, yes, no):
    assert (set(said(text)), denied(text)) == (yes, no)


@pytest.mark.parametrize(
    "text", ["同学有发热", "既往咳嗽", "有咳嗽病史", "肺炎疫苗接种", "饮水呛咳", "退热贴过敏"]
)
def test_others_the_past_and_lookalikes_do_not_count(text):
    assert said(text) == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("T 38.5℃", "fever"),
        ("体温最高达39.2度", "fever"),
        ("烧到39度5", "fever"),
        ("Tmax:40", "fever"),
        ("体温38℃", "fever"),
        ("体温37.9℃", "low_fever"),
        ("T37.3", "low_fever"),
    ],
)
def test_a_measured_temperature_means_fever_from_the_value_that_is_set(text, code):
    assert set(said(text)) == {code}


def test_the_highest_temperature_counts():
    assert set(said("体温波动于37.5-38.9℃")) == {"fever"}
    assert said("体温36.8℃") == {}


def test_age_is_read_and_limits_rules():
    child, adult = "手足疱疹2天，患儿3岁", "手足疱疹2天，患者43岁"

    assert "hfmd_like" in signs_of(child, rules=RULES)
    assert "hfmd_like" not in signs_of(adult, rules=RULES)
    assert "hfmd_like" not in signs_of("手足疱疹2天", age=43, rules=RULES)


def test_a_chronic_complaint_is_not_acute():
    assert "influenza_like_illness" not in signs_of("发热1天，咳嗽3年", rules=RULES)
    assert "tuberculosis_suspect" in signs_of("咳嗽、咳痰1月", age=40, rules=RULES)
    assert "tuberculosis_suspect" not in signs_of("咳嗽", age=40, rules=RULES)


@pytest.mark.parametrize(
    "text", ["", "无", "、，。", "体温", "39", "T", "\0", "…", "3" * 5000, "🤒"]
)
def test_odd_texts_say_nothing(text):
    assert signs_of(text, rules=RULES) == []


@pytest.mark.django_db
def test_rules_are_read_anew_after_a_change():
    county()
    actions.load_symptoms(by=system_user(), at=NOON)
    before = load_rules()
    assert load_rules() is before
    assert signs_of("蓝皮病3天", rules=before) == []

    Symptom.objects.filter(code="jaundice").update(words=["蓝皮病"])

    assert signs_of("蓝皮病3天", rules=load_rules()) == ["jaundice_syndrome"]


@pytest.mark.django_db
def test_loading_twice_changes_nothing():
    county()
    assert actions.load_symptoms(by=system_user(), at=NOON) > 0
    Symptom.objects.filter(code="jaundice").update(words=["蓝皮病"])

    assert actions.load_symptoms(by=system_user(), at=NOON) == 0
    assert Symptom.objects.get(code="jaundice").words == ["蓝皮病"]
