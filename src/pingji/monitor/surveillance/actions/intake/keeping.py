"""The items of messages: checked, put into their tables, counted, made drafts of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pingji.monitor.surveillance.actions import drafts, tallies
from pingji.monitor.surveillance.actions.intake import items as reading
from pingji.monitor.surveillance.actions.intake.rows import Item
from pingji.monitor.surveillance.actions.sentinels.reporting import Verdict, report_incoming
from pingji.monitor.surveillance.models import CaseReport, Message, Sender
from pingji.monitor.surveillance.queries.codes import Codes
from pingji.monitor.surveillance.queries.settings import setting
from pingji.monitor.surveillance.queries.symptoms import load_rules
from pingji.monitor.surveillance.rules.arrivals import (
    Fate,
    Fault,
    card_fault,
    day_of,
    report_fault,
    result_fault,
    visit_fault,
    with_zone,
)
from pingji.monitor.surveillance.rules.incoming import (
    Incoming,
    IncomingCard,
    IncomingResult,
    IncomingVisit,
    Problem,
)
from pingji.monitor.surveillance.rules.syndromes import Rules

State = Message.State
SAID_OF_SENTINELS = {
    Verdict.CORRECTED: Fate.CORRECTED,
    Verdict.SAME: Fate.KNOWN,
    Verdict.REFUSED: Fate.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that arrived.

    Attributes:
        sender: Who sent it; None where nobody could be made out.
        format: A value of `Format`.
        body: The message exactly as received.
        incoming: What it says; None where it could not be read.
        problems: Why it could not be read.
        key: The sender's number of a message that could not be read, where it was seen.
        state: The fate of a message that could not be read.
        kind: Its kind, where it could not be read but the way in tells.
        area: Where it belongs if there is no sender.
        origin: From where it came, as its line on record says; None where the process knows.
    """

    sender: Sender | None
    format: str
    body: bytes
    incoming: Incoming | None = None
    problems: tuple[Problem, ...] = ()
    key: str = ""
    state: str = State.HELD
    kind: str = ""
    area: str = ""
    origin: str | None = None


@dataclass
class Work:
    """One message while its items are being kept."""

    arrival: Arrival
    message: Message
    problems: list[Problem] = field(default_factory=list)
    fates: dict[int, Fate] = field(default_factory=dict)

    def refuse(self, item: int, kind: str, fault: Fault) -> None:
        """Say why an item is not kept."""
        where = f"{kind}[{item}].{fault.field}"
        self.problems.append(Problem(item, where, fault.code, fault.details))


def keep(
    works: Sequence[Work], changes: list[tallies.Change], at: datetime, codes: Codes
) -> list[CaseReport]:
    """Keep what the messages say; held messages say nothing until a person has looked.

    Args:
        works: The messages.
        changes: Takes what they add to the figures.
        at: When they arrived.
        codes: The catalogue.

    Returns:
        Drafts of report cards that were made from them.
    """
    speaking = [work for work in works if not work.message.state]
    if not speaking:
        return []
    visits = [v for work in speaking for v in _said(work).visits]
    results = [r for work in speaking for r in _said(work).results]
    cards = [c for work in speaking for c in _said(work).cards]
    items: tuple[IncomingVisit | IncomingResult | IncomingCard, ...] = (*visits, *results, *cards)
    stood = reading.known_visits(
        (work.message.organisation_id, v) for work in speaking for v in _said(work).visits
    )
    keeper = Keeper(at, reading.Places(item.area for item in items), codes, stood)
    for number, work in enumerate(speaking):
        keeper.read(number, work)
    changes += keeper.keep(speaking)
    return keeper.drafted


def _said(work: Work) -> Incoming:
    assert work.arrival.incoming is not None
    return work.arrival.incoming


class Keeper:
    """Reads the items of messages, keeps them, and makes drafts of cards from them."""

    def __init__(
        self,
        at: datetime,
        places: reading.Places,
        codes: Codes,
        stood: dict[tuple[int, str], dict[str, Any]],
    ) -> None:
        self.at = at
        self.stood = stood
        self.places = places
        self.codes = codes
        self._rules: Rules | None = None
        self.rows: dict[str, list[Item]] = {"visits": [], "results": []}
        self.sources: dict[tuple[str, int, int], Any] = {}
        self.drafted: list[CaseReport] = []
        self.cards: list[tuple[int, drafts.Wanted]] = []

    @property
    def rules(self) -> Rules:
        """How complaints are read; asked for only where there are some."""
        if self._rules is None:
            self._rules = load_rules()
        return self._rules

    def read(self, number: int, work: Work) -> None:
        """Check the items of one message, and make them fit for their tables."""
        said, sender = _said(work), work.arrival.sender
        assert sender is not None
        if any(problem.fatal and problem.item is None for problem in said.problems):
            return
        latest = _latest(sender.organisation.area_id, self.at)
        sent = work.message.sent_at
        if sent is not None and latest is not None and sent > latest:
            details = {"given": with_zone(timezone.localtime(sent))}
            work.problems.append(Problem(None, "sent_at", "clock_ahead", details, fatal=False))
            sent = None
        origin = reading.Origin(sender.organisation, work.message.pk, sent or self.at, self.at)
        bad = {problem.item for problem in said.problems if problem.fatal}
        places, codes = self.places, self.codes
        self._read_items(
            "visits",
            number,
            work,
            bad,
            lambda visit: visit_fault(visit, latest),
            lambda visit: reading.visit_row(
                visit,
                origin,
                places=places,
                codes=codes,
                rules=self.rules,
                stood=self.stood.get((sender.organisation.pk, visit.key.strip())),
            ),
        )
        self._read_items(
            "results",
            number,
            work,
            bad,
            lambda result: result_fault(result, latest),
            lambda result: reading.result_row(result, origin, places=places, codes=codes),
        )
        self._read_cards(number, work, origin, bad, latest)

    def _read_items(
        self,
        kind: str,
        number: int,
        work: Work,
        bad: set[int | None],
        check: Callable[[Any], Fault | None],
        as_row: Callable[[Any], tuple[dict[str, Any], list[Problem]]],
    ) -> None:
        """Check the visits or the results of a message; what can be kept becomes a row."""
        seen: dict[str, Any] = {}
        for one in getattr(_said(work), kind):
            if one.item in bad:
                continue
            fault = check(one) or _twice(one, seen)
            if fault is not None:
                work.refuse(one.item, kind, fault)
                continue
            if seen.setdefault(one.key.strip(), one) is not one:
                work.fates[one.item] = Fate.KNOWN
                continue
            values, problems = as_row(one)
            work.problems += problems
            self.rows[kind].append(Item(number, one.item, values))
            self.sources[kind, number, one.item] = one

    def _read_cards(
        self, number: int, work: Work, origin: reading.Origin, bad: set[int | None], latest: Any
    ) -> None:
        for card in _said(work).cards:
            if card.item in bad:
                continue
            today = day_of(self.at)
            fault = card_fault(card, latest, today)
            disease = self.codes.of_word(card.disease, today) if fault is None else None
            if fault is None and disease is None:
                fault = Fault("disease", "unknown_disease")
            if fault is not None:
                work.refuse(card.item, "cards", fault)
                continue
            area, why = self.places.of(card.area, origin.organisation)
            if why:
                details = {"given": card.area[:60]}
                path = f"cards[{card.item}].area"
                work.problems.append(Problem(card.item, path, why, details, fatal=False))
            wanted = drafts.of_card(
                card,
                disease or "",
                area,
                organisation=origin.organisation,
                message=work.message,
                source=work.arrival.format,
                sent_at=origin.sent_at,
            )
            self.cards.append((number, wanted))

    def keep(self, works: Sequence[Work]) -> list[tallies.Change]:
        """Put everything into its table; what is counted."""
        changes = reading.VISITS.keep(self.rows["visits"])
        changes += reading.RESULTS.keep(self.rows["results"])
        for item in (*self.rows["visits"], *self.rows["results"]):
            if item.fate is not Fate.KEPT:
                works[item.arrival].fates[item.number] = item.fate
        self._draft(works)
        for work in works:
            changes += self._keep_reports(work)
        return changes

    def _draft(self, works: Sequence[Work]) -> None:
        for number, asked in self.cards:
            fate, problem, card = drafts.keep_card(asked, at=self.at)
            work = works[number]
            if card is not None:
                self.drafted.append(card)
            if fate is not Fate.KEPT:
                work.fates[asked.item] = fate
            if problem is not None:
                work.problems.append(problem)
        taken = (Fate.KEPT, Fate.CORRECTED)
        wanted = [
            one
            for kind, kept in self.rows.items()
            for item in kept
            if item.fate in taken
            for one in drafts.of_item(
                item.values,
                self.sources[kind, item.arrival, item.number],
                codes=self.codes,
                message=works[item.arrival].message,
                source=works[item.arrival].arrival.format,
            )
        ]
        self.drafted += drafts.make(wanted, at=self.at)

    def _keep_reports(self, work: Work) -> list[tallies.Change]:
        said, sender = _said(work), work.arrival.sender
        bad = {problem.item for problem in said.problems if problem.fatal}
        reports = []
        for one in said.sentinel_reports:
            fault = report_fault(one) if one.item not in bad else None
            if fault is not None:
                work.refuse(one.item, "sentinel_reports", fault)
            elif one.item not in bad:
                reports.append(one)
        if not reports or sender is None or None in bad:
            return []
        taken, problems = report_incoming(
            reports=reports,
            organisation=sender.organisation,
            message=work.message,
            at=self.at,
            source=work.arrival.format,
        )
        work.problems += problems
        unknown = {problem.item for problem in problems if problem.code in UNPLACED}
        asked = [one for one in reports if one.item not in unknown]
        for one, outcome in zip(asked, taken.outcomes, strict=True):
            if outcome.verdict in SAID_OF_SENTINELS:
                work.fates[one.item] = SAID_OF_SENTINELS[outcome.verdict]
        return taken.changes


UNPLACED = {"several_sentinels", "unknown_sentinel"}


def _twice(one: Any, seen: dict[str, Any]) -> Fault | None:
    """A number that an earlier item of the message has, though it says otherwise."""
    earlier = seen.get(one.key.strip())
    if earlier is None or replace(one, item=earlier.item) == earlier:
        return None
    return Fault("key", "item_twice")


def _latest(area: str, at: datetime) -> datetime | None:
    """The latest moment that a clock may say; None where no plan sets how far it may be ahead."""
    ahead = setting(area, "intake.clock_ahead", at)
    return None if ahead is None else at + timedelta(minutes=float(ahead))
