"""`pingji profile`, as a script would call it."""

import json

import pytest
from click.testing import CliRunner

from pingji.config.cli.profile import profile
from pingji.ground.standards.rules.profile import shipped_profiles


@pytest.fixture(params=["zh", "en"])
def language(request, monkeypatch):
    monkeypatch.setenv("PINGJI_LANG", request.param)
    return request.param


def run(*arguments: str):
    return CliRunner().invoke(profile, list(arguments))


def test_list_names_the_five_plans_and_the_base(language):
    result = run("list")

    assert result.exit_code == 0
    names = [line.split()[0] for line in result.output.splitlines()]
    assert names == ["bachu", "feicheng", "jinchang", "kaijiang", "national", "youyang"]
    assert ("酉阳县" if language == "zh" else "Youyang:") in result.output


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_show_tells_every_promise_with_its_clause(name, language):
    result = run("show", name)

    assert result.exit_code == 0
    if name == "jinchang":
        assert "investigation.on_site" in result.output
        assert "S3 三(三)8" in result.output
        assert ("（推断）" if language == "zh" else "(inferred)") in result.output
    if name == "national":
        assert ("[未核对]" if language == "zh" else "[not verified]") in result.output


def test_show_as_json_carries_the_whole_plan():
    data = json.loads(run("show", "youyang", "--json").output)

    assert len(data["task"]) == 28
    assert {row["key"] for row in data["list"]} >= {"surveillance.channels", "loop.stages"}


def test_show_takes_a_file_too():
    assert "call.answered_in_10_s" in run("show", str(shipped_profiles()["youyang"])).output


def test_show_of_an_unknown_plan_is_wrong_use(language):
    result = run("show", "nowhere")

    assert result.exit_code == 2
    assert "youyang" in result.output


def test_check_passes_a_good_file(language):
    result = run("check", str(shipped_profiles()["bachu"]))

    assert result.exit_code == 0
    assert "28" in result.output


def test_check_names_file_line_key_and_reason(tmp_path, language):
    path = tmp_path / "bachu.toml"
    text = shipped_profiles()["bachu"].read_text(encoding="utf-8")
    path.write_text(text.replace("target = 95", "target = 950", 1), encoding="utf-8")

    result = run("check", str(path))

    assert result.exit_code == 1
    assert "bachu.toml:" in result.output
    assert "vaccination.township_coverage" in result.output
    assert ("百分比不得超过 100" if language == "zh" else "above 100") in result.output
