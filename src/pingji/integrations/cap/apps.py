from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CapConfig(AppConfig):
    """Warnings in the Common Alerting Protocol: it has no tables, but hears of alerts."""

    name = "pingji.integrations.cap"
    label = "cap"
    verbose_name = _("Common Alerting Protocol")
