"""Join the signs of a run into alerts: one for each place, illness and period."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import announce, note, note_many, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards import queries as plans
from pingji.ground.standards.models import Deadline
from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Alert, DetectionRun, Evidence, Sign
from pingji.warn.alerts.queries import Joined, Settings, Weighed

AT_ONCE = ("see", "verify")
STEPS = (*AT_ONCE, "investigate", "close")
LEVELS = list(Alert.Level.values)


@transaction.atomic
def fuse(*, run: DetectionRun, settings: Settings, by: User, at: datetime) -> None:
    """Raise an alert for each group of signs that weighs enough, or extend the one that is open.

    The area is locked first: two runs at once raise one alert between them. Signs too weak for an
    alert stay, and count again when more comes within the window.
    """
    Area.objects.select_for_update(no_key=True).get(pk=run.area_id)
    window = timedelta(days=settings.number("fusion.window"))
    kinship = queries.Kinship(settings)
    nearness = queries.Nearness(run.area_id, settings.number("fusion.neighbour_km"))
    groups = queries.join(
        queries.signs_that_wait(run, window), near=nearness.near, kinship=kinship, window=window
    )
    raised = []
    for group in groups:
        alert = queries.alert_to_extend(group, nearness.near, kinship, window)
        if alert is not None:
            _extend(alert, group, kinship, run=run, settings=settings, by=by, at=at)
        else:
            new = _raise(group, nearness.near, kinship, run=run, settings=settings, by=by, at=at)
            raised += [new] if new is not None else []
    start_clocks(raised, AT_ONCE, by=by, at=at)


def _raise(
    group: Joined,
    near: queries.Near,
    kinship: queries.Kinship,
    *,
    run: DetectionRun,
    settings: Settings,
    by: User,
    at: datetime,
) -> Alert | None:
    asked = _to_be_asked(group, near, kinship, run=run, settings=settings)
    if asked is None:
        return None
    group, weighed = asked
    alert = Alert(
        area_id=group.area,
        disease_id=group.main.disease_id,
        channel=group.shown.channel,
        period=group.shown.period,
        starts_on=group.shown.starts_on,
        ends_on=group.shown.ends_on,
        run=run,
        raised_at=at,
        owner=queries.first_on_duty(group.area, at),
    )
    _take_in(alert, group, weighed)
    alert.save()
    _keep(alert, group.signs, run)
    note(
        "alert.raised",
        subject=alert,
        by=by,
        at=at,
        run=run.pk,
        observed=alert.observed,
        level=alert.level,
        score=alert.score,
    )
    announce("alert_raised", at=at, alert_id=alert.pk)
    publish("alerts", area=alert.area_id)
    return alert


def _to_be_asked(
    group: Joined,
    near: queries.Near,
    kinship: queries.Kinship,
    *,
    run: DetectionRun,
    settings: Settings,
) -> tuple[Joined, Weighed] | None:
    """What of a group is worth an alert, and how much it weighs; None where nothing is.

    What was answered a moment ago is not asked again, unless it has become graver; and later on the
    signs that were weighed then count no more.
    """
    weighed = queries.weigh(group.signs, settings)
    if not _is_worth_one(group, weighed, run):
        return None
    before = queries.lately_answered(group, near, kinship, settings.repeat_after_days)
    growth = settings.number("detection.repeat_growth")
    if before:
        level = str(weighed.level)
        graver = all(_is_graver(group.shown, level, than=one, growth=growth) for one in before)
        return (group, weighed) if graver else None
    left = queries.unanswered(group, near, kinship, settings.repeat_after_days)
    if left is None:
        return None
    weighed = queries.weigh(left.signs, settings)
    return (left, weighed) if _is_worth_one(left, weighed, run) else None


def _is_worth_one(group: Joined, weighed: Weighed, run: DetectionRun) -> bool:
    """Whether signs weigh enough for an alert, and the run saw any of them itself."""
    return weighed.level is not None and any(sign.run_id == run.pk for sign in group.signs)


def _is_graver(shown: Sign, level: str, *, than: Alert, growth: float) -> bool:
    """Of a higher level; or of something dismissed there are now several times as many cases."""
    if LEVELS.index(level) > LEVELS.index(than.level):
        return True
    alike = (shown.channel, shown.period) == (than.channel, than.period)
    dismissed = than.state == Alert.State.DISMISSED
    return dismissed and alike and shown.observed >= growth * than.observed


def _extend(
    alert: Alert,
    group: Joined,
    kinship: queries.Kinship,
    *,
    run: DetectionRun,
    settings: Settings,
    by: User,
    at: datetime,
) -> None:
    """Show the alert's latest period; a run as of an earlier moment adds its signs only."""
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    earlier = queries.latest_signs(alert)
    _keep(alert, group.signs, run)
    if group.shown.ends_on < alert.ends_on or group.shown.run_id != run.pk:
        return
    earlier = queries.still_standing(earlier, run)
    now = {sign.key: sign for sign in [*earlier, *group.signs]}
    weighed = queries.weigh(list(now.values()), settings)
    if run.on_arrival:  # the series that were judged last are still the latest
        whole = queries.last_whole_run(run.area_id, run.as_of)
        of_series = [sign for sign in earlier if whole is not None and sign.run_id == whole.pk]
        group = queries.together([*of_series, *group.signs], kinship)
    before = _shown(alert)
    was = LEVELS.index(alert.level)
    _take_in(alert, group, weighed, own=_is_own(alert, group.shown, kinship))
    if before == _shown(alert):
        return
    alert.save()
    rose = LEVELS.index(alert.level) > was
    note(
        "alert.extended",
        subject=alert,
        by=by,
        at=at,
        run=run.pk,
        until=str(alert.ends_on),
        level=alert.level,
        rose=rose,
    )
    if rose:
        _hurry(alert, by=by, at=at)
        announce("alert_rose", at=at, alert_id=alert.pk)
    publish("alerts", area=alert.area_id)


def _shown(alert: Alert) -> tuple[object, ...]:
    return (alert.starts_on, alert.ends_on, alert.observed, alert.level, sorted(alert.places))


def _is_own(alert: Alert, sign: Sign, kinship: queries.Kinship) -> bool:
    """Whether a sign counts what the alert does; visits for a syndrome are no cases of a disease."""
    same = bool(sign.disease_id) and kinship.same(alert.disease_id, sign.disease_id)
    return same and sign.channel == alert.channel


def _take_in(alert: Alert, group: Joined, weighed: Weighed, *, own: bool = True) -> None:
    """The alert shows its latest own figures; its level rises and never falls by itself."""
    shown = group.shown
    alert.starts_on = min(alert.starts_on, shown.starts_on)
    alert.ends_on = max(alert.ends_on, shown.ends_on)
    if own:
        alert.observed = shown.observed
        alert.expected, alert.upper_bound = shown.expected, shown.upper_bound
    alert.score, alert.parts = weighed.score, weighed.parts
    levels = [alert.level, weighed.level or alert.level]
    alert.level = max(levels, key=LEVELS.index)
    reached = {sign.area_id for sign in group.signs} | set(alert.places)
    alert.places = sorted(reached - {alert.area_id})


def _keep(alert: Alert, signs: list[Sign], run: DetectionRun) -> None:
    """Tie the signs to the alert, and keep what each method saw of the alert's own series."""
    Sign.objects.filter(pk__in=[sign.pk for sign in signs], alert__isnull=True).update(alert=alert)
    own = [
        sign
        for sign in signs
        if sign.run_id == run.pk
        and (sign.area_id, sign.disease_id, sign.channel, sign.period)
        == (alert.area_id, alert.disease_id, alert.channel, alert.period)
    ]
    Evidence.objects.bulk_create(
        [Evidence(alert=alert, run=run, **seen) for sign in own for seen in sign.seen],
        ignore_conflicts=True,  # a run taken up anew has seen it already
    )


def start_clocks(alerts: Sequence[Alert], steps: Sequence[str], *, by: User, at: datetime) -> None:
    """Start clocks of alerts, each as short as the plan wants it for the alert's level.

    Raises:
        Refused: Naming the first that no plan sets.
    """
    of_level = plans.promises(
        (alert.area_id, f"alert.{step}.{alert.level}", at) for alert in alerts for step in steps
    )
    starts = []
    for alert in alerts:
        for step in steps:
            promise = of_level.get((alert.area_id, f"alert.{step}.{alert.level}", at))
            until = at + promise.standard.length if promise is not None else None
            starts.append(
                plans.Start(
                    f"alert.{step}", alert, alert.area_id, at, owner=alert.owner_id, until=until
                )
            )
    started, entries = standards.start_deadlines(starts=starts, by=by)
    if len(started) < len(starts):
        for start in starts:
            plans.rule(start.area, start.key, at)
    note_many("deadline.started", entries, by=by, at=at)


def _until(alert: Alert, step: str, at: datetime) -> datetime | None:
    """When a clock of the alert's level that starts now ends; None where the plan has only one."""
    of_level = plans.find_rule(alert.area_id, f"alert.{step}.{alert.level}", at)
    return None if of_level is None else at + of_level.length


def _hurry(alert: Alert, *, by: User, at: datetime) -> None:
    """Of an alert that rose, start the clocks anew that its level now wants to end sooner.

    A clock that ran out stays missed.
    """
    for step in STEPS:
        running = plans.open_deadline(alert, f"alert.{step}")
        if running is None or running.state != Deadline.State.OPEN or running.due_at < at:
            continue
        until = _until(alert, step, at)
        if until is None or until >= running.due_at:
            continue
        standards.cancel_deadline(
            key=running.key,
            subject=alert,
            by=by,
            at=at,
            reason=_("The alert rose to “%(level)s”.") % {"level": alert.get_level_display()},
        )
        start_clocks([alert], [step], by=by, at=at)
