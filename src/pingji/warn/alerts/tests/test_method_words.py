"""Every rule and method is told in words, with the settings it was run with."""

import pytest
from django.utils import translation

from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.named_methods import NAMED

SCAN = {"days": 90, "longest": 7, "alpha": 0.01, "replicates": 999, "monte_carlo_p": 0.001}
CROWD = {
    "alpha": 0.001,
    "history": 180.0,
    "fewest": 2.0,
    "lengths": [1, 3, 7],
    "places": 40,
    "near": 5,
}
THRESHOLD = {"cases": 10, "deaths": None, "days": 7, "row": 3, "growth": 2.0}


def sign(kind: str, method: str, **given: object) -> Sign:
    return Sign(kind=kind, method=method, **given)


def in_both(found: Sign) -> list[str]:
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(queries.rule_in_words(found))
    return said


@pytest.mark.parametrize("method", sorted(NAMED))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_method_that_the_catalogue_names_is_told_with_its_published_defaults(method, language):
    with translation.override(language):
        words = queries.in_words(method, {})

    assert len(words) > 20
    assert "%" not in words
    assert "_" not in words


def test_what_the_catalogue_sets_stands_in_the_sentence_or_after_it():
    options = {"b": 4, "w": 2, "limit54": [3, 6], "trend": False, "alpha": 0.01}

    with translation.override("en"):
        words = queries.in_words("farrington_flexible", options)

    assert "4 earlier years with 2 periods" in words
    assert "3 cases in the last 6 periods" in words
    assert words.endswith("; trend = no")


def test_whether_the_present_year_is_learnt_from_is_always_told():
    with translation.override("zh-hans"):
        assert "最近几期计入基线 = 是" in queries.in_words("bayes", {})


def test_a_threshold_is_told_with_its_place_figures_and_layer():
    found = sign(
        "cluster",
        "threshold",
        place_kind="institution",
        layer="cluster",
        settings=THRESHOLD | {"deaths": 1},
    )

    chinese, english = in_both(found)

    assert chinese.startswith("病种目录的规则：")
    assert "7 天内至少 10 例或死亡 1 例，为“聚集性疫情”" in chinese
    assert english.endswith("with at least 10 cases or 1 death within 7 days is “Cluster”")


def test_a_place_that_is_crowded_too_tells_both():
    settings = THRESHOLD | {"crowd": CROWD}
    found = sign(
        "cluster", "threshold", place_kind="institution", layer="cluster", settings=settings
    )

    chinese, english = in_both(found)

    assert "为“聚集性疫情”；" in chinese
    assert "全县 40 家同类机构此前 180 天" in chinese
    assert "the last 1/3/7 days, at least 2," in english


@pytest.mark.parametrize(
    ("found", "chinese", "english"),
    [
        (
            sign("single_case", "single_case", settings={"judged_days": 1}),
            "最近 1 天内",
            "in the last 1 day",
        ),
        (sign("single_case", "single_case"), "自首例起", "from the first on"),
        (
            sign("silence", "silence", settings={"silent_after_days": 3, "missed": 1}),
            "超过 3 天未报告",
            "after more than 3 days of silence; 1 report is missing",
        ),
        (sign("scan", "scan", settings=SCAN), "999 组", "runs of up to 7 days"),
        (sign("cluster", "crowd", settings=CROWD), "40 家", "any of the 5 in the township"),
        (
            sign(
                "rumour",
                "opinion_spike",
                settings={"baseline": 7, "alpha": 0.01, "texts": 3, "unchecked": 0.3},
            ),
            "强度最高为 0.3",
            "from 3 texts a week on",
        ),
        (
            sign("rumour", "opinion_check", settings={"true": 1.0, "partly": 0.6}),
            "部分属实为 0.6",
            "partly true 0.6",
        ),
        (
            sign(
                "series",
                "ears_c1",
                settings={"baseline": 7, "alpha": 0.01, "alarmed": ["ears_c1", "recommended"]},
            ),
            "同时判为异常的方法：",
            "also out of the ordinary by: Recommended",
        ),
    ],
)
def test_every_kind_of_sign_tells_its_rule_and_setting(found, chinese, english):
    said = in_both(found)

    assert chinese in said[0]
    assert english in said[1]


def test_a_sign_of_before_its_settings_were_kept_tells_what_was():
    with translation.override("en"):
        words = queries.rule_in_words(
            sign("cluster", "crowd", settings={"alpha": 0.001, "history": 180.0})
        )

    assert words.endswith(": probability of a false alarm = 0.001")


@pytest.mark.parametrize(("days", "words"), [(1, "2 within 1 day in"), (3, "2 within 3 days in")])
def test_one_day_is_no_days(days, words):
    found = sign("cluster", "crowd", observed=2, days=days, place="第一小学", settings=CROWD)

    with translation.override("en"):
        assert queries.sign_in_words(found).startswith(words)


def test_a_rule_that_stands_on_several_signs_is_told_without_what_was_not_kept():
    with translation.override("en"):
        assert queries.rule_in_words(sign("silence", "silence")) == "Silence of a sentinel"
