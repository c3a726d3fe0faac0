"""At run time the program and its pages speak to nobody outside."""

import re
import socket
import urllib.request

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from conftest import NetworkUsed
from tests.architecture.source import SOURCE, imports, inside, modules

# Addresses that name something and are never fetched.
NAMES_ONLY = ("http://www.w3.org/",)  # XML namespaces
ADDRESS = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'`)>]*", re.IGNORECASE)
FETCHING = {"urllib.request", "http.client", "requests", "httpx", "aiohttp", "smtplib", "ftplib"}
# Modules that may fetch, each with its reason.
MAY_FETCH = {
    "config/running.py": "asks the program's own first page whether it is up",
    "integrations/posting.py": "notices leave here, for the gateway and the systems that the "
    "installation names; without them nothing does",
}


def pages_and_files():
    for pattern in ("**/templates/**/*.html", "**/static/**/*"):
        for path in sorted(SOURCE.glob(pattern)):
            ours = path.is_file() and "static/vendor" not in inside(path)
            if ours and path.suffix in (".html", ".css", ".js", ".svg"):
                yield path


def outside_addresses(text):
    return [a for a in ADDRESS.findall(text) if not a.startswith(NAMES_ONLY)]


def test_no_page_and_no_file_of_ours_names_an_address_outside():
    paths = list(pages_and_files())
    assert len(paths) > 50
    found = {inside(p): outside_addresses(p.read_text(encoding="utf-8")) for p in paths}
    assert {name: addresses for name, addresses in found.items() if addresses} == {}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.com/a.js">',
        "@import url(//fonts.example.com/a.css);",
        'fetch("http://example.org/x")',
    ],
)
def test_an_address_outside_is_seen(text):
    assert outside_addresses(text)


def test_style_sheets_of_libraries_load_nothing_from_outside():
    sheets = sorted((SOURCE / "console/static/vendor").rglob("*.css"))
    for sheet in sheets:
        loaded = re.findall(r"(?:url\(|@import\s)[\"']?(https?:)?//", sheet.read_text("utf-8"))
        assert loaded == [], sheet
    assert finders.find("console/pingji.css")


def test_no_module_fetches():
    breaches = {
        f"{inside(path)}: {name}"
        for path, tree in modules()
        for _line, name in imports(tree)
        if any(name == known or name.startswith(f"{known}.") for known in FETCHING)
        and inside(path) not in MAY_FETCH
    }
    assert breaches == set()


def test_every_page_carries_a_strict_content_security_policy(db):
    response = Client().get("/sign-in/")
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == policy["font-src"] == policy["worker-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert "http" not in response.headers["Content-Security-Policy"]
    # Only style attributes that the drawing libraries set themselves are let through.
    assert {k for k, v in policy.items() if "unsafe" in v} == {"style-src-attr"}
    assert settings.MIDDLEWARE.index("csp.middleware.CSPMiddleware") < settings.MIDDLEWARE.index(
        "django.middleware.csrf.CsrfViewMiddleware"
    )


# No page of the program: it is written to a file, which is opened from the disk and holds its style.
WRITTEN_TO_A_FILE = SOURCE / "evaluate/exercises/templates/exercises/report.html"


@pytest.mark.parametrize(
    "page", sorted({*SOURCE.glob("**/templates/**/*.html")} - {WRITTEN_TO_A_FILE}), ids=inside
)
def test_a_template_carries_no_inline_script_handler_or_style(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:application/json|importmap))", text
    )
    assert not re.search(r"<style|\sstyle=|javascript:", text)
    assert not re.search(r"\son[a-z]+=[\"']", text)
    assert not re.search(r"\shx-on|\shx-vals=[\"']js:", text)


def test_a_test_that_reaches_outside_fails():
    with pytest.raises(NetworkUsed):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(NetworkUsed):
        urllib.request.urlopen("http://example.org/", timeout=1)
    with socket.socket() as probe, pytest.raises(NetworkUsed):
        probe.connect_ex(("192.0.2.1", 80))


def test_a_test_may_speak_to_this_machine():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
