"""The catalogue: what a disease was on a day, and what is added to one that was there before."""

from datetime import date

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.actions import diseases
from pingji.monitor.surveillance.models import (
    CaseDefinition,
    CaseReport,
    ClusterThreshold,
    Disease,
    DiseaseClass,
    ReportingDeadline,
)
from pingji.monitor.surveillance.queries.card_checks import CLASS_A, OTHER, reporting_key
from pingji.monitor.surveillance.queries.catalogue import catalogue, disease_of
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    TOWN,
    case_row,
    cases,
    county,
    imported,
)

pytestmark = pytest.mark.django_db
BEFORE, AFTER = date(2025, 8, 31), date(2025, 9, 1)


@pytest.fixture(autouse=True)
def shipped():
    county()


def classes_on(day: date) -> dict[str, int]:
    """How many diseases were of each class by law on a day."""
    found: dict[str, int] = {}
    now = catalogue()
    for code in now.diseases:
        row = now.class_on(code, day)
        if row is not None and now.diseases[code].part_of_id is None:
            found[row.legal_class] = found.get(row.legal_class, 0) + 1
    return found


def test_41_diseases_by_law_until_august_2025_and_40_from_september():
    assert classes_on(date(2023, 9, 20)) == {"A": 2, "B": 28, "C": 11}
    assert classes_on(BEFORE) == {"A": 2, "B": 28, "C": 11}
    assert classes_on(AFTER) == {"A": 2, "B": 27, "C": 11}


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("手足口病", AFTER, "hand_foot_mouth"),
        ("ＨＩＶ ", AFTER, "aids"),
        ("人感染H7N9禽流感", BEFORE, "h7n9"),
        ("人感染H7N9禽流感", AFTER, "novel_influenza"),
        ("人感染新亚型流感", AFTER, "novel_influenza"),
        ("甲肝", AFTER, "hepatitis_a"),
        ("病毒性肝炎", AFTER, "viral_hepatitis"),
        ("新型冠状病毒肺炎", AFTER, "covid_19"),
        ("B05.9", AFTER, "measles"),
        ("B05.900x001", AFTER, "measles"),
        ("A22.1", AFTER, "anthrax_pulmonary"),
        ("A22.9", AFTER, "anthrax"),
        ("J09", BEFORE, "h5n1"),
        ("J09.x01", AFTER, "novel_influenza"),
        ("94500-6", AFTER, "covid_19"),
        ("感冒灵", AFTER, None),
        ("Z00", AFTER, None),
        ("", AFTER, None),
    ],
)
def test_a_disease_is_found_by_name_code_icd10_and_test(text, day, code):
    found = disease_of(text, day)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("code", "name", "disease"),
    [
        ("94500-6", "", "covid_19"),
        ("X1", "新型冠状病毒核酸检测(咽拭子)", "covid_19"),
        ("", "诺如病毒核酸检测(GII)", "norovirus"),
        ("", "甲型肝炎病毒抗体IgM测定", "hepatitis_a"),
        ("", "血常规", None),
        ("", "", None),
    ],
)
def test_a_laboratory_test_finds_its_disease(code, name, disease):
    found = catalogue().disease_of_test(code, name, AFTER)
    assert (found.code if found else None) == disease


def test_deadlines_to_report_by_date_and_of_parts():
    now = catalogue()

    assert now.deadline_key("plague", AFTER) == "report_card.class_a"
    assert now.deadline_key("anthrax_pulmonary", AFTER) == "report_card.class_a"
    assert now.deadline_key("anthrax", AFTER) == "report_card.other"
    assert now.deadline_key("hepatitis_a", AFTER) == "report_card.other"
    assert now.deadline_key("varicella", AFTER) is None


def test_a_card_is_promised_as_the_catalogue_says_else_by_its_class():
    def promise(code: str) -> str:
        return reporting_key(Disease.objects.get(pk=code), AFTER)

    assert (promise("plague"), promise("anthrax_pulmonary")) == (CLASS_A, CLASS_A)
    assert (promise("hepatitis_a"), promise("varicella")) == (OTHER, OTHER)

    ReportingDeadline.objects.filter(disease="viral_hepatitis").update(key=CLASS_A)
    assert promise("hepatitis_a") == CLASS_A

    ReportingDeadline.objects.filter(disease="viral_hepatitis").delete()
    assert promise("hepatitis_a") == OTHER
    DiseaseClass.objects.filter(disease="viral_hepatitis").update(managed_as_a=True)
    assert promise("hepatitis_a") == CLASS_A


def test_of_two_who_add_the_same_disease_at_once_the_second_is_refused(monkeypatch):
    look = diseases._check_free

    def look_before_the_other_saves(code: str, name: str) -> None:
        look(code, name)
        Disease.objects.create(code="other_code", name=name, name_en="Other")
        monkeypatch.setattr(diseases, "_check_free", look)

    monkeypatch.setattr(diseases, "_check_free", look_before_the_other_saves)
    person = UserFactory(role=Role.EPIDEMIOLOGIST)

    with pytest.raises(Refused) as refused:
        actions.add_disease(
            code="blue_skin",
            name="蓝皮病",
            name_en="Blue skin",
            is_syndrome=False,
            by=person,
            at=NOON,
            reason="监测",
        )

    assert refused.value.field == "name"
    assert not Disease.objects.filter(pk="blue_skin").exists()


def test_what_is_not_checked_is_not_called_checked():
    day_wording = ReportingDeadline.objects.filter(key="report_card.other")
    assert day_wording.exists()
    assert not day_wording.filter(verified=True).exists()
    assert not CaseDefinition.objects.filter(verified=True).exists()
    assert not ClusterThreshold.objects.filter(disease="dysentery", verified=True).exists()


def test_thresholds_of_the_nearest_area_count():
    disease = Disease.objects.get(pk="mumps")
    ClusterThreshold.objects.create(
        disease=disease,
        layer="national",
        place="institution",
        area_id=COUNTY,
        cases=6,
        days=7,
        valid_from=date(2025, 6, 1),
    )

    def national(area: str, day: date) -> list[int | None]:
        rows = catalogue().thresholds("mumps", area, day)
        return [row.cases for row in rows if row.layer == "national"]

    assert national(TOWN, AFTER) == [6]
    assert national(TOWN, date(2025, 5, 31)) == [10]
    assert national("500101", AFTER) == [10]


def test_a_name_holds_from_one_day_to_another():
    now = catalogue()
    assert now.name_on("covid_19", date(2021, 5, 1)) == "新型冠状病毒肺炎"
    assert now.name_on("covid_19", AFTER) == "新冠病毒感染"
    assert now.name_on("measles", AFTER) == "麻疹"


def test_a_change_shows_at_once():
    assert disease_of("蓝皮病", AFTER) is None
    Disease.objects.filter(pk="mumps").update(other_names=["蓝皮病"])
    assert disease_of("蓝皮病", AFTER).code == "mumps"


def test_loading_again_adds_nothing_and_changes_nothing():
    Disease.objects.filter(pk="mumps").update(name_en="Parotitis", tests=[])

    assert actions.load_diseases(by=system_user(), at=NOON) == 0
    assert Disease.objects.get(pk="mumps").name_en == "Parotitis"


def test_a_catalogue_of_the_first_version_gets_what_it_lacks():
    DiseaseClass.objects.filter(disease="measles", valid_from=date(2023, 9, 20)).delete()
    ReportingDeadline.objects.all().delete()
    Disease.objects.filter(pk="measles").update(icd10=[], tests=[], single_case=False, name_en="M")

    assert actions.load_diseases(by=system_user(), at=NOON) > 0

    measles = Disease.objects.get(pk="measles")
    assert (measles.icd10, measles.single_case, measles.name_en) == (["B05"], True, "M")
    assert measles.classes.count() == 2
    assert catalogue().deadline_key("measles", AFTER) == "report_card.other"


def test_a_file_names_a_disease_as_it_was_on_the_day_of_onset():
    name = "人感染H7N9禽流感"
    rows = [
        case_row(key="A", disease=name, onset="2025-08-31", diagnosed="2025-09-01"),
        case_row(key="B", disease=name, onset="2025-09-01", diagnosed="2025-09-01"),
        case_row(key="C", disease="甲肝"),
    ]

    imported(cases(rows))

    found = dict(CaseReport.objects.values_list("key", "disease_id"))
    assert found == {"A": "h7n9", "B": "novel_influenza", "C": "hepatitis_a"}
