"""What a handed-in file is on the disk: sealed, and never taken for whole when it is not."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import Import
from pingji.monitor.surveillance.tests.factories import NOON, case_row, cases, reporter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sender():
    return reporter()


def test_a_file_kept_before_files_were_sealed_is_still_read(sender):
    file = actions.hand_in(name="a.csv", content=cases([case_row()]), by=sender, at=NOON)
    Path(file.file.path).write_bytes(cases([case_row()]))

    assert actions.read_file(import_id=file.pk, at=NOON).accepted == 1


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_altered_on_the_disk_is_said_to_be(sender, name):
    file = actions.hand_in(name=name, content=cases([case_row()] * 3000), by=sender, at=NOON)
    path = Path(file.file.path)
    path.write_bytes(path.read_bytes()[:-1])

    done = actions.read_file(import_id=file.pk, at=NOON)

    assert (done.state, done.rows) == (Import.State.UNREADABLE, 0)
    assert "磁盘上被改动" in done.problem


def test_a_file_that_is_gone_from_the_disk_is_said_to_be(sender):
    file = actions.hand_in(name="a.csv", content=cases([case_row()]), by=sender, at=NOON)
    Path(file.file.path).unlink()

    assert "不存在" in actions.read_file(import_id=file.pk, at=NOON).problem


def test_a_large_upload_leaves_no_file_with_a_name(sender, settings, monkeypatch):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    named = []
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", lambda *a, **k: named.append(a))
    content = cases([case_row(key=f"A{n}") for n in range(100)])
    client = Client()
    client.force_login(sender)

    upload = ContentFile(content, "large.csv")
    client.post(reverse("surveillance:imports"), {"file": upload, "channel": "case"})

    assert named == []
    file = Import.objects.get()
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert actions.read_file(import_id=file.pk, at=NOON).accepted == 100
