import pytest


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    """Files handed in by a test go away with it."""
    settings.MEDIA_ROOT = tmp_path
