"""Command at the server: `python -m bench.command [part ...]`; without a part, every one.

activation   from a verified alert to an activated plan with 60 orders in 40 organisations; beside it
             the same orders sent one by one
leader       the page a leader reads of an incident with 5,000 cases, 200 orders and 2,000 resources;
             beside it the sign-in page, which asks the database for nothing
screens      200 open screens hear of a change through the running program; beside them a bare
             connection that listens to the database
"""

import asyncio
import cProfile
import os
import pstats
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from bench.ground import own_county

ORDERS, ORGANISATIONS = 60, 40
TIMES = 10
GOAL_ACTIVATION_SECONDS = 1.0
CASES, LEADER_ORDERS, RESOURCES = 5_000, 200, 2_000
GOAL_LEADER_MS = 300.0
SCREENS, CHANGES = 200, 10
GOAL_SCREENS_SECONDS = 2.0
PATIENCE_SECONDS = 20.0


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
    taken, single, orders, reached = [], [], 0, 0
    profile = cProfile.Profile() if os.environ.get("PINGJI_BENCH_PROFILE") else None
    for again in range(TIMES + 1):
        with transaction.atomic():
            begun, at = time.perf_counter(), datetime.now(UTC)
            if profile and again:
                profile.enable()
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
            if profile:
                profile.disable()
            sent = list(incident.orders.select_related("organisation__area"))
            orders, reached = len(sent), len({order.organisation_id for order in sent})
            if again == TIMES:
                begun = time.perf_counter()
                for order in sent:
                    actions.issue_order(
                        incident=incident,
                        organisation=order.organisation,
                        text=order.text,
                        standard=order.standard,
                        by=officer,
                        at=at,
                    )
                single.append(time.perf_counter() - begun)
            transaction.set_rollback(True)
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    seconds = np.array(taken[1:])  # the first one warms up
    print(f"{orders} orders in {reached} organisations, {TIMES} times:")
    print(f"  median {np.median(seconds):.3f} s, slowest {seconds.max():.3f} s")
    print(f"  goal {GOAL_ACTIVATION_SECONDS:.1f} s from alert to activated plan")
    print(
        f"  the orders alone, one by one: {single[0]:.3f} s, "
        f"{single[0] / np.median(seconds):.1f} times as long as all of it at once"
    )
    return bool(
        np.median(seconds) <= GOAL_ACTIVATION_SECONDS
        and orders >= ORDERS
        and reached >= ORGANISATIONS
    )


def large_incident(officer: Any, alert: Any) -> Any:
    """An incident with so many cases, orders and resources in its county."""
    from pingji.ground.directory.models import Area, Organisation
    from pingji.monitor.surveillance.models import CaseReport
    from pingji.respond.incidents import actions
    from pingji.respond.incidents.models import Grade, SharedResource

    at = datetime.now(UTC)
    county = Area.objects.get(pk=alert.area_id[:6])
    incident = actions.open_incident(
        title="大规模疫情",
        event_kind="infectious_disease",
        area=county,
        alert=alert,
        grade=Grade.II,
        grade_reason="达到重大级",
        by=officer,
        at=at,
    )
    villages = list(
        Area.objects.filter(code__startswith=county.pk, code__length=12).values_list(
            "code", flat=True
        )
    )
    like = CaseReport.objects.counted().filter(disease=incident.disease_id).first()
    like = like or CaseReport.objects.counted().first()
    fields = [field.attname for field in CaseReport._meta.concrete_fields if not field.primary_key]
    given = {name: getattr(like, name) for name in fields}
    first, days = alert.starts_on, max(1, (at.date() - alert.starts_on).days)
    CaseReport.objects.bulk_create(
        CaseReport(
            **given
            | {
                "key": f"BENCH-{number}",
                "disease_id": incident.disease_id,
                "area_id": villages[number % len(villages)],
                "onset_on": first + timedelta(days=number % days),
                "known_at": at - timedelta(hours=number % (24 * days)),
            }
        )
        for number in range(CASES)
    )
    there = list(Organisation.objects.filter(closed_on=None, area__code__startswith=county.pk))
    for again in range(-(-LEADER_ORDERS // len(there))):
        actions.issue_orders(
            incident=incident,
            organisations=there[: LEADER_ORDERS - again * len(there)],
            text=f"第{again + 1}轮排查",
            standard="order.complete",
            by=officer,
            at=at,
        )
    kinds = SharedResource.Kind.values
    SharedResource.objects.bulk_create(
        SharedResource(
            area=county,
            organisation=there[number % len(there)],
            kind=kinds[number % len(kinds)],
            name=f"资源{number}",
            amount=10,
            unit="件",
            free=number % 11,
            contact="联系人",
            phone="02300000000",
            updated_by=officer,
            updated_at=at,
        )
        for number in range(RESOURCES)
    )
    return incident


def leader() -> bool:
    """Ask for the leader's page of a large incident, again and again."""
    from django.db import connection
    from django.test import Client

    from pingji.ground.directory.models import Role, User
    from pingji.warn.alerts import actions as alerts
    from pingji.warn.alerts.models import Alert

    people = User.objects.filter(demo=True)
    officer, reader = people.get(role=Role.DUTY_OFFICER), people.get(role=Role.LEADER)
    alert = Alert.objects.filter(state=Alert.State.NEW).select_related("area").last()
    assert alert is not None
    alert = alerts.decide(
        alert=alert, to=Alert.State.VERIFIED, by=officer, at=datetime.now(UTC), reason="核实"
    )
    incident = large_incident(officer, alert)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    client = Client()
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    found = {}
    for name, address in (("leader", f"/leader/{incident.pk}/"), ("sign-in", "/sign-in/")):
        asker, took = client if name == "leader" else Client(), []
        for _again in range(2 * TIMES + 1):
            begun = time.perf_counter()
            answer = asker.get(address)
            took.append(1000 * (time.perf_counter() - begun))
            assert answer.status_code == 200, answer.status_code
        found[name] = np.array(took[1:])
        if name == "leader":
            print(
                f"an incident with {CASES} cases, {incident.orders.count()} orders, {RESOURCES} "
                f"resources ({len(answer.content) / 1024:.0f} KB):"
            )
    page, blank = found["leader"], np.median(found["sign-in"])
    print(
        f"  median {np.median(page):.0f} ms, 95th percentile {np.percentile(page, 95):.0f} ms, "
        f"{np.median(page) / blank:.1f} times the sign-in page ({blank:.0f} ms)"
    )
    print(f"  goal {GOAL_LEADER_MS:.0f} ms")
    return bool(np.percentile(page, 95) <= GOAL_LEADER_MS)


class Screens:
    """Many open live screens in one process: each a stream of its own."""

    def __init__(self, port: int, cookies: str) -> None:
        self.port, self.cookies = port, cookies
        self.heard: dict[int, float] = {}
        self.open = 0
        self.topic = b""

    async def listen(self, number: int) -> None:
        """One screen: keep when it hears of the topic that is waited for."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        since = int(time.time() * 1000)
        writer.write(
            f"GET /events?since={since} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {self.cookies}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        await writer.drain()
        while line := await reader.readline():
            if line.startswith(b"event: hello"):
                self.open += 1
            if self.topic and line.startswith(b"data: ") and self.topic in line:
                self.heard.setdefault(number, time.perf_counter())

    async def measure(self, change: Callable[[], float], topic: bytes) -> tuple[list[float], int]:
        """Make changes one after the other; seconds until each screen heard, and how many did not."""
        listening = [asyncio.create_task(self.listen(number)) for number in range(SCREENS)]
        while self.open < SCREENS:
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        took: list[float] = []
        deaf = 0
        for _change in range(CHANGES):
            self.heard, self.topic = {}, topic
            begun = await asyncio.to_thread(change)
            until = time.perf_counter() + PATIENCE_SECONDS
            while len(self.heard) < SCREENS and time.perf_counter() < until:
                await asyncio.sleep(0.01)
            deaf += SCREENS - len(self.heard)
            took += [max(0.0, at - begun) for at in self.heard.values()]
            self.topic = b""
            await asyncio.sleep(0.5)
        for task in listening:
            task.cancel()
        return took, deaf


def bare_listener(database: Any) -> float:
    """Median seconds from the database's notification to a connection that does nothing but listen."""
    import psycopg

    took = []
    with psycopg.connect(database.info.dsn, autocommit=True) as other:
        other.execute("listen bench")
        for _again in range(CHANGES):
            begun = time.perf_counter()
            database.execute("notify bench")
            next(iter(other.notifies(timeout=5, stop_after=1)))
            took.append(time.perf_counter() - begun)
    return float(np.median(took))


def screens() -> bool:
    """Change something at the running program, and wait until every open screen has heard of it."""
    from bench import intake, pages

    with intake.program(intake.PORT) as running:
        pages.PORT = intake.PORT
        password = (running.home / "demo-password").read_text().strip()
        writer, reader = pages.Browser("duty", password), pages.Browser("leader", password)

        def change() -> float:
            begun = time.perf_counter()
            writer.post(
                "/incidents/open/",
                {
                    "title": "测速",
                    "event_kind": "other",
                    "area": running.areas[0][:6],
                    "grade": "ungraded",
                },
            )
            return begun

        before = intake.cpu(running.home, running.process.pid)
        many = Screens(intake.PORT, reader.cookies())
        took, deaf = asyncio.run(many.measure(change, b"incidents"))
        after = intake.cpu(running.home, running.process.pid)
        with intake.connected(running.home) as database:
            floor = bare_listener(database)
    seconds = np.array(took or [PATIENCE_SECONDS])
    spent = {name: (after[name] - before[name]) / CHANGES for name in after}
    print(
        f"{SCREENS} open screens, {CHANGES} changes, from sending the form to the word on each "
        f"screen: median {np.median(seconds):.2f} s, worst {seconds.max():.2f} s, not heard {deaf}"
    )
    print(
        f"  processor seconds for each change: program {spent['program']:.2f}, "
        f"database {spent['database']:.2f}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"  a bare connection that listens hears after {1000 * floor:.1f} ms, "
        f"the median screen after {np.median(seconds) / floor:.0f} times that"
    )
    print(f"  goal {GOAL_SCREENS_SECONDS:.0f} s")
    return bool(not deaf and seconds.max() <= GOAL_SCREENS_SECONDS)


# Each part in the demo county; whether its goal was reached.
PARTS: dict[str, Callable[[], bool]] = {"activation": activation, "leader": leader}
# These run the whole program, with a county of its own.
APART: dict[str, Callable[[], bool]] = {"screens": screens}


def main(names: list[str]) -> int:
    """Run the parts named, or all; 1 where a goal was missed."""
    asked = names or [*PARTS, *APART]
    reached = [APART[name]() for name in asked if name in APART]
    inside = [name for name in asked if name not in APART]
    if inside:
        with own_county():
            reached += [PARTS[name]() for name in inside]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
