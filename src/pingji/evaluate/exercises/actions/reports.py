"""How the program learns of the simulated ill: cards that doctors send, with the register's facts.

Everything a card says beyond the register is decided when the patient's day is lived, and waits in
the agenda; it holds no name and no number, which are the register's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.analysis.simulate.happened import Day
from pingji.analysis.simulate.pathogen import Severity
from pingji.analysis.simulate.population import NOWHERE
from pingji.evaluate.exercises.actions import figures, ordinary, weekly
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.evaluate.exercises.rules.conduct import drawn
from pingji.evaluate.exercises.rules.reporting import (
    Place,
    chosen_place,
    seen_at,
    sent_at,
    shipped_reporting,
)
from pingji.evaluate.exercises.rules.scenario import Scenario, there_from
from pingji.ground.directory.models import Organisation, Resident, Role, User
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import CaseReport, CaseStatus
from pingji.monitor.surveillance.queries.card_checks import facts_of

if TYPE_CHECKING:
    from pingji.evaluate.exercises.actions.world import World

Outcome = tuple[str, str]
SURE = "经治医生已核实。"
A_MINUTE = timedelta(minutes=1)


def plan(world: "World", happened: Day, *, at: datetime) -> None:
    """Put what will be reported of one day on the agenda: patients, figures, and the ordinary.

    Args:
        world: The outbreak.
        happened: What happened on the day.
        at: The moment of the exercise.
    """
    doctors = Doctors(world, happened.day, at)
    due = list(doctors.cards(happened.care.tolist()))
    due += doctors.deaths(happened.died.tolist())
    Due.objects.bulk_create(due)
    figures.plan(world, happened, at=at)
    ordinary.plan(world.exercise, doctors.today, at=at)
    weekly.plan(world.exercise, doctors.today, at=at)


@dataclass
class Doctors:
    """Those who see the patients of one day."""

    world: "World"
    day: int
    at: datetime

    def __post_init__(self) -> None:
        self.scenario = self.world.scenario
        self.seed = self.world.exercise.seed
        self.today: date = timezone.localdate(self.scenario.day_begins(self.day))
        self.told = shipped_reporting().diseases[self.scenario.pathogen]

    @cached_property
    def people(self) -> dict[str, list[User]]:
        """Who fills in cards, by kind of place; always in the same order."""
        roles = {place.role: kind for kind, place in shipped_reporting().places.items()}
        found: dict[str, list[User]] = {kind: [] for kind in roles.values()}
        rows = User.objects.people().filter(
            is_active=True, role__in=roles, organisation__isnull=False
        )
        for user in rows.select_related("organisation").order_by("username"):
            found[roles[user.role]].append(user)
        return found

    def near(self, village: str) -> dict[str, User]:
        """Who sees the people of a village, by kind of place."""
        county = self.world.exercise.area_id
        found: dict[str, User] = {}
        for kind, users in self.people.items():
            for user in users:
                seat = user.organisation.area_id if user.organisation else user.area_id
                reach = county if kind == "hospital" else seat
                if village.startswith(reach) and seat.startswith(county):
                    found.setdefault(kind, user)
        return found

    def cards(self, people: list[int]) -> Iterator[Due]:
        """The cards of those who saw a doctor; not everybody's illness is told from others."""
        if not people:
            return
        cases = self.world.outbreak.cases()
        rows = dict(zip(cases.person.tolist(), range(len(cases.person)), strict=True))
        for person in people:
            village, key = self.world.persons.village(person), str(person)
            near = self.near(village)
            if not near:
                continue
            row = rows[person]
            severe = int(cases.severity[row]) >= Severity.SEVERE
            place = chosen_place(sorted(near), severe=severe, seed=self.seed, key=key)
            status = self._status(person, place)
            if status is None:
                continue
            seen = max(seen_at(self.today, severe=severe, seed=self.seed, key=key), self.at)
            sent = sent_at(seen, place, seed=self.seed, key=key)
            exercise = self.world.exercise
            sent = there_from(exercise.scenario, exercise.starts_at, place.role, sent)
            sent = self.scenario.can_report_from(village, sent)
            facts = self._facts(person) | {
                "by": near[place.kind].username,
                "status": status,
                "severe": severe,
                "seen_at": seen.isoformat(),
                "onset_on": self._date(int(cases.onset[row])).isoformat(),
                "later": status == self.told.status and self._positive_later(person),
            }
            yield Due(
                kind="report",
                key=key,
                area_id=village,
                at=max(sent, seen + A_MINUTE),
                payload=facts,
            )

    def _date(self, day: int) -> date:
        return self.today + timedelta(days=day - self.day)

    def _status(self, person: int, place: Place) -> str | None:
        """What the card says, by a test where there is one; None where no card is written."""
        key = str(person)
        if self.told.test and drawn(self.seed, "tested", key) < place.tested:
            outbreak = self.world.outbreak
            positive = bool(outbreak.test([person], self.day, self.told.test)[0])
            return CaseStatus.CONFIRMED.value if positive else None
        known = drawn(self.seed, "recognised", key) < self.told.recognised
        return self.told.status if known else None

    def _positive_later(self, person: int) -> bool:
        """Whether a specimen goes to the laboratory, and is positive there."""
        if drawn(self.seed, "specimen", str(person)) >= self.told.later_share:
            return False
        return bool(self.world.outbreak.test([person], self.day, self.told.later)[0])

    def _facts(self, person: int) -> dict[str, Any]:
        persons = self.world.persons
        school = persons.school_of(person)
        known = persons.schools[school] if school != NOWHERE else None
        return {
            "person": person,
            "disease": self.scenario.pathogen,
            "occupation": persons.occupation(person),
            "guardian": persons.guardian(person),
            "school": known.code if known else "",
            "workplace": known.name if known else "",
            "school_class": persons.class_name(person),
        }

    def deaths(self, people: list[int]) -> list[Due]:
        """Deaths to be added to the cards of those reported."""
        found = []
        for person in people:
            share = drawn(self.seed, "death", str(person))
            minutes = int(share * 24 * 60)
            found.append(
                Due(
                    kind="report.death",
                    key=str(person),
                    area_id=self.world.persons.village(person),
                    at=self.scenario.day_begins(self.day) + timedelta(minutes=minutes),
                    payload={"person": person, "died_on": self.today.isoformat()},
                )
            )
        return found


def send(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """A doctor sends the card of a simulated patient."""
    said = due.payload
    illness = Illness.objects.select_for_update().get(person=said["person"])
    if illness.report is not None:
        return None
    by = User.objects.select_related("organisation").get(username=said["by"])
    scenario = Scenario.model_validate(exercise.scenario)
    card = surveillance.send_card(
        facts=_facts(exercise, said, by),
        by=by,
        at=at,
        key=f"{scenario.code}-{said['person']}",
        confirmed=SURE,
    )
    illness.report, illness.reported_at = card.pk, at
    illness.save(update_fields=["report", "reported_at"])
    if said["later"]:
        hours = shipped_reporting().diseases[said["disease"]].later_hours
        Due.objects.create(
            kind="report.result",
            key=due.key,
            area_id=due.area_id,
            at=scenario.can_report_from(due.area_id, at + timedelta(hours=hours)),
            payload={"person": said["person"]},
        )
    return in_both(
        lambda: (
            _("%(who)s reported %(disease)s, %(status)s.")
            % {"who": by, "disease": card.disease, "status": card.get_status_display()}
        )
    )


def _facts(exercise: Exercise, said: dict[str, Any], by: User) -> dict[str, Any]:
    """What the card says: the register's facts of the resident, and what the doctor found."""
    assert exercise.first_resident is not None
    resident = Resident.objects.get(pk=exercise.first_resident + said["person"])
    guardian = said["guardian"]
    parent = (
        Resident.objects.filter(pk=exercise.first_resident + guardian).first()
        if guardian is not None
        else None
    )
    school = Organisation.objects.filter(code=said["school"]).first() if said["school"] else None
    seen = datetime.fromisoformat(said["seen_at"])
    return {
        "identity_number": resident.identity_number,
        "name": resident.name,
        "guardian": parent.name if parent is not None else "不详",
        "sex": resident.sex,
        "born_on": resident.born_on,
        "age": None,
        "occupation": said["occupation"],
        "phone": resident.phone or (parent.phone if parent is not None else ""),
        "patient": CaseReport.Patient.COUNTY,
        "area": resident.area_id,
        "address": resident.address,
        "institution": school.pk if school is not None else None,
        "workplace": said["workplace"],
        "school_class": said["school_class"],
        "disease": said["disease"],
        "status": said["status"],
        "severe": said["severe"],
        "onset_on": date.fromisoformat(said["onset_on"]),
        "diagnosed_at": seen,
        "died_on": None,
        "doctor": by.display_name,
        "remark": "",
    }


def result(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """The laboratory's result comes, and the doctor corrects the card."""
    return _correct(
        due, at, {"status": CaseStatus.CONFIRMED.value}, _("Positive in the laboratory.")
    )


def death(exercise: Exercise, due: Due, at: datetime) -> Outcome | None:
    """A patient has died; the card says so."""
    died_on = date.fromisoformat(due.payload["died_on"])
    return _correct(due, at, {"died_on": died_on}, _("The patient has died."))


def _correct(due: Due, at: datetime, changed: dict[str, Any], reason: str) -> Outcome | None:
    illness = Illness.objects.filter(person=due.payload["person"], report__isnull=False).first()
    if illness is None:
        return None
    card = CaseReport.objects.select_related("filled_by__organisation").get(pk=illness.report)
    if card.state not in CaseReport.COUNTED or card.filled_by is None:
        return None
    facts = facts_of(card)
    if all(facts[name] == value for name, value in changed.items()):
        return None
    by = _reporter(card)
    surveillance.correct_card(card=card, facts=facts | changed, by=by, at=at, reason=reason)
    return in_both(lambda: _("%(who)s corrected card %(card)s.") % {"who": by, "card": card.key})


def _reporter(card: CaseReport) -> User:
    """Who filled the card in; where nobody plays them any more, the CDC."""
    assert card.filled_by is not None
    if card.filled_by.is_active:
        return card.filled_by
    people = User.objects.people().filter(is_active=True, role=Role.EPIDEMIOLOGIST)
    return people.order_by("username")[0]


HANDLERS = {
    "report": send,
    "report.result": result,
    "report.death": death,
    **figures.HANDLERS,
    **ordinary.HANDLERS,
    **weekly.HANDLERS,
}
