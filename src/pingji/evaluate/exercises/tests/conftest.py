from datetime import datetime

import pytest
from django.utils import timezone

from pingji.evaluate.exercises.tests.small_county import MIDNIGHT


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    """Files handed in by a test go away with it."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def now(monkeypatch) -> list[datetime]:
    """The moments that an exercise's clock was set to; the program asks it for the time."""
    moments = [MIDNIGHT]
    monkeypatch.setattr(timezone, "now", lambda: moments[-1])
    return moments
