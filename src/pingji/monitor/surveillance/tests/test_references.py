"""What visits and results name is there and stays: the database asks once for each statement."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections, transaction

from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import AreaFactory
from pingji.monitor.surveillance.models import Disease, LabResult, Visit
from pingji.monitor.surveillance.tests.factories import NOON, VILLAGE
from pingji.monitor.surveillance.tests.sending import result, sender, sent, visit

SECONDS = 20
UNKNOWN = {"area_id": "999999999999", "organisation_id": 999_999, "disease_id": "no_such_disease"}


def row(table, **given):
    him = sender()
    times = {"visited_at": NOON} if table is Visit else {"reported_at": NOON, "finding": "negative"}
    common = {"organisation": him.organisation, "area_id": him.organisation.area_id, "key": "K"}
    return table(**common | times | {"known_at": NOON} | given)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "column"),
    [
        (Visit, "area_id"),
        (Visit, "organisation_id"),
        (LabResult, "area_id"),
        (LabResult, "organisation_id"),
        (LabResult, "disease_id"),
    ],
)
def test_a_row_that_names_what_is_not_there_is_refused(table, column):
    wrong = row(table, **{column: UNKNOWN[column]})
    with pytest.raises(IntegrityError, match="not there"), transaction.atomic():
        wrong.save()

    right = row(table)
    right.save()
    with pytest.raises(IntegrityError, match="not there"), transaction.atomic():
        table.objects.filter(pk=right.pk).update(**{column: UNKNOWN[column]})


@pytest.mark.django_db
@pytest.mark.parametrize("what", [Area, Organisation, Disease])
def test_what_rows_name_cannot_be_taken_away(what):
    him = sender()
    sent([visit()])
    sent([result(area=VILLAGE)], kind="results")
    found = LabResult.objects.exclude(disease=None).get()
    named = {Area: found.area, Organisation: him.organisation, Disease: found.disease}[what]
    column = what._meta.pk.column
    for table in (Visit, LabResult):
        name = f"{table._meta.db_table}_names_{what._meta.db_table}"
        if what is Disease and table is Visit:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            # Other tables that name it would refuse later, at the end of the transaction.
            cursor.execute(f"delete from {what._meta.db_table} where {column} = %s", [named.pk])
            with pytest.raises(IntegrityError, match="still named"), transaction.atomic():
                cursor.execute(f"set constraints {name} immediate")
            transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_who_takes_an_area_away_waits_for_those_who_name_it():
    him = sender()
    lonely = AreaFactory(code="500242199")
    named, gone = threading.Event(), threading.Event()

    def take_away():
        try:
            assert named.wait(SECONDS)
            with connections["default"].cursor() as cursor:
                gone.set()
                cursor.execute("delete from directory_area where code = %s", [lonely.code])
        except IntegrityError as problem:
            return str(problem)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(take_away)
        with transaction.atomic():
            row(Visit, organisation=him.organisation, area_id=lonely.code).save()
            named.set()
            assert gone.wait(SECONDS)
        assert "still named" in other.result(SECONDS)
    assert Area.objects.filter(code=lonely.code).exists()
