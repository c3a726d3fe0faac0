"""The parts of a scenario file: what each table of it may hold."""

import datetime as calendar
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.utils import timezone
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from pingji.analysis.simulate.pathogen import known_pathogens
from pingji.evaluate.exercises.rules.conduct import shipped
from pingji.ground.directory.models import Role
from pingji.ground.directory.queries import demonstration_areas, listed_areas
from pingji.ground.standards.queries.files import shipped_profiles

LONGEST = 366  # days
CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$", re.ASCII)


def refuse(zh: str, en: str) -> PydanticCustomError:
    """A fault, said for the person who wrote the file."""
    return PydanticCustomError("profile", "{en}", {"zh": zh, "en": en})


def _one_of(value: object, known: Iterable[str], zh: str, en: str) -> object:
    there = list(known)
    if value not in there:
        raise refuse(
            f"没有“{value}”这一{zh}，可用的有：{'、'.join(there)}",
            f"there is no {en} “{value}”; there are {', '.join(there)}",
        )
    return value


def _role(value: object) -> object:
    return _one_of(value, Role.values, "角色", "role")


def _pathogen(value: object) -> object:
    return _one_of(value, known_pathogens(), "病原", "pathogen")


def _profile(value: object) -> object:
    return _one_of(value, shipped_profiles(), "方案", "profile")


def _county(value: object) -> object:
    known = sorted(
        code
        for code in listed_areas()
        if len(code) == 6 and code.startswith(tuple(demonstration_areas()))
    )
    if value not in known:
        raise refuse(
            f"“{value}”不能演练，可用的县有：{'、'.join(known)}",
            f"“{value}” cannot be played; there are {', '.join(known)}",
        )
    return value


def _deed(value: object) -> object:
    known = sorted(shipped().deeds)
    if value not in known:
        raise refuse(
            f"没有“{value}”这一动作，可用的有：{'、'.join(known)}",
            f"there is no deed “{value}”; there are {', '.join(known)}",
        )
    return value


def _township(value: str) -> str:
    if len(value) != 9 or value not in listed_areas():
        raise refuse(
            f"没有代码为“{value}”的乡镇（应为九位区划代码）",
            f"there is no township “{value}” (a code of nine digits)",
        )
    return value


def _clock(value: str) -> str:
    if not CLOCK.match(value):
        raise refuse(
            f'“{value}”不是一天中的时刻，应写作 "时:分"，从 "00:00" 到 "23:59"',
            f"“{value}” is no time of day; write “hh:mm”, from “00:00” to “23:59”",
        )
    return value


def _ages(value: list[int]) -> list[int]:
    if value and (len(value) != 2 or value[0] > value[1] or value[0] < 0):
        raise refuse("年龄应写作 [最小, 最大]", "ages are written as [youngest, oldest]")
    return value


Written = Annotated[str, Field(min_length=1)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)]
RoleName = Annotated[str, BeforeValidator(_role)]
Township = Annotated[str, AfterValidator(_township)]
Ages = Annotated[list[int], AfterValidator(_ages)]
DayNumber = Annotated[int, Field(ge=0)]
Clock = Annotated[str, AfterValidator(_clock)]


class Part(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Seeding(Part):
    """People of a township who are infected from outside on a day."""

    day: DayNumber
    township: Township
    people: Annotated[int, Field(gt=0)]
    ages: Ages = []
    # All of one school of the township, as many as there are; else anybody of the age.
    school: bool = False


class Timed(Part):
    """What those who direct the exercise bring in at a moment."""

    day: DayNumber
    time: Clock

    @property
    def hour(self) -> calendar.time:
        """The time of day."""
        return calendar.time.fromisoformat(self.time)


class Message(Timed):
    """A message to everybody of some roles; from a role, or from those who direct the exercise."""

    kind: Literal["message"]
    to: Annotated[list[RoleName], Field(min_length=1)]
    sender: RoleName | None = None
    text: Written
    text_en: Written


class Post(Timed):
    """What the public writes somewhere open, so often as it is said."""

    kind: Literal["post"]
    township: Township
    text: Written
    times: Annotated[int, Field(gt=0, le=500)] = 1


class Infect(Timed):
    """Infections brought into a township later on."""

    kind: Literal["infect"]
    township: Township
    people: Annotated[int, Field(gt=0)]
    ages: Ages = []
    school: bool = False


class Absent(Timed):
    """A role that nobody plays for some hours."""

    kind: Literal["absent"]
    role: RoleName
    hours: Annotated[float, Field(gt=0)]


class Outage(Timed):
    """Townships, or the whole county, that cannot report for some hours."""

    kind: Literal["outage"]
    hours: Annotated[float, Field(gt=0)]
    townships: list[Township] = []

    def reaches(self, area: str) -> bool:
        """Whether an area cannot report in it."""
        return not self.townships or area.startswith(tuple(self.townships))


Inject = Annotated[Message | Post | Infect | Absent | Outage, Field(discriminator="kind")]
INJECTS = ("message", "post", "infect", "absent", "outage")


class ConductChange(Part):
    """How long a deed of the machine's staff takes in this scenario, instead of as usual."""

    median_minutes: Annotated[float, Field(gt=0)] | None = None
    # Standard deviation of the wait's logarithm: 0 is always the median.
    spread: Annotated[float, Field(ge=0)] | None = None


class Conduct(ConductChange):
    """The same as a table of the file."""

    kind: Annotated[str, BeforeValidator(_deed)]


class Head(Part):
    """The table [scenario]."""

    code: Word
    name: Annotated[str, Field(min_length=1, max_length=120)]
    name_en: Annotated[str, Field(min_length=1, max_length=120)]
    purpose: Written
    purpose_en: Written
    profile: Annotated[str, BeforeValidator(_profile)]
    county: Annotated[str, BeforeValidator(_county)]
    # How many residents; None for as many as the census counted.
    people: Annotated[int, Field(gt=0)] | None = None
    pathogen: Annotated[str, BeforeValidator(_pathogen)]
    # People whom one infects at first; None for that of the pathogen.
    r0: Annotated[float, Field(gt=0, le=30)] | None = None
    # From JSON it is read as text.
    starts_at: Annotated[AwareDatetime, Field(strict=False)]
    days: Annotated[int, Field(gt=0, le=LONGEST)]
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    # Simulated seconds in a second; 0 for as fast as the machine can.
    speed: Annotated[int, Field(ge=0, le=86_400)] = 0
    people_play: list[RoleName] = []
    # Whether three years of ordinary reports lie before the exercise.
    history: bool = True


class ScenarioFile(Part):
    """A whole scenario as written in one file."""

    scenario: Head
    seeding: list[Seeding] = []
    inject: list[Inject] = []
    conduct: list[Conduct] = []


class Scenario(Head):
    """What an exercise plays, read and checked."""

    seeding: list[Seeding] = []
    injects: list[Inject] = []
    conduct: dict[str, ConductChange] = {}

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.day_begins(self.days)

    def day_begins(self, day: int) -> datetime:
        """When a day begins: the first with the exercise, each other at midnight."""
        first = timezone.localdate(self.starts_at)
        midnight = datetime.combine(first + timedelta(days=day), calendar.time())
        return max(self.starts_at, timezone.make_aware(midnight))

    def day_of(self, moment: datetime) -> int:
        """On which day of the exercise a moment lies."""
        return (timezone.localdate(moment) - timezone.localdate(self.starts_at)).days

    def moment(self, inject: Timed) -> datetime:
        """When an inject happens."""
        first = timezone.localdate(self.starts_at)
        return timezone.make_aware(
            datetime.combine(first + timedelta(days=inject.day), inject.hour)
        )

    def until(self, inject: Absent | Outage) -> datetime:
        """When an absence or an outage is over."""
        return self.moment(inject) + timedelta(hours=inject.hours)

    def absent(self, moment: datetime) -> dict[str, datetime]:
        """The roles that nobody plays at a moment, and until when."""
        return {
            one.role: self.until(one)
            for one in self.injects
            if isinstance(one, Absent) and self.moment(one) <= moment < self.until(one)
        }

    def can_report_from(self, area: str, moment: datetime) -> datetime:
        """When an area that wants to report can: then, or at the end of an outage."""
        outages = sorted((one for one in self.injects if isinstance(one, Outage)), key=self.moment)
        for one in outages:
            if one.reaches(area) and self.moment(one) <= moment < self.until(one):
                moment = self.until(one)
        return moment
