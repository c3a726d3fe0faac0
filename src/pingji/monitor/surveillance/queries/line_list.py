"""The line list: cards found by any filters, in order, page after page without counting them.

Pages follow each other by the last row shown (its day and its key), never by how many were skipped,
so that the thousandth page is as fast as the first. Rows are found in an index that holds every
field one can filter by, and only the rows shown are read from the table.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField, F, QuerySet
from django.db.models.expressions import OrderBy, RawSQL
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, Organisation, User
from pingji.monitor.surveillance.models import (
    CaseReport,
    CaseStatus,
    Disease,
    DiseaseClass,
    Source,
)
from pingji.monitor.surveillance.models.cards import Letters
from pingji.monitor.surveillance.queries import faults
from pingji.monitor.surveillance.queries.catalogue import catalogue
from pingji.monitor.surveillance.queries.parts import with_parts

ROWS_A_PAGE = 50
COUNTED = ""  # the state filter that leaves out drafts and what was withdrawn or merged
EVERY_STATE = "every"
CARD_NUMBER = re.compile(r"[\w./:#-]*[0-9][\w./:#-]*", re.ASCII)
MOST_TOLD, LONGEST_TOLD = 8, 40
LARGEST_KEY = 2**63 - 1
SORTS = {"onset": "onset_on", "diagnosed": "diagnosed_on", "known": "known_at"}
EXACT_WITHIN_MS = 1500


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to, each as it stands in an address; empty where it is not.

    Attributes:
        area: Code of an area, or its name, or the first letters of its pinyin.
        institution: School or institution of the patient, by name, code or letters.
        organisation: Who reported, likewise.
        quality: What is wrong with a card, as `faults` names it.
        state: A state of cards, empty for those that count, "every" for all.
        text: A card number or its beginning, or a part of the patient's name.
    """

    disease: str = ""
    legal_class: str = ""
    area: str = ""
    institution: str = ""
    organisation: str = ""
    status: str = ""
    state: str = ""
    source: str = ""
    sex: str = ""
    age_from: str = ""
    age_to: str = ""
    onset_from: str = ""
    onset_to: str = ""
    diagnosed_from: str = ""
    diagnosed_to: str = ""
    known_from: str = ""
    known_to: str = ""
    severe: str = ""
    died: str = ""
    file: str = ""
    message: str = ""
    quality: str = ""
    text: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Filters":
        """From an address or a saved search; what is not a filter is left aside."""
        # Older addresses and links of other pages say since and until for days of onset.
        found = {f.name: str(given.get(f.name, "")).strip()[:120] for f in fields(cls)}
        found["onset_from"] = found["onset_from"] or str(given.get("since", "")).strip()
        found["onset_to"] = found["onset_to"] or str(given.get("until", "")).strip()
        return cls(**{name: value.replace("\0", "") for name, value in found.items()})

    def given(self) -> dict[str, str]:
        """Only what is set."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass
class Found:
    """Cards that fit, and which filters could not be used.

    Attributes:
        cards: The cards, unordered.
        unusable: Names of filters that say nothing that can be looked for.
        by_name: Whether a patient's name was looked for.
        places: What area, institution and organisation were taken to mean.
    """

    cards: QuerySet[CaseReport]
    unusable: list[str]
    by_name: bool
    places: dict[str, Any]


class Narrowing:
    """Applies filters one after the other."""

    def __init__(self, filters: Filters, *, user: User, today: date, clear: bool) -> None:
        self.filters = filters
        self.user = user
        self.today = today
        self.clear = clear
        self.cards = CaseReport.objects.visible_to(user).order_by()
        self.unusable: list[str] = []
        self.places: dict[str, Any] = {}
        self.by_name = False

    def narrow(self) -> Found:
        """Every filter."""
        self._state()
        self._choices()
        self._ages()
        self._days()
        self._places()
        self._numbers()
        self._quality()
        self._text()
        return Found(self.cards, self.unusable, self.by_name, self.places)

    def _state(self) -> None:
        state = self.filters.state
        if state == COUNTED:
            self.cards = self.cards.counted()
        elif state in CaseReport.State.values:
            self.cards = self.cards.filter(state=state)
        elif state != EVERY_STATE:
            self.unusable.append("state")
            self.cards = self.cards.counted()

    def _choices(self) -> None:
        for name, allowed in (
            ("status", CaseStatus.values),
            ("source", Source.values),
            ("sex", ["M", "F"]),
        ):
            value = getattr(self.filters, name)
            if value in allowed:
                self.cards = self.cards.filter(**{name: value})
            elif value:
                self.unusable.append(name)
        if self.filters.disease:
            self._disease(self.filters.disease)
        if self.filters.legal_class in DiseaseClass.Class.values:
            self.cards = self.cards.filter(disease_id__in=self._of_class(self.filters.legal_class))
        elif self.filters.legal_class:
            self.unusable.append("legal_class")
        if self.filters.severe:
            self.cards = self.cards.filter(severe=True)
        if self.filters.died:
            self.cards = self.cards.filter(died_on__isnull=False)

    def _disease(self, code: str) -> None:
        if not Disease.objects.filter(pk=code).exists():
            self.unusable.append("disease")
        else:
            self.cards = self.cards.filter(disease_id__in=with_parts(code))

    def _of_class(self, legal_class: str) -> list[str]:
        """The diseases of a class by law; a part without a class of its own has the whole's."""
        found, today = catalogue(), self.today
        rows = ((code, found.class_on(code, today)) for code in found.diseases)
        return [code for code, row in rows if row is not None and row.legal_class == legal_class]

    def _ages(self) -> None:
        for name, lookup in (("age_from", "age__gte"), ("age_to", "age__lte")):
            value = getattr(self.filters, name)
            if value.isdecimal() and len(value) <= 3:
                self.cards = self.cards.filter(**{lookup: int(value)})
            elif value:
                self.unusable.append(name)

    def _days(self) -> None:
        for field in ("onset", "diagnosed", "known"):
            for end, lookup in (("from", "gte"), ("to", "lte")):
                name = f"{field}_{end}"
                value = getattr(self.filters, name)
                if not value:
                    continue
                try:
                    day = date.fromisoformat(value)
                except ValueError:
                    self.unusable.append(name)
                    continue
                if field == "known":
                    self._known(day, end)
                else:
                    self.cards = self.cards.filter(**{f"{field}_on__{lookup}": day})

    def _known(self, day: date, end: str) -> None:
        """Days of report are the county's days."""
        try:
            begin = timezone.make_aware(datetime.combine(day, time.min))
            after = begin + timedelta(days=1)
        except OverflowError:
            self.unusable.append(f"known_{end}")
            return
        if end == "from":
            self.cards = self.cards.filter(known_at__gte=begin)
        else:
            self.cards = self.cards.filter(known_at__lt=after)

    def _places(self) -> None:
        if self.filters.area:
            area = area_meant(self.user, self.filters.area)
            if area is None:
                self.unusable.append("area")
            else:
                self.places["area"] = area
                self.cards = self.cards.filter(area__code__startswith=area.code)
        for name in ("institution", "organisation"):
            word = getattr(self.filters, name)
            if not word:
                continue
            found = organisations_meant(word)
            if not found:
                self.unusable.append(name)
                self.cards = self.cards.none()
            else:
                self.places[name] = found[0] if len(found) == 1 else None
                self.cards = self.cards.filter(**{f"{name}__in": [one.pk for one in found]})

    def _numbers(self) -> None:
        for name in ("file", "message"):
            value = getattr(self.filters, name)
            if value.isdecimal() and len(value) <= 18:
                self.cards = self.cards.filter(**{f"{name}_id": int(value)})
            elif value:
                self.unusable.append(name)

    def _quality(self) -> None:
        if not self.filters.quality:
            return
        fault = faults.fault(self.filters.quality, area=self.user.area_id, on=self.today)
        if fault is None:
            self.unusable.append("quality")
        else:
            self.cards = self.cards.filter(fault)

    def _text(self) -> None:
        text = self.filters.text
        if not text:
            return
        if CARD_NUMBER.fullmatch(text):
            self.cards = self.cards.filter(key__startswith=text)
        elif self.clear:
            self.by_name = True
            holds = self.cards.alias(letters=Letters("name")).filter(letters__contains=list(text))
            self.cards = holds.filter(name__contains=text).exclude(name="")
        else:
            self.unusable.append("text")
            self.cards = self.cards.none()


def area_meant(user: User, word: str) -> Area | None:
    """The area that a code, a name or the first letters of its pinyin mean, the largest first."""
    areas = Area.objects.visible_to(user)
    exact = areas.filter(pk=word).first() or areas.filter(name=word).first()
    if exact:
        return exact
    code = word.split(" ", 1)[0]  # as the field offers it: code and name
    exact = areas.filter(pk=code).first() if code.isdecimal() else None
    return exact or directory.areas_named(areas, word).order_by("code").first()


def organisations_meant(word: str) -> list[Organisation]:
    """The organisations that a name, a code or letters mean; one alone where it fits exactly."""
    exact = list(Organisation.objects.filter(code=word)[:1])
    exact = exact or list(Organisation.objects.filter(name=word)[:1])
    return exact or list(directory.organisations_named(Organisation.objects.all(), word)[:200])


# What an address of the list may say beside its filters.
BESIDE_FILTERS = {
    "after", "before", "columns", "density", "names", "since", "sort", "until", "by", "rate",
    "stack", "step",
}  # fmt: skip


def not_understood(
    given: Mapping[str, Any], *, after: bool, before: bool, columns: Sequence[str] = ()
) -> list[str]:
    """What an address says that the list cannot follow: words it does not know, broken marks.

    Args:
        given: The address's names and values.
        after: Whether its mark for the next page was understood.
        before: Likewise the mark for the page before.
        columns: Columns it asks for that there are not.
    """
    known = {f.name for f in fields(Filters)} | BESIDE_FILTERS
    found = sorted(name[:LONGEST_TOLD] for name in given if name not in known)
    sort = str(given.get("sort", ""))
    if sort and sort.removeprefix("-") not in SORTS:
        found.append(_("order “%(word)s”") % {"word": sort[:LONGEST_TOLD]})
    found += [
        name
        for name, understood in (("after", after), ("before", before))
        if given.get(name) and not understood
    ]
    found += [_("column “%(word)s”") % {"word": key[:LONGEST_TOLD]} for key in columns]
    return found[:MOST_TOLD]


def find(filters: Filters, *, user: User, today: date, clear: bool) -> Found:
    """The cards that a reader may see and that fit.

    Args:
        filters: What is asked.
        user: The reader.
        today: The county's day, for classes by law.
        clear: Whether the reader may see names, and so may look for them.
    """
    return Narrowing(filters, user=user, today=today, clear=clear).narrow()


@dataclass(frozen=True)
class Order:
    """By what the list is sorted, and which way.

    Attributes:
        by: onset, diagnosed or known.
        oldest_first: Whether it begins with the oldest.
    """

    by: str = "onset"
    oldest_first: bool = False

    @classmethod
    def read(cls, text: str) -> "Order":
        """From an address: "onset", or "-onset" for the oldest first; else as usual."""
        name = text.removeprefix("-")
        return cls(name, text.startswith("-")) if name in SORTS else cls()

    def __str__(self) -> str:
        return f"-{self.by}" if self.oldest_first else self.by

    @property
    def column(self) -> str:
        """The field."""
        return SORTS[self.by]


@dataclass(frozen=True)
class Mark:
    """A row of the list, after or before which a page begins."""

    value: date | datetime | None
    key: int

    @classmethod
    def read(cls, text: str, order: Order) -> "Mark | None":
        """From an address; None where it is none."""
        value, _sign, key = text.rpartition("_")
        if not key.isdecimal() or int(key) > LARGEST_KEY:
            return None
        if value == "" and order.by == "diagnosed":
            return cls(None, int(key))
        try:
            at = parse_datetime(value) if order.by == "known" else date.fromisoformat(value)
        except ValueError:
            return None
        if at is None or (isinstance(at, datetime) and timezone.is_naive(at)):
            return None
        return cls(at, int(key))

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, datetime):
            # "+" would be a space in an address
            value = value.astimezone(timezone.get_fixed_timezone(0))
            return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}_{self.key}"
        return f"{value.isoformat() if value else ''}_{self.key}"


def ordered(cards: QuerySet[CaseReport], order: Order, *, backwards: bool) -> QuerySet[CaseReport]:
    """The cards in order; those without a day of diagnosis come after all others."""
    descending = order.oldest_first == backwards
    if order.by == "diagnosed":
        first = OrderBy(
            F("diagnosed_on"),
            descending=descending,
            nulls_last=True if descending else None,
            nulls_first=None if descending else True,
        )
    else:
        first = OrderBy(F(order.column), descending=descending)
    return cards.order_by(first, "-pk" if descending else "pk")


def beyond(
    cards: QuerySet[CaseReport], order: Order, mark: Mark, *, backwards: bool
) -> QuerySet[CaseReport]:
    """Only the cards after a row of the list, or before it."""
    descending = order.oldest_first == backwards
    sign = "<" if descending else ">"
    table, column = CaseReport._meta.db_table, order.column
    pair = f"({table}.{column}, {table}.id) {sign} (%s, %s)"
    given: list[Any] = [mark.value, mark.key]
    if mark.value is None:
        pair = f"({table}.{column} is null and {table}.id {sign} %s)"
        given = [mark.key]
        if not descending:
            pair = f"({pair} or {table}.{column} is not null)"
    elif order.by == "diagnosed" and descending:
        pair = f"({pair} or {table}.{column} is null)"
    return cards.filter(RawSQL(pair, given, output_field=BooleanField()))  # noqa: S611 - constants


@dataclass(frozen=True)
class Page:
    """One page of the list.

    Attributes:
        keys: Keys of the cards, in order.
        before: The mark for the page before; None on the first.
        after: The mark for the page after; None on the last.
        whole: Whether these are all there are.
    """

    keys: list[int]
    before: Mark | None
    after: Mark | None
    whole: bool


def page(
    cards: QuerySet[CaseReport],
    order: Order,
    *,
    after: Mark | None = None,
    before: Mark | None = None,
    size: int = ROWS_A_PAGE,
) -> Page:
    """The page after one row, or before another; the first without either."""
    backwards = before is not None
    mark = before or after
    rows = ordered(cards, order, backwards=backwards)
    if mark is not None:
        rows = beyond(rows, order, mark, backwards=backwards)
    found = list(rows.values_list(order.column, "pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    first = Mark(*found[0]) if found else None
    last = Mark(*found[-1]) if found else None
    there_is_before = more if backwards else mark is not None
    there_is_after = mark is not None if backwards else more
    return Page(
        [key for _value, key in found],
        first if there_is_before else None,
        last if there_is_after else None,
        whole=mark is None and not more,
    )


def about_how_many(cards: QuerySet[CaseReport]) -> int:
    """How many cards fit, as the database guesses from its statistics; costs nothing."""
    plan = cards.values_list("pk").explain(format="json")
    found = re.search(r'"Plan Rows": ?(\d+)', plan)
    return int(found[1]) if found else 0


def how_many(cards: QuerySet[CaseReport], *, within_ms: int = EXACT_WITHIN_MS) -> tuple[int, bool]:
    """How many cards fit, and whether that was counted or, for want of time, guessed."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("select set_config('statement_timeout', %s, true)", [str(within_ms)])
            number = cards.order_by().count()
            with connection.cursor() as cursor:
                cursor.execute("select set_config('statement_timeout', '0', true)")
            return number, True
    except OperationalError as problem:
        if "statement timeout" not in str(problem):
            raise
        return about_how_many(cards), False


def without(filters: Filters, name: str) -> Filters:
    """The same filters but one."""
    return replace(filters, **{name: ""})
