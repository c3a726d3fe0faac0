"""Command at the server: `python -m bench.command [part ...]`; without a part, every one.

activation   from a verified alert to an activated plan with 60 orders in 40 organisations
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from bench.ground import own_county

ORDERS, ORGANISATIONS = 60, 40
TIMES = 10
GOAL_ACTIVATION_SECONDS = 1.0


def wide_plan(organisations: int) -> Any:
    """A plan whose orders reach so many organisations of the demo county."""
    from pingji.ground.directory.models import Organisation
    from pingji.respond.incidents.models import Plan, PlanOrder

    there = Organisation.objects.filter(closed_on__isnull=True).order_by("kind", "pk")
    chosen = list(there.exclude(kind="department")[:organisations])
    plan = Plan.objects.create(
        code="bench", name="大范围预案", name_en="A wide plan", event_kind="infectious_disease"
    )
    named = [(one.kind, one.name) for one in chosen]
    named += named[: ORDERS - len(named)]
    PlanOrder.objects.bulk_create(
        PlanOrder(
            plan=plan,
            number=number,
            text=f"第{number}条指令",
            text_en=f"Order {number}",
            group="field",
            organisation_kind=kind,
            organisation_name=name,
            standard="order.complete",
        )
        for number, (kind, name) in enumerate(named, start=1)
    )
    return plan


def activation() -> bool:
    """Open an incident on a verified alert, and activate the plan, again and again."""
    from django.db import transaction

    from pingji.ground.directory.models import Role, User
    from pingji.respond.incidents import actions
    from pingji.respond.incidents.models import Grade
    from pingji.warn.alerts import actions as alerts
    from pingji.warn.alerts.models import Alert

    plan = wide_plan(ORGANISATIONS)
    officer = User.objects.filter(demo=True, role=Role.DUTY_OFFICER).first()
    alert = Alert.objects.filter(state=Alert.State.NEW).select_related("area").first()
    assert officer is not None
    assert alert is not None
    alerts.decide(
        alert=alert, to=Alert.State.VERIFIED, by=officer, at=datetime.now(UTC), reason="核实"
    )
    taken, orders, reached = [], 0, 0
    for _again in range(TIMES + 1):
        with transaction.atomic():
            begun, at = time.perf_counter(), datetime.now(UTC)
            incident = actions.open_incident(
                title="桃花源聚集性疫情",
                event_kind="infectious_disease",
                area=alert.area,
                alert=Alert.objects.get(pk=alert.pk),
                grade=Grade.IV,
                grade_reason="达到一般级",
                by=officer,
                at=at,
            )
            actions.activate_plan(incident=incident, plan=plan, by=officer, at=at)
            taken.append(time.perf_counter() - begun)
            orders = incident.orders.count()
            reached = incident.orders.values("organisation").distinct().count()
            transaction.set_rollback(True)
    seconds = np.array(taken[1:])  # the first one warms up
    print(f"{orders} orders in {reached} organisations, {TIMES} times:")
    print(f"  median {np.median(seconds):.3f} s, slowest {seconds.max():.3f} s")
    print(f"  goal {GOAL_ACTIVATION_SECONDS:.1f} s from alert to activated plan")
    return bool(
        np.median(seconds) <= GOAL_ACTIVATION_SECONDS
        and orders >= ORDERS
        and reached >= ORGANISATIONS
    )


# Each part in the demo county; whether its goal was reached.
PARTS: dict[str, Callable[[], bool]] = {"activation": activation}


def main(names: list[str]) -> int:
    """Run the parts named, or all; 1 where a goal was missed."""
    with own_county():
        reached = [PARTS[name]() for name in names or PARTS]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
