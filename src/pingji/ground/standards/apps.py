from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StandardsConfig(AppConfig):
    """What the plan promises: the county's profile as data, and the deadlines that run against it."""

    name = "pingji.ground.standards"
    label = "standards"
    verbose_name = _("Standards")
    default_auto_field = "django.db.models.BigAutoField"
