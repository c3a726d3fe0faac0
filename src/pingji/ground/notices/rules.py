"""When a notice may leave, how often it is tried, and who may answer for it."""

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Permission, User
from pingji.ground.notices.models import Delivery, Level, Subscriber

PHONE = re.compile(r"\+?[0-9]{5,20}")
State = Delivery.State
MENDABLE = ("no_gateway", "no_phone")  # why nothing was sent, and what somebody can mend


@dataclass(frozen=True)
class Policy:
    """What the plan in force says about notices.

    Attributes:
        levels: Level of each kind of notice, by the rest of its key.
        roles: Roles that are told, by level.
        roles_of: Roles that are told of a kind, or of a variant of it, in place of its level's.
        means: Means that are used, by level.
        quiet_from: When quiet hours begin.
        quiet_until: When they end.
        breaks_from: The lowest level that quiet hours do not hold.
        digest_up_to: The highest level that waits for the digest.
        digest_at: When digests leave.
        first_wait: Time before the second attempt; it doubles with each.
        most_attempts: Attempts after which a delivery has failed.
    """

    levels: dict[str, int]
    roles: dict[int, tuple[str, ...]]
    means: dict[int, tuple[str, ...]]
    quiet_from: time
    quiet_until: time
    breaks_from: int
    digest_up_to: int
    digest_at: time
    first_wait: timedelta
    most_attempts: int
    roles_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def level_of(self, kind: str, variant: str = "") -> int:
        """How urgent a kind of notice is; a variant, or what it begins with, may have its own."""
        for key in _from_finest(kind, variant):
            if key in self.levels:
                return self.levels[key]
        raise Refused(
            _("No plan sets “%(key)s”. Add it to the plan.") % {"key": f"notice.level.{kind}"}
        )

    def told_of(self, kind: str, variant: str, level: int) -> tuple[str, ...]:
        """Which roles are told: those named for the kind or its variant, else for the level."""
        for key in _from_finest(kind, variant):
            if key in self.roles_of:
                return self.roles_of[key]
        return self.roles[level]

    def is_urgent(self, level: int) -> bool:
        """Whether quiet hours and digests leave a notice of this level alone."""
        return level >= min(self.breaks_from, *Level.values[-1:])


def _from_finest(kind: str, variant: str) -> list[str]:
    """The keys under which a plan may speak of a variant of a kind, the finest first."""
    words = variant.split(".") if variant else []
    return [".".join([kind, *words[:length]]) for length in range(len(words), -1, -1)]


class Wishes(Protocol):
    """What a person has set; None where they follow the plan."""

    quiet_from: time | None
    quiet_until: time | None
    digest: bool | None


def leaves_at(
    at: datetime, *, level: int, policy: Policy, wishes: Wishes | None
) -> tuple[datetime, str]:
    """When a text message may leave, and what it is held for: "", "quiet" or "digest"."""
    if policy.is_urgent(level):
        return at, ""
    wanted = wishes.digest if wishes else None
    if wanted or (wanted is None and level <= policy.digest_up_to):
        return after_quiet(next_time(at, policy.digest_at), policy, wishes), "digest"
    leaves = after_quiet(at, policy, wishes)
    return leaves, "quiet" if leaves > at else ""


def after_quiet(at: datetime, policy: Policy, wishes: Wishes | None) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in: one's own, else the plan's."""
    begin, end = policy.quiet_from, policy.quiet_until
    if wishes and wishes.quiet_from is not None and wishes.quiet_until is not None:
        begin, end = wishes.quiet_from, wishes.quiet_until
    return next_time(at, end) if is_quiet(at, begin, end) else at


def is_quiet(at: datetime, begin: time, end: time) -> bool:
    """Whether a moment lies in quiet hours, which may run over midnight; equal ends mean none."""
    clock = timezone.localtime(at).time()
    if begin <= end:
        return begin <= clock < end
    return clock >= begin or clock < end


def next_time(at: datetime, clock: time) -> datetime:
    """The next moment after `at` at which the county's clocks show `clock`."""
    local = timezone.localtime(at)
    then = local.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond
    )
    return then if then > local else then + timedelta(days=1)


def next_attempt(at: datetime, attempts: int, policy: Policy) -> datetime | None:
    """When to try again after so many attempts; None when it is given up."""
    if attempts >= policy.most_attempts:
        return None
    return at + policy.first_wait * 2 ** (attempts - 1)


def check_can_acknowledge(user: User, delivery: Delivery) -> None:
    """Raise Refused unless the notice was told to this user."""
    if delivery.receiver_id != user.pk:
        raise Refused(_("Only who was told of a notice can acknowledge it."))


def check_can_see_bulletins(user: User) -> None:
    """Raise Refused unless the user's role sees alerts."""
    if not user.holds(Permission.ALERT_VIEW):
        raise Refused(_("Warning messages are about alerts; your role does not see them."))


def check_can_see_deliveries(user: User) -> None:
    """Raise Refused unless the user keeps the means of sending in order."""
    if not user.holds(Permission.NOTICE_EDIT):
        raise Refused(_("Only an administrator or the duty officer sees what could not be sent."))


def check_can_see_sent(user: User) -> None:
    """Raise Refused unless the user keeps the means of sending in order, or reads the record."""
    if not (user.holds(Permission.NOTICE_EDIT) or user.holds(Permission.RECORD_VIEW)):
        raise Refused(
            _("Only an administrator, the duty officer or an inspector sees who was told of what.")
        )


def check_can_retry(user: User, delivery: Delivery) -> None:
    """Raise Refused unless a delivery has failed and this user may send it again."""
    check_can_see_deliveries(user)
    again = delivery.state == State.FAILED or (
        delivery.state == State.NOT_SENT and delivery.why_not in MENDABLE
    )
    if not again:
        raise Refused(_("Only what failed can be sent again."))


def check_phone(number: str) -> str:
    """Give a telephone number without its ornaments; raise Refused if it is none."""
    plain = re.sub(r"[\s()-]", "", number)
    if plain and not PHONE.fullmatch(plain):
        raise Refused(_("A telephone number has 5 to 20 digits."), field="phone")
    return plain


def check_quiet_hours(begin: time | None, end: time | None) -> None:
    """Raise Refused unless quiet hours have both ends or none."""
    if (begin is None) != (end is None):
        raise Refused(_("Quiet hours need a beginning and an end."), field="quiet_until")


def check_can_edit_subscribers(user: User) -> None:
    """Raise Refused unless the user may let systems be told."""
    if not user.holds(Permission.NOTICE_EDIT):
        raise Refused(_("Only an administrator or the duty officer may let a system be told."))


def check_subscriber_fits(user: User, area: Area, name: str, url: str) -> None:
    """Raise Refused, saying why, unless a system of this name and address may be told."""
    check_can_edit_subscribers(user)
    if not area.code.startswith(user.area_id):
        raise Refused(_("This area is not yours."), field="area")
    if not name.strip():
        raise Refused(_("Give the system a name."), field="name")
    check_address(url)


def check_address(url: str) -> None:
    """Raise Refused unless this is an address that can be posted to."""
    try:
        parts = urlsplit(url)
        port_is_known = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_known = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_known:
        raise Refused(_("An address begins with https:// or http://."), field="url")
    if parts.username or parts.password or parts.fragment:
        raise Refused(_("An address carries no user name, password or #part."), field="url")
    if parts.scheme == "http" and not _is_address_of_a_network(parts.hostname):
        raise Refused(
            _("Over names only https:// is safe; http:// is for numbers of your own network."),
            field="url",
        )


def _is_address_of_a_network(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def check_can_revoke_subscriber(user: User, subscriber: Subscriber) -> None:
    """Raise Refused unless the system is still told and the user may end that."""
    check_can_edit_subscribers(user)
    if subscriber.revoked_at is not None:
        raise Refused(_("This system is no longer told."))
