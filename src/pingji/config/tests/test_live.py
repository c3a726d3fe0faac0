"""What an open page hears."""

import asyncio
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from pingji.config import live
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory, system_user


def heard_while(monkeypatch, places):
    """What one open page hears while the database is looked for at each of `places` in turn."""
    asked = iter(places)
    last = places[-1]
    monkeypatch.setattr(live, "_parameters", lambda: next(asked, last))
    monkeypatch.setattr(live, "RECONNECT_SECONDS", 0.01)

    async def listen():
        switchboard = live.Switchboard()
        async with switchboard.open(live.Page(area="50", organisation=None)) as page:
            heard = [await asyncio.wait_for(page.waiting.get(), 20)]
            if last != places[0]:
                heard.append(await asyncio.wait_for(page.waiting.get(), 20))
            await asyncio.sleep(0.1)
            heard += [page.waiting.get_nowait() for _ in range(page.waiting.qsize())]
            switchboard.listener.cancel()
        return heard

    return asyncio.run(listen())


@pytest.fixture
def nowhere(tmp_path):
    return {"host": str(tmp_path), "dbname": "nothing"}


def test_an_open_page_hears_once_that_the_database_is_away(monkeypatch, nowhere):
    assert heard_while(monkeypatch, [nowhere]) == [live.AWAY]


@pytest.mark.django_db
def test_an_open_page_asks_for_everything_when_the_database_is_back(monkeypatch, nowhere):
    there = live._parameters()
    assert heard_while(monkeypatch, [nowhere, nowhere, there]) == [live.AWAY, live.EVERYTHING]


@pytest.mark.django_db
def test_the_first_page_asks_again_once_the_listener_hears(monkeypatch):
    assert heard_while(monkeypatch, [live._parameters()]) == [live.EVERYTHING]


def notice(topic, area="500242", organisation=None):
    return {"topic": topic, "area": area, "organisation": organisation}


def test_a_page_hears_what_changed_while_it_was_opening(monkeypatch):
    switchboard = live.Switchboard()
    page = live.Page(area="500242", organisation=7)
    now = [1000.0]
    monkeypatch.setattr(live.time, "time", lambda: now[0])
    switchboard.heard_since = 900.0
    switchboard.pass_on(notice("orders"))
    now[0] = 1010.0
    switchboard.pass_on(notice("imports", organisation=7))
    switchboard.pass_on(notice("alerts", area="653130"))
    switchboard.pass_on(notice("incidents", organisation=8))

    assert switchboard.missed(page, since=1009.0) == {"imports"}
    assert switchboard.missed(page, since=1016.0) == set()
    assert switchboard.missed(page, since=800.0) == {live.EVERYTHING}


def test_a_page_asks_for_everything_when_more_changed_than_is_remembered(monkeypatch):
    monkeypatch.setattr(live, "REMEMBERED", 3)
    switchboard = live.Switchboard()
    switchboard.heard_since = 0.0
    for number in range(4):
        switchboard.pass_on(notice(f"topic{number}"))

    assert switchboard.missed(live.Page("50", None), since=10.0) == {live.EVERYTHING}


def test_a_page_that_does_not_read_is_told_to_ask_for_everything():
    async def overflow():
        page = live.Page(area="50", organisation=None)
        for number in range(live.PAGE_BACKLOG + 1):
            page.tell(f"topic{number}")
        return [page.waiting.get_nowait() for _ in range(page.waiting.qsize())]

    assert asyncio.run(overflow()) == [live.EVERYTHING]


def test_few_streams_open_at_once_and_an_open_one_holds_nobody_up():
    opening, most, opened = 0, 0, 0
    all_open = asyncio.Event()

    async def stream(_scope, _receive, send):
        nonlocal opening, most, opened
        opening += 1
        most = max(most, opening)
        await asyncio.sleep(0)
        opening -= 1
        await send({"type": "http.response.start"})
        opened += 1
        if opened == 20:
            all_open.set()
        await all_open.wait()

    async def broken(_scope, _receive, _send):
        raise OSError

    async def send(_message):
        pass

    async def many():
        door = live.few_at_once(stream)
        for _wave in range(2):  # who has left does not leave the door wider open
            await asyncio.wait_for(asyncio.gather(*(door({}, None, send) for _ in range(20))), 20)
        shut = live.few_at_once(broken)
        refused = (shut({}, None, send) for _ in range(20))
        return await asyncio.wait_for(asyncio.gather(*refused, return_exceptions=True), 20)

    assert all(isinstance(one, OSError) for one in asyncio.run(many()))
    assert (opened, most) == (40, live.OPENING)


def test_a_stream_that_is_open_keeps_no_connection_to_the_database(monkeypatch):
    closed = []
    monkeypatch.setattr(live, "connections", SimpleNamespace(close_all=lambda: closed.append(1)))

    async def stream(_scope, _receive, send):
        assert closed == []
        await send({"type": "http.response.start"})
        assert closed == [1]
        await send({"type": "http.response.body"})

    async def send(_message):
        pass

    asyncio.run(live.few_at_once(stream)({}, None, send))
    assert closed == [1]


@pytest.mark.django_db
def test_a_screen_on_the_wall_hears_of_its_area_until_it_is_taken_back(monkeypatch):
    monkeypatch.setattr(live, "close_old_connections", lambda: None)  # the test's own is kept
    admin, now = UserFactory(role=Role.ADMINISTRATOR), timezone.now()
    screen, code = directory.add_wall_screen(name="大厅", by=admin, at=now)
    screen, key = directory.join_wall_screen(code=code, by=system_user(), at=now)
    cookies = {settings.WALL_COOKIE_NAME: key}
    request = SimpleNamespace(user=AnonymousUser(), COOKIES=cookies)

    assert live._reader.func(request).area == admin.area_id
    directory.revoke_wall_screen(screen=screen, by=admin, at=now)
    assert live._reader.func(request) is None
