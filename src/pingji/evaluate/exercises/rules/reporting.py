"""How the simulated ill come to be reported: where, how surely, how soon. Figures are data."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist

import numpy as np
from django.utils import timezone

from pingji.analysis.simulate.holidays import working_day
from pingji.evaluate.exercises.rules.conduct import drawn

SHIPPED = Path(__file__).parents[1] / "data" / "reporting.toml"
MINUTES = 24 * 60


@dataclass(frozen=True)
class Place:
    """A kind of place that sees the ill.

    Attributes:
        kind: "hospital", "township" or "village".
        role: Who fills in its cards.
        share: Of those who may choose, how many go there.
        tested: Share of its patients who are tested.
        median_minutes: Half of its cards are sent sooner after the diagnosis.
        spread: Standard deviation of that delay's logarithm.
        from_hour: From when on cards are sent there.
        until_hour: Until when.
    """

    kind: str
    role: str
    share: float
    tested: float
    median_minutes: float
    spread: float
    from_hour: int
    until_hour: int


@dataclass(frozen=True)
class Recognition:
    """How a disease is told.

    Attributes:
        code: The disease.
        recognised: Share of those not tested who are reported by their symptoms.
        status: What their cards say.
        test: The test on the spot, "" for none.
        later: The laboratory's test.
        later_share: Share of these of which a specimen is sent.
        later_hours: Hours until its result.
        figures: Which figures of sentinels it raises.
    """

    code: str
    recognised: float
    status: str
    test: str
    later: str
    later_share: float
    later_hours: float
    figures: str


@dataclass(frozen=True)
class Figure:
    """What the ill add to figures of a kind of sentinel.

    Attributes:
        figures: For which diseases.
        kind: The kind of sentinel.
        items: Figures that rise by it, each the whole of the one after it.
        of: "onset", "care", "absent" or "shedding".
        near: "place" or "county".
        share: Share of them.
        disease: Only for this disease.
        test: Only those positive in this test are counted in the last of the items.
        copies: Copies of the pathogen that each sheds into waste water in a day: the items are
            measured per litre of the sentinel's flow then.
    """

    figures: str
    kind: str
    items: tuple[str, ...]
    of: str
    near: str
    share: float
    disease: str = ""
    test: str = ""
    copies: float = 0.0


@dataclass(frozen=True)
class Weekly:
    """What the ill add to a weekly figure of the whole county.

    Attributes:
        figures: For which diseases.
        channel: The figure's channel.
        disease: The figure's disease.
        of: "onset" or "care".
        share: Share of them.
    """

    figures: str
    channel: str
    disease: str
    of: str
    share: float


@dataclass(frozen=True)
class Reporting:
    """All of it."""

    begins: int
    ends: int
    at_night: float
    weekend_waits: float
    morning: float
    queue_minutes: float
    places: dict[str, Place]
    diseases: dict[str, Recognition]
    absent_days: int
    absent_share: float
    work_on_days_off: float
    silent_share: float
    shedding_before: int
    shedding_days: int
    weekly_noise: float
    figures: list[Figure] = field(default_factory=list)
    weekly: list[Weekly] = field(default_factory=list)


@lru_cache(maxsize=1)
def shipped_reporting() -> Reporting:
    """What ships with the program."""
    with SHIPPED.open("rb") as file:
        data = tomllib.load(file)
    visit, absence = data["visit"], data["absence"]
    for row in (*data["place"], *data["disease"], *data["weekly"]):
        del row["note"], row["note_en"]
    places = [Place(**row) for row in data["place"]]
    return Reporting(
        begins=visit["begins"],
        ends=visit["ends"],
        at_night=visit["at_night"],
        weekend_waits=visit["weekend_waits"],
        morning=visit["morning"],
        queue_minutes=data["queue"]["minutes"],
        places={place.kind: place for place in places},
        diseases={row["code"]: Recognition(**row) for row in data["disease"]},
        absent_days=absence["days"],
        absent_share=absence["share"],
        silent_share=data["sentinels"]["silent_share"],
        work_on_days_off=data["rhythm"]["work_on_days_off"],
        shedding_before=data["shedding"]["before"],
        shedding_days=data["shedding"]["days"],
        weekly_noise=data["weekly_figures"]["noise"],
        weekly=[Weekly(**row) for row in data["weekly"]],
        figures=[Figure(**row | {"items": tuple(row["items"])}) for row in data["figure"]],
    )


def chosen_place(reachable: Sequence[str], *, severe: bool, seed: int, key: str) -> Place:
    """Where somebody goes, among the kinds of places in reach.

    Raises:
        ValueError: If no place is in reach.
    """
    known = shipped_reporting().places
    places = [known[kind] for kind in reachable]
    if not places:
        raise ValueError("nobody sees the ill here")
    if severe and "hospital" in reachable:
        return known["hospital"]
    left = drawn(seed, "place", key) * sum(place.share for place in places)
    for place in places:
        left -= place.share
        if left <= 0:
            return place
    return places[-1]


def seen_at(day: date, *, severe: bool, seed: int, key: str) -> datetime:
    """When somebody who goes to a doctor on a day is seen: perhaps only on the next working day."""
    usual = shipped_reporting()
    waits = not severe and drawn(seed, "weekend", key) < usual.weekend_waits
    while waits and not bool(working_day(np.array([np.datetime64(day)]))[0]):
        day += timedelta(days=1)
    share = drawn(seed, "hour", key)
    if share < usual.at_night:
        closed = (24 - usual.ends + usual.begins) * 60
        minute = (usual.ends * 60 + share / usual.at_night * closed) % MINUTES
    else:
        open_for = (usual.ends - usual.begins) * 60
        share = ((share - usual.at_night) / (1 - usual.at_night)) ** usual.morning
        minute = usual.begins * 60 + share * open_for
    midnight = timezone.make_aware(datetime.combine(day, time()))
    return midnight + timedelta(minutes=int(minute))


def sent_at(seen: datetime, place: Place, *, seed: int, key: str) -> datetime:
    """When the card of somebody seen at a moment is sent: after a while, when somebody is there."""
    wait = NormalDist().inv_cdf(drawn(seed, "card", key))
    minutes = place.median_minutes * math.exp(place.spread * wait)
    moment = timezone.localtime(seen + timedelta(minutes=int(minutes) + 1))
    opens = moment.replace(hour=place.from_hour, minute=0)
    waits = drawn(seed, "queue", key) * shipped_reporting().queue_minutes
    queue = timedelta(minutes=int(waits))
    if moment < opens:
        return opens + queue
    if moment.hour >= place.until_hour:
        return opens + timedelta(days=1) + queue
    return moment
