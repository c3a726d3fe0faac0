"""What belongs to an alert: its clocks, its evidence, its signs."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from pingji.ground.directory.models import COUNTY_DIGITS, Permission, User, codes_around
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.queries import tallies
from pingji.warn.alerts.models import Alert, DetectionRun, Evidence, Sign
from pingji.warn.alerts.queries.fusion import Joined, Kinship, together, within
from pingji.warn.alerts.queries.settings import settings_for
from pingji.warn.alerts.queries.signs import Found
from pingji.warn.alerts.queries.signs.standing import fallen

Near = Callable[[str, str], bool]


def next_clocks(alerts: Iterable[Alert]) -> dict[int, Deadline]:
    """Of each alert the clock that ends next; in one query. None of those that are over."""
    keys = [str(alert.pk) for alert in alerts]
    running = (
        Deadline.objects.open()
        .filter(subject_type=Alert._meta.label_lower, subject_id__in=keys)
        .select_related("standard")
        .order_by("-due_at", "-pk")
    )
    return {int(deadline.subject_id): deadline for deadline in running}


def latest_evidence(alert: Alert) -> list[Evidence]:
    """What each method saw in the alert's latest period, as the latest run knew it."""
    seen = list(alert.evidence.filter(starts_on=alert.ends_on).select_related("run"))
    latest = max((row.run.as_of for row in seen), default=None)
    return [row for row in seen if row.run.as_of == latest]


def latest_signs(alert: Alert) -> list[Sign]:
    """An alert's signs, each as the latest run saw it."""
    signs = alert.signs.select_related("run", "area", "disease")
    found: dict[str, Sign] = {}
    for sign in signs.order_by("run__as_of", "pk"):
        found[sign.key] = sign
    return sorted(found.values(), key=lambda sign: (-sign.strength, sign.key))


def only_said(signs: Sequence[Sign]) -> bool:
    """Whether nothing but what the public writes speaks for an alert: no case is known yet."""
    return bool(signs) and all(sign.kind == Sign.Kind.RUMOUR for sign in signs)


def counts_texts(alert: Alert, signs: Sequence[Sign]) -> bool:
    """Whether the alert's figure is one of texts of the public, whatever other signs there are."""
    own = (alert.channel, alert.disease_id)
    return only_said([sign for sign in signs if (sign.channel, sign.disease_id) == own])


def seen_before(area: str, as_of: datetime, found: Sequence[Found]) -> dict[str, int]:
    """How many each of some signs counted when it was last seen, by key."""
    seen = Sign.objects.filter(
        run__area=area, run__as_of__lt=as_of, key__in=[one.key for one in found]
    )
    newest = seen.order_by("key", "-run__as_of", "-pk").distinct("key")
    return dict(newest.values_list("key", "observed"))


def last_whole_run(area: str, at: datetime) -> DetectionRun | None:
    """The latest run that asked every source, up to a moment."""
    return DetectionRun.objects.whole().filter(area=area, as_of__lte=at).order_by("-as_of").first()


def waits_for_a_run(area: str, at: datetime) -> bool:
    """Whether figures of a county came since all its series were last judged, and the plan's pause
    since then is over."""
    whole = last_whole_run(area, at)
    last = whole.as_of if whole else None
    if last is None:
        return tallies.figures_since(area, None)
    pause = settings_for(area, on=at).number("detection.arrival_pause")
    return at - last >= timedelta(minutes=pause) and tallies.figures_since(area, last)


def signs_that_wait(run: DetectionRun, window: timedelta) -> list[Sign]:
    """The signs of a run, and those of earlier runs that no alert has taken up, each at its latest."""
    since = run.as_of.date() - window
    earlier = Sign.objects.filter(
        run__area=run.area_id,
        run__raises=True,
        run__as_of__lt=run.as_of,
        run__as_of__gte=run.as_of - window,
        alert__isnull=True,
        ends_on__gte=since,
    )
    own = list(run.signs.select_related("run"))
    found = {sign.key: sign for sign in earlier.order_by("run__as_of", "pk")}
    latest = (found | {sign.key: sign for sign in own}).values()
    # A rumour that was found false says nothing any more.
    speaking = [one for one in latest if one.kind != Sign.Kind.RUMOUR or one.strength > 0]
    return still_standing(speaking, run)


def still_standing(signs: Sequence[Sign], run: DetectionRun) -> list[Sign]:
    """Of signs that a run takes up its own, and of earlier runs' those that it bears out.

    A card that was withdrawn since, or says something else, takes its sign with it.
    """
    earlier = [sign for sign in signs if sign.run_id != run.pk]
    gone = fallen(earlier, area=run.area_id, as_of=run.as_of)
    return [sign for sign in signs if sign.pk not in gone]


def fallen_by_county(signs: Iterable[Sign], at: datetime) -> set[int]:
    """Of signs of several counties those that what is known at a moment no longer bears out."""
    counties: dict[str, list[Sign]] = {}
    for sign in signs:
        counties.setdefault(sign.area_id[:COUNTY_DIGITS], []).append(sign)
    return {pk for county, held in counties.items() for pk in fallen(held, area=county, as_of=at)}


def alert_to_extend(group: Joined, near: Near, kinship: Kinship, window: timedelta) -> Alert | None:
    """The open alert that a group of signs belongs to; the one of its own series first.

    As long as signs come within the window of each other they are one event, however long it goes
    on; what comes later is another, even if nobody has answered the first.
    """
    main = group.main
    open_ones = Alert.objects.still_open().filter(
        area__code__startswith=main.area_id[:COUNTY_DIGITS]
    )
    fitting = []
    for alert in open_ones.order_by("raised_at", "pk"):
        if not within(group, alert, window):
            continue
        same = (alert.area_id, alert.disease_id) == (group.area, main.disease_id)
        waits = alert.state == Alert.State.NEW and (alert.channel, alert.period) == (
            group.shown.channel,
            group.shown.period,
        )
        if same and waits:
            return alert
        if near(alert.area_id, main.area_id) and kinship.kin(alert.disease_id, main.disease_id):
            fitting.append((not same, alert))
    return min(fitting, key=lambda one: one[0])[1] if fitting else None


def lately_answered(group: Joined, near: Near, kinship: Kinship, quiet_days: int) -> list[Alert]:
    """Alerts of the same place and illness that were answered and ended a short while ago.

    An alert ends with the last of its signs: the one whose figures it shows may lie days before.
    """
    return _answered(group, near, kinship, group.ends_on - timedelta(days=quiet_days))


def unanswered(group: Joined, near: Near, kinship: Kinship, quiet_days: int) -> Joined | None:
    """What of a group lies after the answers that were given; None where it names no illness.

    What was answered is not asked again because something faint comes along days later: the old
    signs were weighed when they were answered, and weigh no second time.
    """
    quiet = timedelta(days=quiet_days)
    first = min(sign.ends_on for sign in group.signs)
    answered = _answered(group, near, kinship, first - quiet)
    if not answered:
        return group
    of_signs = Sign.objects.filter(alert__in=answered).aggregate(last=Max("ends_on"))["last"]
    last = max([*(alert.ends_on for alert in answered), *([of_signs] if of_signs else [])])
    left = [sign for sign in group.signs if sign.ends_on - quiet >= last]
    return together(left, kinship) if any(sign.disease_id for sign in left) else None


def _answered(group: Joined, near: Near, kinship: Kinship, since: date) -> list[Alert]:
    """Answered alerts of the same place and illness of which anything lies after a day."""
    main = group.main
    of_late = Q(ends_on__gt=since) | Q(
        Exists(Sign.objects.filter(alert=OuterRef("pk"), ends_on__gt=since))
    )
    ended = Alert.objects.exclude(state__in=Alert.OPEN).filter(
        of_late, area__code__startswith=main.area_id[:COUNTY_DIGITS]
    )
    return [
        alert
        for alert in ended
        if near(alert.area_id, main.area_id) and kinship.kin(alert.disease_id, main.disease_id)
    ]


def who_may_own(alert: Alert, reader: User) -> QuerySet[User]:
    """Who decides on alerts where this one lies, of those that the reader sees; and the reader."""
    deciding = User.objects.holding(Permission.ALERT_DECIDE)
    deciding = deciding.filter(area__in=codes_around(alert.area_id))
    return (deciding.visible_to(reader) | deciding.filter(pk=reader.pk)).order_by("display_name")


def signs_seen(user: User, *, kind: str = "", waiting: bool = True) -> QuerySet[Sign]:
    """The signs a user may see, of each the one that the latest run saw; the newest first."""
    rows = Sign.objects.visible_to(user).filter(run__raises=True)
    if kind:
        rows = rows.filter(kind=kind)
    newest = rows.order_by("run__area_id", "key", "-run__as_of", "-pk").distinct(
        "run__area_id", "key"
    )
    found = Sign.objects.visible_to(user).filter(pk__in=newest.values("pk"))
    if waiting:
        found = found.filter(alert__isnull=True)
    return found.select_related("area", "disease", "alert", "run").order_by(
        "-run__as_of", "-strength", "key"
    )
