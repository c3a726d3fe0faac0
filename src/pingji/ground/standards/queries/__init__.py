"""What the plans say, for an area and a day; the deadlines; nothing here writes."""

from pingji.ground.standards.queries.deadlines import (
    deadlines_of,
    open_deadline,
)
from pingji.ground.standards.queries.export import export_profile
from pingji.ground.standards.queries.figures import (
    count_of_keys,
    find_rule,
    grades_for,
    gradings_for,
    groups_for,
    history,
    number,
    profile_for,
    rule,
    rules_for,
    rules_of,
    tasks_for,
    tasks_of,
)
from pingji.ground.standards.queries.promises import Start, promises
from pingji.ground.standards.queries.side_by_side import side_by_side

__all__ = [
    "Start",
    "promises",
    "count_of_keys",
    "deadlines_of",
    "export_profile",
    "find_rule",
    "grades_for",
    "gradings_for",
    "groups_for",
    "history",
    "number",
    "open_deadline",
    "profile_for",
    "rule",
    "rules_for",
    "rules_of",
    "side_by_side",
    "tasks_for",
    "tasks_of",
]
