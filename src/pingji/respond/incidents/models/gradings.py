"""How an event was graded: the figures read, the rule that fits them, and who decided."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words
from pingji.ground.directory.models import User
from pingji.respond.incidents.models.grades import Grade
from pingji.respond.incidents.models.incidents import Incident


class Grading(models.Model):
    """One decision on an event's grade, with everything that was known when it was made."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="gradings")
    suggested = models.CharField(_("grade by the rules"), max_length=10, choices=Grade)
    chosen = models.CharField(_("grade given"), max_length=10, choices=Grade)
    rule = models.CharField(_("rule"), max_length=80, blank=True)
    # As they read then: the plan may change later.
    rule_text = models.TextField(blank=True)
    rule_text_en = models.TextField(blank=True)
    origin = models.CharField(_("source"), max_length=300, blank=True)
    origin_en = models.CharField(max_length=300, blank=True)
    verified = models.BooleanField(_("checked against its source"), default=True)
    figures = models.JSONField(_("figures read"), default=list)
    edges = models.JSONField(_("what stands at an edge"), default=list)
    overrides = models.BooleanField(_("given against the rules"), default=False)
    reason = models.TextField(_("reason"), blank=True)
    graded_by = models.ForeignKey(User, models.PROTECT, related_name="gradings")
    graded_at = models.DateTimeField(_("graded"))

    class Meta:
        ordering = ["-graded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(overrides=False) | ~Q(reason=""),
                name="incidents_grading_overridden_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident}: {self.get_chosen_display()}"

    @property
    def chosen_grade(self) -> Grade:
        """The grade given, with its name."""
        return Grade(self.chosen)

    @property
    def said_rule(self) -> str:
        """The rule as it read then, in the reader's language."""
        return in_words(self.rule_text, self.rule_text_en)

    @property
    def said_origin(self) -> str:
        """Where the rule is written, in the reader's language."""
        return in_words(self.origin, self.origin_en)
