"""Users: who they are, what they may, and how they come in and go out."""

from datetime import datetime

from axes.utils import reset as unlock
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory import rules
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.models.people import SYSTEM_USERNAME
from pingji.ground.record.actions import note


def ensure_system_user(*, area_code: str, at: datetime) -> User:
    """The machine's own user, made where there is none; it has no password and cannot sign in."""
    system = User.objects.filter(username=SYSTEM_USERNAME).first()
    if system is None:
        system = User(
            username=SYSTEM_USERNAME,
            display_name="系统 System",
            role=Role.ADMINISTRATOR,
            area_id=area_code,
            created_at=at,
        )
        system.set_unusable_password()
        system.save(force_insert=True)
        note("user.added", subject=system, by=system, at=at, username=SYSTEM_USERNAME)
    return system


@transaction.atomic
def add_user(
    *,
    username: str,
    display_name: str,
    role: str,
    area: Area,
    password: str,
    by: User,
    at: datetime,
    organisation: Organisation | None = None,
    phone: str = "",
    language: str = "",
    demo: bool = False,
) -> User:
    """Let somebody sign in from now on."""
    rules.check_can_edit_users(by)
    if by.username != SYSTEM_USERNAME:
        rules.check_in_sight(by, area.code)
    rules.check_user_fits(role, area.code, organisation)
    taken = _("Somebody already signs in under this name.")
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(taken, field="username")
    user = User(
        username=username,
        display_name=display_name,
        role=role,
        area=area,
        organisation=organisation,
        phone=phone,
        language=language,
        created_at=at,
        demo=demo,
    )
    _check_password(password, user)

    user.set_password(password)
    with refused_if_taken(taken, field="username"):
        user.save(force_insert=True)
    note("user.added", subject=user, by=by, at=at, username=username, role=str(role))
    return user


@transaction.atomic
def edit_user(
    *,
    user: User,
    display_name: str,
    role: str,
    area: Area,
    organisation: Organisation | None,
    phone: str,
    by: User,
    at: datetime,
) -> User:
    """Change who a user is or what they may; it counts from their next click."""
    user = User.objects.select_for_update().get(pk=user.pk)
    rules.check_can_edit_user(by, user)
    rules.check_in_sight(by, area.code)
    rules.check_user_fits(role, area.code, organisation)
    if user.pk == by.pk and role != user.role:
        raise Refused(
            _("You cannot change your own role; ask another administrator."), field="role"
        )

    changes = {
        "display_name": display_name,
        "role": str(role),
        "area_id": area.code,
        "organisation_id": organisation.pk if organisation else None,
        "phone": phone,
    }
    changed = {k: v for k, v in changes.items() if getattr(user, k) != v}
    for field, value in changed.items():
        setattr(user, field, value)
    if changed:
        user.save(update_fields=list(changed))
        # What decides about rights is on record with its value; name and phone only by their field.
        rights = {k: v for k, v in changed.items() if k not in ("display_name", "phone")}
        note("user.edited", subject=user, by=by, at=at, changed=sorted(changed), **rights)
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: User, at: datetime, reason: str) -> User:
    """Shut a user out, now and everywhere; what they did stays on record."""
    user = User.objects.select_for_update().get(pk=user.pk)
    rules.check_can_deactivate_user(by, user)

    user.is_active = False
    user.save(update_fields=["is_active"])
    note("user.deactivated", subject=user, by=by, at=at, reason=reason)
    return user


@transaction.atomic
def reactivate_user(*, user: User, by: User, at: datetime, reason: str) -> User:
    """Let a deactivated user in again."""
    user = User.objects.select_for_update().get(pk=user.pk)
    rules.check_can_reactivate_user(by, user)

    user.is_active = True
    user.save(update_fields=["is_active"])
    note("user.reactivated", subject=user, by=by, at=at, reason=reason)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: User, at: datetime) -> User:
    """Give a user a new password; every session of theirs ends, and so does a lock-out."""
    user = User.objects.select_for_update().get(pk=user.pk)
    rules.check_can_edit_users(by)
    if by.username != SYSTEM_USERNAME:
        rules.check_can_edit_user(by, user)
    _check_password(password, user)

    user.set_password(password)
    user.save(update_fields=["password"])
    unlock(username=user.username)
    note("user.password_set", subject=user, by=by, at=at)
    return user


@transaction.atomic
def change_own_password(*, user: User, old: str, new: str, at: datetime) -> User:
    """Change one's own password, knowing the old one; every other session ends."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(old):
        raise Refused(_("The present password is not right."), field="old")
    if old == new:
        raise Refused(_("The new password is the present one."), field="new")
    _check_password(new, user, field="new")

    user.set_password(new)
    user.save(update_fields=["password"])
    note("user.password_changed", subject=user, by=user, at=at)
    return user


@transaction.atomic
def choose_language(*, user: User, language: str, at: datetime) -> User:
    """Keep the language a user reads in; not a fact worth a line if it stays."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
        note("user.language_chosen", subject=user, by=user, at=at, language=language)
    return user


def signed_in(*, user: User, at: datetime, address: str) -> None:
    """Put on record that somebody came in."""
    note("user.signed_in", subject=user, by=user, at=at, address=address)


def signed_out(*, user: User, at: datetime) -> None:
    """Put on record that somebody went out."""
    note("user.signed_out", subject=user, by=user, at=at)


def locked_out(*, username: str, at: datetime, address: str) -> None:
    """Put on record that sign-ins under a name were stopped after too many failures.

    Written in the machine's name: whoever tried is not known to be the user.
    """
    note(
        "user.locked_out",
        subject=User.objects.filter(username=username).first(),
        by=User.objects.system(),
        at=at,
        username=username[:60],
        address=address,
    )


def _check_password(password: str, user: User, *, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise Refused(" ".join(problem.messages), field=field) from problem
