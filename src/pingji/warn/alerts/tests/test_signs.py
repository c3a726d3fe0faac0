"""What each source finds, and that a past moment gives the same again."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import AreaFactory, OrganisationFactory
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import DetectorSetting, Disease
from pingji.monitor.surveillance.tests.card_factories import NOON, TOWN, Home, facts, home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.monitor.surveillance.tests.sentinel_factories import school
from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Alert, DetectionRun, Sign
from pingji.warn.alerts.queries.signs.found import strength_of
from pingji.warn.alerts.tests.factories import detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ONSET = date(2025, 11, 20)
ADULT = {"born_on": None, "age": 40, "guardian": "", "status": "confirmed"}


@pytest.fixture
def here():
    return home()


def primary_school() -> Organisation:
    return OrganisationFactory(
        code="s1", name="第一小学", kind=Organisation.Kind.SCHOOL, area=Area.objects.get(pk=TOWN)
    )


def pupils(here: Home, number: int, **given: object) -> list:
    return [
        sent(
            here,
            name=f"学生{n}",
            phone=f"138{n:08}",
            address=f"{n} 组 {n} 号",
            **{"disease": "varicella", "onset_on": ONSET} | given,
        )
        for n in range(number)
    ]


def look(source: str, as_of=NOON) -> list[queries.Found]:
    settings = queries.settings_for(COUNTY, on=timezone.localdate(as_of))
    return queries.SOURCES[source](queries.look_at(COUNTY, as_of, settings)).found


def test_one_case_of_a_disease_that_always_counts_is_a_sign(here):
    sent(here, disease="cholera", **ADULT)

    (sign,) = look("single_case")

    assert (sign.disease, sign.area, sign.observed, sign.strength) == ("cholera", TOWN, 1, 1.0)


def test_one_case_of_any_other_disease_is_none(here):
    sent(here, disease="influenza")

    assert look("single_case") == []


def test_a_late_report_of_an_old_case_counts_when_it_becomes_known(here):
    sent(
        here,
        disease="cholera",
        onset_on=date(2025, 10, 1),
        diagnosed_on=date(2025, 10, 2),
        diagnosed_at=datetime(2025, 10, 2, 3, 0, tzinfo=UTC),
        **ADULT,
    )

    assert [sign.starts_on for sign in look("single_case")] == [date(2025, 10, 1)]


def test_a_class_a_school_and_a_village_each_have_their_threshold(here):
    place = primary_school()
    pupils(here, 5, institution=place.pk, school_class="三年级1班")

    found = {(sign.place_kind, sign.layer): sign for sign in look("cluster")}

    assert {("class", "class_hint"), ("institution", "cluster")} <= set(found)
    hint = found["class", "class_hint"]
    assert (hint.place, hint.vulnerable, hint.observed) == ("第一小学 三年级1班", True, 5)


def test_the_gravest_layer_of_a_place_counts(here):
    place = primary_school()
    pupils(here, 10, institution=place.pk)

    (sign,) = [sign for sign in look("cluster") if sign.place_kind == "institution"]

    assert (sign.layer, sign.observed, sign.settings["cases"]) == ("national", 10, 10)


def test_below_the_threshold_there_is_no_cluster(here):
    pupils(here, 4, institution=primary_school().pk)

    assert [sign.layer for sign in look("cluster") if sign.place_kind == "institution"] == [""]


def test_two_in_a_household_are_a_cluster_where_the_catalogue_says_so(here):
    for n in range(2):
        sent(
            here,
            name=f"孩子{n}",
            phone=f"1390000000{n}",
            disease="hand_foot_mouth",
            onset_on=ONSET,
            address="5 组 5 号",
        )

    (sign,) = [sign for sign in look("cluster") if sign.place_kind == "household"]

    assert (sign.place, sign.observed, sign.days) == ("5 组 5 号", 2, 7)


def test_a_past_moment_gives_the_same_signs_after_later_corrections(here):
    place = primary_school()
    cards = pupils(here, 6, institution=place.pk)
    then = NOON + DAY
    kept = detected(as_of=then, at=then)
    before = {source: [asdict(sign) for sign in look(source, then)] for source in queries.SOURCES}
    assert before["cluster"]

    later = then + DAY
    surveillance.withdraw_card(card=cards[0], by=here.reporter, at=later, reason="误报")
    surveillance.correct_card(
        card=cards[1],
        facts=facts(
            name="学生1",
            phone="13800000001",
            disease="varicella",
            area=f"{COUNTY}102",
            onset_on=date(2025, 11, 19),
        ),
        by=here.reporter,
        at=later,
        reason="地址有误",
        confirmed="x",
    )
    pupils_later = sent(
        here, name="迟报", phone="13700000000", disease="varicella", onset_on=ONSET,
        institution=place.pk, at=later,
    )  # fmt: skip
    assert pupils_later.pk

    again = {source: [asdict(sign) for sign in look(source, then)] for source in queries.SOURCES}
    assert again == before
    assert kept.signs.count() == sum(len(found) for found in before.values())
    changed = [sign.observed for sign in look("cluster", later) if sign.kind == "cluster"]
    assert changed != [sign["observed"] for sign in before["cluster"] if sign["kind"] == "cluster"]


def crowded(here: Home) -> None:
    """Nine quiet villages over two months, and one where everybody falls ill in the last days."""
    for n in range(9):
        code = f"{COUNTY}1{n + 10:02}"
        AreaFactory(code=code, name=f"镇{n}")
        Area.objects.filter(pk=code).update(longitude=108.5 + n * 0.1, latitude=28.8)
    days = [(f"{COUNTY}1{n + 10:02}", back) for n in range(9) for back in range(20, 58, 6)]
    days += [(f"{COUNTY}114", back) for back in (0, 0, 1, 1, 2, 2, 3, 3)]
    entries = [
        (("mumps", "case", code, timezone.localdate(NOON) - back * DAY), 1) for code, back in days
    ]
    tallies.add(
        ((key[0], key[1], key[2], key[3], number) for key, number in entries), at=NOON - DAY
    )


def test_the_scan_finds_where_and_when_cases_crowd_and_finds_it_again(here):
    crowded(here)

    (sign,) = look("scan")

    assert (sign.area, sign.disease, sign.observed) == (f"{COUNTY}114", "mumps", 8)
    assert sign.p_value <= sign.settings["monte_carlo_p"] <= 0.01
    assert look("scan") == [sign]


def test_a_scan_without_positions_says_so(here):
    crowded(here)
    Area.objects.update(longitude=None, latitude=None)

    run = detected()

    assert run.steps["scan"]["reasons"] == {"NO_POSITION": 1, "TOO_FEW_PLACES": 1}
    assert run.not_judged["NO_POSITION"] == 1


def test_a_silent_sentinel_is_a_sign_without_a_disease():
    place = school()
    late = NOON + 7 * DAY

    (sign,) = look("silence", late)

    assert (sign.disease, sign.area, sign.strength) == (None, TOWN, 0.0)
    assert sign.place == place.name
    assert look("silence", NOON - 3 * DAY) == []


def test_a_method_that_the_catalogue_names_is_asked_for_that_disease():
    outbreak(40)
    DetectorSetting.objects.create(
        disease_id="campylobacteriosis",
        channel="case",
        method="rki",
        options={},
        valid_from=date(2020, 1, 1),
    )

    (sign,) = look("series")

    assert "rki" in {seen["method"] for seen in sign.seen}


def test_a_method_that_does_not_fit_its_options_says_so():
    outbreak(40)
    DetectorSetting.objects.create(
        disease_id="campylobacteriosis",
        channel="case",
        method="farrington_flexible",
        options={"no_such_option": 1},
        valid_from=date(2020, 1, 1),
    )

    (sign,) = look("series")

    seen = {row["method"]: row["note"] for row in sign.seen}
    assert seen["farrington_flexible"] == "NO_FIT"


def test_a_run_that_broke_off_goes_on_with_what_is_missing(monkeypatch):
    outbreak(40)

    def breaks(_look):
        raise ZeroDivisionError("the machine stopped")

    with monkeypatch.context() as patched:
        patched.setitem(queries.SOURCES, "scan", breaks)
        with pytest.raises(ZeroDivisionError):
            detected()
    broken = DetectionRun.objects.get()
    assert (broken.state, sorted(broken.steps)) == ("failed", ["cluster", "series", "single_case"])
    assert "scan" in broken.problem
    assert Alert.objects.count() == 0

    kept = set(Sign.objects.values_list("pk", flat=True))
    monkeypatch.setitem(queries.SOURCES, "series", breaks)
    run = detected()

    assert (run.state, run.problem, Alert.objects.count()) == ("done", "", 1)
    assert kept <= set(Sign.objects.values_list("pk", flat=True))


def test_signs_keep_the_settings_they_were_found_with():
    outbreak(40)
    run = detected()

    sign = run.signs.get()

    assert sign.settings["alarmed"]
    wanted = queries.settings_for(COUNTY, on=timezone.localdate(run.as_of))
    assert run.settings["figures"]["fusion.raise_at"] == wanted.number("fusion.raise_at")
    assert Disease.objects.get(pk=sign.disease_id) == sign.alert.disease


def test_what_is_judged_each_week_says_more_than_what_is_judged_each_day():
    outbreak(5, quiet=[4, 5])
    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))
    full = settings.number("fusion.strong_p")
    daily, weekly = (strength_of(0.001, settings, every=days) for days in (1, 7))

    assert daily == pytest.approx(3 / full)
    # One week in a thousand is as rare as one day in seven thousand.
    assert weekly == pytest.approx(strength_of(0.001 / 7, settings))
    assert weekly > daily
    assert strength_of(1.0, settings, every=7) == 0.0
