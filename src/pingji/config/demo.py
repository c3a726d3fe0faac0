"""The demo county: invented people and reports, brought in through the program's own actions.

Three years of case lines and of weekly counts, handed in by the quarter and of late day by day, so
that each was known soon after it happened; one outbreak some weeks ago that was answered from alert
to closing, one that begins now and waits for the newcomer, and a task ledger half worked off.
"""

import csv
import io
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

import numpy as np
from django.utils import timezone

from pingji.config import (
    demo_advice,
    demo_analyses,
    demo_cards,
    demo_field,
    demo_messages,
    demo_modes,
    demo_opinion,
    demo_sentinels,
)
from pingji.evaluate.scorecard import actions as scorecard
from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.record.actions import unannounced
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Channel
from pingji.respond.incidents import actions as incidents
from pingji.respond.incidents.models import Grade, Plan
from pingji.warn.alerts import actions as alerts
from pingji.warn.alerts.models import Alert

SEED = 20_251_101
HISTORY_DAYS = 3 * 365
EARLIER_DAYS = 24  # the outbreak that was answered lies this long ago
# Files were handed in every working day of late, every week before, every quarter before that.
# Weeks ago. Files come weekly for over half a year, so that the delay of reports shows as it is.
DAILY, WEEKLY = 4, 27
QUARTERS = (1, 4, 7, 10)
EVENING = time(17, 30)
CHANGE = time(8)  # when one shift ends and the next begins
WEEKS_ON_DUTY = 10  # half of them over
LEDGER_DAYS = 60  # the ledger was kept over this many days before now
STATUSES = ("临床诊断病例", "确诊病例", "疑似病例")


@dataclass(frozen=True)
class Background:
    """How a disease usually runs: invented figures, for show only.

    Attributes:
        name: Disease as files call it.
        daily: Mean cases a day in the whole county.
        peak: Day of the year with most cases.
        swing: How far the season rises above and falls below the mean, 0 to 1.
        ages: Age range of most cases.
    """

    name: str
    daily: float
    peak: int
    swing: float
    ages: tuple[int, int]


BACKGROUND = (
    Background("流行性感冒", 2.4, 10, 0.8, (3, 60)),
    Background("手足口病", 1.6, 165, 0.8, (1, 6)),
    Background("其他感染性腹泻病", 1.3, 220, 0.4, (0, 70)),
    Background("水痘", 0.8, 340, 0.6, (4, 15)),
    Background("肺结核", 0.6, 90, 0.1, (18, 80)),
    Background("流行性腮腺炎", 0.3, 150, 0.5, (5, 14)),
    Background("猩红热", 0.25, 140, 0.5, (3, 10)),
    Background("细菌性和阿米巴性痢疾", 0.2, 215, 0.6, (1, 70)),
)
# Who sits in which group of the demo county; the others stay empty, as in life.
SEATS = (
    ("leading_group", Role.LEADER, "head"),
    ("leading_group", Role.DUTY_OFFICER, "deputy"),
    ("office", Role.DUTY_OFFICER, "head"),
    ("surveillance", Role.EPIDEMIOLOGIST, "head"),
    ("experts", Role.EPIDEMIOLOGIST, "member"),
    ("field", Role.EPIDEMIOLOGIST, "deputy"),
    ("treatment", Role.HOSPITAL_REPORTER, "head"),
    ("testing", Role.LABORATORY, "head"),
    ("supplies", Role.STORE_KEEPER, "head"),
    ("press", Role.PRESS_OFFICER, "head"),
)
HEADINGS = [
    "卡片编号",
    "疾病名称",
    "现住地址国标",
    "发病日期",
    "诊断日期",
    "性别",
    "年龄",
    "病例分类",
]


def make(*, areas: list[str], at: datetime, password: str, living: bool = False) -> None:
    """Make the demo county or city.

    Args:
        areas: Its code, or the codes of its counties.
        at: Now.
        password: Everybody's.
        living: Whether what happens from now on is simulated: no outbreak begins by itself then.
    """
    for code in areas:
        make_people(code=code, at=at, password=password)
        stories = [
            Story(county, code, at, living=living)
            for county in Area.objects.under(code).of_level("county")
        ]
        for story in stories:
            story.tell()
        with unannounced():
            demo_messages.make(Area.objects.get(pk=code), at=at)
        demo_opinion.make(Area.objects.get(pk=code), at=at)
        demo_field.make(Area.objects.get(pk=code), at=at)
        for story in stories:
            story.judge()
        demo_modes.convert_beds(Area.objects.get(pk=code), at=at)
        keep_ledger(Area.objects.get(pk=code), at=at)


def make_people(*, code: str, at: datetime, password: str) -> None:
    """Make the organisations and people of a demo county, and say who sits where."""
    system = User.objects.system()
    directory.make_demo_county(county_code=code, by=system, at=at, password=password)
    area = Area.objects.get(pk=code)
    set_roster(area, at=at)
    set_groups(area, at=at)
    demo_advice.name_experts(area, at=at)


def set_roster(area: Area, *, at: datetime) -> None:
    """Who was and will be on duty: first the CDC's epidemiologist, then the duty officer."""
    people = User.objects.filter(area=area, demo=True)
    duty = people.filter(role=Role.DUTY_OFFICER).first()
    first = people.filter(role=Role.EPIDEMIOLOGIST).first()
    if duty is None or first is None:
        return
    begins = timezone.localtime(at - timedelta(weeks=WEEKS_ON_DUTY // 2))
    begins = begins.replace(hour=CHANGE.hour, minute=0, second=0, microsecond=0)
    for rank, person in enumerate((first, duty), start=1):
        directory.put_on_duty(
            area=area,
            person=person,
            rank=rank,
            starts_at=begins,
            ends_at=begins + timedelta(weeks=1),
            weeks=WEEKS_ON_DUTY,
            by=duty,
            at=begins,
        )


def set_groups(area: Area, *, at: datetime) -> None:
    """Who sits in the chain of command, and the yearly review of each plan."""
    people = User.objects.filter(area__code__startswith=area.code, demo=True)
    duty = people.filter(area=area, role=Role.DUTY_OFFICER).first()
    if duty is None:
        return
    known = {group.key for group in standards.groups_for(area.code, timezone.localdate(at))}
    for group, role, seat in SEATS:
        person = people.filter(role=role).order_by("pk").first()
        if person is not None and group in known:
            incidents.seat_person(area=area, group=group, person=person, seat=seat, by=duty, at=at)
    for county in Area.objects.under(area.code).of_level("county"):
        incidents.open_reviews(area=county, by=duty, at=at)


def keep_ledger(area: Area, *, at: datetime) -> None:
    """Report on the plan's tasks as its duty officer would: most done, some late, few not begun.

    Every entry says that it is for show: nobody shall take it for what a county really achieved.
    """
    duty = User.objects.filter(area=area, demo=True, role=Role.DUTY_OFFICER).first()
    if duty is None:
        return
    state = LedgerEntry.State
    rng = np.random.default_rng([SEED, int(area.code)])
    tasks = list(standards.tasks_for(area.code, timezone.localdate(at)))
    days_ago = np.linspace(LEDGER_DAYS, 1, len(tasks)).tolist()
    for number, (task, days) in enumerate(zip(tasks, days_ago, strict=True), start=1):
        lot, told_at = rng.random(), at - timedelta(days=days)
        report = partial(scorecard.update_task, task=task, area=area, by=duty)
        if lot < 0.85:
            report(
                state=state.UNDER_WAY,
                progress="演示：已明确责任人和时间安排，正在推进。",
                evidence="",
                at=told_at,
            )
        if lot < 0.6:
            report(
                state=state.DONE,
                progress="演示：已按要求完成。",
                evidence=f"演示佐证材料第 {number} 号（非真实文件）",
                at=told_at + timedelta(hours=20),
            )


class Story:
    """What happened in one demo county up to now."""

    def __init__(self, county: Area, seat: str, at: datetime, *, living: bool = False) -> None:
        self.living = living
        self.county = county
        self.now = at
        self.seat = seat
        self.rng = np.random.default_rng([SEED, int(county.code)])
        self.towns = list(Area.objects.under(county.code).of_level("township"))
        self.villages = {
            town.code: list(
                Area.objects.under(town.code).of_level("village").values_list("code", flat=True)
            )
            or [town.code]
            for town in self.towns
        }
        people = User.objects.filter(area__code__startswith=seat, demo=True)
        self.epidemiologist = people.filter(role=Role.EPIDEMIOLOGIST).first()
        self.duty = people.filter(role=Role.DUTY_OFFICER).first()
        self.number = 0

    def tell(self) -> None:
        """Hand the files in as they came."""
        if self.epidemiologist is None or self.duty is None or len(self.towns) < 3:
            return
        today = timezone.localdate(self.now)
        turn = today - timedelta(days=EARLIER_DAYS)
        lines = self._background(today - timedelta(days=HISTORY_DAYS), today)
        lines += self._outbreak("诺如病毒感染", self.towns[1], turn, (3, 6, 9, 5), (6, 12))
        if not self.living:
            lines += self._outbreak("流行性感冒", self.towns[2], today, (2, 5, 9, 8), (7, 15))
        lines = sorted((x for x in lines if x[4] <= today.isoformat()), key=lambda line: line[4])
        evenings = [*self._evenings(today, turn), self.now]
        with unannounced():
            self._counts(today)
        self._hand_in_by(lines, evenings)
        with unannounced():
            demo_cards.make(self.county, seat=self.seat, at=self.now)
        demo_sentinels.make(self.county, seat=self.seat, at=self.now, by=self.epidemiologist)

    def judge(self) -> None:
        """Answer the earlier outbreak, look over all that came, and write on the weeks before.

        It comes last: all that was known at either moment is in, so that both looks repeat.
        """
        if self.epidemiologist is None or self.duty is None or not self.number:
            return
        with unannounced():
            self._answer(_evening(timezone.localdate(self.now) - timedelta(days=EARLIER_DAYS)))
        system = User.objects.system()
        alerts.run_detection(area=self.county, as_of=self.now, by=system, at=self.now)
        demo_analyses.write(
            self.county, epidemiologist=self.epidemiologist, signer=self.duty, at=self.now
        )

    def _background(self, since: date, until: date) -> list[list[str]]:
        days = np.arange(np.datetime64(since), np.datetime64(until) + 1)
        of_year = (days - days.astype("datetime64[Y]")).astype(int)
        weekend = ((days.astype(int) + 3) % 7) >= 5
        lines = []
        for disease in BACKGROUND:
            season = 1 + disease.swing * np.cos(2 * np.pi * (of_year - disease.peak) / 365.25)
            mean = disease.daily * season * np.where(weekend, 0.8, 1.08)
            shape = 4.0  # more scatter than chance alone, as real series have
            counts = self.rng.poisson(mean * self.rng.gamma(shape, 1 / shape, len(days)))
            for day, count in zip(days.tolist(), counts.tolist(), strict=True):
                for _case in range(count):
                    town = self.towns[int(self.rng.integers(len(self.towns)))]
                    lines.append(self._line(disease.name, town, day, disease.ages))
        return lines

    def _outbreak(
        self, name: str, town: Area, last: date, sizes: tuple[int, ...], ages: tuple[int, int]
    ) -> list[list[str]]:
        lines = []
        for back, size in enumerate(reversed(sizes)):
            day = last - timedelta(days=back)
            lines += [self._line(name, town, day, ages, delay=0) for _case in range(size)]
        return lines

    def _line(
        self, name: str, town: Area, day: date, ages: tuple[int, int], delay: int | None = None
    ) -> list[str]:
        self.number += 1
        later = int(self.rng.integers(0, 4)) if delay is None else delay
        villages = self.villages[town.code]
        return [
            f"DEMO{self.county.code}{self.number:06d}",
            name,
            villages[int(self.rng.integers(len(villages)))],
            day.isoformat(),
            (day + timedelta(days=later)).isoformat(),
            "男" if self.rng.random() < 0.52 else "女",
            str(int(self.rng.integers(ages[0], ages[1] + 1))),
            STATUSES[int(self.rng.choice(3, p=[0.6, 0.3, 0.1]))],
        ]

    def _evenings(self, today: date, turn: date) -> Iterator[datetime]:
        """When case lines were handed in before today."""
        for back in range(HISTORY_DAYS, 0, -1):
            day = today - timedelta(days=back)
            if back > 7 * WEEKLY:
                handed_in = day.day == 1 and day.month in QUARTERS
            elif back > 7 * DAILY:
                handed_in = day.weekday() == 0
            else:
                handed_in = day.weekday() < 5 or day == turn
            if handed_in:
                yield _evening(day)

    def _hand_in_by(self, lines: list[list[str]], moments: list[datetime]) -> None:
        """Hand in at each moment what was diagnosed by then."""
        for moment in moments:
            day = timezone.localdate(moment).isoformat()
            ready = bisect_right(lines, day, key=lambda line: line[4])
            if ready:
                # Of the past nobody needs to hear: the story says how it was answered.
                with unannounced() if moment < self.now else nullcontext():
                    self._hand_in(f"演示病例个案-{day}.csv", lines[:ready], moment)
            lines = lines[ready:]

    def _counts(self, today: date) -> None:
        """Weekly influenza-like illness of the syndrome channel, up to the last full week.

        Each year's came in one file; the last weeks' every Monday.
        """
        monday = today - timedelta(days=today.weekday() + 7)
        rows = []
        for back in range(HISTORY_DAYS // 7):
            day = monday - timedelta(weeks=back)
            season = 1 + 0.7 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 10) / 365.25)
            rows.append([day.isoformat(), str(int(self.rng.poisson(60 * season)))])
        rows.sort()
        for back in range(HISTORY_DAYS, -1, -1):
            day = today - timedelta(days=back)
            of_late = back <= 7 * DAILY
            if day.weekday() == 0 if of_late else (day.day == 1 and day.month == 1):
                over = (day - timedelta(days=7)).isoformat()
                ready = bisect_right(rows, over, key=lambda row: row[0])
                if ready:
                    self._count_file(day, rows[:ready])
                rows = rows[ready:]

    def _count_file(self, day: date, rows: list[list[str]]) -> None:
        given = {"disease": "influenza_like_illness", "area": self.county.code}
        at = min(_evening(day), self.now)
        file = surveillance.hand_in(
            name=f"演示流感样病例周报-{day}.csv",
            content=_csv(["开始日期", "例数"], rows),
            by=self.epidemiologist,  # type: ignore[arg-type]
            at=at,
            channel=Channel.SYNDROME,
            **given,
        )
        surveillance.read_file(import_id=file.pk, at=at, **given)

    def _hand_in(self, name: str, lines: list[list[str]], at: datetime) -> None:
        file = surveillance.hand_in(
            name=name,
            content=_csv(HEADINGS, lines),
            by=self.epidemiologist,  # type: ignore[arg-type]
            at=at,
        )
        surveillance.read_file(import_id=file.pk, at=at)

    def _answer(self, raised: datetime) -> None:
        """The earlier outbreak, from alert to closing, with one order finished late."""
        alerts.run_detection(area=self.county, as_of=raised, by=User.objects.system(), at=raised)
        found = Alert.objects.filter(area__code__startswith=self.county.code)
        for alert in found.exclude(disease_id="norovirus").filter(state=Alert.State.NEW):
            alerts.decide(
                alert=alert,
                to=Alert.State.DISMISSED,
                by=self.epidemiologist,  # type: ignore[arg-type]
                at=raised + timedelta(hours=3),
                reason="电话核实：散发病例，无聚集，继续观察。",
            )
        alert = found.filter(disease_id="norovirus").first()
        if alert is None:
            return
        verified = raised + timedelta(minutes=50)
        alerts.decide(
            alert=alert,
            to=Alert.State.VERIFIED,
            by=self.epidemiologist,  # type: ignore[arg-type]
            at=verified,
            reason="电话核实：一所小学多名学生呕吐腹泻，时间和班级集中，属聚集性疫情。",
        )
        duty, epidemiologist = self.duty, self.epidemiologist
        assert duty is not None
        assert epidemiologist is not None
        leader = User.objects.get(username="leader")
        judged = verified + timedelta(hours=4)
        demo_analyses.judge(alert, epidemiologist=epidemiologist, duty=duty, at=judged)
        opened = verified + timedelta(minutes=25)
        incident = incidents.open_incident(
            title=f"{alert.area.name}诺如病毒感染聚集性疫情",
            event_kind="infectious_disease",
            area=alert.area,
            alert=alert,
            grade=Grade.IV,
            grade_reason="一周内同一学校病例达到相关信息报告标准。",
            by=duty,
            at=opened,
        )
        for minutes, call in enumerate(incident.callouts.order_by("pk"), start=2):
            incidents.answer_call(
                callout=call, by=call.person, at=opened + timedelta(minutes=minutes)
            )
        plan = Plan.objects.filter(code="enteric_outbreak").latest("version")
        incidents.activate_plan(incident=incident, plan=plan, by=duty, at=opened)
        who = {"by": epidemiologist, "reviewer": duty}
        for at, order in enumerate(incident.orders.order_by("pk")):
            done = opened + timedelta(minutes=70 + 25 * at)
            if order.organisation.kind == Organisation.Kind.SCHOOL:
                done += timedelta(hours=30)
            incidents.acknowledge(order=order, by=duty, at=opened + timedelta(minutes=6 + 4 * at))
            incidents.finish(order=order, result="已按要求完成。", by=duty, at=done)
            incidents.verify(order=order, by=leader, at=done + timedelta(hours=2))
        demo_advice.report_first(incident, at=opened + timedelta(minutes=95), **who)
        advised = opened + timedelta(hours=14)
        demo_advice.consult(incident, chair=epidemiologist, signer=duty, leader=leader, at=advised)
        press = User.objects.filter(area__code=self.seat, demo=True, role=Role.PRESS_OFFICER)
        told = advised + timedelta(hours=3)
        demo_advice.tell_the_public(incident, by=epidemiologist, press=press.first(), at=told)
        demo_modes.switch_town(incident, duty=duty, at=opened + timedelta(hours=20))
        demo_analyses.see_through(alert, by=epidemiologist, verified=verified)
        demo_field.guard(incident, duty=duty, at=opened)
        incidents.close_incident(
            incident=incident,
            reason="末例发病后连续七天无新发病例。",
            by=duty,
            at=opened + timedelta(days=9),
        )
        demo_modes.return_town(incident.area, duty=duty, at=opened + timedelta(days=9, hours=2))
        demo_advice.close_the_book(incident, at=opened + timedelta(days=11), **who)


def _evening(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, EVENING))


def _csv(headings: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
