"""What a person says about the columns and words of a file, and whether that is enough."""

import hashlib
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.monitor.surveillance.models import ColumnMapping
from pingji.monitor.surveillance.rules import check_can_import
from pingji.monitor.surveillance.rules.rows import (
    NEEDED,
    PERIODS,
    SEXES,
    STATUSES,
    Directory,
    find_columns,
    plain,
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "cases": (
        "key",
        "disease",
        "area",
        "onset_on",
        "diagnosed_on",
        "sex",
        "age",
        "status",
        "organisation",
    ),
    "counts": ("date", "count", "disease", "area", "period"),
}
LABELS = {
    "key": gettext_lazy("Card number"),
    "disease": gettext_lazy("Disease"),
    "area": gettext_lazy("Area"),
    "onset_on": gettext_lazy("Onset"),
    "diagnosed_on": gettext_lazy("Diagnosed"),
    "sex": gettext_lazy("Sex"),
    "age": gettext_lazy("Age"),
    "status": gettext_lazy("Status"),
    "organisation": gettext_lazy("Organisation"),
    "date": gettext_lazy("Date"),
    "count": gettext_lazy("Number of cases"),
    "period": gettext_lazy("Day, week or month"),
}
REQUIRED = {kind: (*needed,) for kind, needed in NEEDED.items()}
REQUIRED["counts"] = ("date", "count", "disease", "area")
FOR_ALL = ("disease", "area")  # what may be said for all rows at once
WORDS = ("sex", "status", "period", "disease", "area", "organisation")
ALL_ROWS = "*"  # under this name `words` keeps what is said for all rows


def heading_print(cells: Sequence[object]) -> str:
    """A heading in one short text; the same for the same cells, however they are spaced."""
    names = [plain(cell).lower().replace(" ", "") for cell in cells]
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def guess(cells: Sequence[object]) -> dict[str, int]:
    """Columns whose headings are known anyway."""
    return find_columns(list(cells))


def check_can_map(user: User, mapping: ColumnMapping | None = None) -> None:
    """Raise Refused unless the user may say what a heading means for their organisation."""
    check_can_import(user)
    if mapping is not None and (
        mapping.area_id != user.area_id or mapping.organisation_id != user.organisation_id
    ):
        raise Refused(_("Another organisation has said this; only it can change it."))


def check_columns(kind: str, columns: Mapping[str, int], for_all: Mapping[str, str]) -> None:
    """Raise Refused unless every column that is needed is there once."""
    if kind not in COLUMNS:
        raise Refused(_("Say whether the file holds case lines or counts."), field="kind")
    missing = [
        str(LABELS[name]) for name in REQUIRED[kind] if name not in columns and name not in for_all
    ]
    if missing:
        raise Refused(
            _("Still needed: %(columns)s. Say in which column each stands.")
            % {"columns": "、".join(missing)}
        )


def understood(column: str, text: str, directory: Directory) -> bool:
    """Whether a word of a column is understood without being told."""
    if not text:
        return True
    if column == "disease":
        return text.lower() in directory.diseases
    if column == "organisation":
        return text in directory.organisations
    if column == "area":
        return text.isdecimal() or text in directory.areas or text in directory.area_names
    known = {"sex": SEXES, "status": STATUSES, "period": PERIODS}[column]
    return text.lower() in known
