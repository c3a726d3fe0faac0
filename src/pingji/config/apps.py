from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Settings, addresses, the worker and the command line; no tables."""

    name = "pingji.config"
    label = "config"

    def ready(self) -> None:
        """Say how messages of each form are read again; the apps themselves know none of them."""
        from pingji.integrations.fhir import replaying as _fhir  # noqa: F401 - registers itself
        from pingji.integrations.hl7v2 import replaying as _hl7v2  # noqa: F401 - likewise
