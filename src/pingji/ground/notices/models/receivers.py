"""Who is told, and how they want it: people's own settings, and systems that subscribe."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, ScopedQuerySet, User
from pingji.ground.directory.models.identity import seal, unseal
from pingji.ground.notices.models.notice import Level

SHOWN_BEFORE, SHOWN_AFTER = 3, 4


def masked(number: str) -> str:
    """First three and last four digits; the rest starred."""
    hidden = len(number) - SHOWN_BEFORE - SHOWN_AFTER
    if hidden <= 0:
        return "*" * len(number)
    return number[:SHOWN_BEFORE] + "*" * hidden + number[-SHOWN_AFTER:]


class Preference(models.Model):
    """How one person wants to be told. Whatever is left open follows the plan."""

    user = models.OneToOneField(User, models.CASCADE, related_name="preference")
    phone = models.CharField(_("telephone for text messages"), max_length=30, blank=True)
    sms = models.BooleanField(_("text messages"), default=True)
    quiet_from = models.TimeField(_("quiet from"), null=True)
    quiet_until = models.TimeField(_("quiet until"), null=True)
    digest = models.BooleanField(_("digest"), null=True)

    class QuerySet(ScopedQuerySet):
        area_field = "user__area"

    objects = QuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notices_preference_quiet_hours_begin_and_end",
            )
        ]

    def __str__(self) -> str:
        return str(self.user)


class Subscriber(models.Model):
    """A system of another organisation that is told of notices in an area.

    Its secret signs what is sent to it, and what it asks for; it lies sealed in the table.
    """

    name = models.CharField(pgettext_lazy("of a system", "name"), max_length=60)
    url = models.URLField(_("address"), max_length=300)
    area = models.ForeignKey(Area, models.PROTECT, related_name="subscribers")
    least_level = models.PositiveSmallIntegerField(
        _("from which level"), choices=Level, default=Level.IMPORTANT
    )
    secret_sealed = models.BinaryField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"))
    revoked_at = models.DateTimeField(_("taken back"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "name"],
                condition=Q(revoked_at__isnull=True),
                name="notices_subscriber_named_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """What its messages are signed with."""
        return unseal(bytes(self.secret_sealed))

    @secret.setter
    def secret(self, text: str) -> None:
        self.secret_sealed = seal(text)
