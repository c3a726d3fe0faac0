"""The catalogue as the systems of hospitals and laboratories ask it: one batch, many times the same."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue

Asked = tuple[str, ...]
# How a diagnosis says that it is not yet one.
DOUBT = re.compile(r"疑似|待排除?|待查|可能|[?？]")


@dataclass(frozen=True)
class Codes:
    """The catalogue's answers for one batch, each looked up once.

    Attributes:
        catalogue: The catalogue as it stood when the batch began.
    """

    catalogue: Catalogue
    _said: dict[tuple[Asked, date], str | None] = field(default_factory=dict, repr=False)

    def of_diagnosis(self, icd10: str, words: str, on: date) -> str | None:
        """Code of the disease of an ICD-10 code: that of its longest beginning in the catalogue.

        A diagnosis without a code is known by its name, said with doubt or without.
        """
        if icd10:
            asked = ("icd10", icd10)
            return self._once(asked, on, lambda: self.catalogue.disease_of_icd10(icd10, on))
        if not words:
            return None
        return self.of_word(words, on) or self.of_word(DOUBT.sub("", words).strip("()（）"), on)

    def of_diagnoses(
        self, said: Iterable[tuple[str, str]], on: date
    ) -> Iterator[tuple[str, str, str]]:
        """Code and words of each diagnosis of a visit, and the code of its disease or ""."""
        for icd10, words in said:
            yield icd10, words, self.of_diagnosis(icd10, words, on) or ""

    def of_test(self, code: str, name: str, on: date) -> str | None:
        """Code of the disease that a laboratory test finds."""
        return self._once(
            ("test", code, name), on, lambda: self.catalogue.disease_of_test(code, name, on)
        )

    def of_word(self, word: str, on: date) -> str | None:
        """Code of the disease of a code, a name or an ICD-10 code."""
        return self._once(("word", word), on, lambda: self.catalogue.disease_of(word, on))

    def is_notifiable(self, code: str, on: date) -> bool:
        """Whether the law has a class for the disease on a day, or for the whole it is a part of."""
        return self.catalogue.class_on(code, on) is not None

    def _once(self, asked: Asked, on: date, find: Callable[[], Disease | None]) -> str | None:
        if (asked, on) not in self._said:
            disease = find()
            self._said[asked, on] = disease.code if disease is not None else None
        return self._said[asked, on]


def codes() -> Codes:
    """The catalogue as it stands now, for one batch."""
    return Codes(catalogue())
