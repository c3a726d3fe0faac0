from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpinionConfig(AppConfig):
    """Posts of the public, and the rumours they make."""

    name = "pingji.monitor.opinion"
    label = "opinion"
    verbose_name = _("Public opinion")
    default_auto_field = "django.db.models.BigAutoField"
