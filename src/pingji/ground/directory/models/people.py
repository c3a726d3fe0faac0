"""Who: users with a role, staff of organisations, residents."""

from typing import Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import connection, models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import statements
from pingji.ground.directory.models.identity import seal, sealed_hash, unseal
from pingji.ground.directory.models.places import Area, Organisation
from pingji.ground.directory.models.roles import (
    BOUND_TO_ORGANISATION,
    ROLE_PERMISSIONS,
    Permission,
    Role,
)
from pingji.ground.directory.models.sight import ScopedQuerySet

SYSTEM_USERNAME = "system"


class UserQuerySet(ScopedQuerySet):
    def system(self) -> "User":
        """The user in whose name the machine acts; it can never sign in."""
        # Asked with every message that comes in, so by a statement that is planned once.
        names = ", ".join(field.attname for field in self.model._meta.concrete_fields)
        statement = f"select {names} from directory_user where username = %s"  # noqa: S608 - ours
        found = statements.ask(statement, [SYSTEM_USERNAME]).fetchone()
        if found is None:
            raise self.model.DoesNotExist("the machine's own user")
        return self.model.from_db(connection.alias, names.split(", "), found)

    def holding(self, permission: Permission) -> Self:
        """Active people whose role carries the permission; never the machine's own user."""
        roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
        return self.people().filter(is_active=True, role__in=roles)

    def people(self) -> Self:
        """Everybody but the machine's own user."""
        return self.exclude(username=SYSTEM_USERNAME)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    pass


class User(AbstractBaseUser):
    """Somebody who signs in: one role, one area and one organisation."""

    username = models.CharField(_("user name"), max_length=60, unique=True)
    display_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    role = models.CharField(_("role"), max_length=24, choices=Role)
    area = models.ForeignKey(Area, models.PROTECT, related_name="users")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users"
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    demo = models.BooleanField(_("demonstration data"), default=False)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["username"]
        constraints = [
            # Without this, a role bound to its organisation would see the rows of no organisation.
            models.CheckConstraint(
                condition=~Q(role__in=sorted(BOUND_TO_ORGANISATION))
                | Q(organisation__isnull=False),
                name="directory_user_bound_role_has_organisation",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        """Where an administrator sees the user."""
        return reverse("directory:user", args=[self.pk])

    def holds(self, permission: Permission) -> bool:
        """Whether the user's role carries the permission."""
        return self.is_active and permission in ROLE_PERMISSIONS[Role(self.role)]


class Staff(models.Model):
    """A person who works for an organisation, whether or not they sign in."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="staff")
    area = models.ForeignKey(Area, models.PROTECT, related_name="staff")
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    post = models.CharField(_("post"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="staff")
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class QuerySet(ScopedQuerySet):
        organisation_field = "organisation_id"

    objects = QuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "name"]
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return self.name


class ResidentQuerySet(ScopedQuerySet):
    def with_identity(self, number: str) -> Self:
        """The resident whose identity number this is, found by its keyed hash."""
        return self.filter(identity_hash=sealed_hash(number))


class Resident(models.Model):
    """Somebody who lives in the county. The identity number is encrypted and found by keyed hash."""

    class Sex(models.TextChoices):
        MALE = "M", _("Male")
        FEMALE = "F", _("Female")
        UNKNOWN = "U", _("Not stated")

    area = models.ForeignKey(Area, models.PROTECT, related_name="residents")
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, default=Sex.UNKNOWN)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    identity_encrypted = models.BinaryField(_("identity number, encrypted"), null=True)
    identity_hash = models.CharField(  # noqa: DJ001 - many may have none, which "" would forbid
        _("identity number, keyed hash"), max_length=64, null=True, unique=True
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    registered_at = models.DateTimeField(_("registered"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    demo = models.BooleanField(_("demonstration data"), default=False)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        ordering = ["area_id", "id"]
        indexes = [models.Index(fields=["name"], name="resident_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(identity_hash__isnull=True, identity_encrypted__isnull=True)
                | Q(identity_hash__isnull=False, identity_encrypted__isnull=False),
                name="directory_resident_identity_in_both_forms",
            )
        ]

    def __str__(self) -> str:
        return self.masked_name

    def get_absolute_url(self) -> str:
        """Where the entry is shown."""
        return reverse("directory:resident", args=[self.pk])

    @property
    def masked_name(self) -> str:
        """The surname, and a star for each further character: 王**."""
        return self.name[:1] + "*" * (len(self.name) - 1)

    @property
    def identity_number(self) -> str:
        """The identity number in clear; empty where none is known."""
        return unseal(bytes(self.identity_encrypted)) if self.identity_encrypted else ""

    @identity_number.setter
    def identity_number(self, number: str) -> None:
        self.identity_encrypted = seal(number) if number else None
        self.identity_hash = sealed_hash(number) if number else None

    @property
    def masked_identity_number(self) -> str:
        """First two characters and the last; the rest starred."""
        number = self.identity_number
        return number[:2] + "*" * (len(number) - 3) + number[-1:]

    @property
    def masked_phone(self) -> str:
        """First three and last four digits; the rest starred."""
        hidden = len(self.phone) - 7
        if hidden <= 0:
            return "*" * len(self.phone)
        return self.phone[:3] + "*" * hidden + self.phone[-4:]
