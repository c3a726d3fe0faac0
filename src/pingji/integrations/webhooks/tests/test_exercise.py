"""In an installation for exercises nothing leaves, whoever asks for it."""

import pytest

from pingji.integrations.posting import NotAllowed, post
from pingji.integrations.tests.receiving import receiving


def test_in_an_exercise_nothing_is_posted_not_even_to_the_machine_itself(settings):
    with receiving() as receiver:
        post(receiver.url, b"{}", headers={}, inside=True)
        settings.EXERCISE = True
        with pytest.raises(NotAllowed, match="nothing leaves"):
            post(receiver.url, b"{}", headers={}, inside=True)
        assert len(receiver.came) == 1
