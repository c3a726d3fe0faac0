"""One line of the agreement table, and the series the lines are about."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Row:
    """How far one method agrees with the stored output of its reference.

    Attributes:
        file: Name of the golden file, without its ending.
        method: Method as the golden file names it, with what tells its settings apart.
        rows: Rows of the golden file under this method.
        agree: Rows within the tolerance.
        left_out: Rows that cannot be compared.
        why: Reason for the rows left out; empty where none is.
        worst: Largest difference among the rows compared, relative unless the method says so.
    """

    file: str
    method: str
    rows: int
    agree: int
    left_out: int
    why: str
    worst: float

    @property
    def falls_short(self) -> bool:
        """Whether a row that could be compared does not agree."""
        return self.agree + self.left_out < self.rows


def reference_data() -> Path:
    """Where the reference series and outputs lie; the folder may be absent."""
    given = os.environ.get("PINGJI_REFERENCE_DATA")
    return Path(given) if given else ROOT.parent / "shared" / "data"
