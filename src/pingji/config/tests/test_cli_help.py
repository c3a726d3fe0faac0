"""The command line explains itself, whole, in either language; and its exit status can be trusted."""

import json
import os
import re
import subprocess
import sys

import polib
import pytest

from pingji.config.cli.click_words import CATALOGUES

CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef]")
# Everything that a person can ask for, as the command line tells it in one process.
WALK = """
import json
import click
from pingji.config.cli import main
from pingji.config.cli.click_words import speak

def walk(command, path, parent=None):
    context = click.Context(command, info_name=path[-1], parent=parent)
    yield " ".join(path), {
        "help": command.get_help(context),
        "about": command.help or "",
        "options": {
            parameter.opts[-1]: getattr(parameter, "help", None) or ""
            for parameter in command.get_params(context)
            if isinstance(parameter, click.Option)
        },
    }
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), [*path, name], context)

speak()
print(json.dumps(dict(walk(main, ["pingji"]))))
"""
# Words of the command-line library that a Chinese reader must not meet.
LEFTOVERS = re.compile(
    r"\b(Usage|Options?|Commands?|OPTIONS|COMMAND|ARGS\]|Error|Try|Show|message|exit|default|"
    r"required|Missing|INTEGER|FLOAT|TEXT|RANGE|BOOLEAN|Invalid|such|valid|deprecated)\b"
)


def pingji(*arguments, language="zh", **more):
    """The command as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "pingji.config.cli", *arguments],
        env=os.environ | {"PINGJI_LANG": language, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **more,
    )


def explained(language):
    told = subprocess.run(
        [sys.executable, "-c", WALK],
        env=os.environ | {"PINGJI_LANG": language, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def chinese():
    return explained("zh")


@pytest.fixture(scope="module")
def english():
    return explained("en")


def test_both_languages_explain_the_same_commands(chinese, english):
    assert list(chinese) == list(english)
    assert {
        "pingji run",
        "pingji setup",
        "pingji profile list",
        "pingji profile show",
        "pingji profile check",
        "pingji import",
        "pingji record verify",
        "pingji user add",
        "pingji backup",
        "pingji restore",
        "pingji db shell",
    } <= set(chinese)
    for command, told in chinese.items():
        assert list(told["options"]) == list(english[command]["options"])


def test_every_command_and_option_is_explained_in_chinese(chinese):
    for command, told in chinese.items():
        assert CHINESE.search(told["about"]), command
        assert "用法：" in told["help"], command
        for option, words in told["options"].items():
            assert CHINESE.search(words), f"{command} {option}"
        leftover = LEFTOVERS.search(told["help"])
        assert leftover is None, f"{command}: {leftover}"


def test_every_command_and_option_is_explained_in_english(english):
    for command, told in english.items():
        assert told["about"], command
        assert "Usage:" in told["help"], command
        assert all(told["options"].values()), command
        assert not CHINESE.search(told["help"]), command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch"], "错误：没有命令 'nosuch'。"),
        (["run", "--nosuch"], "错误：没有选项 '--nosuch'。"),
        (["run", "--port", "abc"], "错误：'--port' 的值有误：'abc' 不是整数。"),
        (["backup"], "错误：缺少参数 'FILE'"),
        (["import", "/nosuch.csv"], "错误：'FILE' 的值有误：文件 '/nosuch.csv' 不存在。"),
        (["profile", "show", "nosuch"], "错误：没有名为“nosuch”的方案。"),
        (["restore", "/nosuch.backup"], "文件 '/nosuch.backup' 不存在"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(arguments, said):
    done = pingji(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not LEFTOVERS.search(done.stderr)


def test_the_language_is_chosen_by_option_or_environment():
    assert "Usage:" in pingji("--lang", "en", "--help").stdout
    assert "Usage:" in pingji("--help", language="en").stdout
    assert "用法：" in pingji("--lang=zh", "--help", language="en").stdout


def test_the_version_is_told():
    assert re.fullmatch(r"pingji，版本 \d+\.\d+\.\d+\n", pingji("--version").stdout)
    assert re.fullmatch(
        r"pingji, version \d+\.\d+\.\d+\n", pingji("--version", language="en").stdout
    )


def test_every_word_of_the_library_has_its_chinese():
    """The catalogue holds every sentence that this release of the library can say."""
    import io
    from pathlib import Path

    import click
    from babel.messages.extract import extract

    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    said = {
        found if isinstance(found, str) else found[0]
        for path in Path(click.__file__).parent.glob("*.py")
        for _line, found, _comments, _context in extract(
            "python", io.BytesIO(path.read_bytes()), keywords
        )
    }
    catalogue = polib.pofile(str(CATALOGUES / "zh_CN/LC_MESSAGES/messages.po"))
    known = {entry.msgid for entry in catalogue if entry.translated()}
    written_for_programmers = {
        "d",
        "Windows error: {error}",
        "{editor}: Editing failed",
        "{editor}: Editing failed: {e}",
        "Name '{name}' defined twice",
        "Boolean option {decl!r} cannot use the same flag for true/false.",
        "Could not determine name for option with declarations {decls!r}",
        "No options defined but a name was passed ({name}). Did you mean to declare an argument "
        "instead? Did you mean to pass '--{name}'?",
        "Arguments take exactly one parameter declaration, got {length}: {decls}.",
        "Unknown color {colour!r}",
        "Unknown standard stream '{name}'",
    }
    assert said - known - written_for_programmers == set()


@pytest.mark.parametrize("entry", polib.pofile(str(CATALOGUES / "zh_CN/LC_MESSAGES/messages.po")))
def test_a_translation_fills_in_nothing_that_is_not_given(entry):
    fields = re.compile(r"\{(\w+)|%\((\w+)\)")
    given = set(fields.findall(entry.msgid + entry.msgid_plural))
    for words in [entry.msgstr, *entry.msgstr_plural.values()]:
        assert set(fields.findall(words)) <= given
