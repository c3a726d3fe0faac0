"""What a person says about the columns and words of a file, and whether that is enough."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.monitor.surveillance.models import ColumnMapping, Import
from pingji.monitor.surveillance.rules import check_can_import, persons
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
        *persons.COLUMNS,
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
    "name": pgettext_lazy("of a person", "Name"),
    "guardian": gettext_lazy("Parent or guardian"),
    "identity": gettext_lazy("Identity number"),
    "born_on": gettext_lazy("Date of birth"),
    "phone": gettext_lazy("Telephone"),
    "address": gettext_lazy("Address"),
    "occupation": gettext_lazy("Occupation"),
    "workplace": gettext_lazy("School or institution"),
    "school_class": gettext_lazy("Class at school"),
    "date": gettext_lazy("Date"),
    "count": gettext_lazy("Number of cases"),
    "period": gettext_lazy("Day, week or month"),
}
FOR_ALL = ("status", "disease", "area")  # what may be said for all rows at once
WORDS = ("sex", "status", "period", "disease", "area", "organisation", "occupation")
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


def check_can_say(user: User, file: Import) -> None:
    """Raise Refused unless the user may say what the columns of this file mean, and so look into it."""
    check_can_map(user)
    if file.kind == Import.Kind.SENTINELS:
        raise Refused(_("Reports of sentinels are read by their own headings."))
    if (file.area_id, file.organisation_id) != (user.area_id, user.organisation_id):
        raise Refused(_("Another organisation has handed this file in; only it can say this."))


def check_columns(kind: str, columns: Mapping[str, int], for_all: Mapping[str, str]) -> None:
    """Raise Refused unless every column that is needed is there once."""
    if kind not in COLUMNS:
        raise Refused(_("Say whether the file holds case lines or counts."), field="kind")
    lacking = missing(kind, {*columns, *for_all})
    if lacking:
        raise Refused(
            _("Still needed: %(columns)s. Say in which column each stands, or what holds for all.")
            % {"columns": in_words(lacking)}
        )


def missing(kind: str, there: Set[str]) -> list[str]:
    """The columns without which no row of a file can be kept."""
    return [name for name in NEEDED[kind] if name not in there]


def in_words(columns: Iterable[str]) -> str:
    """Names of columns as a sentence says them."""
    return _(", ").join(str(LABELS[name]) for name in columns)


def likely_kind(columns: Set[str]) -> str:
    """What a file seems to hold, from the columns that are known of it."""
    return "counts" if {"date", "count"} & columns and "onset_on" not in columns else "cases"


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
    if column == "occupation":
        return text.lower() in directory.occupations
    known = {"sex": SEXES, "status": STATUSES, "period": PERIODS}[column]
    return text.lower() in known
