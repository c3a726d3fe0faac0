"""The example of docs/how-to/send-data.md works as it stands there, in both languages."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pingji.monitor.surveillance.models import Visit
from pingji.monitor.surveillance.tests.sending import sender

HOW_TO = Path(__file__).parents[5] / "docs" / "how-to"
PAGES = ("send-data.md", "send-data.zh.md")
EXAMPLE = re.compile(r"<!-- tested -->\n```\n(.+?)\n```", re.DOTALL)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
def test_the_example_is_taken(page, live_server):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    example = EXAMPLE.search((HOW_TO / page).read_text(encoding="utf-8"))
    his = sender()

    done = subprocess.run(
        ["bash", "-c", example[1]],
        env={"PATH": "/usr/bin:/bin", "PINGJI_TOKEN": his.token, "PINGJI_URL": live_server.url},
        capture_output=True,
        check=True,
    )

    said = json.loads(done.stdout)
    assert (said["state"], said["kept"]) == ("taken", 1)
    assert said["answers"] == [{"item": 0, "key": "MZ20251121000123", "fate": "kept"}]
    assert Visit.objects.get().organisation == his.organisation
