"""Open pages are told of a change when it is committed, and not before."""

import json

import psycopg
import pytest
from django.db import connection, transaction

from pingji.ground.record.actions import publish
from pingji.ground.record.actions.live import CHANNEL

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener(transactional_db):
    given = connection.get_connection_params()
    with psycopg.connect(
        host=given["host"], dbname=given["dbname"], user=given["user"], autocommit=True
    ) as own:
        own.execute(f"listen {CHANNEL}")
        yield own


def heard(listener):
    return [json.loads(n.payload) for n in listener.notifies(timeout=0.3)]


def test_a_change_is_told_on_commit(listener):
    with transaction.atomic():
        publish("alerts", area="500242101")
        assert heard(listener) == []
    assert heard(listener) == [{"topic": "alerts", "area": "500242101", "organisation": None}]


def test_a_change_that_is_undone_is_not_told(listener):
    with transaction.atomic():
        publish("alerts", area="500242")
        transaction.set_rollback(True)
    assert heard(listener) == []


def test_a_change_for_one_organisation_says_which(listener):
    publish("orders", area="500242", organisation=7)
    assert heard(listener) == [{"topic": "orders", "area": "500242", "organisation": 7}]


def test_a_change_told_twice_in_one_transaction_is_heard_once(listener):
    with transaction.atomic():
        publish("alerts", area="500242")
        publish("alerts", area="500242")
    assert len(heard(listener)) == 1
