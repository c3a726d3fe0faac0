"""Sentinels for tests.

school()                        a school sentinel of the tests' county with its organisation
nurse(sentinel)                 somebody of its organisation, who reports
figures(absent_ill=3)           a school's report that is right in every figure but those given
told(sentinel, day, ...)        the report of a day, sent by the nurse at `at`
"""

from datetime import UTC, date, datetime
from typing import Any

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import (
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import (
    Sentinel,
    SentinelReport,
    SentinelType,
    SentinelValue,
    Tally,
)
from pingji.monitor.surveillance.tests.factories import TOWN, county

FRIDAY = date(2025, 11, 21)
MONDAY = date(2025, 11, 17)
NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)  # noon on Friday in the county
RIGHT = {
    "enrolled": 500,
    "absent": 6,
    "absent_ill": 4,
    "fever_respiratory": 2,
    "diarrhoea": 1,
    "rash_fever": 0,
    "red_eyes": 0,
    "swollen_cheeks": 0,
}


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of November 2025 in the county."""
    return datetime(2025, 11, day, hour - 8 if hour >= 8 else hour, minute, tzinfo=UTC)


def kinds() -> None:
    """The plan, the county, and the shipped kinds of sentinel."""
    plan()
    county()
    if not SentinelType.objects.exists():
        sentinels.load_sentinel_types(by=system_user(), at=NOON)


def epidemiologist() -> User:
    """Who sets sentinels up."""
    there = User.objects.filter(role=Role.EPIDEMIOLOGIST, area="500242").first()
    return there or UserFactory(role=Role.EPIDEMIOLOGIST)


def sentinel(kind: str = "school", *, area: str = TOWN, **given: Any) -> Sentinel:
    """A sentinel of the tests' county, reporting from Monday on."""
    kinds()
    further = {"organisation_kind": Organisation.Kind.OTHER, "connected": False} | given
    organisation = further.pop("organisation", None) or OrganisationFactory(
        kind=further["organisation_kind"],
        area=Area.objects.get(pk=area),
        connected=further["connected"],
        phone="10012345678",
    )
    return sentinels.add_sentinel(
        kind=SentinelType.objects.get(pk=kind),
        organisation=organisation,
        opened_on=further.get("opened_on", MONDAY),
        name=further.get("name", ""),
        by=epidemiologist(),
        at=NOON,
    )


def school(**given: Any) -> Sentinel:
    """A school."""
    return sentinel("school", organisation_kind=Organisation.Kind.SCHOOL, **given)


def nurse(of: Sentinel) -> User:
    """Somebody of the sentinel's organisation who reports."""
    people = User.objects.filter(organisation=of.organisation)
    return people.first() or UserFactory(
        role=Role.DEPARTMENT_LIAISON, organisation=of.organisation, area=of.area
    )


def figures(**given: object) -> dict[str, object]:
    """A school's figures, right but for those given."""
    return RIGHT | given


def told(
    of: Sentinel, day: date = FRIDAY, *, when: datetime = NOON, by: User | None = None, **given: Any
) -> sentinels.Outcome:
    """A school's report of a day."""
    further = {k: given.pop(k) for k in ("seen", "sure", "remark") if k in given}
    return sentinels.report(
        sentinel=of, starts_on=day, values=figures(**given), by=by or nurse(of), at=when, **further
    )


def standing(of: Sentinel, day: date = FRIDAY) -> dict[str, int]:
    """The figures in force."""
    values = SentinelValue.objects.filter(
        report__sentinel=of, report__starts_on=day, report__latest=True
    )
    return {v.item.code: int(v.value) for v in values.select_related("item")}


def tallied(disease: str = "fever_respiratory") -> dict[tuple[str, str], int]:
    """Counts of a disease by channel and area."""
    rows = Tally.objects.filter(disease=disease).exclude(count=0)
    return {(row.channel, row.area_id): row.count for row in rows}


def versions(of: Sentinel, day: date = FRIDAY) -> list[tuple[int, bool]]:
    """Every version of a report and whether it is in force."""
    rows = SentinelReport.objects.filter(sentinel=of, starts_on=day).order_by("version")
    return list(rows.values_list("version", "latest"))
