"""The catalogue as it stands, in memory: names, classes, deadlines, thresholds, detectors by date.

`catalogue()` costs one short question to the database and is read anew only after a change, in
whatever process that was made. Ask it once for a batch, then ask what it gave as often as wanted.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any, Protocol, TypeVar

from django.utils.translation import get_language

from pingji.ground import statements
from pingji.monitor.surveillance.models import (
    ClusterThreshold,
    DetectorSetting,
    Disease,
    DiseaseClass,
    DiseaseName,
    ReportingDeadline,
)
from pingji.monitor.surveillance.rules import catalogue as rules

TABLES = (
    Disease,
    DiseaseClass,
    DiseaseName,
    ReportingDeadline,
    DetectorSetting,
    ClusterThreshold,
)
SHORTEST_TEST = 3  # characters of a test's name that may stand inside a longer name
LONGEST_ICD10 = 8


class DatedRow(Protocol):
    valid_from: date
    valid_to: date | None


class PlacedRow(DatedRow, Protocol):
    area_id: str | None


Row = TypeVar("Row", bound=DatedRow)
Placed = TypeVar("Placed", bound=PlacedRow)


@dataclass(frozen=True)
class Catalogue:
    """Diseases and everything dated about them, at one moment.

    Attributes:
        diseases: By code.
        by_word: Codes by every word a disease is called: code, names of any time, other names.
        by_icd10: Codes by beginning of an ICD-10 code.
        by_test: Codes by code or name of a laboratory test.
    """

    diseases: Mapping[str, Disease]
    classes: Mapping[str, Sequence[DiseaseClass]]
    names: Mapping[str, Sequence[DiseaseName]]
    deadlines: Mapping[str, Sequence[ReportingDeadline]]
    detectors: Mapping[str, Sequence[DetectorSetting]]
    thresholds_of: Mapping[str, Sequence[ClusterThreshold]]
    by_word: Mapping[str, Sequence[str]]
    by_icd10: Mapping[str, Sequence[str]]
    by_test: Mapping[str, Sequence[str]]

    def watched(self, code: str, on: date) -> bool:
        """Whether a disease is watched on a day."""
        disease = self.diseases[code]
        begun = disease.watched_from is None or disease.watched_from <= on
        return begun and (disease.watched_to is None or on < disease.watched_to)

    def on_day(self, codes: Iterable[str], on: date) -> Disease | None:
        """The first of some diseases that is watched on a day, or the one that followed it.

        A part comes before its whole.
        """
        found = [self._followed(code, on) for code in codes]
        found.sort(key=lambda disease: disease.part_of_id is None)
        return next((d for d in found if self.watched(d.code, on)), None)

    def _followed(self, code: str, on: date) -> Disease:
        disease = self.diseases[code]
        for _step in self.diseases:  # a chain of successions ends
            after = disease.succeeded_by_id
            if after is None or disease.watched_to is None or on < disease.watched_to:
                break
            disease = self.diseases[after]
        return disease

    def disease_of(self, text: str, on: date) -> Disease | None:
        """The disease meant by a code, a name, an ICD-10 code or a laboratory test, on a day."""
        word = plain(text)
        if not word:
            return None
        return (
            self.on_day(self.by_word.get(word, ()), on)
            or self.on_day(self._by_code_of_icd10(word), on)
            or self.on_day(self.by_test.get(word, ()), on)
        )

    def disease_of_icd10(self, code: str, on: date) -> Disease | None:
        """The disease of an ICD-10 code: that of its longest beginning in the catalogue."""
        return self.on_day(self._by_code_of_icd10(plain(code)), on)

    def _by_code_of_icd10(self, word: str) -> Sequence[str]:
        bare = word.replace(".", "").replace(" ", "")
        if len(bare) < 3 or not (bare[0].isalpha() and bare[1:3].isdecimal()):
            return ()
        for length in range(min(len(bare), LONGEST_ICD10), 2, -1):
            found = self.by_icd10.get(bare[:length])
            if found:
                return found
        return ()

    def disease_of_test(self, code: str, name: str, on: date) -> Disease | None:
        """The disease that a laboratory test finds, by its code, its name, or a part of its name."""
        for word in (plain(code), plain(name)):
            found = self.on_day(self.by_test.get(word, ()), on) if word else None
            if found is not None:
                return found
        word = plain(name)
        within = [test for test in self.by_test if len(test) >= SHORTEST_TEST and test in word]
        for test in sorted(within, key=len, reverse=True):
            found = self.on_day(self.by_test[test], on)
            if found is not None:
                return found
        return None

    def name_on(self, code: str, on: date) -> str:
        """What a disease was called on a day, in the reader's language."""
        row = in_force(self.names.get(code, ()), on)
        if row is None:
            return self.diseases[code].label
        return row.name if (get_language() or "zh").startswith("zh") else row.name_en

    def class_on(self, code: str, on: date) -> DiseaseClass | None:
        """A disease's class by law on a day; of a part, that of the whole."""
        return self._own_or_of_whole(self.classes, code, on)

    def deadline_on(self, code: str, on: date) -> ReportingDeadline | None:
        """Within what time a case must be reported, as said on a day; of a part, as of the whole."""
        return self._own_or_of_whole(self.deadlines, code, on)

    def deadline_key(self, code: str, on: date) -> str | None:
        """The plan's key of the time within which a case must be reported; None where none is."""
        row = self.deadline_on(code, on)
        return row.key if row is not None else None

    def _own_or_of_whole(
        self, table: Mapping[str, Sequence[Row]], code: str, on: date
    ) -> Row | None:
        found = in_force(table.get(code, ()), on)
        whole = self.diseases[code].part_of_id
        if found is None and whole is not None:
            found = in_force(table.get(whole, ()), on)
        return found

    def thresholds(self, code: str, area: str, on: date) -> list[ClusterThreshold]:
        """The cluster thresholds of an area on a day: of each layer and kind of place, the nearest.

        A threshold set for a township counts there before one of the county, and that before one
        for everywhere.
        """
        return nearest(
            self.thresholds_of.get(code, ()), area, on, key=lambda row: (row.layer, row.place)
        )

    def detector_settings(
        self, code: str, channel: str, area: str, on: date
    ) -> list[DetectorSetting]:
        """How a disease is watched in a channel of an area on a day: of each method, the nearest."""
        rows = [row for row in self.detectors.get(code, ()) if row.channel == channel]
        return nearest(rows, area, on, key=lambda row: row.method)


def plain(text: str) -> str:
    """A word as it is compared: narrow, small, without outer space."""
    narrow = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return narrow.strip().lower()


def holds(row: DatedRow, on: date) -> bool:
    """Whether a dated row holds on a day; its last day is the one before `valid_to`."""
    return row.valid_from <= on and (row.valid_to is None or on < row.valid_to)


def in_force(rows: Iterable[Row], on: date) -> Row | None:
    """The row that holds on a day."""
    return next((row for row in rows if holds(row, on)), None)


def nearest(
    rows: Iterable[Placed], area: str, on: date, *, key: Callable[[Placed], object]
) -> list[Placed]:
    """Of the rows in force that hold in an area, the one of the smallest area for each key."""
    found: dict[object, Placed] = {}
    for row in rows:
        if not (holds(row, on) and area.startswith(row.area_id or "")):
            continue
        name = key(row)
        if name not in found or len(row.area_id or "") > len(found[name].area_id or ""):
            found[name] = row
    return list(found.values())


_lock = Lock()
_kept: tuple[str, Catalogue] | None = None


def catalogue() -> Catalogue:
    """The catalogue as it stands now; read anew only after a change."""
    global _kept
    now = statements.stamp(*TABLES)
    kept = _kept
    if kept is not None and kept[0] == now:
        return kept[1]
    with _lock:
        made = _read()
        _kept = (now, made)
    return made


def _read() -> Catalogue:
    diseases = {row.code: row for row in Disease.objects.order_by("code")}
    names = _by_disease(DiseaseName.objects.order_by("valid_from"))
    return Catalogue(
        diseases=diseases,
        classes=_by_disease(DiseaseClass.objects.order_by("valid_from")),
        names=names,
        deadlines=_by_disease(ReportingDeadline.objects.order_by("valid_from")),
        detectors=_by_disease(DetectorSetting.objects.order_by("valid_from")),
        thresholds_of=_by_disease(ClusterThreshold.objects.order_by("valid_from")),
        by_word=_words(diseases.values(), names),
        by_icd10=_index(
            (code.replace(".", ""), row) for row in diseases.values() for code in row.icd10
        ),
        by_test=_index((test, row) for row in diseases.values() for test in row.tests),
    )


def _by_disease(rows: Iterable[object]) -> dict[str, list]:  # type: ignore[type-arg]
    found: dict[str, list[object]] = {}
    for row in rows:
        found.setdefault(row.disease_id, []).append(row)  # type: ignore[attr-defined]
    return found


def _words(
    diseases: Iterable[Disease], names: Mapping[str, Sequence[DiseaseName]]
) -> dict[str, list[str]]:
    """Codes by every word; a disease's own names come before other names of another."""
    diseases = list(diseases)
    own = [(word, row) for row in diseases for word in (row.code, row.name, row.name_en)]
    former = [(name.name, row) for row in diseases for name in names.get(row.code, ())]
    other = [(word, row) for row in diseases for word in row.other_names]
    return _index([*own, *former, *other])


def _index(words: Iterable[tuple[str, Disease]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, row in words:
        codes = found.setdefault(plain(word), [])
        if row.code not in codes:
            codes.append(row.code)
    return found


def latest_row(disease: Disease, kind: str, values: dict[str, Any]) -> Any:
    """The latest row of a kind that a new one with these values would follow."""
    table, columns = rules.SLOTS[kind]
    same = {column: values.get(column) for column in columns}
    return table._default_manager.filter(disease=disease, **same).order_by("-valid_from").first()


def disease_of(text: str, on: date) -> Disease | None:
    """The disease meant by a code, a name, an ICD-10 code or a laboratory test, on a day."""
    return catalogue().disease_of(text, on)
