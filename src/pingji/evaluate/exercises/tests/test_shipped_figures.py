"""The figures an exercise goes by: each with its ground, and every word in them known."""

import tomllib

import pytest

from pingji.analysis.simulate.contacts import contacts_of
from pingji.analysis.simulate.county import make_county
from pingji.analysis.simulate.pathogen import known_pathogen, known_pathogens
from pingji.analysis.simulate.usual import FIGURES
from pingji.evaluate.exercises.actions import history
from pingji.evaluate.exercises.rules import effects, reporting
from pingji.evaluate.exercises.rules.effects import shipped_effects
from pingji.evaluate.exercises.rules.reporting import shipped_reporting
from pingji.evaluate.exercises.tests.world_factories import STARTS
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import Channel, Disease, SentinelItem
from pingji.monitor.surveillance.queries.card_form import watched
from pingji.respond.incidents.models import Response


@pytest.mark.parametrize("path", [effects.SHIPPED, reporting.SHIPPED, history.SHIPPED])
def test_every_table_of_figures_says_its_ground_in_both_languages(path):
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [
        row
        for table in tables.values()
        if isinstance(table, (dict, list))
        for row in (table if isinstance(table, list) else [table])
    ]
    without = [
        row
        for row in rows
        if not row.keys() & {"items", "series"} and not (row["note"] and row["note_en"])
    ]

    assert rows
    assert without == []


def test_every_pathogen_has_its_way_of_being_told():
    told = shipped_reporting().diseases

    assert set(told) == set(known_pathogens())
    for code, row in told.items():
        tests = known_pathogen(code).tests
        assert row.later in tests
        assert row.test in {"", *tests}
        assert any(f.figures == row.figures for f in shipped_reporting().figures)


def test_every_place_is_a_role_and_shares_are_shares():
    places = shipped_reporting().places.values()

    assert all(place.role in Role.values for place in places)
    assert all(0 <= share <= 1 for place in places for share in (place.share, place.tested))
    assert abs(sum(place.share for place in places) - 1) < 1e-9


def test_measures_speak_of_layers_and_levels_that_there_are():
    known = shipped_effects()
    layers = contacts_of(make_county([600], [2], seed=1)).names

    assert set(known.found) == set(layers)
    assert set(known.response) == set(dict(Response._meta.get_field("level").choices))
    assert list(known.risk) == sorted(known.risk)
    assert known.in_risk_area(9) == known.risk[-1]


@pytest.mark.django_db
def test_figures_rise_where_sentinels_report_them_and_cards_may_say_so():
    surveillance.load_diseases(by=system_user(), at=STARTS)
    sentinels.load_sentinel_types(by=system_user(), at=STARTS)
    items = set(SentinelItem.objects.values_list("type_id", "code"))

    for figure in shipped_reporting().figures:
        assert {(figure.kind, item) for item in figure.items} <= items
    for code, row in shipped_reporting().diseases.items():
        said = {"confirmed", row.status} if row.recognised else {"confirmed"}
        assert said <= watched(Disease.objects.get(pk=code), STARTS.date()).statuses


@pytest.mark.django_db
def test_the_years_before_speak_of_known_series():
    surveillance.load_diseases(by=system_user(), at=STARTS)
    rows = history._said()["figures"]

    assert {row["series"] for row in rows} <= {series.code for series in FIGURES}
    assert {row["channel"] for row in rows} | {"case"} == set(Channel.values)
    for row in rows:
        assert Disease.objects.filter(pk=row["disease"]).exists()
