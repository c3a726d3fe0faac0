"""What a sentinel reports: kept once, corrected with history, refused with its reason, counted."""

from datetime import date, timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.actions import sentinels, tallies
from pingji.monitor.surveillance.models import SentinelItem, SentinelReport, TallyEntry
from pingji.monitor.surveillance.rules.incoming import IncomingSentinelReport
from pingji.monitor.surveillance.rules.sentinels import ReportRefused, Unusual
from pingji.monitor.surveillance.tests.factories import OTHER_TOWN, TOWN
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    MONDAY,
    NOON,
    epidemiologist,
    figures,
    nurse,
    school,
    sentinel,
    standing,
    tallied,
    told,
    versions,
)

pytestmark = pytest.mark.django_db


def test_a_report_keeps_its_source_place_period_and_time_of_arrival():
    here = school()

    told(here)

    report = SentinelReport.objects.get()
    assert (report.sentinel, report.starts_on, report.known_at) == (here, FRIDAY, NOON)
    assert (report.source, report.by) == ("screen", nurse(here))
    assert standing(here)["absent_ill"] == 4
    assert Line.objects.latest("number").kind == "sentinel.reported"


def test_figures_count_for_their_disease_in_the_channel_of_the_kind():
    here = school()

    told(here, fever_respiratory=3)

    assert tallied() == {("department", TOWN): 3}
    assert tallied("diarrhoea_syndrome") == {("department", TOWN): 1}


def test_a_correction_is_a_new_version_and_adds_the_difference():
    here = school()
    told(here, fever_respiratory=3)

    outcome = told(here, fever_respiratory=1, seen=1, when=NOON + timedelta(hours=1))

    assert outcome.verdict == "corrected"
    assert versions(here) == [(1, False), (2, True)]
    assert tallied() == {("department", TOWN): 1}
    entries = TallyEntry.objects.filter(disease="fever_respiratory").order_by("known_at")
    assert list(entries.values_list("change", flat=True)) == [3, -2]


def test_the_same_again_changes_nothing():
    here = school()
    told(here)

    assert told(here, seen=0).verdict == "same"
    assert versions(here) == [(1, True)]


def test_of_two_who_report_at_once_the_second_is_told_what_stands():
    here = school()
    told(here, seen=0)

    with pytest.raises(ReportRefused, match=nurse(here).display_name):
        told(here, absent_ill=3, seen=0)
    assert standing(here)["absent_ill"] == 4


def test_a_report_of_nothing_is_a_report():
    here = school()

    told(here, absent=0, absent_ill=0, fever_respiratory=0, diarrhoea=0)

    assert SentinelReport.objects.count() == 1
    assert tallied() == {}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"absent": -1}, "negative_figure", "absent"),
        ({"absent": 501}, "more_than_whole", "absent"),
        ({"absent_ill": 7}, "more_than_whole", "absent_ill"),
        ({"absent": "3.5"}, "not_whole", "absent"),
        ({"absent": "三"}, "not_a_figure", "absent"),
        ({"absent": "NaN"}, "not_a_figure", "absent"),
        ({"absent": "1e400"}, "figure_too_large", "absent"),
        ({"absent": ""}, "figure_missing", "absent"),
        ({"teachers": 3}, "unknown_item", ""),
    ],
)
def test_figures_that_cannot_be_are_refused_at_their_field(given, code, field):
    here = school()

    with pytest.raises(ReportRefused) as refused:
        told(here, **given)

    assert (refused.value.code, refused.value.item) == (code, field)
    assert not SentinelReport.objects.exists()


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (FRIDAY + timedelta(days=1), "period_ahead"),
        (MONDAY - timedelta(days=1), "before_opening"),
    ],
)
def test_days_that_cannot_be_reported_are_refused(day, code):
    here = school()

    with pytest.raises(ReportRefused) as refused:
        told(here, day)

    assert refused.value.code == code


def test_a_week_is_reported_by_its_monday_from_its_sunday_on():
    market = sentinel("market")
    values = {
        "traders": 90,
        "traders_ill": 0,
        "dead_poultry": 0,
        "samples": 4,
        "samples_positive": 0,
    }
    who, by = {"sentinel": market, "values": values}, nurse(market)

    with pytest.raises(ReportRefused) as refused:
        sentinels.report(**who, starts_on=FRIDAY, by=by, at=NOON)
    assert refused.value.code == "wrong_period"
    with pytest.raises(ReportRefused) as refused:
        sentinels.report(**who, starts_on=MONDAY, by=by, at=NOON)
    assert refused.value.code == "period_ahead"
    sunday = NOON + timedelta(days=2)
    assert sentinels.report(**who, starts_on=MONDAY, by=by, at=sunday).verdict == "new"


def test_a_closed_sentinel_reports_no_day_after_its_last():
    here = school()
    sentinels.close_sentinel(
        sentinel=here, on=date(2025, 11, 19), reason="撤并", by=epidemiologist(), at=NOON
    )

    with pytest.raises(ReportRefused) as refused:
        told(here, FRIDAY)

    assert refused.value.code == "after_closing"
    assert told(here, MONDAY).verdict == "new"


def test_unusual_figures_must_be_confirmed_with_a_reason():
    here = school()
    told(here, MONDAY, absent=5, absent_ill=4)

    with pytest.raises(Unusual, match="60"):
        told(here, FRIDAY, absent=60, absent_ill=50)
    with pytest.raises(Unusual):
        told(here, FRIDAY, absent=60, absent_ill=50, sure=True)
    told(here, FRIDAY, absent=60, absent_ill=50, sure=True, remark="六年级流感停课")

    assert SentinelReport.objects.get(starts_on=FRIDAY).remark == "六年级流感停课"


def test_a_figure_that_is_large_for_the_first_time_is_not_asked_about():
    assert told(school(), absent=60, absent_ill=50).verdict == "new"


def test_people_of_another_organisation_cannot_report_for_it():
    here = school()
    stranger = UserFactory(role=Role.DEPARTMENT_LIAISON, organisation=OrganisationFactory())

    with pytest.raises(Refused):
        told(here, by=stranger)
    with pytest.raises(Refused):
        told(here, by=UserFactory(role=Role.LEADER))


def test_many_reports_are_answered_each_by_itself():
    one, other = school(), school(area=OTHER_TOWN)
    said = [
        sentinels.Figures(one.pk, FRIDAY, figures()),
        sentinels.Figures(other.pk, FRIDAY, figures(absent=900)),
        sentinels.Figures(0, FRIDAY, figures()),
        sentinels.Figures(one.pk, FRIDAY, figures()),
        sentinels.Figures(one.pk, FRIDAY, figures(fever_respiratory=0)),
    ]

    outcomes = sentinels.report_many(reports=said, by=epidemiologist(), at=NOON)

    assert [o.verdict for o in outcomes] == ["new", "refused", "refused", "same", "corrected"]
    assert versions(one) == [(1, False), (2, True)]
    assert tallied() == {}


def test_a_message_reports_for_the_senders_own_sentinels_only():
    here, strange = school(name="一中"), school(name="二中")
    said = [
        IncomingSentinelReport(0, "一中", FRIDAY, figures()),
        IncomingSentinelReport(1, str(strange.pk), FRIDAY, figures()),
        IncomingSentinelReport(2, str(here.pk), MONDAY, figures(absent=-3)),
    ]
    given = {"organisation": here.organisation, "message": None, "at": NOON, "source": "json"}

    taken, problems = sentinels.report_incoming(reports=said, **given)
    tallies.add(taken.changes, at=NOON)
    again, _problems = sentinels.report_incoming(reports=said[:1], **given)

    assert [o.verdict for o in taken.outcomes] == ["new", "refused"]
    assert [(p.item, p.path, p.code) for p in problems] == [
        (1, "sentinel_reports[1].sentinel", "unknown_sentinel"),
        (2, "sentinel_reports[2].values.absent", "negative_figure"),
    ]
    assert tallied() == {("department", TOWN): 2}
    assert again.changes == []


def test_a_hospital_whose_own_system_sends_visits_is_not_counted_twice():
    clinic = {"visits": 30, "fever_respiratory": 9, "observed": 1}
    of_hospital = {"organisation_kind": Organisation.Kind.HOSPITAL}
    sending = sentinel("fever_clinic", connected=True, **of_hospital)
    writing = sentinel("fever_clinic", area=OTHER_TOWN, **of_hospital)

    for place, number in ((sending, 9), (writing, 9), (sending, 4)):
        values = clinic | {"fever_respiratory": number}
        sentinels.report(sentinel=place, starts_on=FRIDAY, values=values, by=nurse(place), at=NOON)

    assert tallied() == {("syndrome", OTHER_TOWN): 9}
    assert set(SentinelReport.objects.filter(sentinel=sending).values_list("counted")) == {(False,)}


def test_a_figure_that_has_ended_is_asked_for_no_longer_and_kept_where_it_was():
    here = school()
    told(here, MONDAY)
    item = SentinelItem.objects.get(type="school", code="red_eyes")
    sentinels.edit_item(item=item, ended_on=MONDAY, by=epidemiologist(), at=NOON)

    with pytest.raises(ReportRefused) as refused:
        told(here, FRIDAY)

    assert refused.value.code == "unknown_item"
    assert standing(here, MONDAY)["red_eyes"] == 0


def test_a_name_that_several_bear_is_refused_with_the_numbers_to_choose_from():
    one = sentinel("fever_clinic", name="人民医院")
    other = sentinel("enteric_clinic", name="人民医院", organisation=one.organisation)
    said = [IncomingSentinelReport(0, "人民医院", FRIDAY, {})]
    given = {"organisation": one.organisation, "message": None, "at": NOON, "source": "json"}

    _taken, (problem,) = sentinels.report_incoming(reports=said, **given)

    assert problem.code == "several_sentinels"
    assert f"{one.pk}（发热门诊" in problem.details["choices"]
    assert f"{other.pk}（肠道门诊" in problem.details["choices"]
