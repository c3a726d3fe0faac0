"""The catalogue and the reading of complaints, changed on screen."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.actions import symptoms as symptom_actions
from pingji.monitor.surveillance.models import (
    ClusterThreshold,
    Disease,
    DiseaseClass,
    ReadingWord,
    Symptom,
    SyndromeRule,
    Visit,
)
from pingji.monitor.surveillance.queries.catalogue import catalogue, disease_of, latest_row
from pingji.monitor.surveillance.queries.symptoms import load_rules
from pingji.monitor.surveillance.rules.syndromes import signs_of
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN, county, reporter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def client() -> Client:
    person = reporter()
    actions.load_symptoms(by=system_user(), at=NOON)
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


def page(client: Client, name: str, /, *args: object, **given: str) -> str:
    """The text of a page."""
    response = client.get(reverse(f"surveillance:{name}", args=args), given)
    assert response.status_code == 200
    return response.content.decode()


def seen_on(client: Client, name: str, *args: object) -> str:
    """The mark of what the person saw on a form."""
    return page(client, name, *args).split('name="seen" value="')[1].split('"')[0]


def sent(client: Client, name: str, /, *args: object, **given: object) -> str:
    """The text of the page after a form is sent."""
    response = client.post(reverse(f"surveillance:{name}", args=args), given, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_names_and_classes_of_the_day_asked_for(client):
    assert "人感染新亚型流感" in page(client, "diseases", show="B")
    before = page(client, "diseases", show="B", on="2025-08-31")
    assert "人感染H7N9禽流感" in before
    assert "人感染新亚型流感" not in before


def test_the_list_is_searched_and_filtered(client):
    found = page(client, "diseases", q="B08.4")
    assert "手足口病" in found
    assert "鼠疫" not in found
    assert "流感样病例" in page(client, "diseases", show="syndrome")
    assert "鼠疫" not in page(client, "diseases", channel="case")
    assert "Nothing" in page(client, "diseases", q="没有这种病") or "没有" in page(
        client, "diseases", q="没有这种病"
    )


def test_a_disease_page_says_what_is_not_checked(client):
    text = page(client, "disease", "dysentery")
    assert "未核对" in text
    assert "P50" in text


def test_a_new_disease_is_found_by_files_at_once(client):
    assert disease_of("蓝皮病", timezone.localdate()) is None

    sent(
        client,
        "new_disease",
        code="blue_skin",
        name="蓝皮病",
        name_en="Blue skin disease",
        other_names="蓝肤病\n青皮病",
        icd10="Q99.1",
        reason="省里要求监测",
    )

    assert disease_of("青皮病", timezone.localdate()).code == "blue_skin"
    assert disease_of("Q99.101", timezone.localdate()).code == "blue_skin"
    line = Line.objects.filter(kind="catalogue.changed").latest("pk")
    assert (line.reason, line.details["what"]) == ("省里要求监测", "added")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"code": "Plague!"}, "小写字母"),
        ({"code": "measles"}, "代码"),
        ({"name": "麻疹"}, "名称"),
        ({"icd10": "麻疹"}, "ICD-10"),
        ({"reason": ""}, "必填"),
    ],
)
def test_bad_input_is_explained(client, given, told):
    right = {"code": "blue_skin", "name": "蓝皮病", "name_en": "Blue", "reason": "监测"}

    assert told in sent(client, "new_disease", **(right | given))
    assert not Disease.objects.filter(pk="blue_skin").exists()


def test_a_change_from_a_day_on_closes_the_row_before(client):
    today = timezone.localdate()
    old = ClusterThreshold.objects.get(disease="mumps", layer="national", place="institution")

    sent(
        client,
        "change_row",
        "mumps",
        "thresholds",
        layer="national",
        place="institution",
        cases="7",
        days="7",
        valid_from=(today + DAY).isoformat(),
        source="本县通知",
        reason="从严",
        seen=seen_on(client, "change_row", "mumps", "thresholds"),
    )

    old.refresh_from_db()
    now = catalogue()
    assert (old.cases, old.valid_to) == (10, today + DAY)

    def national(day: date) -> list[int | None]:
        rows = now.thresholds("mumps", COUNTY, day)
        return [row.cases for row in rows if row.layer == "national"]

    assert (national(today), national(today + DAY)) == ([10], [7])


def change_class(**given: object) -> DiseaseClass:
    """Rubella becomes class B from tomorrow, as somebody changes it who saw the row in force."""
    latest = latest_row(Disease.objects.get(pk="rubella"), "classes", {})
    return actions.set_row(
        **{
            "disease": Disease.objects.get(pk="rubella"),
            "kind": "classes",
            "values": {"legal_class": "B", "managed_as_a": False, "source": "通知"},
            "valid_from": timezone.localdate(NOON) + DAY,
            "seen": latest.pk,
            "by": reporter(username=f"u{Line.objects.count()}"),
            "at": NOON,
            "reason": "调整",
        }
        | given
    )


def test_of_two_who_change_at_once_the_second_is_told():
    county()
    first_seen = latest_row(Disease.objects.get(pk="rubella"), "classes", {}).pk
    change_class()

    with pytest.raises(Refused, match=r"."):
        change_class(seen=first_seen, valid_from=timezone.localdate(NOON) + 2 * DAY)

    assert DiseaseClass.objects.filter(disease="rubella").count() == 3


def test_the_past_is_not_rewritten():
    county()
    with pytest.raises(Refused):
        change_class(valid_from=timezone.localdate(NOON) - DAY)
    assert catalogue().class_on("rubella", timezone.localdate(NOON)).legal_class == "C"


def test_nobody_without_the_right_changes_the_catalogue(client):
    other = UserFactory(role=Role.HOSPITAL_REPORTER)
    client.force_login(other)

    for name, args in (("new_disease", ()), ("edit_disease", ("mumps",)), ("new_rule", ())):
        assert client.get(reverse(f"surveillance:{name}", args=args)).status_code == 409
    with pytest.raises(Refused):
        change_class(by=other)
    with pytest.raises(Refused):
        actions.end_disease(
            disease=Disease.objects.get(pk="mumps"),
            watched_to=timezone.localdate(NOON),
            succeeded_by=None,
            by=other,
            at=NOON,
            reason="x",
        )


def test_a_threshold_of_a_foreign_area_is_refused():
    county()
    foreign = UserFactory(role=Role.EPIDEMIOLOGIST).area
    person = reporter(area=foreign.__class__.objects.get(pk=TOWN))
    with pytest.raises(Refused):
        actions.set_row(
            disease=Disease.objects.get(pk="mumps"),
            kind="thresholds",
            values={
                "layer": "cluster",
                "place": "village",
                "area": foreign.__class__.objects.get(pk=COUNTY),
                "cases": 3,
                "days": 7,
                "source": "x",
            },
            valid_from=timezone.localdate(NOON),
            seen=None,
            by=person,
            at=NOON,
            reason="x",
        )


def test_an_edit_of_what_another_has_changed_is_refused(client):
    seen = seen_on(client, "edit_disease", "mumps")
    Disease.objects.filter(pk="mumps").update(other_names=["痄腮"])
    row = Disease.objects.get(pk="mumps")

    sent(
        client,
        "edit_disease",
        "mumps",
        name=row.name,
        name_en="Parotitis",
        reason="改名",
        seen=seen,
    )
    row.refresh_from_db()
    assert row.name_en == "Mumps"

    sent(
        client,
        "edit_disease",
        "mumps",
        name=row.name,
        name_en="Parotitis",
        other_names="痄腮",
        reason="改名",
        seen=seen_on(client, "edit_disease", "mumps"),
    )
    row.refresh_from_db()
    assert (row.name_en, row.other_names) == ("Parotitis", ["痄腮"])


def test_a_disease_that_ended_is_followed_by_another(client):
    tomorrow = timezone.localdate() + DAY
    sent(
        client,
        "end_disease",
        "campylobacteriosis",
        watched_to=tomorrow.isoformat(),
        succeeded_by="other_infectious_diarrhoea",
        reason="合并",
    )

    assert disease_of("弯曲菌病", tomorrow - DAY).code == "campylobacteriosis"
    assert disease_of("弯曲菌病", tomorrow).code == "other_infectious_diarrhoea"


def test_a_row_is_ended(client):
    today = timezone.localdate()
    row = ClusterThreshold.objects.get(disease="mumps", layer="national")

    sent(client, "end_row", "mumps", "thresholds", row.pk, on=today.isoformat(), reason="废止")

    row.refresh_from_db()
    assert row.valid_to == today


def test_another_districts_row_is_not_ended_and_the_page_says_why(client):
    today = timezone.localdate()
    row = ClusterThreshold.objects.get(disease="mumps", layer="national")
    ClusterThreshold.objects.filter(pk=row.pk).update(area=AreaFactory(code=FOREIGN_COUNTY))

    told = sent(
        client, "end_row", "mumps", "thresholds", row.pk, on=today.isoformat(), reason="废止"
    )

    assert "该地区不在您的辖区内" in told
    row.refresh_from_db()
    assert row.valid_to is None


def test_a_complaint_is_read_on_screen(client):
    text = sent(client, "complaints", text="无明显诱因发热伴咳嗽3天，无腹泻")

    assert "流感样病例" in text
    assert "否定" in text


def test_a_new_syndrome_with_a_rule_counts_at_once(client):
    sent(
        client,
        "new_disease",
        code="blue_syndrome",
        name="蓝皮症候群",
        name_en="Blue syndrome",
        is_syndrome="1",
        reason="试点",
    )
    sent(
        client,
        "new_symptom",
        code="blue_skin",
        name="皮肤发蓝",
        name_en="Blue skin",
        words="蓝皮、皮肤变蓝",
        reason="试点",
        seen="",
    )
    sent(
        client,
        "new_rule",
        syndrome="blue_syndrome",
        any_of=["blue_skin"],
        active="on",
        reason="试点",
        seen="",
    )

    assert signs_of("皮肤变蓝2天", rules=load_rules()) == ["blue_syndrome"]
    assert signs_of("无皮肤变蓝", rules=load_rules()) == []


def visit(complaint: str, key: str) -> None:
    person = reporter(username=f"v{key}", organisation=None)
    from pingji.ground.directory.tests.factories import OrganisationFactory

    Visit.objects.create(
        organisation=OrganisationFactory(area_id=COUNTY),
        key=key,
        kind="outpatient",
        area_id=TOWN,
        visited_at=NOON,
        known_at=NOON,
        complaint=complaint,
        age=30,
    )
    assert person.pk


def test_what_a_changed_rule_would_do_is_shown_and_nothing_is_saved(client):
    visit("头晕伴乏力1天", "1")
    visit("发热伴咳嗽1天", "2")
    rule = SyndromeRule.objects.get(syndrome="influenza_like_illness")

    text = sent(
        client,
        "edit_rule",
        rule.pk,
        syndrome="influenza_like_illness",
        all_of=["dizziness"],
        active="on",
        **{"try": "1"},
    )

    assert "头晕伴乏力1天" in text
    assert "发热伴咳嗽1天" in text
    rule.refresh_from_db()
    assert rule.all_of == ["fever"]


def test_a_rule_that_asks_for_nothing_or_for_and_against_is_explained(client):
    assert "至少" in sent(client, "new_rule", syndrome="sari", reason="x", seen="")
    both = {"any_of": ["fever"], "none_of": ["fever"]}
    assert "fever" in sent(client, "new_rule", syndrome="sari", reason="x", seen="", **both)
    assert SyndromeRule.objects.filter(syndrome="sari").count() == 3


def test_steering_words_are_changed_and_two_at_once_refused():
    county()
    actions.load_symptoms(by=system_user(), at=NOON)
    words = list(ReadingWord.objects.filter(role="negates").values_list("word", flat=True))
    given = {
        "role": "negates",
        "seen": symptom_actions.words_print(words),
        "by": reporter(),
        "at": NOON,
        "reason": "方言",
    }
    assert "fever" in load_rules_read("冇发热")

    symptom_actions.save_words(words=[*words, "冇"], **given)

    assert "fever" not in load_rules_read("冇发热")
    with pytest.raises(Refused):
        symptom_actions.save_words(words=words, **given)


def load_rules_read(text: str) -> set[str]:
    from pingji.monitor.surveillance.rules.syndromes import read

    return set(read(text, rules=load_rules()).symptoms)


def test_a_symptom_two_people_change_at_once(client):
    seen = seen_on(client, "edit_symptom", "cough")
    Symptom.objects.filter(pk="cough").update(words=["咳"])

    sent(client, "edit_symptom", "cough", name="咳嗽", name_en="C", reason="x", seen=seen)

    assert Symptom.objects.get(pk="cough").name_en == "Cough"


def test_a_part_cannot_have_parts_of_its_own(client):
    given = {"code": "hepatitis_a_2", "name": "甲肝二型", "name_en": "Hepatitis A 2", "reason": "x"}

    refused = sent(client, "new_disease", **given, part_of="hepatitis_a")

    assert "“甲型病毒性肝炎”本身是“病毒性肝炎”的分型" in refused
    sent(client, "new_disease", **given, part_of="viral_hepatitis")
    assert Disease.objects.get(pk="hepatitis_a_2").part_of_id == "viral_hepatitis"


def test_the_list_says_within_how_many_hours_a_case_must_be_reported(client):
    plan()

    text = page(client, "diseases")

    assert "2 小时" in text.split("鼠疫")[1].split("</tr>")[0]
    assert "24 小时" in text.split("艾滋病")[1].split("</tr>")[0]
