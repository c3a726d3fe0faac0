"""The plan's numbers for public opinion, as in force on one day in one county."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import StandardRow

PREFIX = "opinion."


@dataclass(frozen=True)
class Settings:
    """What makes a rumour of posts, and a sign of a spike.

    Attributes:
        posts: Posts of one place and illness that make a rumour.
        window: How far apart posts of one rumour may lie.
        likeness: From which a text repeats another, 0 to 1.
        baseline, alpha, min_sigma: Of the detector of spikes (EARS C2).
        texts: Fewest different texts in a week that can make a sign.
        unchecked, partly, true: Strength of a sign by what the check said.
    """

    posts: int
    window: timedelta
    likeness: float
    baseline: int
    alpha: float
    min_sigma: float
    texts: int
    unchecked: float
    partly: float
    true: float


def settings_for(area: str, *, on: date) -> Settings:
    """Read the settings in force.

    Raises:
        Refused: When no plan sets one of them.
    """
    rows = standards.rules_for(area, on, key__startswith=PREFIX)

    def number(key: str) -> float:
        row = rows.get(PREFIX + key)
        if row is None or row.value is None:
            raise Refused(_("No plan sets “%(key)s”.") % {"key": PREFIX + key})
        return float(row.value)

    return Settings(
        posts=int(number("rumour.posts")),
        window=timedelta(days=number("rumour.window")),
        likeness=number("likeness"),
        baseline=int(number("spike.baseline")),
        alpha=number("spike.alpha"),
        min_sigma=number("spike.min_sigma"),
        texts=int(number("spike.texts")),
        unchecked=number("strength.unchecked"),
        partly=number("strength.partly"),
        true=number("strength.true"),
    )


def duties_of(area: str, *, on: date) -> list[StandardRow]:
    """What the county's plan promises about public opinion, with its clauses."""
    rows = standards.rules_for(area, on, key__startswith=PREFIX)
    wanted = (StandardRow.Section.DEADLINE, StandardRow.Section.DUTY)
    return [row for _key, row in sorted(rows.items()) if row.section in wanted]
