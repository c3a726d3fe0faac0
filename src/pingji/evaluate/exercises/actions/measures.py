"""What the program did acts on the outbreak: the outbreak is told each night of the day's doings.

Nothing is remembered but the measures told: what was done since the night before is looked up.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q
from django.db.models.functions import Length

from pingji.evaluate.exercises.models import Illness, Measure
from pingji.evaluate.exercises.rules.conduct import drawn
from pingji.evaluate.exercises.rules.effects import Apart, shipped_effects
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Organisation
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import with_parts
from pingji.respond.incidents.models import Incident, Order, Response, RiskArea

if TYPE_CHECKING:
    from pingji.evaluate.exercises.actions.world import World

Kind = Measure.Kind
Words = tuple[str, str]
EDUCATION = "department-education"


@dataclass(frozen=True)
class Case:
    """A reported case: who, and when it was reported."""

    person: int
    onset: int
    reported_at: datetime
    card: int
    area: str


@dataclass
class Night:
    """One night: what became known and was done since the one before."""

    world: "World"
    day: int
    at: datetime

    def __post_init__(self) -> None:
        self.effects = shipped_effects()
        self.before = self.world.scenario.day_begins(max(self.day - 1, 0))
        self.cases = list(self._cases())
        self.new = [case for case in self.cases if case.reported_at >= self.before]
        self.apart = self._kept_apart()

    def _cases(self) -> Iterator[Case]:
        """Every simulated case whose card stands."""
        standing = CaseReport.objects.counted()
        ill = Illness.objects.filter(reported_at__lte=self.at).order_by("reported_at", "id")
        rows = list(ill.values_list("person", "reported_at", "report", "area_id"))
        counted = set(standing.filter(pk__in=[row[2] for row in rows]).values_list("pk", flat=True))
        found = self.world.outbreak.cases()
        onset = dict(zip(found.person.tolist(), found.onset.tolist(), strict=True))
        for person, reported_at, card, area in rows:
            if card in counted:
                yield Case(person, onset[person], reported_at, card, area)

    def _kept_apart(self) -> dict[int, float]:
        """Until when each person is kept apart, as far as was told."""
        until: dict[int, float] = {}
        longest = max(self.effects.case.days, self.effects.contact.days)
        lately = Measure.objects.filter(kind=Kind.RESTRICT, day__gt=self.day - longest - 1)
        for one in lately.order_by("day", "id"):
            for person in one.arguments["people"]:
                until[person] = one.arguments["end"]
        return until

    def tell(
        self,
        kind: str,
        arguments: dict[str, Any],
        *,
        area: str,
        words: Words,
        because: Model | None,
    ) -> Measure:
        """Tell the outbreak of something, and keep why."""
        zh, en = words
        return Measure.objects.create(
            area_id=area,
            day=self.day,
            kind=kind,
            arguments=arguments,
            because_type=because._meta.label_lower if because is not None else "",
            because_id=str(because.pk) if because is not None else "",
            reason=zh,
            reason_en=en,
            told_at=self.at,
        )

    def keep_apart(
        self, people: list[int], how: Apart, *, area: str, words: Words, because: Model
    ) -> None:
        """Keep people apart from now on, unless they are for longer already."""
        end = self.day + how.days
        new = sorted(person for person in set(people) if self.apart.get(person, 0) < end)
        if not new:
            return
        arguments = {
            "people": new,
            "start": self.day,
            "end": end,
            "at_home": how.at_home,
            "elsewhere": how.elsewhere,
        }
        self.tell(Kind.RESTRICT, arguments, area=area, words=words, because=because)
        self.apart |= dict.fromkeys(new, end)


def follow(world: "World", *, day: int, at: datetime) -> None:
    """Tell the outbreak what was done in the program since the night before.

    Args:
        world: The outbreak.
        day: The day that is about to be lived.
        at: The moment of the exercise.
    """
    if day == 0:
        return
    night = Night(world, day, at)
    _cases(night)
    for incident in _incidents(night):
        _contacts(night, incident)
        _classes(night, incident)
    _areas(night)


def _incidents(night: Night) -> list[Incident]:
    """Open incidents about the illness, or about something of which nobody knows what it is."""
    disease = night.world.scenario.pathogen
    rows = Incident.objects.open().select_related("alert").order_by("pk")
    found = []
    for incident in rows:
        of = incident.disease_id or (incident.alert.disease_id if incident.alert else None)
        if of is None or disease in with_parts(of):
            found.append(incident)
    return found


def _cases(night: Night) -> None:
    """Who was reported is kept apart."""
    cards = CaseReport.objects.in_bulk([case.card for case in night.new])
    for case in night.new:
        night.keep_apart(
            [case.person],
            night.effects.case,
            area=case.area,
            words=("报告病例隔离", "A reported case kept apart"),
            because=cards[case.card],
        )


def _orders_done(night: Night, incident: Incident) -> Iterable[Order]:
    done = incident.orders.filter(
        state__in=[Order.State.DONE, Order.State.VERIFIED], done_at__lte=night.at
    )
    return done.select_related("organisation").order_by("pk")


def _known_to(night: Night, order: Order, incident: Incident, within: float) -> list[Case]:
    """The cases an order is about on this night: all at first, then what came since.

    Args:
        night: The night.
        order: The order; it is done.
        incident: Its incident.
        within: Days; older cases are passed over.
    """
    assert order.done_at is not None
    first = order.done_at >= night.before
    known = night.cases if first else night.new
    here = [case for case in known if case.area.startswith(incident.area_id)]
    return [case for case in here if night.day - case.onset <= within]


def _contacts(night: Night, incident: Incident) -> None:
    """Contacts of the cases are kept apart, as many as are found."""
    how, outbreak, seed = night.effects, night.world.outbreak, night.world.exercise.seed
    orders = [
        order for order in _orders_done(night, incident) if order.standard in how.contact_standards
    ]
    if not orders:
        return
    order, layers = orders[0], night.world.contacts.names
    found: list[int] = []
    for case in _known_to(night, order, incident, how.contact.days + how.case.days):
        met = outbreak.contacts_met(case.person, case.onset - how.days_before_onset, night.day - 1)
        for other, layer in zip(met.person.tolist(), met.layer.tolist(), strict=True):
            share = how.found.get(layers[layer], 0.0)
            if drawn(seed, "found", f"{case.person}-{other}-{layer}") < share:
                found.append(other)
    night.keep_apart(
        found,
        how.contact,
        area=incident.area_id,
        words=("密切接触者居家健康监测", "Close contacts kept at home"),
        because=order,
    )


def _classes(night: Night, incident: Incident) -> None:
    """Classes with reported cases stop where a school's order is done; with many, the school."""
    population, persons = night.world.county.population, night.world.persons
    closed = _closed(night)
    for order in _orders_done(night, incident):
        schools = _schools_of(night, order.organisation)
        if not schools:
            continue
        ill: Counter[int] = Counter()
        for case in _known_to(night, order, incident, night.effects.class_days):
            if persons.school_of(case.person) in schools:
                ill[int(population.school_class[case.person])] += 1
        stop = sorted(
            one for one, n in ill.items() if n >= night.effects.class_cases and one not in closed
        )
        if not stop:
            continue
        closed.update(stop)
        _close(night, "class", stop, order, ("出现病例的班级停课", "Classes with cases stopped"))
        for school in sorted({int(population.class_school[one]) for one in stop}):
            inside = {n for n, of in enumerate(population.class_school.tolist()) if of == school}
            if len(inside & closed) >= night.effects.school_from_share * len(inside):
                _close(night, "school", [school], order, ("全校停课", "A school stopped"))


def _close(night: Night, layer: str, groups: list[int], order: Order, words: Words) -> None:
    arguments = {
        "layer": layer,
        "groups": groups,
        "start": night.day,
        "end": night.day + night.effects.class_days,
        "remaining": night.effects.class_remaining,
    }
    night.tell(Kind.CLOSE, arguments, area=order.area_id, words=words, because=order)


def _closed(night: Night) -> set[int]:
    """Classes that are stopped already."""
    population = night.world.county.population
    closed: set[int] = set()
    for one in Measure.objects.filter(kind=Kind.CLOSE):
        if one.arguments["end"] <= night.day:
            continue
        groups = set(one.arguments["groups"])
        if one.arguments["layer"] == "class":
            closed |= groups
        else:
            of = population.class_school.tolist()
            closed |= {n for n, school in enumerate(of) if school in groups}
    return closed


def _schools_of(night: Night, organisation: Organisation) -> set[int]:
    """The simulated schools for which an organisation answers."""
    persons, population = night.world.persons, night.world.county.population
    if organisation.code.endswith(EDUCATION):
        return set(range(population.schools))
    own = [n for n, school in enumerate(persons.schools) if school.code == organisation.code]
    # Further schools of its kind in the township have no organisation of their own.
    return {
        n
        for n in range(population.schools)
        for one in own
        if persons.stages[n] == persons.stages[one]
        and population.school_township[n] == population.school_township[one]
        and (n == one or not persons.schools[n].code)
    }


def _areas(night: Night) -> None:
    """Contacts in the community fall where a risk area or a response stands, and rise after it."""
    townships = night.world.county.townships
    wanted: dict[int, tuple[float, Model | None]] = dict.fromkeys(
        range(len(townships)), (1.0, None)
    )
    for remaining, row in _standing(night):
        for town in _towns(townships, row.area_id):
            if remaining < wanted[town][0]:
                wanted[town] = (remaining, row)
    told: dict[int, float] = {}
    for one in Measure.objects.filter(kind=Kind.REDUCE).order_by("day", "id"):
        told |= dict.fromkeys(one.arguments["areas"], one.arguments["remaining"])
    changed: dict[tuple[float, Model | None], list[int]] = {}
    for town, (left, because) in wanted.items():
        if left != told.get(town, 1.0):
            changed.setdefault((left, because), []).append(town)
    for (remaining, why), towns in changed.items():
        words = ("减少社区接触", "Contacts in the community reduced")
        if why is None:
            words = ("社区接触恢复", "Contacts in the community as before")
        area = townships[towns[0]] if len(towns) == 1 else night.world.exercise.area_id
        arguments = {"areas": towns, "remaining": remaining, "start": night.day, "end": None}
        night.tell(Kind.REDUCE, arguments, area=area, words=words, because=why)


def _standing(night: Night) -> Iterator[tuple[float, RiskArea | Response]]:
    """What stands now, and what it leaves; a village's risk area says nothing of its township."""
    effects = night.effects
    areas = RiskArea.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=night.at), starts_at__lte=night.at
    )
    wide = areas.annotate(digits=Length("area__code")).filter(digits__lte=TOWNSHIP_DIGITS)
    for area in wide.order_by("pk"):
        yield effects.in_risk_area(area.rank), area
    for response in Response.objects.active().order_by("pk"):
        yield effects.response[response.level], response


def _towns(townships: list[str], area: str) -> list[int]:
    return [n for n, code in enumerate(townships) if code.startswith(area)]
