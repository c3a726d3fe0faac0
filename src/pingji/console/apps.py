from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Base page, components, navigation, home pages, the one map; no tables."""

    name = "pingji.console"
    label = "console"
