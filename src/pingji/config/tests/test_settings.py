"""The settings as a site behind HTTPS has them."""

from django.core.checks import run_checks
from django.test import override_settings


@override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True)
def test_django_finds_nothing_unsafe_in_a_site_behind_https(monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # the browser's tests set it

    said = run_checks(include_deployment_checks=True)

    assert [message for message in said if not message.is_silenced()] == []
