"""Report cards of the demo county, in every state, sent and answered by its invented people.

Some wait to be finished, checked or reviewed, one draft is late, one card came back, two hospitals
reported the same people, and one pair was merged already.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pingji.ground.directory.models import Area, Resident, Role, User
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, Disease, DuplicatePair
from pingji.monitor.surveillance.queries.card_checks import home_of

# Disease, status, days of onset before the diagnosis; taken in turn.
ILLNESSES = (
    ("influenza", "clinical", 1),
    ("hand_foot_mouth", "clinical", 2),
    ("other_infectious_diarrhoea", "confirmed", 1),
    ("tuberculosis", "confirmed", 20),
    ("mumps", "clinical", 2),
    ("dysentery", "confirmed", 1),
    ("scarlet_fever", "clinical", 1),
    ("viral_hepatitis", "confirmed", 5),
)
WHY = "经治医生已核实。"
# By state: who reports, how many hours ago it was diagnosed, hours from there to sending.
PLAN = (
    *(("reviewed", "hospital", 200 - 18 * at, 3) for at in range(5)),
    *(("reviewed", "township", 150 - 22 * at, 5) for at in range(2)),
    *(("reviewed", "village", 120 - 24 * at, 8) for at in range(2)),
    *(("checked", "hospital", 40 - 5 * at, 2) for at in range(3)),
    *(("checked", "township", 30 - 5 * at, 3) for at in range(2)),
    *(("sent", "hospital", 12 - 3 * at, 1) for at in range(3)),
    *(("sent", "village", 9 - 3 * at, 1) for at in range(2)),
    ("returned", "hospital", 50, 4),
    ("returned", "township", 44, 6),
    ("withdrawn", "hospital", 60, 4),
    ("draft", "hospital", 3, 1),
    ("draft", "hospital", 29, 1),
    ("draft", "village", 5, 1),
)


@dataclass
class Reporters:
    """Who fills in, who of the hospital's checks it, and who reviews."""

    hospital: User
    colleague: User
    township: User
    village: User
    cdc: User

    def at_home_in(self, county: Area) -> bool:
        """Whether each may report the county's people as living in “this county”.

        In a city of several counties the township's doctors are at home in one of them only.
        """
        homes = (home_of(user) for user in (self.hospital, self.township, self.village))
        return all(county.code.startswith(home) for home in homes)


def make(county: Area, *, seat: str, at: datetime) -> None:
    """Fill in the cards of one county, where its people are the seat's."""
    who = _reporters(seat)
    if who is None or not who.at_home_in(county):
        return
    if CaseReport.objects.filter(filled_by=who.hospital).exists():
        return
    known = {code for code, _status, _days in ILLNESSES} & _watched()
    illnesses = [row for row in ILLNESSES if row[0] in known]
    people = list(_people(county, at)[: len(PLAN) + 3])
    if len(people) < len(PLAN) + 3 or not illnesses:
        return
    for turn, (state, role, ago, later) in enumerate(PLAN):
        illness = illnesses[turn % len(illnesses)]
        diagnosed = at - timedelta(hours=ago)
        facts = _facts(people[turn], illness, diagnosed, getattr(who, role))
        _tell(who, state, getattr(who, role), facts, diagnosed + timedelta(hours=later))
    for turn, person in enumerate(people[len(PLAN) :]):
        _twice(who, person, illnesses[turn % len(illnesses)], at, merge=turn == 2)


def _reporters(seat: str) -> Reporters | None:
    people = User.objects.filter(area__code__startswith=seat, demo=True)
    roles = {
        "township": Role.TOWNSHIP_DOCTOR,
        "village": Role.VILLAGE_DOCTOR,
        "cdc": Role.EPIDEMIOLOGIST,
    }
    found = {name: people.filter(role=role).order_by("pk").first() for name, role in roles.items()}
    of_hospital = people.filter(role=Role.HOSPITAL_REPORTER).order_by("pk")
    found |= {"hospital": of_hospital.first(), "colleague": of_hospital.last()}
    return None if None in found.values() else Reporters(**found)  # type: ignore[arg-type]


def _watched() -> set[str]:
    return set(Disease.objects.values_list("pk", flat=True))


def _people(county: Area, at: datetime) -> Any:
    """Grown-ups of the register: whoever is grown up needs neither guardian nor class."""
    born = timezone.localdate(at) - timedelta(days=365 * 20)
    rows = Resident.objects.filter(area__code__startswith=county.code, demo=True)
    return rows.filter(born_on__lt=born, born_on__gt=born - timedelta(days=365 * 50)).order_by("pk")


def _facts(
    person: Resident, illness: tuple[str, str, int], diagnosed: datetime, by: User
) -> dict[str, Any]:
    disease, status, before = illness
    return {
        "identity_number": person.identity_number,
        "name": person.name,
        "guardian": "",
        "sex": person.sex,
        "born_on": person.born_on,
        "age": None,
        "occupation": "farmer" if person.pk % 3 else "worker",
        "phone": person.phone,
        "patient": CaseReport.Patient.COUNTY,
        "area": person.area_id,
        "address": person.address,
        "institution": None,
        "workplace": "",
        "school_class": "",
        "disease": disease,
        "status": status,
        "severe": False,
        "onset_on": timezone.localdate(diagnosed) - timedelta(days=before),
        "diagnosed_at": diagnosed,
        "died_on": None,
        "doctor": by.display_name,
        "remark": "",
    }


def _tell(who: Reporters, state: str, by: User, facts: dict[str, Any], at: datetime) -> None:
    if state == "draft":
        actions.save_draft(facts=facts, by=by, at=at)
        return
    card = actions.send_card(facts=facts, by=by, at=at, confirmed=WHY)
    soon = at + timedelta(minutes=20)
    if state in {"checked", "reviewed"}:
        checker = who.colleague if by == who.hospital else by
        card = actions.check_card(card=card, by=checker, at=soon)
    if state == "reviewed":
        actions.review_card(card=card, by=who.cdc, at=at + timedelta(minutes=50))
    elif state == "returned":
        actions.return_card(
            card=card, by=who.cdc, at=at + timedelta(minutes=50), reason="现住址请核实到村民小组。"
        )
    elif state == "withdrawn":
        actions.withdraw_card(card=card, by=by, at=soon, reason="复核后排除，误报。")


def _twice(
    who: Reporters,
    person: Resident,
    illness: tuple[str, str, int],
    at: datetime,
    *,
    merge: bool,
) -> None:
    """The same person reported by two: once whole, once from hearsay."""
    first = at - timedelta(hours=31)
    facts = _facts(person, illness, first, who.hospital)
    kept = actions.send_card(
        facts=facts, by=who.hospital, at=first + timedelta(hours=1), confirmed=WHY
    )
    again = _facts(person, illness, first + timedelta(hours=3), who.township)
    again |= {"identity_number": "", "phone": "", "remark": "家属口述，未带证件。"}
    other = actions.send_card(
        facts=again, by=who.township, at=first + timedelta(hours=4), confirmed=WHY
    )
    pair = DuplicatePair.objects.filter(first=kept, second=other).first()
    if merge and pair is not None:
        actions.merge_cards(
            pair=pair,
            keep=kept,
            by=who.cdc,
            at=first + timedelta(hours=6),
            reason="同一患者先后在两家机构就诊。",
        )
