"""Diseases as other systems call them: by ICD-10 code, by laboratory test, by name."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from pingji.monitor.surveillance.models import Disease, DiseaseClass
from pingji.monitor.surveillance.queries.symptoms import stamp

SHORTEST_ICD10 = 3


@dataclass
class Codes:
    """The catalogue, arranged for looking up.

    Attributes:
        words: Code, name or other name of a disease → its code.
        icd10: Beginning of an ICD-10 code, without the point → code of the disease.
        tests: Code or name of a laboratory test → code of the disease it finds.
        spans: Code → from and to when it is watched.
        notifiable: Code → spans of days in which the law has a class for it.
    """

    words: dict[str, str] = field(default_factory=dict)
    icd10: dict[str, str] = field(default_factory=dict)
    tests: dict[str, str] = field(default_factory=dict)
    spans: dict[str, tuple[date | None, date | None]] = field(default_factory=dict)
    notifiable: dict[str, list[tuple[date, date | None]]] = field(default_factory=dict)

    def watched(self, code: str | None, on: date) -> str | None:
        """The code, if the disease is watched on a day."""
        if code is None:
            return None
        since, until = self.spans[code]
        return code if (since is None or since <= on) and (until is None or on < until) else None

    def of_diagnosis(self, icd10: str, on: date) -> str | None:
        """The disease of an ICD-10 code: that of the longest beginning of it in the catalogue."""
        plain = icd10.replace(".", "").upper()
        for length in range(len(plain), SHORTEST_ICD10 - 1, -1):
            if plain[:length] in self.icd10:
                return self.watched(self.icd10[plain[:length]], on)
        return None

    def of_test(self, code: str, name: str, on: date) -> str | None:
        """The disease that a laboratory test finds."""
        found = self.tests.get(folded(code)) or self.tests.get(folded(name))
        return self.watched(found, on)

    def of_word(self, word: str, on: date) -> str | None:
        """The disease of a code, a name or an ICD-10 code."""
        found = self.words.get(folded(word))
        return self.watched(found, on) if found else self.of_diagnosis(word.strip(), on)

    def is_notifiable(self, code: str, on: date) -> bool:
        """Whether the law has a class for the disease on a day."""
        return any(
            since <= on and (until is None or on < until)
            for since, until in self.notifiable.get(code, ())
        )


def folded(word: str) -> str:
    """A word as it is compared: no spaces around it, letters small."""
    return word.strip().casefold()


_kept: tuple[str, Codes] = ("", Codes())
_lock = threading.Lock()


def codes() -> Codes:
    """The catalogue as it stands now; read anew only when it has changed."""
    global _kept
    now = stamp(Disease, DiseaseClass)
    if _kept[0] != now:
        with _lock:
            _kept = (now, _read())
    return _kept[1]


def _read() -> Codes:
    found = Codes()
    for disease in Disease.objects.order_by("is_syndrome", "code"):
        code = disease.code
        found.spans[code] = (disease.watched_from, disease.watched_to)
        for word in (code, disease.name, disease.name_en, *disease.other_names):
            found.words.setdefault(folded(word), code)
        for beginning in disease.icd10:
            found.icd10.setdefault(str(beginning).replace(".", "").upper(), code)
        for test in _tests(disease.tests):
            found.tests.setdefault(folded(test), code)
    for row in DiseaseClass.objects.all():
        found.notifiable.setdefault(row.disease_id, []).append((row.valid_from, row.valid_to))
    return found


def _tests(tests: list[object]) -> Iterator[str]:
    """Tests are written as words, or as a code with a name."""
    for test in tests:
        if isinstance(test, dict):
            yield from (str(value) for key, value in test.items() if key in ("code", "name"))
        else:
            yield str(test)
