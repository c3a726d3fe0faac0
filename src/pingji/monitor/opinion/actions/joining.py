"""Posts of one place and illness become one rumour, with its clocks."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.monitor.opinion.models import Post, Rumour
from pingji.monitor.opinion.queries.settings import Settings

REPLY = "opinion.reply"
CLOCKS = ("opinion.check", REPLY)
LONGEST_TITLE = 120


def join(
    posts: Sequence[Post], *, home: Area, settings: Settings, by: User, at: datetime
) -> list[Rumour]:
    """Put new posts to the rumours they belong to, and open those there are enough posts for.

    What repeats a post of a rumour belongs to that rumour, also to one that is closed. A closed
    rumour is never opened again: new words about the same make a new one that names it.

    Returns:
        The rumours that changed.
    """
    rumours = _rumours_of_roots(posts)
    copies: dict[int, list[int]] = {}
    places: dict[tuple[str, str], None] = {}
    for post in posts:
        if post.topic_id is None or post.notice or post.place == Post.Place.ELSEWHERE:
            continue
        if post.repeats_id in rumours:
            copies.setdefault(rumours[post.repeats_id], []).append(post.pk)
        else:
            places[post.area_id, post.topic_id] = None
    touched: dict[int, None] = dict.fromkeys(copies)
    for rumour_id, keys in copies.items():
        _put(Post.objects.filter(pk__in=keys), rumour_id)
    for area, topic in sorted(places):
        rumour = _gather(area, topic, home=home, settings=settings, by=by, at=at)
        if rumour is not None:
            touched[rumour.pk] = None
    return [_counted(pk) for pk in sorted(touched)]


def _rumours_of_roots(posts: Sequence[Post]) -> dict[int | None, int]:
    """Of the texts that posts repeat, those that belong to a rumour, and to which."""
    roots = {post.repeats_id for post in posts if post.repeats_id is not None}
    rows = Post.objects.filter(pk__in=roots, rumour__isnull=False).order_by()
    return dict(rows.values_list("pk", "rumour_id"))


def _gather(
    area: str, topic: str, *, home: Area, settings: Settings, by: User, at: datetime
) -> Rumour | None:
    """Give what is not yet in a rumour to the open one of that place and illness, or open one."""
    loose = Post.objects.filter(
        home=home, area_id=area, topic_id=topic, notice=False, rumour__isnull=True
    ).exclude(place=Post.Place.ELSEWHERE)
    latest = loose.aggregate(at=Max("posted_at"))["at"]
    if latest is None:
        return None
    loose = loose.filter(posted_at__gte=latest - settings.window)
    same = Rumour.objects.filter(area_id=area, topic_id=topic)
    standing = same.still_open().select_for_update(of=("self",)).first()
    if standing is not None:
        _put(loose, standing.pk)
        return standing
    if loose.count() < settings.posts:
        return None
    return _open(loose, area, topic, earlier=same.order_by("-found_at").first(), by=by, at=at)


def _open(
    posts: QuerySet[Post], area: str, topic: str, *, earlier: Rumour | None, by: User, at: datetime
) -> Rumour:
    first = posts.order_by("posted_at", "id")[0]
    rumour = Rumour.objects.create(
        area_id=area,
        topic_id=topic,
        title=first.text[:LONGEST_TITLE],
        found_at=at,
        first_at=first.posted_at,
        last_at=first.posted_at,
        earlier=earlier,
    )
    _put(posts, rumour.pk)
    for key in CLOCKS:
        standards.start_deadline(
            key=key,
            subject=rumour,
            area=rumour.area,
            organisation=_press_of(area) if key == REPLY else None,
            by=by,
            at=at,
        )
    note("opinion.found", subject=rumour, by=by, at=at, topic=topic, posts=rumour.posts.count())
    announce("rumour_found", at=at, rumour_id=rumour.pk)
    return rumour


def _press_of(area: str) -> Organisation | None:
    """The press office that answers for a place: the nearest one around it."""
    officers = User.objects.filter(
        role=Role.PRESS_OFFICER, is_active=True, organisation__isnull=False
    ).select_related("organisation")
    around = [user for user in officers.order_by("pk") if area.startswith(user.area_id)]
    nearest = max(around, key=lambda user: len(user.area_id), default=None)
    return nearest.organisation if nearest else None


def _put(posts: QuerySet[Post], rumour: int) -> None:
    """Put posts, and whatever repeats them, to a rumour."""
    keys = list(posts.values_list("pk", flat=True))
    Post.objects.filter(Q(pk__in=keys) | Q(repeats__in=keys), rumour__isnull=True).update(
        rumour_id=rumour
    )


def _counted(pk: int) -> Rumour:
    rumour = Rumour.objects.select_for_update(of=("self",)).get(pk=pk)
    figures = rumour.posts.aggregate(
        posts=Count("pk"),
        texts=Count("pk", filter=Q(repeats__isnull=True)),
        first=Min("posted_at"),
        last=Max("posted_at"),
    )
    rumour.post_count, rumour.text_count = figures["posts"], figures["texts"]
    rumour.first_at, rumour.last_at = figures["first"], figures["last"]
    rumour.save(update_fields=["post_count", "text_count", "first_at", "last_at"])
    publish(f"opinion:{rumour.pk}", area=rumour.area_id)
    return rumour
