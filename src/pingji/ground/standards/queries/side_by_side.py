"""The plans held beside each other."""

from dataclasses import dataclass
from datetime import date

from pingji.ground.standards.models import Profile, StandardRow


@dataclass(frozen=True)
class Cell:
    """What one plan says about one key: its own figure, or the default it falls back on."""

    own: StandardRow | None
    default: StandardRow | None


@dataclass(frozen=True)
class Line:
    """One key through all the plans."""

    key: str
    section: str
    first: StandardRow
    cells: list[Cell]

    @property
    def differs(self) -> bool:
        """Whether two plans say different things."""
        said = {(cell.own.value, cell.own.unit, cell.own.every) for cell in self.cells if cell.own}
        return len(said) > 1

    @property
    def plans(self) -> int:
        """How many plans set it."""
        return sum(cell.own is not None for cell in self.cells)


def side_by_side(profiles: list[Profile], on: date) -> list[Line]:
    """Give one line for each key that any of the plans sets, in the order of the sections.

    Args:
        profiles: The plans, in the order of the columns.
        on: The day whose figures are compared; a plan not yet in force shows its first ones.

    Returns:
        Lines with a cell for each plan; a plan that does not set the key has no own figure.
    """
    own = {profile.pk: rows_of(profile, on) for profile in profiles}
    bases = {profile.base_id: profile.base for profile in profiles if profile.base}
    defaults = {pk: rows_of(base, on) for pk, base in bases.items()}
    order = {section: at for at, section in enumerate(StandardRow.Section.values)}
    firsts: dict[str, StandardRow] = {}
    for rows in own.values():
        for key, row in rows.items():
            firsts.setdefault(key, row)
    lines = [
        Line(
            key=key,
            section=first.section,
            first=first,
            cells=[
                Cell(own[plan.pk].get(key), defaults.get(plan.base_id, {}).get(key))
                for plan in profiles
            ],
        )
        for key, first in firsts.items()
    ]
    return sorted(lines, key=lambda line: (order[line.section], -line.plans, line.key))


def rows_of(profile: Profile, on: date) -> dict[str, StandardRow]:
    day = max(on, profile.in_force_from)
    return {row.key: row for row in profile.standards.in_force(day)}
