"""The pool of experts: who may be asked for advice in an emergency, and in which field."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models.people import User
from pingji.ground.directory.models.sight import ScopedQuerySet, who_and_when


class ExpertField(models.TextChoices):
    """What an expert is asked about."""

    EPIDEMIOLOGY = "epidemiology", _("Field epidemiology")
    LABORATORY = "laboratory", _("Pathogen laboratory")
    INFECTIOUS_DISEASE = "infectious_disease", _("Clinical infectious disease")
    RESPIRATORY = "respiratory", _("Respiratory and critical care")
    PAEDIATRICS = "paediatrics", _("Paediatrics")
    EMERGENCY_MEDICINE = "emergency_medicine", _("Emergency medicine")
    INFECTION_CONTROL = "infection_control", _("Infection control in hospitals")
    DISINFECTION = "disinfection", _("Disinfection and vector control")
    FOOD_SAFETY = "food_safety", _("Food safety and nutrition")
    ENVIRONMENT = "environment", _("Water and environmental hygiene")
    TOXICOLOGY = "toxicology", _("Poisoning and occupational health")
    VETERINARY = "veterinary", _("Animal disease and zoonoses")
    SCHOOL_HEALTH = "school_health", _("School health")
    MENTAL_HEALTH = "mental_health", _("Psychological intervention")
    RISK_COMMUNICATION = "risk_communication", _("Risk communication")
    LAW = "law", _("Law")
    EMERGENCY_MANAGEMENT = "emergency_management", _("Emergency management and logistics")


class ExpertiseQuerySet(ScopedQuerySet):
    area_field = "person__area"

    def standing(self) -> Self:
        """Without those that were taken out of the pool."""
        return self.filter(withdrawn_at__isnull=True)


class Expertise(models.Model):
    """One field in which somebody is an expert; whoever knows several fields has several rows."""

    person = models.ForeignKey(User, models.PROTECT, related_name="expertise")
    field = models.CharField(_("field of expertise"), max_length=24, choices=ExpertField)
    title = models.CharField(_("professional title"), max_length=60, blank=True)
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("put into the pool"))
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("taken out of the pool"), null=True)

    objects = ExpertiseQuerySet.as_manager()

    class Meta:
        ordering = ["field", "person_id"]
        verbose_name_plural = "expertise"
        constraints = [
            who_and_when("withdrawn"),
            models.UniqueConstraint(
                fields=["person", "field"],
                condition=Q(withdrawn_at__isnull=True),
                name="directory_expertise_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_field_display()}"
