from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScorecardConfig(AppConfig):
    """Indicators, the task ledger, deadlines met and missed."""

    name = "pingji.evaluate.scorecard"
    label = "scorecard"
    verbose_name = _("Scorecard")
    default_auto_field = "django.db.models.BigAutoField"
