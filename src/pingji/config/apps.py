from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Settings, addresses, the worker and the command line; no tables."""

    name = "pingji.config"
    label = "config"
