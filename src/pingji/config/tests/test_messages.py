"""What the check of translations sees."""

import pytest

from pingji.config import messages


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return tmp_path


def test_a_string_without_chinese_is_named_with_its_place(source):
    (source / "words.py").write_text('\ntold = _("Nobody translated this")\n')
    assert messages.missing() == ["words.py:2: no translation: 'Nobody translated this'"]


@pytest.mark.parametrize("call", ["_('Away')", "ngettext('one', 'many', 2)"])
def test_a_string_hidden_in_an_f_string_is_named_with_its_place(call, source):
    (source / "words.py").write_text(f'told = f"so: {{{call}}}"\n')
    assert messages.missing() == [
        "words.py:1: a translation inside an f-string; give it a name first"
    ]
