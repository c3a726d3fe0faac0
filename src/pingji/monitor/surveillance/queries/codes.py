"""The catalogue as the systems of hospitals and laboratories ask it: one batch, many times the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue

Asked = tuple[str, ...]


@dataclass(frozen=True)
class Codes:
    """The catalogue's answers for one batch, each looked up once.

    Attributes:
        catalogue: The catalogue as it stood when the batch began.
    """

    catalogue: Catalogue
    _said: dict[tuple[Asked, date], str | None] = field(default_factory=dict, repr=False)

    def of_diagnosis(self, icd10: str, on: date) -> str | None:
        """Code of the disease of an ICD-10 code: that of its longest beginning in the catalogue."""
        return self._once(("icd10", icd10), on, lambda: self.catalogue.disease_of_icd10(icd10, on))

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
