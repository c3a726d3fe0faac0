"""Translations: compiled at set-up, and checked to be complete.

`python -m pingji.config.messages compile` writes the compiled catalogues;
`python -m pingji.config.messages check` lists every string without a Chinese translation.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from pingji.config.places import ROOT

SOURCE = Path(__file__).resolve().parents[1]
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# The command line says both languages in place; the analysis library speaks English only.
WITHOUT_CATALOGUE = ("config/cli", "analysis")


def catalogues() -> list[Path]:
    """Every catalogue in the source tree."""
    return sorted(SOURCE.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_all() -> int:
    """Compile the catalogues that are newer than their compiled form; how many were."""
    return sum(compile_catalogue(path) for path in catalogues())


def compile_catalogue(path: Path) -> bool:
    """Compile one catalogue if it is newer than its compiled form; whether it was."""
    target = path.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
        return False
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file)
    draft = io.BytesIO()
    write_mo(draft, catalogue)
    target.write_bytes(draft.getvalue())
    return True


def strings() -> Iterator[tuple[Path, int, str, str]]:
    """Every translatable string of the source: file, line, context, text."""
    from babel.messages.extract import extract
    from django.utils.translation.template import templatize

    for path in sorted(SOURCE.glob("**/*.py")) + sorted(SOURCE.glob("**/templates/**/*.html")):
        inside = path.relative_to(SOURCE).as_posix()
        if inside.startswith(WITHOUT_CATALOGUE) or "/tests/" in inside:
            continue
        text = path.read_text()
        if path.suffix == ".html":
            # What is left of the markup is not Python; without its indentation it does no harm.
            lines = templatize(text, origin=inside).splitlines()
            text = "\n".join(line.strip() for line in lines)
        source = io.BytesIO(text.encode())
        for line, found, _comments, context in extract("python", source, KEYWORDS):
            singular = found if isinstance(found, str) else found[0]
            yield path, line, context or "", singular


def hidden() -> list[str]:
    """A line for each call that stands inside an f-string, where `strings` does not see it."""
    problems = []
    for path in sorted(SOURCE.glob("**/*.py")):
        for written in ast.walk(ast.parse(path.read_text())):
            if isinstance(written, ast.JoinedStr) and any(
                isinstance(part, ast.Call)
                and isinstance(part.func, ast.Name)
                and part.func.id in KEYWORDS
                for part in ast.walk(written)
            ):
                place = f"{path.relative_to(ROOT)}:{written.lineno}"
                problems.append(f"{place}: a translation inside an f-string; give it a name first")
    return problems


def missing() -> list[str]:
    """A line for each string that has no Chinese translation in any catalogue."""
    import polib

    known = {}
    said: dict[tuple[str, str], tuple[str, Path]] = {}
    problems = []
    for path in catalogues():
        if path.name != CATALOGUE.name:  # the command-line library's words are another matter
            continue
        for entry in polib.pofile(str(path)):
            whole = entry.translated() and "fuzzy" not in entry.flags
            key = (entry.msgctxt or "", entry.msgid)
            before, where = said.setdefault(key, (entry.msgstr, path))
            if before != entry.msgstr:  # one catalogue would silently win over the other
                problems.append(
                    f"{path.relative_to(ROOT)}: {entry.msgid!r} is {entry.msgstr!r} here and "
                    f"{before!r} in {where.relative_to(ROOT)}; say it alike or give it a context"
                )
            known[(entry.msgctxt or "", entry.msgid)] = whole
            if not whole and not entry.obsolete:
                problems.append(f"{path.relative_to(ROOT)}: not translated: {entry.msgid!r}")
    for path, line, context, text in strings():
        if (context, text) not in known:
            problems.append(f"{path.relative_to(ROOT)}:{line}: no translation: {text!r}")
    return sorted({*problems, *hidden()})


def main(arguments: list[str]) -> int:
    """Compile, or check; 1 if a translation is missing, 2 on wrong use."""
    if arguments == ["compile"]:
        compile_all()
        return 0
    if arguments == ["check"]:
        import django
        from django.conf import settings

        if not settings.configured:
            settings.configure(USE_I18N=False)
        django.setup()
        problems = missing()
        sys.stdout.write("".join(f"{line}\n" for line in problems))
        return 1 if problems else 0
    sys.stderr.write("usage: python -m pingji.config.messages compile|check\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
