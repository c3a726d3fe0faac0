"""`pingji posts`."""

import json

import pytest
from click.testing import CliRunner
from django.utils import timezone

from pingji.config.cli import main
from pingji.monitor.opinion.models import Post
from pingji.monitor.opinion.tests.factories import person
from pingji.monitor.opinion.tests.places import places

pytestmark = pytest.mark.django_db


def test_a_file_is_handed_in_and_each_bad_line_named(tmp_path):
    places()
    file = tmp_path / "posts.jsonl"
    good = {"source": "论坛", "key": "1", "text": "龙潭有人发烧"}
    good["posted_at"] = timezone.now().isoformat()
    file.write_text(f"{json.dumps(good)}\nno\n", encoding="utf-8")

    command = ["posts", str(file), "--user", person("press").username]
    told = CliRunner().invoke(main, command)

    assert (told.exit_code, Post.objects.count()) == (1, 1)
    assert "第 2 行" in told.output
    assert CliRunner().invoke(main, command).exit_code == 1
    assert Post.objects.count() == 1


def test_somebody_unknown_hands_nothing_in(tmp_path):
    file = tmp_path / "posts.jsonl"
    file.write_text("{}", encoding="utf-8")

    assert CliRunner().invoke(main, ["posts", str(file), "--user", "nobody"]).exit_code == 2
