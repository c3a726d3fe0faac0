"""What a reader is shown when the database is away, or when the program itself is at fault."""

import errno
import json
import re

import psycopg
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.test import Client

from pingji.console.views import pages
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory


@pytest.fixture
def reader(db):
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    return client


@pytest.fixture(params=["sessions", "pages"])
def away(request, monkeypatch):
    """The database leaves before the reader is known, or while their page is made."""

    def gone(*arguments, **more):
        raise OperationalError("connection to server failed")

    if request.param == "sessions":
        monkeypatch.setattr(SessionStore, "_get_session_from_db", gone)
    else:
        monkeypatch.setattr(pages.queries, "home_of", gone)


def test_the_page_says_that_the_database_is_away_and_tries_again(reader, away):
    response = reader.get("/")
    text = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "数据库" in re.search(r"<h1>(.*?)</h1>", text)[1]
    assert "console/again" in text
    assert response["Content-Security-Policy"]


def test_it_says_so_in_the_language_chosen(reader, away):
    reader.cookies["language"] = "en"
    text = reader.get("/").content.decode()
    assert "<h1>The database does not answer</h1>" in text
    assert 'lang="en"' in text


def test_a_machine_is_told_in_its_own_words(reader, monkeypatch):
    def gone(*arguments):
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(SessionStore, "_get_session_from_db", gone)
    response = reader.get("/api/directory/areas")
    assert response.status_code == 503
    assert json.loads(response.content)["reason"] == "数据库暂不可用，请稍后重试。"


def _database_full():
    full = OperationalError("could not extend file")
    full.__cause__ = psycopg.errors.DiskFull("could not extend file")
    return full


@pytest.mark.parametrize(
    "full", [OSError(errno.ENOSPC, "No space left on device"), _database_full()]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_full_disk_is_told_as_such(full, language, reader, monkeypatch):
    def write(*arguments, **more):
        raise full

    monkeypatch.setattr(pages.queries, "home_of", write)
    reader.cookies["language"] = language
    response = reader.get("/")
    said = {"zh-hans": "服务器磁盘已满", "en": "disk is full. Nothing was stored"}[language]
    assert response.status_code == 507
    assert said in response.content.decode()


def test_a_machine_is_told_of_a_full_disk(reader, monkeypatch):
    def write(*arguments, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SessionStore, "_get_session_from_db", write)
    response = reader.get("/api/directory/areas")
    assert response.status_code == 507
    assert json.loads(response.content)["reason"].startswith("服务器磁盘已满")


def test_a_fault_of_the_program_is_a_page_of_its_own(reader, monkeypatch):
    def fault(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(pages.queries, "home_of", fault)
    response = reader.get("/")
    assert response.status_code == 500
    assert "<h1>" in response.content.decode()
    assert "ZeroDivisionError" not in response.content.decode()


def test_what_is_not_there_and_what_is_not_theirs_have_their_pages(reader):
    assert reader.get("/nosuch/").status_code == 404
    refused = reader.get("/record/")
    assert refused.status_code == 409
    assert "<h1>" in refused.content.decode()


@pytest.mark.parametrize("where", ["/search/", "/api/directory/areas"])
def test_a_nul_in_an_address_never_reaches_the_database(reader, where):
    response = reader.get(where, {"q": "a\0b"})
    assert response.status_code == 200
    assert response.wsgi_request.GET["q"] == "ab"
