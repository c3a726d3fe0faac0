"""Sentinels of the demo county: invented places and eight weeks of invented reports.

A few report late, a few have fallen silent, and in one school more children are ill each day.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, Organisation, Role, User
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import Sentinel, SentinelItem, SentinelType
from pingji.monitor.surveillance.queries.calendars import Calendars

SEED = 20_251_122
DAYS = 56
Kind = Organisation.Kind
# Kind of sentinel, kind of organisation, how many of them at most.
COVERED = (
    ("hospital_outpatient", Kind.HOSPITAL, 3),
    ("hospital_admission", Kind.HOSPITAL, 3),
    ("fever_clinic", Kind.HOSPITAL, 3),
    ("respiratory_clinic", Kind.HOSPITAL, 1),
    ("enteric_clinic", Kind.HOSPITAL, 1),
    ("school", Kind.SCHOOL, 16),
    ("care_home", Kind.CARE_HOME, 4),
    ("village_clinic", Kind.VILLAGE_CLINIC, 14),
    ("laboratory", Kind.CDC, 1),
    ("rodent", Kind.CDC, 1),
    ("tick", Kind.CDC, 1),
    ("emergency_calls", Kind.EMERGENCY_CENTRE, 1),
)
# Kind of sentinel, end of the organisation's code, Chinese and English names of the places.
NAMED = (
    ("pharmacy", "department-market", ("城东大药房", "城西大药房", "中心药店"), "Pharmacy"),
    ("hotel", "department-market", ("武陵宾馆", "桃源饭店"), "Hotel"),
    ("market", "department-market", ("城北农贸市场", "河滨农贸市场"), "Food market"),
    ("supermarket", "department-market", ("中心商场", "惠民超市"), "Supermarket"),
    ("station", "department-transport", ("火车站", "汽车客运总站"), "Station"),
    ("airport", "department-transport", ("武陵山机场",), "Airport"),
    ("customs", "department-transport", ("海关驻县监管点",), "Customs post"),
    ("scenic_spot", "department-publicity", ("桃花源景区", "古镇景区"), "Scenic spot"),
    ("enterprise", "department-industry", ("城西工业园食品厂",), "Food factory"),
    ("online_opinion", "department-publicity", ("网络舆情监测",), "Online opinion"),
    ("animal_health", "department-agriculture", ("动物疫病监测",), "Animal health"),
    ("environment", "department-environment", ("饮用水源监测",), "Drinking water"),
    ("wastewater", "department-environment", ("城区污水处理厂",), "Sewage works"),
    ("mosquito", "cdc", ("老城蚊媒监测点", "新城蚊媒监测点"), "Mosquito trap"),
)
# Usual size of what is asked in all, and the usual share of a part; invented.
SIZE = {
    "enrolled": 620,
    "residents": 70,
    "outpatient": 560,
    "emergency": 70,
    "admitted": 55,
    "visits": 24,
    "checked": 40,
    "travellers": 900,
    "guests": 90,
    "traders": 85,
    "staff": 140,
    "visitors": 700,
    "calls": 38,
    "posts": 20,
    "respiratory_tested": 60,
    "enteric_tested": 22,
    "traps": 400,
    "houses": 100,
    "influenza_like": 14,
    "antipyretics": 30,
    "cough_cold": 44,
    "antidiarrhoeals": 12,
    "antivirals": 7,
    "antibiotics": 25,
    "water_samples": 12,
    "samples": 10,
    "flow": 21_000,
    "sars_cov_2": 3_200,
    "influenza_a": 900,
    "norovirus": 5_000,
    "free_chlorine": 0.35,
    "adult_density": 2.2,
    "flag_hours": 8,
    "ticks": 9,
    "positive_containers": 7,
}
# Figures that follow from two others: so many of the first for each of the second.
DERIVED = {
    "mosquito": {"breteau": ("positive_containers", "houses", 100)},
    "rodent": {"density": ("caught", "traps", 100)},
    "tick": {"density": ("ticks", "flag_hours", 1)},
}
FIXED = {"enrolled", "residents", "traders", "staff", "traps", "houses", "flag_hours"}
PART = {
    "absent": 0.02,
    "absent_ill": 0.6,
    "fever_respiratory": 0.025,
    "clusters": 0.1,
    "caught": 0.03,
    "samples_positive": 0.05,
    "fever": 0.002,
}
USUAL_PART, USUAL_SIZE = 0.01, 1.5
SILENT = {3: 9, 17: 4, 26: 13, 38: 2, 52: 6}  # place in the list: days of silence
OUTBREAK = (4, 9, 15, 22)


def make(county: Area, *, seat: str, at: datetime, by: User, outbreak: bool = True) -> None:
    """Set sentinels up in a county, and let them report up to now.

    Args:
        county: The county.
        seat: The county or city of the demonstration; a city's own places come with its first
            county.
        at: Now.
        by: Who sets them up, and reports by spreadsheet for all of them.
        outbreak: Whether more children of one school are ill each day.
    """
    opened = timezone.localdate(at) - timedelta(days=DAYS)
    begun = at - timedelta(days=DAYS)
    inside = Q(area__code__startswith=county.code)
    if Area.objects.under(seat).of_level("county").earliest("code") == county:
        inside |= Q(area=seat)
    _set_up(county, seat, inside, opened, begun, by)
    places = list(Sentinel.objects.filter(inside).select_related("type"))
    places.sort(key=lambda place: (place.area_id, place.type_id, place.name))
    story = _Story(places, np.random.default_rng([SEED, int(county.code)]), at)
    if not outbreak:
        story.ill = None
    for moment, reports in story.batches(opened):
        sentinels.report_many(reports=reports, by=by, at=moment)
    for number in SILENT:
        if number < len(places):
            _ring(places[number].organisation, at)


def _set_up(county: Area, seat: str, inside: Q, opened: date, at: datetime, by: User) -> None:
    kinds = {kind.pk: kind for kind in SentinelType.objects.all()}
    here = Organisation.objects.filter(inside, closed_on=None)
    for kind, of_kind, most in COVERED:
        chosen = _chosen(here.filter(kind=of_kind), most)
        sentinels.add_sentinels(
            kind=kinds[kind], organisations=chosen, opened_on=opened, by=by, at=at, demo=True
        )
    for kind, code, names, english in NAMED:
        organisation = here.filter(code=f"{seat}-{code}").first()
        for number, name in enumerate(names if organisation else (), 1):
            sentinels.add_sentinel(
                kind=kinds[kind],
                organisation=organisation,  # type: ignore[arg-type]
                name=name,
                name_en=f"{english} {number}",
                longitude=round((county.longitude or 0) + 0.004 * number, 4),
                latitude=round((county.latitude or 0) + 0.003 * len(kind) / 10, 4),
                opened_on=opened,
                demo=True,
                by=by,
                at=at,
            )


def _chosen(rows: QuerySet[Organisation], most: int) -> QuerySet[Organisation]:
    """Those whose people can sign in, some of one township's, and some from every corner."""
    found = list(
        rows.annotate(people=Count("users"))
        .order_by("-people", "area_id", "code")
        .values_list("pk", "people", "area_id")
    )
    chosen = [pk for pk, people, _area in found if people][:most]
    homes = {area[:TOWNSHIP_DIGITS] for _pk, people, area in found if people}
    near = [pk for pk, _p, area in found if area[:TOWNSHIP_DIGITS] in homes and pk not in chosen]
    chosen += near[: (most - len(chosen)) // 3]
    far = [pk for pk, _people, _area in found if pk not in chosen]
    wanted = min(most - len(chosen), len(far))
    chosen += [far[at * len(far) // wanted] for at in range(wanted)]
    return rows.filter(pk__in=chosen)


def _ring(organisation: Organisation, at: datetime) -> None:
    """A number to ring; it rings nowhere."""
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, demo=True)
    by = next((u for u in administrators if organisation.area_id.startswith(u.area_id)), None)
    if by is not None:
        phone = f"100{organisation.pk:08d}"
        directory.edit_organisation(organisation=organisation, phone=phone, by=by, at=at)


class _Story:
    """Who reports what and when."""

    def __init__(self, places: list[Sentinel], rng: np.random.Generator, at: datetime) -> None:
        self.places = places
        self.rng = rng
        self.at = at
        self.today = timezone.localdate(at)
        self.calendars = Calendars()
        self.items: dict[str, list[SentinelItem]] = {}
        for item in SentinelItem.objects.order_by("type_id", "order"):
            self.items.setdefault(item.type_id, []).append(item)
        self.sizes = {place.pk: float(rng.uniform(0.6, 1.5)) for place in places}
        schools = [place.pk for place in places if place.type_id == "school"]
        self.ill = schools[len(schools) // 2] if schools else None

    def batches(self, opened: date) -> Iterator[tuple[datetime, list[sentinels.Figures]]]:
        """Reports in the order of their arrival: each evening's, and what came days later."""
        arriving: dict[date, list[sentinels.Figures]] = {}
        for number, place in enumerate(self.places):
            rhythm = self.calendars.rhythm(place.type_id, place.area_id)
            until = self.today - timedelta(days=SILENT.get(number, 1))
            for start in rhythm.starts(opened, until):
                day = timezone.localdate(rhythm.due_at(start) - timedelta(hours=rhythm.grace_hours))
                day -= timedelta(days=1)  # the period's last day
                chance = self.rng.random()
                if number not in SILENT and chance < 0.02:
                    continue  # never came
                if chance > 0.94 or number % 19 == 7:
                    day += timedelta(days=int(self.rng.integers(2, 5)))
                if day < self.today and day >= start:
                    arriving.setdefault(day, []).append(self.figures(place, start))
        for day in sorted(arriving):
            yield timezone.make_aware(datetime.combine(day, time(17, 40))), arriving[day]

    def figures(self, place: Sentinel, start: date) -> sentinels.Figures:
        """Invented figures of one period, each part smaller than its whole."""
        values: dict[int, int] = {}
        said: dict[str, object] = {}
        for item in self.items[place.type_id]:
            whole = values.get(item.part_of_id or 0)
            size = SIZE.get(item.code, USUAL_SIZE) * self.sizes[place.pk]
            if whole is not None:
                value = int(self.rng.binomial(whole, PART.get(item.code, USUAL_PART)))
            elif item.code in FIXED:
                value = round(size)
            elif derived := DERIVED.get(place.type_id, {}).get(item.code):
                part, over, each = derived
                said[item.code] = f"{each * int(str(said[part])) / int(str(said[over])):.1f}"
                continue
            elif item.kind == SentinelItem.Kind.MEASURE:
                said[item.code] = f"{self.rng.gamma(9, size / 9):.2f}"
                continue
            else:
                value = int(self.rng.poisson(size))
            values[item.pk] = value
            said[item.code] = value
        if place.pk == self.ill:
            said |= self._outbreak(start)
        return sentinels.Figures(place.pk, start, said)

    def _outbreak(self, start: date) -> dict[str, object]:
        """One school in which influenza begins to go round."""
        back = sum(
            (start + timedelta(days=ahead)).weekday() < 5
            for ahead in range(1, (self.today - start).days)
        )
        if back >= len(OUTBREAK):
            return {}
        number = OUTBREAK[-1 - back]
        return {"absent": number + 3, "absent_ill": number, "fever_respiratory": number}
