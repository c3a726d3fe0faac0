"""Screens on a wall: they show the wall page by a key of their own, without anybody signed in."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models.people import User
from pingji.ground.directory.models.places import Area
from pingji.ground.directory.models.sight import ScopedQuerySet, who_and_when


class WallScreen(models.Model):
    """A screen that may read the wall page of an area, and nothing else, until it is taken back.

    Of its code, which is typed at the screen once, and of the key that the screen keeps afterwards,
    only digests lie in the table.
    """

    name = models.CharField(pgettext_lazy("of a screen", "name"), max_length=60)
    area = models.ForeignKey(Area, models.PROTECT, related_name="wall_screens")
    code_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique where there is one
    code_until = models.DateTimeField(_("code valid until"))
    key_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique where there is one
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"))
    joined_at = models.DateTimeField(_("set up"), null=True)
    seen_at = models.DateTimeField(_("last asked"), null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(_("taken back"), null=True)

    class QuerySet(ScopedQuerySet):
        def working(self) -> Self:
            """Screens that are set up and not taken back."""
            return self.filter(key_digest__isnull=False, revoked_at__isnull=True)

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["revoked_at", "name", "id"]
        constraints = [
            who_and_when("revoked"),
            models.UniqueConstraint(
                fields=["area", "name"],
                condition=Q(revoked_at__isnull=True),
                name="directory_wallscreen_named_once",
            ),
            models.CheckConstraint(
                condition=Q(key_digest__isnull=True, joined_at__isnull=True)
                | Q(key_digest__isnull=False, joined_at__isnull=False),
                name="directory_wallscreen_joined_with_a_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name
