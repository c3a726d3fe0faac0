"""The ordinary cases of an exercise: what the county reports when nothing happens goes on.

Each evening the CDC hands in a file of the cases that have nothing to do with the outbreak. They are
drawn among those of the weeks before the exercise, so that diseases, places and ages stay what they
were; where nothing was reported before, nothing is now.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.ground.directory.models import Permission, Role, User
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import CaseReport, CaseStatus

Outcome = tuple[str, str]
Line = tuple[str, str, int, str, int, str]  # disease, area, days of delay, sex, age, status
EVENING = time(17, 30)
WEEKS_BEFORE = 12
HEADINGS = (
    "卡片编号",
    "疾病名称",
    "现住地址国标",
    "发病日期",
    "诊断日期",
    "性别",
    "年龄",
    "病例分类",
)
SEXES = {"M": "男", "F": "女"}
STATUSES = {
    CaseStatus.CLINICAL: "临床诊断病例",
    CaseStatus.CONFIRMED: "确诊病例",
    CaseStatus.SUSPECTED: "疑似病例",
}


def plan(exercise: Exercise, day: date, *, at: datetime) -> None:
    """Put the evening's file on the agenda, where there was something before.

    Args:
        exercise: The exercise.
        day: The day.
        at: The moment of the exercise.
    """
    if not _before(exercise).exists():
        return
    evening = timezone.make_aware(datetime.combine(day, EVENING))
    Due.objects.create(
        kind="ordinary",
        key=day.isoformat(),
        area_id=exercise.area_id,
        at=max(evening, at),
        payload={"day": day.isoformat()},
    )


def _before(exercise: Exercise) -> QuerySet[CaseReport]:
    """Cards that stood before the exercise began, of its county."""
    first = timezone.localdate(exercise.starts_at)
    rows = CaseReport.objects.counted().filter(
        area__code__startswith=exercise.area_id,
        known_at__lt=exercise.starts_at,
        onset_on__gte=first - timedelta(weeks=WEEKS_BEFORE),
        onset_on__lt=first,
    )
    return rows.exclude(pk__in=Illness.objects.filter(report__isnull=False).values("report"))


def hand_in(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """The CDC hands in the file of one day's ordinary cases."""
    day = date.fromisoformat(due.payload["day"])
    people = User.objects.holding(Permission.REPORT_IMPORT).filter(role=Role.EPIDEMIOLOGIST)
    by = people.filter(area__code__startswith=exercise.area_id).order_by("username").first()
    lines = list(_lines(exercise, day))
    if by is None or not lines:
        return None
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(lines)
    surveillance.hand_in(
        name=f"演练日常个案-{day}.csv", content=text.getvalue().encode(), by=by, at=at
    )
    return in_both(lambda: _("%(number)s ordinary cases handed in.") % {"number": len(lines)})


def _lines(exercise: Exercise, day: date) -> Iterator[list[str]]:
    """As many of each disease as usual, by chance; each as one of those before."""
    rng = np.random.default_rng([exercise.seed, day.toordinal()])
    number = 0
    for disease, pool in sorted(_pools(exercise).items()):
        for at in rng.integers(0, len(pool), rng.poisson(len(pool) / (7 * WEEKS_BEFORE))):
            _disease, area, delay, sex, age, status = pool[int(at)]
            number += 1
            yield [
                f"YL{day:%y%m%d}{number:04d}",
                disease,
                area,
                (day - timedelta(days=delay)).isoformat(),
                day.isoformat(),
                sex,
                str(age),
                status,
            ]


def _pools(exercise: Exercise) -> dict[str, list[Line]]:
    """The cases before, by disease."""
    rows = _before(exercise).filter(diagnosed_on__isnull=False, age__isnull=False, sex__in=SEXES)
    found: dict[str, list[Line]] = defaultdict(list)
    for disease, area, onset, diagnosed, sex, age, status in rows.order_by("pk").values_list(
        "disease__name", "area_id", "onset_on", "diagnosed_on", "sex", "age", "status"
    ):
        if status in STATUSES:
            delay = max(0, (diagnosed - onset).days)
            found[disease].append(
                (disease, area, delay, SEXES[sex], age, STATUSES[CaseStatus(status)])
            )
    return found


HANDLERS = {"ordinary": hand_in}
