"""Rumours as lists and pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from pingji.ground.directory.models import TOWNSHIP_DIGITS, User
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.opinion.models import Post, Rumour
from pingji.monitor.surveillance.models import Channel, Disease
from pingji.monitor.surveillance.queries import KEPT_HERE, tallies

A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
HOURLY = timedelta(days=3)  # rumours younger than this are drawn by the hour
SYNDROME = "fusion.syndrome."


def clocks(rumours: Iterable[Rumour]) -> dict[int, Deadline]:
    """Of each rumour the clock that runs out first."""
    keys = [str(rumour.pk) for rumour in rumours]
    running = Deadline.objects.filter(
        subject_type=Rumour._meta.label_lower, subject_id__in=keys
    ).open()
    found: dict[int, Deadline] = {}
    for deadline in running.order_by("due_at"):
        found.setdefault(int(deadline.subject_id), deadline)
    return found


def spread(rumours: Iterable[Rumour], at: datetime) -> dict[int, tuple[int, int]]:
    """Of each rumour its posts of the last 24 hours, and of the 24 before."""
    last = Q(posted_at__gt=at - A_DAY, posted_at__lte=at)
    before = Q(posted_at__gt=at - 2 * A_DAY, posted_at__lte=at - A_DAY)
    rows = (
        Post.objects.filter(rumour__in=[rumour.pk for rumour in rumours])
        .order_by()
        .values("rumour")
        .annotate(now=Count("pk", filter=last), then=Count("pk", filter=before))
    )
    return {row["rumour"]: (row["now"], row["then"]) for row in rows}


def curve(rumour: Rumour) -> dict[str, object]:
    """Posts of a rumour by the hour, or by the day where it lasts longer, for a chart."""
    hourly = rumour.last_at - rumour.first_at <= HOURLY
    step, width = (TruncHour, timedelta(hours=1)) if hourly else (TruncDate, A_DAY)
    rows = (
        rumour.posts.order_by()
        .annotate(step=step("posted_at"))
        .values("step")
        .annotate(posts=Count("pk"), texts=Count("pk", filter=Q(repeats__isnull=True)))
    )
    there = {row["step"]: (row["posts"], row["texts"]) for row in rows}
    at, steps = min(there), []
    while at <= max(there):
        steps.append(at)
        at += width
    form = "%m-%d %H:00" if hourly else "%Y-%m-%d"
    return {
        "dates": [
            (timezone.localtime(step_) if hourly else step_).strftime(form) for step_ in steps
        ],
        "counts": [there.get(step_, (0, 0))[0] for step_ in steps],
        "texts": [there.get(step_, (0, 0))[1] for step_ in steps],
    }


@dataclass(frozen=True)
class Beside:
    """What one channel counted of one illness in the rumour's place: this week and the last."""

    disease: Disease
    channel: str
    now: int
    before: int


def day_beside(rumour: Rumour, at: datetime) -> date:
    """Up to which day the channels are shown: today, of a closed rumour the day of its last post."""
    closed = rumour.state == Rumour.State.CLOSED
    return timezone.localdate(rumour.last_at if closed else at)


def beside(rumour: Rumour, at: datetime) -> list[Beside]:
    """The epidemiological channels next to a rumour: its illness and those it may be."""
    on = day_beside(rumour, at)
    area = rumour.area_id[:TOWNSHIP_DIGITS]
    codes = {rumour.topic_id} | _kin(rumour, on)
    found: dict[tuple[str, str], list[int]] = {}
    for channel in KEPT_HERE:
        for week in (0, 1):
            last = on - week * A_WEEK
            asked = tallies.Asked(
                channel=channel, area=area, since=last - A_WEEK + A_DAY, until=last, as_of=at
            )
            for (disease, _area), number in tallies.totals(asked).items():
                if disease in codes:
                    found.setdefault((disease, str(channel)), [0, 0])[week] = number
    diseases = Disease.objects.in_bulk([disease for disease, _channel in found])
    rows = [
        Beside(diseases[disease], str(Channel(channel).label), now, before)
        for (disease, channel), (now, before) in found.items()
    ]
    return sorted(rows, key=lambda row: (row.disease.pk != rumour.topic_id, -row.now, row.channel))


def _kin(rumour: Rumour, on: date) -> set[str]:
    """Illnesses that the plan ties to the rumour's own: syndrome and disease, part and whole."""
    kin = set(Disease.objects.filter(part_of=rumour.topic_id).values_list("pk", flat=True))
    if rumour.topic.part_of_id:
        kin.add(rumour.topic.part_of_id)
    rows = standards.rules_for(rumour.area_id, on, key__startswith=SYNDROME)
    for key, row in rows.items():
        syndrome = key.removeprefix(SYNDROME)
        meant = {item["key"] for item in row.items}
        if syndrome == rumour.topic_id:
            kin |= meant
        elif rumour.topic_id in meant:
            kin.add(syndrome)
    return kin


def posts_of(rumour: Rumour) -> QuerySet[Post]:
    """The different texts of a rumour, the most repeated first."""
    texts = rumour.posts.filter(repeats__isnull=True).select_related("area")
    return texts.annotate(copied=Count("copies", distinct=True)).order_by("-copied", "-posted_at")


def shaded(rumour: Rumour, user: User) -> dict[str, int]:
    """Posts of the rumour's illness in the last week of the rumour, by township, for the map."""
    since = rumour.last_at - A_WEEK
    rows = Post.objects.visible_to(user).filter(
        topic_id=rumour.topic_id, notice=False, posted_at__gt=since, posted_at__lte=rumour.last_at
    )
    found: dict[str, int] = {}
    for area, number in rows.order_by().values_list("area_id").annotate(n=Count("pk")):
        if len(area) >= TOWNSHIP_DIGITS:
            found[area[:TOWNSHIP_DIGITS]] = found.get(area[:TOWNSHIP_DIGITS], 0) + number
    return found


def moods(rumour: Rumour) -> list[tuple[str, int]]:
    """How many posts of a rumour are in which mood."""
    rows = dict(rumour.posts.order_by().values_list("mood").annotate(n=Count("pk")))
    return [(str(label), rows.get(value, 0)) for value, label in Post.Mood.choices]
