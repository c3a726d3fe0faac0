"""A warning message in a standard form, as it was issued; it is never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, ScopedQuerySet, User


class Bulletin(models.Model):
    """One message about a row of any table: the first, an update of it, or its cancelling.

    A later message names all that went before it. The cause tells the same event asked for twice.
    """

    class Type(models.TextChoices):
        ALERT = "Alert", _("First message")
        UPDATE = "Update", _("Update")
        CANCEL = "Cancel", _("Cancelling")

    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    cause = models.CharField(max_length=60)
    sender = models.CharField(_("sender"), max_length=120)
    identifier = models.CharField(_("identifier"), max_length=120, unique=True)
    type = models.CharField(_("kind of message"), max_length=6, choices=Type)
    area = models.ForeignKey(Area, models.PROTECT, related_name="bulletins")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(max_length=200)
    content = models.TextField(_("message"))
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["issued_at", "id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="bulletin_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "cause"], name="notices_bulletin_once"
            )
        ]

    def __str__(self) -> str:
        return self.identifier
