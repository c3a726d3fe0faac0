"""Coming in and going out."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory import actions
from pingji.ground.directory.models import User
from pingji.ground.directory.tests.factories import (
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def kinds():
    return list(Line.objects.order_by("number").values_list("kind", flat=True))


def try_to_sign_in(client, password, username="wang", **further):
    data = {"username": username, "password": password, **further}
    return client.post(reverse("directory:sign_in"), data)


def test_signing_in_and_out_is_on_record(client):
    user = UserFactory(username="wang", password=PASSWORD)

    response = try_to_sign_in(client, PASSWORD)
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    client.post(reverse("directory:sign_out"))

    assert "_auth_user_id" not in client.session
    assert kinds() == ["user.signed_in", "user.signed_out"]
    assert Line.objects.first().by == user


def test_a_wrong_password_says_so_without_saying_which_was_wrong(client):
    UserFactory(username="wang", password=PASSWORD)

    wrong = try_to_sign_in(client, "wrong")
    nobody = try_to_sign_in(client, "wrong", username="nobody")

    assert "用户名或口令不正确" in text(wrong)
    assert text(wrong).count("error-summary") == text(nobody).count("error-summary") == 1
    assert "_auth_user_id" not in client.session


def test_too_many_failures_lock_the_name_and_are_on_record_once(client):
    system_user()
    user = UserFactory(username="wang", password=PASSWORD)

    answers = [
        try_to_sign_in(client, "wrong").status_code for _ in range(settings.AXES_FAILURE_LIMIT + 2)
    ]
    right = try_to_sign_in(client, PASSWORD)

    assert answers[-3:] == [429, 429, 429]
    assert right.status_code == 429
    assert "用户 wang 在" in right.content.decode()
    assert "_auth_user_id" not in client.session
    assert kinds() == ["user.locked_out"]
    line = Line.objects.get()
    assert (line.by.username, line.subject_id) == ("system", str(user.pk))
    assert line.details == {"username": "wang", "address": "127.0.0.1"}


def test_the_lock_ends_after_its_time(client):
    system_user()
    UserFactory(username="wang", password=PASSWORD)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        try_to_sign_in(client, "wrong")

    AccessAttempt.objects.update(
        attempt_time=timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME, minutes=1)
    )

    assert try_to_sign_in(client, PASSWORD).status_code == 302


def test_a_new_password_from_the_administrator_ends_the_lock(client):
    system_user()
    user = UserFactory(username="wang", password=PASSWORD)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        try_to_sign_in(client, "wrong")

    actions.set_password(user=user, password=PASSWORD, by=system_user(), at=timezone.now())

    assert try_to_sign_in(client, PASSWORD).status_code == 302


def test_a_deactivated_user_and_the_machines_own_cannot_sign_in(client):
    UserFactory(username="wang", password=PASSWORD, is_active=False)
    system_user()

    assert try_to_sign_in(client, PASSWORD).status_code == 200
    assert try_to_sign_in(client, "", username="system").status_code == 200
    assert try_to_sign_in(client, "x", username="system").status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/areas/", "/areas/"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_where_one_wanted_to_go_but_never_elsewhere(client, asked, goes):
    UserFactory(username="wang", password=PASSWORD)

    response = try_to_sign_in(client, PASSWORD, next=asked)

    assert response["Location"] == goes


def test_a_page_asks_to_sign_in_and_remembers_itself(client):
    response = client.get("/organisations/")

    assert response["Location"] == "/sign-in/?next=/organisations/"


def test_a_deactivated_users_open_pages_stop(client, signed_in):
    user = signed_in()
    assert client.get("/organisations/").status_code == 200

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get("/organisations/").status_code == 302


def test_a_changed_password_ends_every_other_session(client, signed_in):
    user = UserFactory(username="wang", password=PASSWORD)
    try_to_sign_in(client, PASSWORD)
    elsewhere = type(client)()
    try_to_sign_in(elsewhere, PASSWORD)

    new = "another horse 77"
    response = client.post("/password/", {"old": PASSWORD, "new": new, "again": new})

    assert response.status_code == 302
    assert client.get("/organisations/").status_code == 200
    assert elsewhere.get("/organisations/").status_code == 302
    assert User.objects.get(pk=user.pk).check_password(new)


def test_two_different_new_passwords_are_not_taken(client, signed_in):
    signed_in(password=PASSWORD)

    response = client.post("/password/", {"old": PASSWORD, "new": "a-b-c-d-1", "again": "other"})

    assert "两次输入的新口令不一致" in text(response)


def test_passwords_never_reach_the_record_or_the_lists_of_failures(client):
    system_user()
    UserFactory(username="wang", password=PASSWORD)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        try_to_sign_in(client, "my-secret-guess")

    assert not AccessAttempt.objects.filter(post_data__contains="my-secret-guess").exists()
    assert "my-secret-guess" not in str(list(Line.objects.values()))
