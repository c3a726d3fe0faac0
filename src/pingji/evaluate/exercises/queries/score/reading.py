"""Read the figures of a report that lies in a folder, and say what is wrong with them."""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, ValidationError

from pingji.evaluate.exercises.queries.score.figures import FORM, Score

FIGURES = "score.json"


class NotAScore(Exception):
    """A file that holds no figures of an exercise; the message is for who named it."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Named(_Part):
    zh: str
    en: str


class _Area(_Named):
    code: str


class _About(_Part):
    name: str
    name_en: str
    scenario: str
    profile: str
    plan: _Named
    area: _Area
    seed: int
    days: int
    residents: int
    people_play: list[str]


class _Step(_Part):
    key: str
    hours: float | None


class _Kept(_Part):
    kept: int
    late: int
    share: float | None


class _Clock(_Kept, _Named):
    key: str
    source: str
    given_hours: float


class _Late(_Part):
    organisation: str
    organisation_en: str
    who: str


class _Stages(_Part):
    monitor: _Kept
    warn: _Kept
    respond: _Kept


class _Deadlines(_Part):
    by: list[_Clock]
    late: list[_Late]
    stages: _Stages
    all: _Kept


class _People(_Part):
    infected: int
    onset: int
    care: int
    admitted: int
    critical: int
    died: int


class _Curves(_Part):
    infected: list[int]


class _Outbreak(_Part):
    curves: _Curves
    totals: _People
    averted: dict[str, int] | None


class _Score(_Part):
    """What a comparison reads of the figures."""

    exercise: _About
    milestones: list[_Step]
    deadlines: _Deadlines
    outbreak: _Outbreak


def read_score(place: Path) -> Score:
    """The figures of a report, checked as far as a comparison needs them.

    Args:
        place: The folder of the report, or its `score.json`.

    Raises:
        NotAScore: There are none, they are of another version of the program, or damaged.
    """
    path = place / FIGURES if place.is_dir() else place
    if not path.exists():
        why = _("%(place)s is no report on an exercise: there is no %(file)s.")
        raise NotAScore(why % {"place": place, "file": FIGURES})
    try:
        found: Any = json.loads(path.read_bytes())
    except OSError as problem:
        why = _("%(path)s cannot be read: %(why)s")
        raise NotAScore(why % {"path": path, "why": problem.strerror or problem}) from None
    except ValueError:  # no JSON, or no text at all
        raise NotAScore(_("%(path)s is not JSON, or is cut off.") % {"path": path}) from None
    if not isinstance(found, dict) or "form" not in found:
        why = _("%(path)s does not hold the figures of an exercise.")
        raise NotAScore(why % {"path": path})
    if found["form"] != FORM:
        why = _(
            "%(path)s is of another version of the program (form %(form)s, needed is %(needed)s):"
            " write that report anew."
        )
        raise NotAScore(why % {"path": path, "form": found["form"], "needed": FORM})
    try:
        _Score.model_validate(found)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = _("%(path)s is damaged: %(where)s is missing or wrong.")
        raise NotAScore(why % {"path": path, "where": where}) from None
    return found
