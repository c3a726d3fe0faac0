"""How grave an event is, and of which kind."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Grade(models.TextChoices):
    """Grade of an event, I the gravest."""

    I = "I", _("Grade I, extremely grave")  # noqa: E741 - the plan's own numeral
    II = "II", _("Grade II, grave")
    III = "III", _("Grade III, serious")
    IV = "IV", _("Grade IV, ordinary")
    UNGRADED = "ungraded", _("Not graded yet")


class EventKind(models.TextChoices):
    """Kinds of public-health event that plans are written for."""

    INFECTIOUS_DISEASE = "infectious_disease", _("Infectious disease")
    FOOD_POISONING = "food_poisoning", _("Food poisoning")
    OCCUPATIONAL_POISONING = "occupational_poisoning", _("Occupational poisoning")
    UNEXPLAINED = "unexplained", _("Unexplained group illness")
    OTHER = "other", _("Other")
