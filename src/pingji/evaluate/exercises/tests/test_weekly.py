"""What the county counts goes on through an exercise, in every channel, and the ill add to it."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from pingji.evaluate.exercises.actions import figures, ordinary, weekly
from pingji.evaluate.exercises.models import DayLived, Due, Exercise
from pingji.evaluate.exercises.rules.reporting import shipped_reporting
from pingji.evaluate.exercises.tests.world_factories import COUNTY, STARTS, begun, lived
from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.directory.tests.factories import OrganisationFactory, system_user
from pingji.ground.record.actions import unannounced
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import (
    CaseReport,
    Count,
    Import,
    Sentinel,
    SentinelReport,
    SentinelType,
    SentinelValue,
)

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 2)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ILI = ("syndrome", "influenza_like_illness")
WEEKLY = (ILI, ("pathogen", "influenza"), ("vector", "dengue"), ("department", "fever_respiratory"))
EVERY_CHANNEL = {"case", "syndrome", "pathogen", "vector", "department"}


def an_evening(day):
    return timezone.make_aware(datetime.combine(day, time(17, 30)))


def handed_in(lines, day, **given):
    file = surveillance.hand_in(
        name="before.csv",
        content="\n".join(",".join(map(str, line)) for line in lines).encode(),
        by=User.objects.get(username="cdc"),
        at=an_evening(day),
        **given,
    )
    given.pop("channel", None)
    surveillance.read_file(import_id=file.pk, at=an_evening(day), **given)


def with_figures(weeks=60):
    """What was counted each week before: forty a week, and eighty in the same season a year ago."""
    with unannounced():
        for channel, disease in WEEKLY:
            rows = [
                (FIRST - back * WEEK, 80 if 48 <= back <= 56 else 40) for back in range(2, weeks)
            ]
            handed_in(
                [weekly.HEADINGS, *rows],
                FIRST - WEEK,
                channel=channel,
                disease=disease,
                area=COUNTY,
            )
        names = ["水痘"] * 24
        lines = [
            (f"B{n}", name, f"{COUNTY}101201", *([FIRST - (n + 2) * DAY] * 2), "男", 9, "确诊病例")
            for n, name in enumerate(names)
        ]
        handed_in([ordinary.HEADINGS, *lines], FIRST - DAY)


def with_sewage_works(exercise, weeks=6):
    """Waste water measured each week before, the same concentration in each."""
    sentinels.load_sentinel_types(by=system_user(), at=STARTS - WEEK)
    by, opened = User.objects.get(username="cdc"), FIRST - weeks * WEEK
    works = sentinels.add_sentinel(
        kind=SentinelType.objects.get(pk="wastewater"),
        organisation=OrganisationFactory(
            kind=Organisation.Kind.DEPARTMENT, area=Area.objects.get(pk=COUNTY)
        ),
        name="污水处理厂",
        name_en="Sewage works",
        opened_on=opened,
        by=by,
        at=STARTS - weeks * WEEK,
    )
    said = {"flow": "10000", "sars_cov_2": "900", "influenza_a": "900", "norovirus": "900"}
    for week in range(weeks):
        start = opened + week * WEEK
        at = an_evening(start + WEEK)
        report = sentinels.Figures(works.pk, start, said)
        sentinels.report_many(reports=[report], by=by, at=min(at, STARTS - DAY))
    return works


def done(kinds):
    """Do everything of some kinds, each at its time, and read the files that were handed in."""
    handlers = {**ordinary.HANDLERS, **weekly.HANDLERS, **figures.HANDLERS}
    for due in Due.objects.filter(kind__in=kinds).order_by("at", "kind"):
        with unannounced():
            handlers[due.kind](Exercise.objects.get(), due, due.at)
    for file in Import.objects.filter(state=Import.State.WAITING):
        surveillance.read_file(import_id=file.pk, at=file.handed_in_at)


def test_a_figure_keeps_its_season_and_stands_as_high_as_of_late():
    weeks = {FIRST - back * WEEK: 40 for back in range(1, 60)}
    plain = weekly.Figure("syndrome", "x", COUNTY, weeks)
    peak = weekly.Figure(
        "syndrome", "x", COUNTY, weeks | {FIRST - back * WEEK: 80 for back in range(50, 55)}
    )
    low = weekly.Figure("syndrome", "x", COUNTY, {FIRST - back * WEEK: 7 for back in (1, 2)})

    assert plain.expected(FIRST) == pytest.approx(40)
    assert peak.expected(FIRST) > 60
    assert low.expected(FIRST) == 7


def test_every_channel_goes_on_through_each_day_of_an_exercise(settings):
    exercise = begun(settings)
    with_figures()
    with_sewage_works(exercise)
    lived(exercise, 15)
    done(["ordinary", "ordinary.weekly", "figures"])

    days = {FIRST + n * DAY for n in range(7)}
    covered = {
        channel: {day + n * DAY for day in starts for n in range(7)}
        for channel, starts in _weeks().items()
    }
    assert set(covered) | {"case"} == EVERY_CHANNEL
    assert all(days <= reached for reached in covered.values())
    cases = CaseReport.objects.filter(disease="varicella", known_at__gte=STARTS)
    assert 2 <= cases.count() <= 12  # two a week before, in fifteen days


def _weeks():
    found = {}
    for channel, start in Count.objects.filter(known_at__gte=STARTS).values_list(
        "channel", "starts_on"
    ):
        found.setdefault(channel, set()).add(start)
    return found


def test_the_ill_add_to_the_weekly_figures_of_their_illness_only(settings):
    exercise = begun(settings)
    with_figures()
    lived(exercise, 8)
    DayLived.objects.filter(day=3).update(care=2000, onset=2000)
    done(["ordinary.weekly"])

    counts = dict(
        Count.objects.filter(known_at__gte=STARTS, starts_on=FIRST).values_list("channel", "count")
    )
    assert counts["syndrome"] > 600
    assert counts["vector"] < 150
    assert (
        dict(
            Count.objects.filter(known_at__gte=STARTS, starts_on=FIRST - WEEK).values_list(
                "channel", "count"
            )
        )["syndrome"]
        < 150
    )


def test_where_nothing_was_handed_in_nothing_is(settings):
    exercise = begun(settings)
    lived(exercise, 8)

    assert not Due.objects.filter(kind__startswith="ordinary").exists()


def test_waste_water_rises_with_those_who_shed(settings):
    exercise = begun(settings, r0=4.0)
    works = with_sewage_works(exercise)
    world = lived(exercise, 15)
    done(["figures"])

    values = SentinelValue.objects.filter(
        report__in=SentinelReport.objects.filter(sentinel=works, latest=True)
    )
    by_week = {
        (code, start): float(value)
        for code, start, value in values.values_list("item__code", "report__starts_on", "value")
    }
    known = next(one for one in shipped_reporting().figures if one.items == ("influenza_a",))
    shed = sum(
        row.payload["extra"].get(str(works.pk), {}).get("influenza_a", 0)
        for row in Due.objects.filter(kind="figures").order_by("key")
        if FIRST <= date.fromisoformat(row.payload["day"]) < FIRST + WEEK
    )
    assert shed > 0
    assert len(world.outbreak.cases().person) > 0
    litres = 1000 * by_week["flow", FIRST] * 7
    assert by_week["influenza_a", FIRST] > shed * known.copies / litres
    assert by_week["norovirus", FIRST] < 3000
    assert Sentinel.objects.get() == works
