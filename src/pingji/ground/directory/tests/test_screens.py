"""Screens on a wall: let in with a code, reading one page, taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory import actions, queries
from pingji.ground.directory.models import Role, WallScreen
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, UserFactory, system_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def admin():
    return UserFactory(role=Role.ADMINISTRATOR)


def added(at=NOON):
    return actions.add_wall_screen(name="指挥大厅", by=admin(), at=at)


def joined(at=NOON):
    _screen, code = added(at)
    return actions.join_wall_screen(code=code, by=system_user(), at=at)


def at_the_wall(key: str) -> Client:
    client = Client()
    client.cookies[settings.WALL_COOKIE_NAME] = key
    return client


def test_a_code_is_typed_in_any_manner_and_gives_a_key_once():
    screen, code = added()
    typed = f" {code[:5].lower()}-{code[5:]} "

    screen, key = actions.join_wall_screen(code=typed, by=system_user(), at=NOON)

    assert queries.screen_with(key) == screen
    with pytest.raises(Refused):
        actions.join_wall_screen(code=code, by=system_user(), at=NOON)


def test_neither_code_nor_key_lies_in_the_table():
    screen, code = added()
    _screen, key = actions.join_wall_screen(code=code, by=system_user(), at=NOON)
    row = WallScreen.objects.values().get()

    assert code not in str(row)
    assert key not in str(row)


def test_a_code_that_is_too_old_or_of_a_screen_taken_back_is_refused():
    screen, code = added()
    with pytest.raises(Refused):
        actions.join_wall_screen(code=code, by=system_user(), at=NOON + timedelta(hours=2))
    actions.revoke_wall_screen(screen=screen, by=admin(), at=NOON)
    with pytest.raises(Refused):
        actions.join_wall_screen(code=code, by=system_user(), at=NOON)


@pytest.mark.parametrize("role", [Role.LEADER, Role.DUTY_OFFICER, Role.INSPECTOR])
def test_only_an_administrator_lets_screens_in_and_takes_them_back(role):
    user = UserFactory(role=role)
    screen, _code = added()

    with pytest.raises(Refused):
        actions.add_wall_screen(name="走廊", by=user, at=NOON)
    with pytest.raises(Refused):
        actions.revoke_wall_screen(screen=screen, by=user, at=NOON)


def test_a_screen_of_another_county_is_not_taken_back():
    screen, _code = added()
    stranger = UserFactory(role=Role.ADMINISTRATOR, area__code=FOREIGN_COUNTY)

    with pytest.raises(Refused):
        actions.revoke_wall_screen(screen=screen, by=stranger, at=NOON)


def test_names_are_given_once_and_again_after_taking_back():
    screen, _code = added()
    with pytest.raises(Refused):
        added()
    with pytest.raises(Refused):
        actions.add_wall_screen(name=" ", by=admin(), at=NOON)
    actions.revoke_wall_screen(screen=screen, by=admin(), at=NOON)
    with pytest.raises(Refused):
        actions.revoke_wall_screen(screen=screen, by=admin(), at=NOON)
    added()


def test_a_screen_shows_the_wall_and_nothing_else():
    _screen, key = joined()
    client = at_the_wall(key)

    page = client.get(reverse("console:wall"))
    assert page.status_code == 200
    assert page.cookies[settings.WALL_COOKIE_NAME]["httponly"]
    assert client.get(reverse("console:wall_map")).status_code == 200
    for name in ("console:home", "incidents:list", "alerts:list", "directory:users"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302, name
        assert "/sign-in/" in answer["Location"]


def test_a_screen_that_was_taken_back_shows_nothing():
    screen, key = joined()
    actions.revoke_wall_screen(screen=screen, by=admin(), at=NOON)

    for name in ("console:wall", "console:wall_map"):
        assert at_the_wall(key).get(reverse(name)).status_code == 302


def test_the_code_is_typed_at_the_screen(client):
    _screen, code = added(timezone.now())
    system_user()

    assert client.post(reverse("console:join_wall"), {"code": "AAAAA"}).status_code == 409
    answer = client.post(reverse("console:join_wall"), {"code": code})

    assert answer["Location"] == reverse("console:wall")
    assert client.get(reverse("console:wall")).status_code == 200


def test_the_administrator_sees_the_code_once(client):
    client.force_login(admin(), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("directory:wall_screens")

    shown = client.post(address, {"name": "指挥大厅"})
    code = shown.context["code"]
    assert code[:5] in shown.content.decode()
    again = client.get(address).content.decode()
    assert code[:5] not in again
    assert "指挥大厅" in again

    screen = WallScreen.objects.get()
    client.post(reverse("directory:revoke_wall_screen", args=[screen.pk]))
    screen.refresh_from_db()
    assert screen.revoked_at is not None
