"""What the tests of notices share."""

import pytest

from pingji.ground.directory.tests.conftest import signed_in
from pingji.ground.notices.tests.factories import Post

__all__ = ["post", "signed_in"]


@pytest.fixture
def post(settings):
    """A post office in place of the real means; it takes everything until told otherwise."""
    settings.NOTICE_MEANS = dict.fromkeys(
        ("sms", "webhook"), "pingji.ground.notices.tests.factories.hand_over"
    )
    office = Post()
    Post.here = office
    yield office
    Post.here = None
