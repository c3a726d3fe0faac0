"""What the directory's tests share."""

import pytest

from pingji.ground.directory.tests.factories import UserFactory


@pytest.fixture
def signed_in(client):
    """Sign a user in without the form; the user is described as to UserFactory."""

    def enter(**given):
        user = UserFactory(**given)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return user

    return enter
