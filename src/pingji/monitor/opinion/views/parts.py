"""What a rumour's page shows."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pingji.ground import may
from pingji.ground.record.queries import lines_about
from pingji.ground.standards.queries import deadlines_of
from pingji.monitor.opinion.forms import forms_of
from pingji.monitor.opinion.models import Rumour
from pingji.monitor.opinion.queries import rumours as found
from pingji.monitor.opinion.queries.settings import duties_of
from pingji.monitor.opinion.rules import stepping

State = Rumour.State
POSTS_SHOWN = 30


def rumours_of(request: HttpRequest) -> QuerySet[Rumour]:
    """The rumours within the reader's sight."""
    return Rumour.objects.visible_to(request.user).select_related(
        "area",
        "topic",
        "owner",
        "taken_by",
        "checked_by",
        "replied_by",
        "closed_by",
        "handed_by",
        "earlier",
    )


def subject(request: HttpRequest, rumour: Rumour) -> dict[str, object]:
    """All that a rumour's page shows."""
    user, now = request.user, timezone.now()
    texts = found.posts_of(rumour)
    return {
        "rumour": rumour,
        "posts": texts[:POSTS_SHOWN],
        "more": max(0, rumour.text_count - POSTS_SHOWN),
        "moods": found.moods(rumour),
        "beside": found.beside(rumour, now),
        "beside_day": found.day_beside(rumour, now),
        "duties": duties_of(rumour.area_id, on=timezone.localdate(now)),
        "deadlines": deadlines_of(rumour),
        "lines": lines_about(rumour),
        "later": rumour.later.visible_to(user).first(),
        "may_take": may(stepping.check_can_move, user, rumour, State.CHECKING),
        "may_check": may(stepping.check_can_check, user, rumour, rumour.verdict),
        "may_draft": may(stepping.check_can_draft, user, rumour, rumour.reply),
        "may_reply": may(stepping.check_can_move, user, rumour, State.REPLIED),
        "may_close": may(stepping.check_can_move, user, rumour, State.CLOSED),
        "may_hand_over": may(stepping.check_can_hand_over, user, rumour),
    } | forms_of(rumour)
