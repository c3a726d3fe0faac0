"""What an open page knows of the pace of its exercise."""

import re

import pytest
from django.contrib.staticfiles import finders

pytestmark = pytest.mark.browser
PAGE = """<!doctype html>
<body data-now="2026-11-02T08:00:00+08:00" data-pace="3600" data-zone="Asia/Shanghai">
<a id="exercise-mark" data-moment="2026-11-02T09:00:00+08:00" data-pace="60"></a>
<script type="module" src="/static/console/clock.js"></script>
</body>"""


def served(route):
    """The page, and our own files below it."""
    name = re.search(r"/static/(.+)", route.request.url)
    if name is None:
        route.fulfill(body=PAGE, content_type="text/html")
    else:
        route.fulfill(path=finders.find(name[1]))


def test_an_open_page_hears_that_the_pace_has_changed(browser):
    page = browser.new_page()
    try:
        page.route("**", served)
        page.goto("http://pages.invalid/")
        mark = page.locator("#exercise-mark")
        pace = "document.body.dataset.pace"
        assert page.evaluate(pace) == "3600"

        mark.evaluate(
            "mark => document.body.dispatchEvent("
            "new CustomEvent('htmx:afterSettle', { detail: { elt: mark } }))"
        )

        assert page.evaluate(pace) == "60"
    finally:
        page.close()
