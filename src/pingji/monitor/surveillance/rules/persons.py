"""What a row of a file says of the patient, and what of that nobody is shown in full.

Pure: text in, a person or the fault of one cell out.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from pingji.ground import Refused
from pingji.ground.directory.queries import read_identity
from pingji.monitor.surveillance.rules.cards import full_years
from pingji.monitor.surveillance.rules.rows import (
    CaseLine,
    Directory,
    Fault,
    Person,
    RowRefused,
    read_case,
    read_choice,
    read_day,
)

# Longest text of each column, as the card has room for it.
ROOM = {"name": 60, "guardian": 60, "address": 200, "workplace": 120, "school_class": 40}
COLUMNS = (*ROOM, "identity", "born_on", "phone", "occupation")
# What tells who somebody is: starred wherever a file's cells are shown.
STARRED = frozenset(COLUMNS) - {"occupation"}
NUMBERS = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[0-9]{10})(?![0-9])")

REASONS = {
    "wrong_identity": _(
        "This is no identity number: it has 18 characters, and the last one checks the others. "
        "Compare it with the document; leave the cell empty for another document."
    ),
    "wrong_phone": _("This is no telephone number; check how many digits it has."),
    "longer_than": _("This is longer than %(most)s characters; shorten it."),
    "starred": _("The cell holds stars instead of what it should say; it was left empty."),
    "birth_against_identity": _("The date of birth is not the one in the identity number."),
    "sex_against_identity": _("The sex is not the one in the identity number (17th digit)."),
    "born_after_onset": _("The birth lies after the onset (%(onset)s)."),
    "age_against_birth": _("The age does not fit the date of birth."),
}


def starred_name(name: str) -> str:
    """The surname, and a star for each further character: 王**."""
    return name[:1] + "*" * (len(name) - 1)


def starred_phone(phone: str) -> str:
    """First three and last four digits; the rest starred."""
    hidden = len(phone) - 7
    return phone[:3] + "*" * hidden + phone[-4:] if hidden > 0 else "*" * len(phone)


def starred_identity(number: str) -> str:
    """First two characters and the last; the rest starred."""
    return number[:2] + "*" * (len(number) - 3) + number[-1:] if len(number) > 3 else "*" * 3


def starred(column: str, text: str) -> str:
    """A cell of a file as it may be shown, by what its column means; "" where nobody said."""
    if not text or column == "key":
        return text
    if column in ("name", "guardian"):
        return starred_name(text)
    if column == "phone":
        return starred_phone(text)
    if column == "identity":
        return starred_identity(text)
    if column in STARRED:
        return "***"
    return NUMBERS.sub(lambda found: starred_identity(found[0]), text)


def starred_cells(cells: Sequence[str], columns: Mapping[str, int]) -> list[str]:
    """A row of a file as it may be shown."""
    meaning = {at: column for column, at in columns.items()}
    return [starred(meaning.get(at, ""), text) for at, text in enumerate(cells)]


def read_case_of_person(
    row: int, cells: dict[str, str], directory: Directory
) -> tuple[CaseLine, list[Fault]]:
    """A case line with its patient, and what was corrected in it.

    Raises:
        RowRefused: At the first cell that cannot be accepted.
    """
    line, faults = read_case(row, cells, directory)
    said = {column: cells.get(column, "") for column in COLUMNS}
    for column in STARRED:
        if "*" in said[column]:  # a list that this program or the national one has starred
            faults.append(Fault(column, said[column], "starred"))
            said[column] = ""
    if any(said.values()):
        line.person = _person(said, line, directory)
    return line, faults


def _person(said: Mapping[str, str], line: CaseLine, directory: Directory) -> Person:
    for column, most in ROOM.items():
        if len(said[column]) > most:
            raise RowRefused(Fault(column, said[column], "longer_than", {"most": str(most)}))
    number, born = _identity(said["identity"], line, directory.today)
    born = _birth(said["born_on"], born, line, directory.today)
    institution = directory.organisations.get(said["workplace"])
    return Person(
        name=said["name"],
        guardian=said["guardian"],
        identity=number,
        born_on=born,
        phone=_phone(said["phone"], directory.phone_digits),
        address=said["address"],
        occupation=read_choice("occupation", said["occupation"], directory.occupations, ""),
        institution=institution,
        workplace="" if institution else said["workplace"],
        school_class=said["school_class"],
    )


def _identity(text: str, line: CaseLine, today: date) -> tuple[str, date | None]:
    """The checked number and its birth date; the line takes the sex from it where it says none."""
    if not text:
        return "", None
    try:
        found = read_identity(text, on=today)
    except Refused as refused:
        raise RowRefused(Fault("identity", text, "wrong_identity")) from refused
    if line.sex and line.sex != found.sex:
        raise RowRefused(Fault("sex", line.sex, "sex_against_identity"))
    line.sex = line.sex or found.sex
    return found.number, found.born_on


def _birth(text: str, known: date | None, line: CaseLine, today: date) -> date | None:
    """The day of birth; the line takes the age from it where it says none."""
    born = read_day("born_on", text, today) if text else known
    if born is None:
        return None
    if known is not None and born != known:
        raise RowRefused(Fault("born_on", text, "birth_against_identity"))
    column = "born_on" if text else "identity"
    if born > line.onset_on:
        details = {"onset": line.onset_on.isoformat()}
        raise RowRefused(Fault(column, text or "*", "born_after_onset", details))
    youngest, oldest = full_years(born, line.onset_on), full_years(born, today)
    if line.age is None:
        line.age = youngest
    elif not youngest <= line.age <= oldest:
        raise RowRefused(Fault("age", str(line.age), "age_against_birth"))
    return born


def _phone(text: str, digits: tuple[int, int]) -> str:
    if not text:
        return ""
    written = text.replace(" ", "")
    fewest, most = digits
    if not fewest <= sum(letter.isdigit() for letter in written) <= most or len(written) > 30:
        raise RowRefused(Fault("phone", text, "wrong_phone"))
    return written
