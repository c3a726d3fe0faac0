"""A scenario: what an exercise plays, as an official writes it in one file.

Nothing here needs a database: a scenario is checked before the exercise has one.
"""

from pingji.evaluate.exercises.rules.scenario.absence import there_from
from pingji.evaluate.exercises.rules.scenario.parts import (
    Absent,
    ConductChange,
    Infect,
    Inject,
    Message,
    Outage,
    Post,
    Scenario,
    Seeding,
    Timed,
)
from pingji.evaluate.exercises.rules.scenario.reading import (
    ScenarioProblem,
    load_scenario,
    parse_scenario,
    shipped_scenarios,
)

__all__ = [
    "Absent",
    "ConductChange",
    "Infect",
    "Inject",
    "Message",
    "Outage",
    "Post",
    "Scenario",
    "ScenarioProblem",
    "Seeding",
    "Timed",
    "load_scenario",
    "parse_scenario",
    "shipped_scenarios",
    "there_from",
]
