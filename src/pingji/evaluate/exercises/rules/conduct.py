"""How long the people whom the machine plays take for what waits for them."""

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

from django.utils import timezone

SHIPPED = Path(__file__).parents[1] / "data" / "conduct.toml"
A_MINUTE = timedelta(minutes=1)
CERTAIN = 2**64


@dataclass(frozen=True)
class Deed:
    """Something that people do, and how long it waits for them.

    Attributes:
        kind: What it is: "alert.verify".
        role: Whose it is; "*" where the row itself says so.
        median_minutes: Half of them are quicker.
        spread: Standard deviation of the wait's logarithm.
        at_night: "works", "slow" or "rests".
        share_of_time: Median as a share of the time that the row's clock allows, or None.
        longest_minutes: The median is no longer than this, however much a clock allows; or None.
        note: Where the figures come from, in Chinese.
        note_en: The same in English.
    """

    kind: str
    role: str
    median_minutes: float
    spread: float
    at_night: str
    note: str
    note_en: str
    share_of_time: float | None = None
    longest_minutes: float | None = None


@dataclass(frozen=True)
class Conduct:
    """All deeds, the night's hours, and how staff judge what a plan leaves to a person.

    Attributes:
        deeds: Each deed by its kind.
        night_begins: Hour from which on it is night.
        night_ends: Hour at which it ends.
        night_factor: How many times slower staff are then.
        real_share: Share of what stands above the expected that makes an alert real.
        quiet_days: Days without a new report after which an event may end.
        lower_share: Share of these after which a response is lowered.
        rising_days: More cases in so many days than in those before are a rise.
        rising_cases: Fewer are none.
        phases: By plan and number of the phase: which of some conditions begin it.
        further: What begins a phase in the middle of a plan that is not named.
        last: What begins the last phase of one.
        grade_days: Within how many days cases of one place are counted for the grade.
        grade_cases: By disease, "*" for all others: from how many an event is ordinary (grade IV).
        second_days: Within how many days cases outside an incident's places are counted.
        second_cases: So many of them make it the whole county's.
        look_hour: Hour at which events are looked through each day.
        risk_days: Within how many days cases of a township are counted for its risk.
        risk_cases: Cases of these, for each level of risk area, highest first.
        returned_share: Share of the cards that the CDC sends back once.
        switch_levels: Levels of response at which a place is switched to emergency.
        bulletin_days: Days from one public bulletin to the next.
        experts: How many experts are asked.
        doubting_share: Share of them who think the risk a step less likely.
        school_share: Share of the patients who are pupils from which on it is a school's event.
    """

    deeds: Mapping[str, Deed]
    night_begins: int
    night_ends: int
    night_factor: float
    real_share: float
    quiet_days: int
    lower_share: float
    rising_days: int
    rising_cases: int
    phases: Mapping[tuple[str, int], tuple[str, ...]]
    further: tuple[str, ...]
    last: tuple[str, ...]
    grade_days: int
    grade_cases: Mapping[str, int]
    second_days: int
    second_cases: int
    look_hour: int
    risk_days: int
    risk_cases: tuple[int, ...]
    returned_share: float
    switch_levels: tuple[str, ...]
    bulletin_days: int
    experts: int
    doubting_share: float
    school_share: float

    def begins(self, plan: str, number: int, *, last: bool) -> tuple[str, ...]:
        """What begins a phase of a plan."""
        return self.phases.get((plan, number), self.last if last else self.further)

    def ordinary_from(self, disease: str | None) -> int:
        """From how many cases of one place on an event is an ordinary one."""
        return self.grade_cases.get(disease or "*", self.grade_cases["*"])

    def changed(self, changes: Mapping[str, Mapping[str, Any]]) -> "Conduct":
        """With what a scenario sets: a median of its own holds whatever a clock allows."""
        deeds = dict(self.deeds)
        for kind, change in changes.items():
            given = {key: value for key, value in change.items() if value is not None}
            if "median_minutes" in given:
                given["share_of_time"] = None
            deeds[kind] = replace(deeds[kind], **given)
        return replace(self, deeds=deeds)


@lru_cache(maxsize=1)
def shipped() -> Conduct:
    """What ships with the program."""
    with SHIPPED.open("rb") as file:
        data = tomllib.load(file)
    night = data["night"]
    return Conduct(
        deeds={row["kind"]: Deed(**row) for row in data["deed"]},
        night_begins=night["begins"],
        night_ends=night["ends"],
        night_factor=night["factor"],
        real_share=data["truth"]["share"],
        quiet_days=data["quiet"]["days"],
        lower_share=data["quiet"]["lower_share"],
        rising_days=data["rising"]["days"],
        rising_cases=data["rising"]["cases"],
        phases={(row["plan"], row["number"]): tuple(row["when"]) for row in data["phase"]},
        further=tuple(data["phases"]["further"]),
        last=tuple(data["phases"]["last"]),
        grade_days=data["grade"]["days"],
        grade_cases=data["grade"]["cases"],
        second_days=data["second"]["days"],
        second_cases=data["second"]["cases"],
        look_hour=data["look"]["hour"],
        risk_days=data["risk"]["days"],
        risk_cases=tuple(data["risk"]["cases"]),
        returned_share=data["returned"]["share"],
        switch_levels=tuple(data["switch"]["levels"]),
        bulletin_days=data["bulletin"]["days"],
        experts=data["experts"]["number"],
        doubting_share=data["experts"]["doubting_share"],
        school_share=data["school"]["share"],
    )


def conduct_of(scenario: Mapping[str, Any]) -> Conduct:
    """How people behave in a scenario: as shipped, but for what it sets."""
    return shipped().changed(scenario.get("conduct") or {})


def drawn(seed: int, kind: str, key: str) -> float:
    """A number between 0 and 1, always the same for the same seed, kind and key."""
    digest = hashlib.sha256(f"{seed}|{kind}|{key}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 0.5) / CERTAIN


def done_at(
    conduct: Conduct,
    kind: str,
    *,
    since: datetime,
    seed: int,
    key: str,
    allowed: timedelta | None = None,
) -> datetime:
    """When something that has waited since a moment is done, on a whole minute.

    Args:
        conduct: How people behave.
        kind: What is done.
        since: From when on it waits.
        seed: The exercise's.
        key: What tells the row from all others of its kind.
        allowed: How long the row's clock allows, where one runs.
    """
    deed = conduct.deeds[kind]
    median = timedelta(minutes=deed.median_minutes)
    if deed.share_of_time is not None and allowed is not None:
        median = allowed * deed.share_of_time
        if deed.longest_minutes is not None:
            median = min(median, timedelta(minutes=deed.longest_minutes))
    wait = median * math.exp(deed.spread * NormalDist().inv_cdf(drawn(seed, kind, key)))
    done = _through_the_night(conduct, deed.at_night, since, wait)
    return done.replace(second=0, microsecond=0) + A_MINUTE


def _through_the_night(
    conduct: Conduct, at_night: str, since: datetime, wait: timedelta
) -> datetime:
    """When a wait is over that counts in full by day only."""
    if at_night == "works":
        return since + wait
    moment = since
    while True:
        night, over = _spell(conduct, moment)
        pace = 1.0 if not night else 1 / conduct.night_factor if at_night == "slow" else 0.0
        done = (over - moment) * pace
        if done >= wait and pace:
            return moment + wait / pace
        wait -= done
        moment = over


def _spell(conduct: Conduct, moment: datetime) -> tuple[bool, datetime]:
    """Whether it is night at a moment, and when that ends."""
    local = timezone.localtime(moment)
    morning = local.replace(hour=conduct.night_ends, minute=0, second=0, microsecond=0)
    evening = local.replace(hour=conduct.night_begins, minute=0, second=0, microsecond=0)
    if local < morning:
        return True, morning
    if local < evening:
        return False, evening
    return True, morning + timedelta(days=1)
