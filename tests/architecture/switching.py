"""A switch between peace and emergency in the county that is walked."""

from datetime import datetime
from typing import Any

from pingji.ground.directory.models import Area, Role, User
from pingji.ground.standards.models import Mode
from pingji.respond.incidents.actions import modes as actions
from pingji.respond.incidents.queries import modes as queries

# The township of the walk can be switched; its county is on its way already.
GROUND = {"reason": "聚集性疫情", "despite": "边整改边转换"}


def mode_rows(county: Area, by_role: dict[Role, User], now: datetime) -> dict[str, Any]:
    """A county on its way to emergency, with its first step still to be done."""
    (way,) = queries.ways(county, now)
    checks = queries.checks(county, way, Mode.EMERGENCY, now)
    switch = actions.start_switch(
        place=county,
        to=Mode.EMERGENCY,
        conversion=way.key,
        ticked=[check["key"] for check in checks if not check["read"]],
        by=by_role[Role.DUTY_OFFICER],
        at=now,
        **GROUND,
    )
    return {
        "conversion": "township",
        "switch_id": switch.pk,
        "step_id": switch.steps.get(number=1).pk,
    }
