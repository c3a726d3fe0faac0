"""What happened: one append-only chain of lines."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User


class Line(models.Model):
    """One line on record: who did or saw what, when, on which subject, from where, why.

    Lines are chained: `digest` covers this line's content and the digest before it, so that a
    line altered or removed shows. The database refuses to change or delete a line.
    """

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=60)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, models.PROTECT, related_name="lines")
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="lines")
    subject_type = models.CharField(_("subject"), max_length=60, blank=True)
    subject_id = models.CharField(max_length=60, blank=True)
    subject_label = models.CharField(max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    origin = models.CharField(_("from where"), max_length=60, blank=True)
    details = models.JSONField(_("details"), default=dict)
    known_at = models.DateTimeField(_("written"))
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "number"], name="line_subject"),
            models.Index(fields=["kind", "at"], name="line_kind"),
            models.Index(fields=["by", "at"], name="line_by"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(number__gt=0), name="record_line_counts_from_one")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
