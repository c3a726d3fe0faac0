"""Who may write, release and withdraw public bulletins, and what they may not tell."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.respond.incidents.models import Incident, PublicBulletin
from pingji.respond.incidents.rules.moments import said

State = PublicBulletin.State

# The table is the state machine.
BULLETIN_MOVES = {
    State.DRAFT: {State.REVIEW, State.DROPPED},
    State.REVIEW: {State.DRAFT, State.RELEASED},
    State.RELEASED: {State.REPLACED, State.WITHDRAWN},
    State.REPLACED: {State.WITHDRAWN},  # what it says may have to leave the page, too
    State.WITHDRAWN: set(),
    State.DROPPED: set(),
}
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
SHORTEST_NAME = 2  # a single character is in every text


def check_can_write_bulletins(user: User) -> None:
    """Raise Refused unless the user may have bulletins drafted, and edit them."""
    if not user.holds(Permission.PUBLIC_BULLETIN_WRITE):
        raise Refused(
            _("Only the duty officer, an epidemiologist or the press office writes bulletins.")
        )


def check_can_draft_bulletin(
    user: User, incident: Incident, under_way: PublicBulletin | None
) -> None:
    """Raise Refused unless a bulletin on this incident may be drafted now."""
    check_can_write_bulletins(user)
    if incident.state != Incident.State.OPEN:
        raise Refused(
            _("The incident ended at %(when)s; the public is told nothing new of it.")
            % {"when": said(incident.closed_at)}
        )
    check_none_under_way(under_way)


def check_none_under_way(under_way: PublicBulletin | None) -> None:
    """Raise Refused while another bulletin on the incident is being written or reviewed."""
    if under_way is not None:
        raise Refused(
            _("“%(bulletin)s” is under way (%(state)s); finish or give that up first.")
            % {"bulletin": under_way.title, "state": under_way.get_state_display()}
        )


def check_can_correct_bulletin(
    user: User, bulletin: PublicBulletin, under_way: PublicBulletin | None, why: str
) -> None:
    """Raise Refused unless a released bulletin may get a new version; also after the event."""
    check_can_write_bulletins(user)
    if bulletin.state != State.RELEASED:
        raise Refused(_("Only a released bulletin that still holds gets a new version."))
    check_none_under_way(under_way)
    if not why.strip():
        raise Refused(_("Say why: readers are told what was corrected."), field="why_again")


def check_bulletin_move(bulletin: PublicBulletin, to: str) -> None:
    """Raise Refused unless the bulletin can come to this state; say who brought it where it is."""
    if State(to) in BULLETIN_MOVES[State(bulletin.state)]:
        return
    if bulletin.released_at is not None:
        raise Refused(
            _("%(who)s released it at %(when)s; what was released stays as it is.")
            % {"who": bulletin.released_by, "when": said(bulletin.released_at)}
        )
    raise Refused(
        _("The bulletin stands at “%(state)s”; look at it again.")
        % {"state": bulletin.get_state_display()}
    )


def check_can_edit_bulletin(user: User, bulletin: PublicBulletin) -> None:
    """Raise Refused unless the user may change this bulletin now."""
    check_can_write_bulletins(user)
    if bulletin.state != State.DRAFT:
        check_bulletin_move(bulletin, State.DROPPED)


def check_bulletin_seen(bulletin: PublicBulletin, seen: int) -> None:
    """Raise Refused if somebody else changed the bulletin since it was read."""
    if bulletin.wording != seen:
        raise Refused(
            _("Somebody else changed this bulletin meanwhile; your text is kept here, compare."),
            field="body",
        )


def check_both_languages(texts: Iterable[str]) -> None:
    """Raise Refused unless title and text stand there in both languages."""
    if not all(text.strip() for text in texts):
        raise Refused(_("Title and text are needed in Chinese and in English."))


def check_nobody_is_named(texts: Iterable[str], names: Iterable[str]) -> None:
    """Raise Refused when a text would give a patient away.

    Args:
        texts: What the public would read.
        names: Names of the people who fell ill.
    """
    words = "\n".join(texts)
    if IDENTITY.search(words):
        raise Refused(_("The text holds an identity number; take it out."), field="body")
    if MOBILE.search(words):
        raise Refused(_("The text holds a mobile telephone number; take it out."), field="body")
    for name in names:
        if len(name) >= SHORTEST_NAME and name in words:
            raise Refused(
                _("The text names somebody who fell ill (%(name)s); take the name out.")
                % {"name": name[:1] + "*" * (len(name) - 1)},
                field="body",
            )


def check_can_submit_bulletin(user: User, bulletin: PublicBulletin) -> None:
    """Raise Refused unless the draft may be handed to the press group."""
    check_can_write_bulletins(user)
    check_bulletin_move(bulletin, State.REVIEW)


def check_can_answer_bulletin(user: User, bulletin: PublicBulletin, *, in_group: bool) -> None:
    """Raise Refused unless the user reviews for the press group, and it waits for its review.

    Args:
        user: Who asks.
        bulletin: What they answer.
        in_group: Whether they sit in the incident's press group.
    """
    if not (in_group or user.holds(Permission.PUBLIC_BULLETIN_RELEASE)):
        raise Refused(_("Only the press group reviews and releases bulletins."))
    if bulletin.state != State.REVIEW:
        check_bulletin_move(bulletin, State.DROPPED if bulletin.released_at else State.RELEASED)


def check_can_release(user: User, bulletin: PublicBulletin, *, in_group: bool) -> None:
    """Raise Refused unless the user may release it; two people stand for it."""
    check_can_answer_bulletin(user, bulletin, in_group=in_group)
    if bulletin.submitted_by_id == user.pk:
        raise Refused(_("Somebody else than who handed it in releases it."))


def check_can_withdraw_bulletin(user: User, bulletin: PublicBulletin, *, in_group: bool) -> None:
    """Raise Refused unless the user may withdraw a released bulletin."""
    if not (in_group or user.holds(Permission.PUBLIC_BULLETIN_RELEASE)):
        raise Refused(_("Only the press group withdraws bulletins."))
    check_bulletin_move(bulletin, State.WITHDRAWN)


def check_can_drop_bulletin(user: User, bulletin: PublicBulletin) -> None:
    """Raise Refused unless the user may give the draft up."""
    check_can_write_bulletins(user)
    check_bulletin_move(bulletin, State.DROPPED)
