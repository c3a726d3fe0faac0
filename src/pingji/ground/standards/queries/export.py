"""A plan written back as a file, with the comments of the file it came from."""

from datetime import date
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from pingji.ground.standards import SECONDS_IN
from pingji.ground.standards.models import Profile, StandardRow
from pingji.ground.standards.models.profile import LOCAL

LOCAL_SOURCE = {"zh": "本地设定", "en": "Set locally"}


def export_profile(profile: Profile, on: date) -> str:
    """Write a plan as it stands on a day, in the form it can be loaded from again.

    The latest loaded file is taken, with its comments and its order, and every figure that was
    changed since is set in place; figures added on screen follow at the end.
    """
    latest = profile.versions.order_by("-number").first()
    document = tomlkit.parse(latest.content if latest else "")
    rows = {row.key: row for row in profile.standards.in_force(max(on, profile.in_force_from))}
    written = set()
    for section in StandardRow.Section.values:
        for table in document.get(section, []):
            row = rows.get(str(table["key"]))
            if row is not None:
                written.add(row.key)
                set_figures(table, row)
    for row in rows.values():
        if row.key not in written:
            add(document, row)
    return tomlkit.dumps(document)


def set_figures(table: Table, row: StandardRow) -> None:
    for key, value in figures(row).items():
        if key in table and same(table[key], value):
            continue
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def same(written: Any, value: Any) -> bool:
    if isinstance(value, int | float) and isinstance(written, int | float):
        return Decimal(str(written)) == Decimal(str(value))
    return bool(written == value)


def figures(row: StandardRow) -> dict[str, Any]:
    """Give what can change on screen, as the file spells it."""
    if row.section == StandardRow.Section.DEADLINE:
        given = {f"{unit}s": None for unit in SECONDS_IN}
        return given | {f"{row.unit}s": spelt(row.value)}
    if row.section == StandardRow.Section.INDICATOR:
        return {
            "target": spelt(row.value),
            "target_year": row.target_year,
            "present": spelt(row.present),
            "present_year": row.present_year,
        }
    if row.section == StandardRow.Section.DUTY:
        return {"times": spelt(row.value)}
    if row.section == StandardRow.Section.LIST:
        return {}
    return {"value": spelt(row.value), "by": row.by_date}


def spelt(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def add(document: tomlkit.TOMLDocument, row: StandardRow) -> None:
    """Append a figure that was set on screen over a default of the base."""
    table = tomlkit.table()
    fixed = {"key": row.key, "zh": row.name, "en": row.name_en}
    fixed |= {"unit": row.unit} if row.section not in {"deadline", "duty", "list"} else {}
    fixed |= {"comparison": row.comparison} if row.section in {"number", "setting"} else {}
    fixed |= {"better": row.better} if row.section == "indicator" else {}
    fixed |= {"every": row.every} if row.section == "duty" else {}
    if row.section == "list":
        fixed["items"] = row.items
    fixed |= {key: value for key, value in figures(row).items() if value is not None}
    if row.per_value is not None:
        fixed["per"] = {"value": spelt(row.per_value), "unit": row.per_unit}
    if row.requirement:
        fixed["requirement"] = row.requirement
    fixed["source"] = LOCAL
    for key, value in fixed.items():
        table[key] = value
    if "sources" not in document:
        document["sources"] = tomlkit.table()
    if LOCAL not in document["sources"]:
        document["sources"][LOCAL] = dict(LOCAL_SOURCE)
    if row.section not in document:
        document[row.section] = tomlkit.aot()
    tables: AoT = document[row.section]
    tables.append(table)
