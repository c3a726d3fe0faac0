"""Columns of the line list: one definition for the screen and for exported files.

What a reader may not see is starred here, in one place, so that no file shows more than the screen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, Organisation, Permission, User
from pingji.ground.directory.models.identity import unseal
from pingji.monitor.surveillance.models import CaseReport, CaseStatus, Disease, Source
from pingji.monitor.surveillance.rules.persons import starred_name, starred_phone

# Words of a file that this program reads back whatever the reader's language.
SEX_WORDS = {"zh": {"M": "男", "F": "女"}, "en": {"M": "male", "F": "female"}}


@dataclass
class Words:
    """The words behind codes and keys, in one language, looked up once for many rows.

    Attributes:
        clear: Whether personal data are shown in full.
        areas: Name of each area by code.
        diseases: Name of each disease by code.
        organisations: Name of each organisation by key.
    """

    clear: bool
    chinese: bool
    areas: dict[str, str]
    diseases: dict[str, str]
    organisations: dict[int, str]
    statuses: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def sexes(self) -> dict[str, str]:
        """The word for each sex."""
        return SEX_WORDS["zh" if self.chinese else "en"]


def words_for(user: User, *, clear: bool, rows: Sequence[Sequence[Any]] | None = None) -> Words:
    """The words for a reader; of whole tables, or of the areas and organisations in `rows` alone.

    Args:
        user: The reader.
        clear: Whether personal data are wanted in full; given only to those who may see them.
        rows: Rows of `NEEDED`, where only few are shown.
    """
    chinese = (get_language() or "zh").startswith("zh")
    areas = Area.objects.all()
    organisations = Organisation.objects.all()
    if rows is not None:
        area_at, organisation_at = NEEDED.index("area_id"), NEEDED.index("organisation_id")
        institution_at = NEEDED.index("institution_id")
        areas = areas.filter(pk__in={row[area_at] for row in rows})
        keys = {row[at] for row in rows for at in (organisation_at, institution_at)} - {None}
        organisations = organisations.filter(pk__in=keys)
    if chinese:
        statuses = {str(value): str(label) for value, label in CaseStatus.choices}
    else:
        statuses = {str(value): str(value) for value in CaseStatus.values}
    return Words(
        clear=clear and user.holds(Permission.PERSONAL_DATA_VIEW),
        chinese=chinese,
        areas={a.pk: a.label for a in areas.only("code", "name", "name_en")},
        diseases={d.pk: d.label for d in Disease.objects.only("code", "name", "name_en")},
        organisations={o.pk: o.label for o in organisations.only("id", "name", "name_en")},
        statuses=statuses,
        states={str(value): str(label) for value, label in CaseReport.State.choices},
        sources={str(value): str(label) for value, label in Source.choices},
    )


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: What an address calls it.
        label: Its heading; one by which the program's own import knows it again.
        needs: The fields of a card it is made of.
        text: From those fields and the words to what is shown.
        personal: Whether it tells who somebody is, and so is starred for most readers.
        number: Whether it is a figure.
        whole: Whether it is kept on one line.
        clip: Whether it is kept on one line and cut short, the whole told by its title.
        shown: Whether the list shows it when nobody chose columns.
    """

    key: str
    label: str | Promise
    needs: tuple[str, ...]
    text: Callable[..., str]
    personal: bool = False
    number: bool = False
    whole: bool = False
    clip: bool = False
    shown: bool = True

    @property
    def style(self) -> str:
        """How its cells are set."""
        if self.number:
            return "number"
        return "clip" if self.clip else "nowrap" if self.whole else ""


def _day(_words: Words, day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _moment(_words: Words, at: datetime | None) -> str:
    return "" if at is None else timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _as_it_is(_words: Words, text: str) -> str:
    return text


def _name(words: Words, name: str) -> str:
    return name if words.clear else starred_name(name)


def _phone(words: Words, phone: str) -> str:
    return phone if words.clear else starred_phone(phone)


def _identity(words: Words, sealed: bytes | None) -> str:
    if not sealed:
        return ""
    number = unseal(bytes(sealed)) if words.clear else ""
    return number or "*" * 18


def _born(words: Words, day: date | None) -> str:
    if day is None:
        return ""
    return day.isoformat() if words.clear else f"{day.year}-**-**"


def _hidden(words: Words, text: str) -> str:
    return text if words.clear or not text else "***"


COLUMNS = (
    Column("key", pgettext_lazy("column", "Case ID"), ("key",), _as_it_is),
    Column(
        "disease",
        pgettext_lazy("column", "Disease"),
        ("disease_id",),
        lambda w, code: w.diseases.get(code, code),
        clip=True,
    ),
    Column(
        "status",
        pgettext_lazy("column", "Status"),
        ("status",),
        lambda w, code: w.statuses.get(code, code),
        whole=True,
    ),
    Column("name", pgettext_lazy("of a person", "Name"), ("name",), _name, personal=True),
    Column(
        "sex",
        pgettext_lazy("column", "Sex"),
        ("sex",),
        lambda w, code: w.sexes.get(code, ""),
        whole=True,
    ),
    Column(
        "age",
        pgettext_lazy("column", "Age"),
        ("age",),
        lambda _w, age: "" if age is None else str(age),
        number=True,
    ),
    Column("area", pgettext_lazy("column", "Area code"), ("area_id",), _as_it_is, shown=False),
    Column(
        "place", _("Place of residence"), ("area_id",), lambda w, c: w.areas.get(c, c), clip=True
    ),
    Column("onset", pgettext_lazy("column", "Onset"), ("onset_on",), _day, whole=True),
    Column("diagnosed", pgettext_lazy("column", "Diagnosed"), ("diagnosed_on",), _day, whole=True),
    Column("known", _("Reported"), ("known_at",), _moment, whole=True),
    Column(
        "state",
        _("State of the card"),
        ("state",),
        lambda w, code: w.states.get(code, code),
        clip=True,
    ),
    Column(
        "organisation",
        pgettext_lazy("column", "Organisation"),
        ("organisation_id",),
        lambda w, key: w.organisations.get(key, "") if key else "",
        clip=True,
    ),
    Column(
        "source",
        _("Came by"),
        ("source",),
        lambda w, code: w.sources.get(code, code),
        shown=False,
    ),
    Column(
        "severe",
        _("Severe case"),
        ("severe",),
        lambda _w, on: str(_("yes")) if on else "",
        shown=False,
    ),
    Column("died", _("Died on"), ("died_on",), _day, shown=False),
    Column(
        "institution",
        _("School or institution"),
        ("institution_id", "workplace"),
        lambda w, key, written: w.organisations.get(key, "") if key else _hidden(w, written),
        clip=True,
        shown=False,
    ),
    Column("occupation", _("Occupation"), ("occupation",), _as_it_is, shown=False),
    Column("born", _("Born on"), ("born_on",), _born, personal=True, shown=False),
    Column("phone", _("Phone"), ("phone",), _phone, personal=True, shown=False),
    Column(
        "identity",
        _("Identity number"),
        ("identity_encrypted",),
        _identity,
        personal=True,
        shown=False,
    ),
    Column("guardian", _("Parent"), ("guardian",), _name, personal=True, shown=False),
    Column("address", _("Address"), ("address",), _hidden, personal=True, clip=True, shown=False),
)
BY_KEY = {column.key: column for column in COLUMNS}
# Every field that any column needs, the card's own key first.
NEEDED = ("pk", *dict.fromkeys(name for column in COLUMNS for name in column.needs))


def chosen(keys: Sequence[str]) -> list[Column]:
    """The columns that somebody chose, in their usual order; the usual ones where nobody did."""
    wanted = set(keys) & BY_KEY.keys()
    if not wanted:
        return [column for column in COLUMNS if column.shown]
    return [column for column in COLUMNS if column.key in wanted]


def unknown(keys: Sequence[str]) -> list[str]:
    """Of the columns that somebody chose those that there are not."""
    return [key for key in dict.fromkeys(keys) if key and key not in BY_KEY]


def rows_of(cards: QuerySet[CaseReport]) -> QuerySet[CaseReport, tuple[Any, ...]]:
    """The cards as plain rows of `NEEDED`."""
    return cards.values_list(*NEEDED)


def cards_in_order(keys: Sequence[int]) -> list[tuple[Any, ...]]:
    """The cards of one page, in the order of their keys; whose sight was checked finding them."""
    found = {row[0]: row for row in rows_of(CaseReport.objects.filter(pk__in=keys))}
    return [found[key] for key in keys if key in found]


def writer(columns: Sequence[Column], words: Words) -> Callable[[Sequence[Any]], list[str]]:
    """From a row of `NEEDED` to the texts of the columns."""
    plan = [(column.text, [NEEDED.index(name) for name in column.needs]) for column in columns]
    single = [(text, places[0]) for text, places in plan if len(places) == 1]
    if len(single) == len(plan):
        return lambda row: [text(words, row[at]) for text, at in single]
    return lambda row: [text(words, *[row[at] for at in places]) for text, places in plan]
