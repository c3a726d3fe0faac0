"""Two people at two machines, with the program as `pingji run` starts it: one acts, the other sees.

How soon is measured by `python -m bench.command screens`; here it only has to come by itself.
"""

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from pingji.config.tests.places_for_tests import PATIENCE, environment, installation, pingji
from pingji.config.tests.test_running import PASSWORD, Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
PEOPLE = (("duty", "duty_officer"), ("leader", "leader"))
TITLE = "桃花源街道聚集性疫情"


@pytest.fixture(scope="module")
def program():
    """A program with a duty officer and a leader of one county."""
    with installation() as folder:
        done = pingji(folder, "setup", "--no-demo")
        assert done.returncode == 0, done.stderr + done.stdout
        for username, role in PEOPLE:
            subprocess.run(
                [sys.executable, "-m", "pingji.config.cli", "user", "add", username]
                + ["--name", username, "--role", role, "--area", "500242", "--password-stdin"],
                input=f"{PASSWORD}\n",
                env=environment(folder),
                text=True,
                check=True,
            )
        running = Running(folder)
        try:
            running.ready()
            yield running
        finally:
            running.close()


@pytest.fixture
def sit_down(browser, program):
    """Sign somebody in on a machine of their own."""
    contexts = []

    def signed_in(username: str) -> Page:
        context = browser.new_context(
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=f"http://127.0.0.1:{program.port}",
        )
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("口令").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield signed_in
    for context in contexts:
        context.close()


def test_what_one_does_stands_on_the_others_page_without_a_reload(sit_down):
    leader, duty = sit_down("leader"), sit_down("duty")
    expect(leader.locator("body")).to_have_attribute("data-live", "on")
    leader.evaluate("window.notReloaded = true")

    duty.goto("/incidents/open/")
    duty.locator("[name=title]").fill(TITLE)
    duty.locator("[name=event_kind]").select_option("other")
    duty.locator("[name=area]").evaluate("(field) => { field.value = '500242'; }")
    duty.locator("main form[method=post] button.btn--primary").last.click()
    duty.wait_for_url("**/incidents/*/")

    expect(leader.get_by_text(TITLE).first).to_be_visible(timeout=1000 * PATIENCE)
    assert leader.evaluate("window.notReloaded") is True
