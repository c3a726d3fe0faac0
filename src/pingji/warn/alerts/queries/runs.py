"""Detection runs in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import User
from pingji.warn.alerts.models import DetectionRun
from pingji.warn.alerts.queries.words import why_not_judged

SOURCE_NAMES = {
    "single_case": _("Single cases that always count"),
    "cluster": _("Thresholds and clusters, by school, village, institution and area"),
    "series": _("Time series, by disease, channel and area"),
    "scan": _("Space-time scan over townships and villages"),
    "silence": _("Silence of sentinels"),
    "rumour": _("Rumours"),
}


@dataclass(frozen=True)
class Step:
    """What one source looked at in a run, and what it could not judge."""

    name: str
    series: int
    judged: int
    signs: int
    reasons: list[tuple[str, int]]


def last_run(reader: User) -> DetectionRun | None:
    """The latest run over every source; one that looked back, or at one card, is none."""
    return DetectionRun.objects.visible_to(reader).whole().first()


def reasons_in_words(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Why points were not judged, and how many."""
    return [(why_not_judged(name), points) for name, points in reasons.items()]


def steps_in_words(run: DetectionRun) -> list[Step]:
    """What each source did, in the order in which they are asked."""
    return [
        Step(
            str(SOURCE_NAMES.get(source, source)),
            step["series"],
            step["judged"],
            step["signs"],
            reasons_in_words(step["reasons"]),
        )
        for source, step in sorted(run.steps.items(), key=lambda one: _place(one[0]))
    ]


def _place(source: str) -> int:
    """Where a source stands; the database keeps the names of its JSON in an order of its own."""
    names = list(SOURCE_NAMES)
    return names.index(source) if source in names else len(names)
