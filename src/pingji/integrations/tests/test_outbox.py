"""From a notice to a receiver through the queue: nothing is lost and nothing doubled."""

import ipaddress
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection, connections, transaction
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices import actions
from pingji.ground.notices.models import Delivery
from pingji.ground.notices.tests.factories import subject, subscriber, told
from pingji.integrations.tests.receiving import receiving

A_WORKER = """
import django; django.setup()
from procrastinate.contrib.django import app
with app.replace_connector(app.connector.get_worker_connector()) as working:
    working.run_worker(wait=False, concurrency=1, install_signal_handlers=False,
                       listen_notify=False, queues=["default"])
"""
State = Delivery.State
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queue(monkeypatch, settings):
    """An empty queue, before and after; and no line left open by the worker's threads."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    settings.NOTICE_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    forget_jobs()
    yield
    forget_jobs()


def forget_jobs():
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")


def work_here():
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(
            wait=False,
            concurrency=1,
            queues=["default"],
            install_signal_handlers=False,
            listen_notify=False,
        )


def a_worker(**more):
    given = connection.get_connection_params()
    environment = (
        os.environ
        | more
        | {
            "DJANGO_SETTINGS_MODULE": "pingji.config.settings",
            "PINGJI_NOTICE_NETWORKS": "127.0.0.0/8",
            "PINGJI_DATABASE_URL": f"postgresql://{given['user']}@{quote(given['host'], '')}"
            f"/{given['dbname']}",
        }
    )
    return subprocess.Popen([sys.executable, "-c", A_WORKER], env=environment)


def test_a_notice_reaches_gateway_and_system_after_the_commit(settings):
    with receiving() as gateway, receiving() as system:
        settings.NOTICE_SMS = settings.NOTICE_SMS | {"url": gateway.url}
        UserFactory(role=Role.DUTY_OFFICER, phone="13812345678")
        subscriber(url=system.url)
        with transaction.atomic():
            told(kind="alert_verified", at=timezone.now())
            work_here()
            assert gateway.came == system.came == []
        work_here()
        assert len(gateway.came) == len(system.came) == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_worker_killed_while_it_sends_loses_nothing_and_doubles_nothing():
    """It dies after the message has left and before the answer is kept: the worst moment."""
    with receiving() as gateway:
        UserFactory(role=Role.DUTY_OFFICER, phone="13812345678")
        told(kind="alert_verified", at=timezone.now())
        gateway.slow = 60
        worker = a_worker(PINGJI_SMS_URL=gateway.url, PINGJI_NOTICE_TIMEOUT="50")
        until = time.monotonic() + 60
        while not gateway.came and time.monotonic() < until:
            time.sleep(0.05)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(30) == -signal.SIGKILL

        row = Delivery.objects.get(means="sms")
        assert (row.state, row.attempts) == (State.SENDING, 1)
        gateway.slow = 0
        later = timezone.now() + timedelta(minutes=10)

        with override_settings(NOTICE_SMS=gateway_at(gateway.url)):
            assert actions.send_due(at=later) == 1
            assert actions.send_due(at=later + timedelta(hours=1)) == 0
        row.refresh_from_db()
        assert (row.state, row.attempts) == (State.SENT, 2)
        assert len(gateway.came) == 2
        assert len(set(gateway.keys)) == 1, "by its key the gateway knows the repetition"


def test_while_the_receiver_is_down_it_is_seen_and_once_it_is_up_it_comes_once(client):
    with receiving() as once_up:
        place = once_up.url
    duty = UserFactory(role=Role.DUTY_OFFICER)  # the receiver has gone: its port is shut
    subscriber(url=place)
    at = timezone.now()
    told(kind="alert_verified", at=at)
    work_here()
    client.force_login(duty)
    page = client.get(reverse("notices:troubled")).content.decode()
    assert place in page
    assert "ConnectionRefusedError" in page

    with receiving(port=urlsplit(place).port) as up:
        for minute in range(10):
            actions.send_due(at=at + timedelta(minutes=minute))
        assert len(up.came) == 1
    row = Delivery.objects.get(means="webhook")
    assert (row.state, row.attempts, row.answer) == (State.SENT, 2, "200 ok")
    assert up.keys == [str(row.key)]
    assert place not in client.get(reverse("notices:troubled")).content.decode()


def test_workers_killed_again_and_again_deliver_every_notice():
    """A receiver that drops the keys it knows sees each notice once, whatever died in between."""
    with receiving() as system:
        subscriber(url=system.url)
        numbers = [told(subject(f"{n}号"), kind="alert_verified").pk for n in range(40)]
        for enough in (5, 15):
            worker = a_worker()
            until = time.monotonic() + 60
            while len(system.came) < enough and time.monotonic() < until:
                time.sleep(0.005)
            worker.send_signal(signal.SIGKILL)
            assert worker.wait(30) == -signal.SIGKILL
        actions.send_due(at=timezone.now() + timedelta(minutes=10))

    keys = {str(key) for key in Delivery.objects.values_list("key", flat=True)}
    assert len(numbers) == len(keys) == 40
    assert set(system.keys) == keys
    assert len(system.keys) <= 42, "at most the one that each killed worker had in its hand"
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def gateway_at(url):
    return {"url": url, "token": "", "secret": "", "sign_off": "", "body": {"t": "{text}"}}
