"""What an identity number says of its bearer."""

from dataclasses import dataclass
from datetime import date

from pingji.ground.directory import rules


@dataclass(frozen=True, slots=True)
class Identity:
    """A checked identity number, and the birth date and sex it carries."""

    number: str
    born_on: date
    sex: str


def read_identity(written: str, *, on: date) -> Identity:
    """Read an identity number as somebody typed it.

    Raises:
        Refused: Saying what is wrong with it (GB 11643-1999).
    """
    number = rules.identity_number(written, on=on)
    born = rules.birth_date(number)
    assert born is not None  # `identity_number` refuses a number without one
    return Identity(number, born, str(rules.sex_of(number)))
