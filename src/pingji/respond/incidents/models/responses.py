"""Response levels by area: which grade of response holds where, who decided it, and its notices."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import in_words
from pingji.ground.directory.models import Area, ScopedQuerySet, User, who_and_when
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.papers import Paper


class Level(models.TextChoices):
    """Grade of a response, I the highest."""

    I = "I", pgettext_lazy("response", "Level I")  # noqa: E741 - the plan's own numeral
    II = "II", pgettext_lazy("response", "Level II")
    III = "III", pgettext_lazy("response", "Level III")
    IV = "IV", pgettext_lazy("response", "Level IV")


class ResponseQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        """Responses that hold now."""
        return self.filter(ended_at__isnull=True)


class Response(models.Model):
    """The response to an event in one area, from its start to its end."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="responses")
    area = models.ForeignKey(Area, models.PROTECT, related_name="responses")
    level = models.CharField(_("level"), max_length=4, choices=Level)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("response started"))
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("response ended"), null=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["area_id", "-started_at"]
        constraints = [
            who_and_when("ended"),
            models.UniqueConstraint(
                fields=["incident", "area"],
                condition=Q(ended_at__isnull=True),
                name="incidents_response_one_in_an_area",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.get_level_display()} · {self.incident}"

    def get_absolute_url(self) -> str:
        """The page of the incident's responses."""
        return reverse("incidents:responses", args=[self.incident_id])


class ResponseChange(models.Model):
    """A response was started, raised, lowered or ended: by which body, by which procedure."""

    class Kind(models.TextChoices):
        START = "start", pgettext_lazy("response", "Started")
        RAISE = "raise", pgettext_lazy("response", "Raised")
        LOWER = "lower", pgettext_lazy("response", "Lowered")
        END = "end", pgettext_lazy("response", "Ended")

    response = models.ForeignKey(Response, models.PROTECT, related_name="changes")
    kind = models.CharField(_("what"), max_length=6, choices=Kind)
    before = models.CharField(_("level before"), max_length=4, choices=Level, blank=True)
    level = models.CharField(_("level"), max_length=4, choices=Level)
    body = models.CharField(_("deciding body"), max_length=120)
    body_en = models.CharField(max_length=160)
    body_source = models.CharField(max_length=300)
    reference = models.CharField(_("number of the decision"), max_length=80)
    reason = models.TextField(_("reason"))
    measures = models.TextField(_("measures"), blank=True)
    procedure = models.JSONField(_("procedure"), default=list)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(reference=""),
                name="incidents_responsechange_has_ground_and_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.response}: {self.get_kind_display()}"

    @property
    def said_body(self) -> str:
        """The deciding body in the reader's language."""
        return in_words(self.body, self.body_en)


class ResponseDocument(Paper):
    """The notice of a change, as it was issued."""

    change = models.ForeignKey(ResponseChange, models.PROTECT, related_name="documents")

    class Meta:
        ordering = ["change_id", "language", "form"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "language", "form"], name="incidents_responsedocument_once"
            )
        ]
