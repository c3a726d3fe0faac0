"""Silence is seen, reminded of, and told to later stages once; coverage counts the same reports."""

from datetime import date, timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory, system_user
from pingji.ground.record.actions import jobs
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import Sentinel, SentinelType, Silence
from pingji.monitor.surveillance.queries import coverage as queries
from pingji.monitor.surveillance.queries import sentinels as pages
from pingji.monitor.surveillance.queries.silence import silent, silent_one
from pingji.monitor.surveillance.tests.factories import OTHER_TOWN, TOWN
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    MONDAY,
    NOON,
    epidemiologist,
    kinds,
    school,
    sentinel,
    told,
)

pytestmark = pytest.mark.django_db
THURSDAY = FRIDAY - timedelta(days=1)
A_DAY = timedelta(days=1)


def quiet(at=NOON):
    return silent(Sentinel.objects.all(), at=at)


def test_who_never_reported_is_silent_since_the_first_report_was_due():
    here = school()

    (one,) = quiet()

    assert (one.sentinel, one.first_missing, one.missed, one.last) == (here.pk, MONDAY, 4, None)
    assert one.since.isoformat() == "2025-11-18T10:00:00+08:00"


def test_who_reported_the_last_day_that_is_due_is_not_silent():
    told(school(), THURSDAY)

    assert quiet() == []
    assert quiet(NOON + 3 * A_DAY) != []


def test_over_the_weekend_no_school_falls_silent():
    told(school(), FRIDAY)

    assert quiet(NOON + 2 * A_DAY) == []


def test_zero_reports_break_a_silence():
    told(school(), THURSDAY, absent=0, absent_ill=0, fever_respiratory=0, diarrhoea=0)

    assert quiet() == []


def test_the_longest_silence_stands_first():
    short, long = school(), school(area=OTHER_TOWN)
    told(short, date(2025, 11, 18))

    assert [one.sentinel for one in quiet()] == [long.pk, short.pk]


def test_a_closed_sentinel_is_not_silent():
    here = school()
    sentinels.close_sentinel(
        sentinel=here, on=date(2025, 11, 20), reason="撤并", by=epidemiologist(), at=NOON
    )

    assert quiet() == []


def test_holidays_set_on_screen_are_not_waited_for():
    here = school()
    sentinels.add_calendar_entry(
        name="大雪停课",
        starts_on=MONDAY,
        ends_on=THURSDAY,
        type=SentinelType.objects.get(pk="school"),
        by=epidemiologist(),
        at=NOON,
    )

    assert quiet() == []
    assert [day.state for day in pages.strip(here, at=NOON)] == ["off"] * 4 + ["open"]


def test_a_reminder_is_kept_and_repeated_reminders_counted():
    here, by = school(), epidemiologist()

    assert sentinels.remind(sentinels=[here.pk], by=by, at=NOON) == 1
    sentinels.remind(sentinels=[here.pk], by=by, at=NOON + A_DAY)

    row = Silence.objects.get()
    assert (row.first_missing, row.reminded_by, row.reminders) == (MONDAY, by, 2)
    assert Line.objects.filter(kind="sentinel.reminded").count() == 2


def test_who_has_reported_meanwhile_is_not_reminded():
    here = school()
    told(here, THURSDAY)

    with pytest.raises(Refused):
        sentinels.remind(sentinels=[here.pk], by=epidemiologist(), at=NOON)
    with pytest.raises(Refused):
        sentinels.remind(sentinels=[here.pk], by=UserFactory(role=Role.LEADER), at=NOON)


def test_a_long_silence_is_announced_once(monkeypatch):
    here, heard = school(), []
    listener = type("Listener", (), {"later": lambda _self, **said: heard.append(said)})()
    monkeypatch.setitem(jobs._listeners, "sentinel_silent", [listener])

    early = sentinels.announce_silences(by=system_user(), at=NOON - 2 * A_DAY)
    first = sentinels.announce_silences(by=system_user(), at=NOON)
    again = sentinels.announce_silences(by=system_user(), at=NOON + A_DAY)

    assert (early, first, again) == (0, 1, 0)
    assert [(said["sentinel"], said["area"]) for said in heard] == [(here.pk, TOWN)]


def test_a_new_silence_is_announced_anew():
    here = school()
    sentinels.announce_silences(by=system_user(), at=NOON)
    told(here, THURSDAY)

    assert sentinels.announce_silences(by=system_user(), at=NOON + 10 * A_DAY) == 1
    assert Silence.objects.filter(announced_at__isnull=False).count() == 2


def test_coverage_counts_what_was_due_came_in_time_late_or_not():
    here, other = school(), school(area=OTHER_TOWN)
    told(here, MONDAY, when=NOON - 4 * A_DAY)
    told(here, date(2025, 11, 18), when=NOON)
    told(here, MONDAY, when=NOON, absent_ill=3)
    told(here, FRIDAY, when=NOON)  # not due yet

    found = queries.coverage(epidemiologist(), at=NOON, days=14)

    cell = found.cells["school", TOWN]
    assert (cell.due, cell.in_time, cell.late, cell.missing) == (4, 1, 1, 2)
    assert (cell.complete, cell.timely) == (50, 25)
    assert found.by_place[OTHER_TOWN].missing == 4
    assert (found.whole.sentinels, found.whole.due) == (2, 8)
    each = queries.kept_by([here, other], at=NOON, days=14)
    assert (each[here.pk].arrived, each[other.pk].arrived) == (2, 0)


def test_coverage_shows_only_what_the_reader_may_see():
    school()
    school(area=OTHER_TOWN)
    town = UserFactory(role=Role.LEADER, area=Area.objects.get(pk=TOWN))

    assert queries.coverage(town, at=NOON, days=14).whole.sentinels == 1


def test_organisations_covered_and_public_institutions_connected_are_counted():
    kinds()
    for connected in (True, True, False):
        OrganisationFactory(kind=Organisation.Kind.HOSPITAL, connected=connected, public=True)
    OrganisationFactory(kind=Organisation.Kind.HOSPITAL, connected=False, public=False)
    school()
    OrganisationFactory(kind=Organisation.Kind.SCHOOL)

    covered = {c.kind.pk: c for c in queries.covered_organisations(epidemiologist(), on=FRIDAY)}
    connected = queries.connected_institutions(epidemiologist())

    assert (covered["school"].met, covered["school"].of) == (1, 2)
    assert (connected.met, connected.of) == (2, 3)
    assert round(connected.share or 0) == 67


def test_many_organisations_become_sentinels_at_once():
    kinds()
    clinics = [
        OrganisationFactory(kind=Organisation.Kind.VILLAGE_CLINIC, area=Area.objects.get(pk=TOWN))
        for _n in range(3)
    ]
    given = {"kind": SentinelType.objects.get(pk="village_clinic"), "opened_on": MONDAY}

    made = [
        sentinels.add_sentinels(organisations=clinics, by=epidemiologist(), at=NOON, **given)
        for _twice in range(2)
    ]

    assert made == [3, 0]
    assert Sentinel.objects.filter(area=TOWN).count() == 3


def test_a_sentinel_lies_in_the_sight_of_who_adds_it():
    kinds()
    foreign = OrganisationFactory(area__code="511723")

    with pytest.raises(Refused):
        sentinels.add_sentinel(
            kind=SentinelType.objects.get(pk="school"),
            organisation=foreign,
            opened_on=MONDAY,
            by=epidemiologist(),
            at=NOON,
        )


def test_a_sentinel_that_reported_stays_where_it_is():
    here = school()
    told(here)

    with pytest.raises(Refused):
        sentinels.edit_sentinel(
            sentinel=here, area=Area.objects.get(pk=OTHER_TOWN), by=epidemiologist(), at=NOON
        )
    moved = sentinels.edit_sentinel(
        sentinel=here, longitude=108.8, latitude=28.9, by=epidemiologist(), at=NOON
    )
    assert pages.position(moved) == (108.8, 28.9)


def test_kinds_and_figures_added_on_screen_are_reported_at_once():
    kinds()
    by = epidemiologist()
    kind = sentinels.add_type(
        code="bath_house",
        name="公共浴室",
        name_en="Bath houses",
        channel="department",
        rhythm="day",
        grace_hours=12,
        by=by,
        at=NOON,
    )
    sentinels.add_item(
        kind=kind, code="guests", name="客人", name_en="Guests", figure="count", by=by, at=NOON
    )
    place = sentinel("bath_house")

    outcome = sentinels.report(
        sentinel=place, starts_on=FRIDAY, values={"guests": 3}, by=by, at=NOON
    )

    assert outcome.verdict == "new"
    with pytest.raises(Refused):
        sentinels.edit_type(kind=kind, rhythm="week", by=by, at=NOON)
    with pytest.raises(Refused):
        sentinels.add_type(code="bath_house", name="又", name_en="x", by=by, at=NOON)


def test_loading_the_shipped_kinds_again_changes_nothing():
    kinds()
    SentinelType.objects.filter(pk="school").update(grace_hours=3)

    assert sentinels.load_sentinel_types(by=system_user(), at=NOON) == 0
    assert SentinelType.objects.get(pk="school").grace_hours == 3


def test_the_strip_tells_in_time_late_missing_and_open():
    here = school()
    told(here, MONDAY, when=NOON - 4 * A_DAY)
    told(here, date(2025, 11, 18), when=NOON)

    states = {str(day.starts_on): day.state for day in pages.strip(here, at=NOON)}

    assert states == {
        "2025-11-17": "in_time",
        "2025-11-18": "late",
        "2025-11-19": "missing",
        "2025-11-20": "missing",
        "2025-11-21": "open",
    }
    assert silent_one(here, at=NOON).first_missing == date(2025, 11, 19)
