"""What a web process reads once and then keeps: every page's code, and its template."""

from pathlib import Path

from django.apps import apps
from django.template.loader import get_template
from django.urls import get_resolver


def read_pages() -> int:
    """Import what answers each address and read every template; how many templates there are."""
    assert get_resolver().url_patterns
    names = sorted(_templates())
    for name in names:
        get_template(name)
    return len(names)


def _templates() -> set[str]:
    found = set()
    for app in apps.get_app_configs():
        folder = Path(app.path) / "templates"
        if app.name.startswith("pingji."):
            found |= {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    return found
