"""Reports on exercises read from their folders and set side by side."""

import os
from collections.abc import Sequence
from pathlib import Path

from pingji.config.cli.language import language, say


class Unfit(Exception):
    """They cannot be compared; the message is for the person who asked."""


def compare_reports(places: Sequence[Path], out: Path) -> None:
    """Write the comparison of several reports, in the language of the command line.

    Args:
        places: Folders of reports, in the order in which they are shown.
        out: Where to.

    Raises:
        Unfit: One is no report, or there are too few or too many, or nothing can be written there.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    import django
    from django.utils import translation

    from pingji.config import messages

    messages.compile_all()
    django.setup()
    from pingji.evaluate.exercises.actions.reporting import write_comparison
    from pingji.evaluate.exercises.queries.score import MOST_RUNS, NotAScore, read_score

    if not 2 <= len(places) <= MOST_RUNS:
        raise Unfit(
            say(
                f"请给出 2 至 {MOST_RUNS} 份报告的目录（给出了 {len(places)} 份）。",
                f"name the folders of 2 to {MOST_RUNS} reports ({len(places)} were named).",
            )
        )
    seen: dict[Path, Path] = {}
    for place in places:
        other = seen.setdefault(place.resolve(), place)
        if other is not place:
            raise Unfit(say(f"{place} 给出了两次。", f"{place} is named twice."))
    with translation.override("zh-hans" if language() == "zh" else "en"):
        try:
            scores = [read_score(place) for place in places]
            write_comparison(scores, out)
        except NotAScore as problem:
            raise Unfit(str(problem)) from None
        except OSError as problem:
            why = problem.strerror or str(problem)
            raise Unfit(say(f"写不进 {out}：{why}", f"cannot write to {out}: {why}")) from None
