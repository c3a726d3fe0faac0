"""What the plans say, for an area and a day; the deadlines; nothing here writes."""

from pingji.ground.standards.queries.deadlines import (
    deadlines_of,
    open_deadline,
)
from pingji.ground.standards.queries.export import export_profile
from pingji.ground.standards.queries.figures import (
    count_of_keys,
    day_of,
    find_rule,
    grades_for,
    gradings_for,
    groups_for,
    history,
    number,
    numbers,
    profile_for,
    rule,
    rules_for,
    rules_of,
    tasks_for,
    tasks_of,
)
from pingji.ground.standards.queries.modes import (
    emergencies_seen,
    facility_mode_at,
    mode_at,
    spell_at,
)
from pingji.ground.standards.queries.promises import Start, promises
from pingji.ground.standards.queries.side_by_side import side_by_side
from pingji.ground.standards.queries.switching import (
    Change,
    changes,
    conversions_for,
)

__all__ = [
    "Change",
    "Start",
    "changes",
    "conversions_for",
    "count_of_keys",
    "day_of",
    "deadlines_of",
    "emergencies_seen",
    "export_profile",
    "facility_mode_at",
    "find_rule",
    "grades_for",
    "gradings_for",
    "groups_for",
    "history",
    "mode_at",
    "number",
    "numbers",
    "open_deadline",
    "profile_for",
    "promises",
    "rule",
    "rules_for",
    "rules_of",
    "side_by_side",
    "spell_at",
    "tasks_for",
    "tasks_of",
]
