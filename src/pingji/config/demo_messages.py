"""Systems of the demo county that send by themselves: a hospital's, a laboratory's and 120's.

Ten days of visits and eight weeks of findings come in over the same action as real ones; one
message breaks off in the middle and waits for a person, one visit bears tomorrow's date.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.monitor.surveillance.actions import senders
from pingji.monitor.surveillance.actions.intake import Arrival, receive_all
from pingji.monitor.surveillance.models import Format, Sender
from pingji.monitor.surveillance.rules.plain_json import Unreadable, read

SEED = 20_261_122
VISIT_DAYS = 10
FINDING_WEEKS = 8
VISITS_A_DAY, CALLS_A_DAY, FINDINGS_A_DAY = 18, 7, 9
MORNING, NIGHT = time(8, 0), time(23, 40)  # visits begin, and are sent
# Department, what the patient said, ages; invented.
VISITS = (
    ("发热门诊", "发热伴咳嗽2天，无腹泻", (5, 70)),
    ("发热门诊", "发热1天，畏寒，无咳嗽", (5, 60)),
    ("呼吸内科", "咳嗽、咳痰5天", (20, 85)),
    ("儿科", "咳嗽、流涕3天，无发热", (1, 12)),
    ("儿科", "发热1天，手足皮疹", (1, 6)),
    ("肠道门诊", "腹痛、腹泻1天，水样便5次", (3, 75)),
    ("肠道门诊", "腹痛伴腹泻半天", (3, 60)),
    ("骨科", "扭伤后右踝疼痛1天", (12, 60)),
    ("心内科", "胸闷、气短2周", (45, 85)),
    ("皮肤科", "双下肢瘙痒1月", (18, 80)),
    ("内分泌科", "口干、多饮半年", (35, 75)),
    ("眼科", "视物模糊2月", (50, 85)),
)
CALLS = (
    ("院前急救", "发热伴呼吸困难1天", (30, 88)),
    ("院前急救", "呕吐、腹泻伴乏力1天", (10, 80)),
    ("院前急救", "车祸致右下肢疼痛", (18, 65)),
    ("院前急救", "突发言语不清、肢体无力", (50, 88)),
    ("院前急救", "胸痛2小时", (40, 85)),
    ("院前急救", "酒后意识不清", (20, 60)),
)
# Test as the laboratory calls it, specimen, share of positives; invented. A positive test for a
# notifiable disease drafts a report card, so only one of those is found: see `_last`.
TESTS = (
    ("呼吸道合胞病毒核酸", "咽拭子", 0.22),
    ("肺炎支原体核酸", "咽拭子", 0.28),
    ("腺病毒核酸", "咽拭子", 0.12),
    ("甲型流感病毒核酸", "咽拭子", 0.0),
    ("新型冠状病毒核酸", "咽拭子", 0.0),
    ("诺如病毒核酸", "粪便", 0.2),
    ("沙门氏菌", "粪便", 0.08),
)
# What sends, and the end of its organisation's code.
SYSTEMS = (
    ("HIS", "hospital-1"),
    ("LIS", "cdc"),
    ("120调度系统", "120"),
)


def make(seat: Area, *, at: datetime) -> None:
    """Let the systems of a demo county send what they would have sent by now.

    Args:
        seat: The county or city of the demonstration.
        at: Now.
    """
    people = User.objects.filter(area_id=seat.code, demo=True)
    by = people.filter(role=Role.EPIDEMIOLOGIST).first()
    if by is None or Sender.objects.filter(area__code__startswith=seat.code).exists():
        return
    begun = at - timedelta(weeks=FINDING_WEEKS)
    systems = {name: _system(seat, name, suffix, by=by, at=begun) for name, suffix in SYSTEMS}
    story = _Story(seat, systems, np.random.default_rng([SEED, int(seat.code)]), at)
    for moment, arrivals in story.batches():
        receive_all(arrivals, at=moment)


def _system(seat: Area, name: str, suffix: str, *, by: User, at: datetime) -> Sender:
    organisation = Organisation.objects.get(code=f"{seat.code}-{suffix}")
    sender, _token = senders.add_sender(
        organisation=organisation, name=name, formats=[Format.JSON], by=by, at=at, demo=True
    )
    return sender


@dataclass
class _Story:
    """What the systems send, and when."""

    seat: Area
    systems: dict[str, Sender]
    rng: np.random.Generator
    at: datetime
    villages: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.today = timezone.localdate(self.at)
        rows = Area.objects.under(self.seat.code).of_level("village").order_by("code")
        self.villages = list(rows.values_list("code", flat=True)) or [self.seat.code]

    def batches(self) -> list[tuple[datetime, list[Arrival]]]:
        """Messages by the moment at which they arrive, the oldest first."""
        found = []
        for week in range(FINDING_WEEKS, 1, -1):  # the laboratory sent once a week at first
            last = self.today - timedelta(days=VISIT_DAYS + 1 + 7 * (week - 2))
            days = [last - timedelta(days=back) for back in range(6, -1, -1)]
            found.append((_moment(last, NIGHT), [self.findings(last, days)]))
        for back in range(VISIT_DAYS, 0, -1):
            day = self.today - timedelta(days=back)
            found.append((_moment(day, NIGHT), self.of_day(day)))
        found.append((self.at, self.last()))
        return found

    def of_day(self, day: date) -> list[Arrival]:
        """What the three systems send of a day, at its end."""
        visits = self.visits(day, VISITS, VISITS_A_DAY, "outpatient")
        if day == self.today - timedelta(days=1):  # a clock that is a day and a half ahead
            visits[-1]["visited_at"] = _moment(day, NIGHT) + timedelta(hours=36)
        calls = self.visits(day, CALLS, CALLS_A_DAY, "emergency")
        return [
            self.message("HIS", "visits", day, visits),
            self.findings(day, [day]),
            self.message("120调度系统", "visits", day, calls),
        ]

    def last(self) -> list[Arrival]:
        """This morning's: a positive test that drafts a card, and a message that broke off."""
        taken = self.at - timedelta(hours=5)
        finding = self.finding(
            f"{self.today:%Y%m%d}-JZ", ("甲型流感病毒核酸", "咽拭子", 1.0), taken
        )
        visits = self.visits(self.today - timedelta(days=1), VISITS, 3, "outpatient")
        for number, visit in enumerate(visits):
            visit["key"] = f"MZ{self.today:%Y%m%d}{number:04d}"
        whole = self.message("HIS", "visits", self.today, visits)
        return [
            self.message("LIS", "results", self.today, [finding]),
            _arrival(self.systems["HIS"], "visits", whole.body[: len(whole.body) * 2 // 3]),
        ]

    def message(self, system: str, kind: str, day: date, items: list[dict[str, Any]]) -> Arrival:
        """A message as the system writes it."""
        said = {"key": f"{kind}-{day:%Y%m%d}", kind: items}
        body = json.dumps(said, ensure_ascii=False, default=datetime.isoformat)
        return _arrival(self.systems[system], kind, body.encode())

    def visits(
        self,
        day: date,
        patients: tuple[tuple[str, str, tuple[int, int]], ...],
        number: int,
        kind: str,
    ) -> list[dict[str, Any]]:
        """Some visits of a day, in order."""
        minutes = np.sort(self.rng.integers(0, 15 * 60, number)).tolist()
        mark = "MZ" if kind == "outpatient" else "JJ"
        found = []
        for at, minute in enumerate(minutes):
            department, complaint, (youngest, oldest) = self.one_of(patients)
            found.append(
                {
                    "key": f"{mark}{day:%Y%m%d}{at:04d}",
                    "kind": kind,
                    "visited_at": _moment(day, MORNING) + timedelta(minutes=minute),
                    "area": self.one_of(self.villages),
                    "department": department,
                    "sex": self.one_of("MF"),
                    "age": int(self.rng.integers(youngest, oldest + 1)),
                    "complaint": complaint,
                }
            )
        return found

    def findings(self, sent: date, days: list[date]) -> Arrival:
        """The laboratory's findings of some days."""
        items = [
            self.finding(
                f"{day:%Y%m%d}-{at:03d}",
                self.one_of(TESTS),
                _moment(day, MORNING) + timedelta(minutes=int(self.rng.integers(0, 480))),
            )
            for day in days
            for at in range(1 + int(self.rng.poisson(FINDINGS_A_DAY)))
        ]
        return self.message("LIS", "results", sent, items)

    def finding(self, key: str, test: tuple[str, str, float], taken: datetime) -> dict[str, Any]:
        """What the laboratory found in one specimen."""
        name, specimen, share = test
        return {
            "key": key,
            "reported_at": taken + timedelta(hours=4),
            "finding": "positive" if self.rng.random() < share else "negative",
            "area": self.one_of(self.villages),
            "specimen": specimen,
            "test": name,
            "sex": self.one_of("MF"),
            "age": int(self.rng.integers(1, 80)),
            "taken_at": taken,
        }

    def one_of(self, rows: Any) -> Any:
        """One of some rows, each as likely."""
        return rows[int(self.rng.integers(len(rows)))]


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


def _arrival(sender: Sender, kind: str, body: bytes) -> Arrival:
    """A message as the JSON interface hands it on."""
    try:
        said = read(kind, body, zone=timezone.get_default_timezone())
    except Unreadable as unreadable:
        return Arrival(sender, Format.JSON, body, None, (unreadable.problem,), kind=kind)
    return Arrival(sender, Format.JSON, body, said)
