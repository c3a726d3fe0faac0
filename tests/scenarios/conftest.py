"""What every scenario stands on: a county with its people, a browser, and the worker's hands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions as surveillance
from pingji.respond.incidents import actions as incidents

PASSWORD = "ping-ji-2025-county"
COUNTY = "500242"
TOWNS = {"500242101": "桃花源街道", "500242102": "钟多街道", "500242103": "龙潭镇"}
Kind = Organisation.Kind


@dataclass
class County:
    """A county in which the loop can turn: areas, the plan, organisations and their people."""

    area: Area
    people: dict[str, User] = field(default_factory=dict)

    def employ(self, name: str, role: Role, kind: str, organisation: str, area: str) -> None:
        """An organisation, and somebody of it who signs in."""
        place = Area.objects.get(pk=area)
        body = OrganisationFactory(
            kind=kind,
            name=organisation,
            name_en=organisation,
            area=place,
            public=True,
            connected=True,
        )
        self.people[organisation] = UserFactory(
            username=name,
            display_name=f"{organisation}值班员",
            role=role,
            area=place,
            organisation=body,
            password=PASSWORD,
        )


@pytest.fixture
def county(transactional_db, settings, tmp_path) -> County:
    """The county of the scenarios, on its first day."""
    settings.MEDIA_ROOT = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    here = County(AreaFactory(code=COUNTY, name="酉阳土家族苗族自治县", name_en="Youyang"))
    for code, name in TOWNS.items():
        AreaFactory(code=code, name=name)
    now = timezone.now()
    plan()
    surveillance.load_diseases(by=system_user(), at=now)
    incidents.load_plans(by=system_user(), at=now)
    town = next(iter(TOWNS))
    here.employ("cdc", Role.EPIDEMIOLOGIST, Kind.CDC, "县疾控中心", COUNTY)
    here.employ("duty", Role.DUTY_OFFICER, Kind.HEALTH_COMMISSION, "县卫健委", COUNTY)
    here.employ("leader", Role.LEADER, Kind.DEPARTMENT, "县人民政府办公室", COUNTY)
    here.employ("hospital", Role.HOSPITAL_REPORTER, Kind.HOSPITAL, "县人民医院", COUNTY)
    here.employ("market", Role.DEPARTMENT_LIAISON, Kind.DEPARTMENT, "县市场监督管理局", COUNTY)
    here.employ("health", Role.TOWNSHIP_DOCTOR, Kind.TOWNSHIP_HEALTH_CENTRE, "桃花源卫生院", town)
    here.employ(
        "office", Role.DEPARTMENT_LIAISON, Kind.TOWNSHIP_GOVERNMENT, "桃花源街道办事处", town
    )
    return here


@pytest.fixture
def desk(browser, live_server) -> Iterator[Callable[[str], Page]]:
    """Sign somebody in on a machine of their own; what the browser complains about fails."""
    contexts, complaints = [], []
    here = urlsplit(live_server.url).netloc

    def sit_down(username: str) -> Page:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=live_server.url,
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.route("**/events*", lambda route: route.abort())  # the test server has no streams
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on(
            "console",
            lambda said: (
                complaints.append(f"{page.url}: {said.text}")
                if said.type == "error" and "ERR_FAILED" not in said.text
                else None
            ),
        )
        page.on(
            "request",
            lambda asked: (
                complaints.append(f"asked elsewhere: {asked.url}")
                if urlsplit(asked.url).netloc not in ("", here)
                else None
            ),
        )
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("口令").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield sit_down
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(autouse=True)
def no_job_of_an_earlier_test(transactional_db) -> None:
    """The queue's tables are not the framework's: what an earlier test queued would still wait."""
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")


def work() -> int:
    """Do what the worker does: run every queued job, and the jobs those queue. How many ran."""
    done = 0
    while job := ProcrastinateJob.objects.filter(status="todo").order_by("id").first():
        app.tasks[job.task_name](**job.args)
        with connection.cursor() as cursor:
            cursor.execute("delete from procrastinate_jobs where id = %s", [job.pk])
        done += 1
    return done


def faults(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {fault['id']}: {node['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
