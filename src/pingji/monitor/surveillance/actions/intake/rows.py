"""Items of messages on their way into a table: new ones, repeated ones, corrected ones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from pingji.ground import statements
from pingji.monitor.surveillance.actions.tallies import Change
from pingji.monitor.surveillance.rules.arrivals import Fate

Values = dict[str, Any]
Place = tuple[int, str]  # organisation and the sender's own number


@dataclass(slots=True)
class Item:
    """One item of one message, checked and fit for its table.

    Attributes:
        arrival: Number of the message in the batch.
        number: Number of the item in the message.
        values: What goes into the columns.
        fate: What became of it.
    """

    arrival: int
    number: int
    values: Values
    fate: Fate = Fate.KEPT

    @property
    def place(self) -> Place:
        """Under which number of which organisation it stands."""
        return self.values["organisation_id"], self.values["key"]


@dataclass(frozen=True)
class Table:
    """A table that items go into.

    Attributes:
        name: Its name in the database.
        columns: Column and type; all but the key can be corrected.
        derived: Columns that do not make an item another one: who said it, what was made of it.
        counted: How one row counts in the figures.
    """

    name: str
    columns: dict[str, str]
    derived: frozenset[str]
    counted: Callable[[Values], Iterable[tuple[str, str, str, Any]]]

    def __post_init__(self) -> None:
        """Write the statements once."""
        names = ", ".join(self.columns)
        types = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        incoming = f"json_to_recordset(%s::json) as i({types}, id bigint, fresh boolean)"
        sets = ", ".join(
            f"{name} = case when fresh then i.{name} else t.{name} end"
            for name in self.columns
            if name not in ("organisation_id", "key", "known_at", "sent_at")
        )
        # The names are our own, written out in this package.
        self._keep(
            insert=f"insert into {self.name} ({names}) select {names} from {incoming} "  # noqa: S608
            "on conflict (organisation_id, key) do nothing returning organisation_id, key",
            select=f"select t.id, {', '.join(f't.{name}' for name in self.columns)} "  # noqa: S608
            f"from unnest(%s::bigint[], %s::text[]) as k(o, n) join {self.name} t "
            "on t.organisation_id = k.o and t.key = k.n order by 2, 3 for update of t",
            update=f"update {self.name} t set sent_at = i.sent_at, {sets} "  # noqa: S608
            f"from {incoming} where t.id = i.id",
        )

    def _keep(self, **statements: str) -> None:
        for name, statement in statements.items():
            object.__setattr__(self, f"_{name}", statement)

    def keep(self, items: Sequence[Item]) -> list[Change]:
        """Keep items, no two of which have one number; set their fates; give what is counted.

        What is new goes in; what stands there is left alone if it says the same or was sent
        later, and is corrected otherwise.
        """
        if not items:
            return []
        ordered = sorted(items, key=lambda item: item.place)
        changes: list[Change] = []
        made = statements.ask(self._insert, [_json([item.values for item in ordered])])  # type: ignore[attr-defined]
        new = set(made.fetchall())
        met = []
        for item in ordered:
            if item.place in new:
                changes += [(*key, 1) for key in self.counted(item.values)]
            else:
                met.append(item)
        if met:
            changes += self._meet(met)
        return changes

    def _meet(self, met: Sequence[Item]) -> list[Change]:
        places = [item.place for item in met]
        found = statements.ask(self._select, [[o for o, _ in places], [n for _, n in places]])  # type: ignore[attr-defined]
        names = ["id", *self.columns]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        standing = {(row["organisation_id"], row["key"]): row for row in rows}
        content = [name for name in self.columns if name not in self.derived]
        changes: list[Change] = []
        updates = []
        for item in met:
            row = standing[item.place]
            if isinstance(row.get("signs"), str):
                row["signs"] = orjson.loads(row["signs"])
            item.fate = _fate(row, item.values, content)
            if item.fate is Fate.CORRECTED:
                changes += [(*key, -1) for key in self.counted(row)]
                changes += [(*key, 1) for key in self.counted(item.values)]
            later = item.values["sent_at"] > (row["sent_at"] or row["known_at"])
            if item.fate is Fate.CORRECTED or (item.fate is Fate.KNOWN and later):
                fresh = item.fate is Fate.CORRECTED
                updates.append(item.values | {"id": row["id"], "fresh": fresh})
        if updates:
            statements.ask(self._update, [_json(updates)])  # type: ignore[attr-defined]
        return changes


def _fate(row: Values, values: Values, content: Sequence[str]) -> Fate:
    if all(row[name] == values[name] for name in content):
        return Fate.KNOWN
    stood: datetime = row["sent_at"] or row["known_at"]
    return Fate.CORRECTED if values["sent_at"] >= stood else Fate.OLDER


def _json(rows: Sequence[Values]) -> str:
    return orjson.dumps(rows).decode()
