"""Proofs that a circular left for, or came back from, somebody who does not use the program."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import User
from pingji.respond.incidents.models.joint import CircularReceiver
from pingji.respond.incidents.models.orders import SHOWN


class CircularProof(models.Model):
    """What was done on paper or by telephone for one receiver: how, with whom, and its proof."""

    class Step(models.TextChoices):
        SENT = "sent", pgettext_lazy("proof of a circular", "Sent")
        RECEIVED = "received", pgettext_lazy("proof of a circular", "Received")
        REPLIED = "replied", pgettext_lazy("proof of a circular", "Replied")

    class Means(models.TextChoices):
        LETTER = "letter", _("Letter")
        MAIL = "mail", _("E-mail")
        FAX = "fax", _("Fax")
        TELEPHONE = "telephone", _("By telephone")
        OTHER = "other", pgettext_lazy("means of a circular", "Other")

    receiver = models.ForeignKey(CircularReceiver, models.PROTECT, related_name="proofs")
    step = models.CharField(_("step"), max_length=10, choices=Step)
    means = models.CharField(_("by which means"), max_length=10, choices=Means)
    said = models.CharField(_("to whom, and when"), max_length=200)
    name = models.CharField(_("file"), max_length=200, blank=True)
    file = models.FileField(upload_to="circulars/%Y/%m/", blank=True)
    media_type = models.CharField(_("kind of file"), max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("written down"))

    class Meta:
        ordering = ["id"]
        constraints = [
            # A letter, a mail or a fax leaves something to show; a call does not.
            models.CheckConstraint(
                condition=Q(means__in=["telephone", "other"]) | ~Q(sha256=""),
                name="incidents_proof_on_paper_has_its_file",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_means_display()} {self.said}"

    @property
    def is_photo(self) -> bool:
        """Whether a page can show it."""
        return self.media_type in SHOWN
