"""What the rules of grading read of an incident: from reports, and from what people entered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import in_chinese
from pingji.ground.directory.models import COUNTY_DIGITS
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import GradingRule
from pingji.monitor.surveillance.models import CaseReport, DiseaseClass
from pingji.monitor.surveillance.queries import with_parts
from pingji.respond.incidents.models import Grading, Incident
from pingji.respond.incidents.rules.gradings import Judged, Value, judge

PREFECTURE_DIGITS, PROVINCE_DIGITS = 4, 2
A_DAY = timedelta(days=1)
A_YEAR = 365.2425 / 7  # in weeks: counted as 52, ten years would be two weeks amiss
A_WEEK = 7  # the level of a week is compared, as the plan says
PLACES = {"counties": COUNTY_DIGITS, "prefectures": PREFECTURE_DIGITS, "provinces": PROVINCE_DIGITS}
NEAR, LOOKS_BACK, EARLIER = "grade.near_share", "grade.looks_back", "grade.earlier_years"


@dataclass(frozen=True)
class Figure:
    """One figure or answer that a rule asks for.

    Attributes:
        key: Its name in the plan.
        label: What it is.
        days: Within how many days it is counted; None where that does not matter.
        value: None where it is not known.
        origin: reports, person or missing.
        said: Where it comes from, or why it is missing.
        question: Whether it is answered by yes or no.
    """

    key: str
    label: str
    days: int | None
    value: Value
    origin: str
    said: str
    question: bool

    @property
    def plain(self) -> dict[str, Any]:
        """As it is kept with the decision; what it is called is looked up when it is read."""
        return {
            "key": self.key,
            "days": self.days,
            "value": self.value,
            "origin": self.origin,
            "question": self.question,
        }

    @property
    def shown(self) -> str:
        """The value in words."""
        return shown(self.value, question=self.question)


@dataclass(frozen=True)
class Graded:
    """The rules that may hold, the figures they read, and the grade they give."""

    rules: list[GradingRule]
    figures: list[Figure]
    judged: Judged
    labels: dict[str, str]

    @property
    def edges(self) -> list[dict[str, Any]]:
        """What stands at an edge, as it is kept with the decision."""
        return [
            {
                "kind": edge.kind,
                "grade": edge.rule.grade.upper(),
                "figures": list(edge.figures),
                "said": edge.said,
                "limit": edge.limit,
                "value": edge.value,
            }
            for edge in self.judged.edges
        ]


def words(edge: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """An edge in the reader's language."""
    given = {
        "figures": _(", ").join(labels.get(name, name) for name in edge["figures"]),
        "grade": edge["grade"],
        "limit": number(edge["limit"]),
        "value": number(edge["value"]),
    }
    match edge["kind"]:
        case "text":
            return str(edge["said"]["zh" if in_chinese() else "en"])
        case "missing":
            return _("Not known: %(figures)s. It could be grade %(grade)s.") % given
        case "near":
            said = _("%(figures)s: %(value)s, near the limit %(limit)s of grade %(grade)s.")
        case _:
            said = _("%(figures)s: %(value)s, just at the limit %(limit)s of grade %(grade)s.")
    return said % given


def edges_in_words(edges: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> list[str]:
    """Edges in the reader's language; what is not known in one line for each grade."""
    unknown: dict[str, dict[str, Any]] = {}
    found: list[Mapping[str, Any]] = []
    for edge in edges:
        if edge["kind"] == "missing":
            known = unknown.get(edge["grade"])
            if known is not None:
                known["figures"] = list(dict.fromkeys([*known["figures"], *edge["figures"]]))
                continue
            edge = unknown[edge["grade"]] = dict(edge)
        found.append(edge)
    return [words(edge, labels) for edge in found]


def number(value: float | None) -> str:
    """A figure without idle zeros."""
    return "" if value is None else f"{value:g}"


def labels_of(incident: Incident, on: date) -> dict[str, str]:
    """What the plan calls each figure."""
    named = standards.find_rule(incident.area_id, "grading.figures", on)
    language = "zh" if in_chinese() else "en"
    return {item["key"]: item[language] for item in (named.items if named else [])}


def history(incident: Incident, labels: Mapping[str, str]) -> list[Grading]:
    """Every decision on an incident's grade, the newest first, with its words at hand."""
    rows = list(incident.gradings.select_related("graded_by"))
    for row in rows:
        row.said_edges = edges_in_words(row.edges, labels)
        row.said_figures = [
            (labels.get(one["key"], one["key"]), shown(one["value"], question=one["question"]))
            for one in row.figures
            if one["value"] is not None
        ]
    return rows


def shown(value: Value, *, question: bool) -> str:
    """A figure or an answer in words."""
    if value is None:
        return "–"
    if question:
        return _("Yes") if value else _("No")
    return f"{value:g}"


def legal_class(incident: Incident, on: date) -> str | None:
    """The class by law of the illness of an event; None where it has none, or is not known."""
    if incident.disease_id is None:
        return None
    classes = DiseaseClass.objects.filter(
        disease__in=[incident.disease_id, incident.disease.part_of_id or incident.disease_id],
        valid_from__lte=on,
    )
    latest = classes.order_by("-valid_from").first()
    return latest.legal_class if latest else None


def rules_that_may_hold(incident: Incident, on: date) -> list[GradingRule]:
    """The plan's rules for this kind of event and this illness."""
    legal = legal_class(incident, on)
    own = {incident.disease_id, incident.disease.part_of_id if incident.disease else None}
    return [
        rule
        for rule in standards.gradings_for(incident.area_id, on)
        if rule.event in ("", incident.event_kind)
        and (not rule.diseases or own & set(rule.diseases))
        and (not rule.classes or legal in rule.classes)
    ]


def grading(incident: Incident, *, at: datetime, said: Mapping[str, Value]) -> Graded:
    """What the rules make of an incident as it is known at a moment.

    Args:
        incident: With its area and disease at hand.
        at: The moment.
        said: Figures and answers that a person gives; they come before what reports say.
    """
    on = timezone.localdate(at)
    rules = rules_that_may_hold(incident, on)
    labels = labels_of(incident, on)
    asked: dict[tuple[str, int | None], bool] = {}
    for rule in rules:
        for one in [*rule.every_one, *rule.any_one]:
            days = rule.within_days if one["figure"] == "cases" else None
            asked.setdefault((one["figure"], days), one["is"] == "yes")
    cards = _cards(incident, on, at)
    figures = {
        (key, days): _figure(incident, key, days, question, labels.get(key, key), cards, said, at)
        for (key, days), question in asked.items()
    }

    def read(key: str, days: int | None) -> Value:
        found = figures.get((key, days)) or figures.get((key, None))
        return found.value if found else None

    near = float(standards.number(incident.area_id, NEAR, on))
    return Graded(rules, list(figures.values()), judge(rules, read, near=near), labels)


@dataclass(frozen=True)
class Cards:
    """The report cards that are read: which days and where; None where no illness is known."""

    since: date
    until: date
    onsets: list[date]
    deaths: int
    areas: set[str]
    disease: str


def _cards(incident: Incident, on: date, at: datetime) -> Cards | None:
    if incident.disease_id is None:
        return None
    back = int(standards.number(incident.area_id, LOOKS_BACK, on))
    since = timezone.localdate(incident.opened_at) - back * A_DAY
    around = CaseReport.objects.counted().filter(
        disease__in=with_parts(incident.disease_id), onset_on__gte=since, known_at__lte=at
    )
    county = around.filter(area__code__startswith=incident.area_id[:COUNTY_DIGITS])
    return Cards(
        since=since,
        until=on,
        onsets=sorted(county.values_list("onset_on", flat=True)),
        deaths=county.filter(died_on__isnull=False).count(),
        areas=set(around.order_by().values_list("area_id", flat=True).distinct()),
        disease=incident.disease_id,
    )


def _figure(
    incident: Incident,
    key: str,
    days: int | None,
    question: bool,  # noqa: FBT001 - a column of the figure
    label: str,
    cards: Cards | None,
    said: Mapping[str, Value],
    at: datetime,
) -> Figure:
    if days is not None:
        within = ngettext("within %(n)s day", "within %(n)s days", days) % {"n": days}
        label = f"{label} ({within})"
    if said.get(key) is not None:
        return Figure(key, label, days, said[key], "person", _("as entered"), question)
    if question:
        return Figure(key, label, days, None, "missing", _("not answered yet"), question)
    if cards is None:
        why = _("the event has no disease, so no reports are read: enter it")
        return Figure(key, label, days, None, "missing", why, question)
    if key == "times_above":
        value, words = times_above(incident, cards, at)
        origin = "missing" if value is None else "reports"
        return Figure(key, label, days, value, origin, words, question)
    words = _("report cards by onset from %(since)s to %(until)s") % {
        "since": cards.since.isoformat(),
        "until": cards.until.isoformat(),
    }
    return Figure(key, label, days, _counted(key, days, cards), "reports", words, question)


def _counted(key: str, days: int | None, cards: Cards) -> float:
    if key in PLACES:
        return len({code[: PLACES[key]] for code in cards.areas if len(code) >= PLACES[key]})
    if key == "deaths":
        return cards.deaths
    return most_within(cards.onsets, days) if days else len(cards.onsets)


def most_within(onsets: list[date], days: int) -> int:
    """The most cases in any so many days running."""
    most = first = 0
    for last, onset in enumerate(onsets):
        while onsets[first] <= onset - days * A_DAY:
            first += 1
        most = max(most, last - first + 1)
    return most


def times_above(incident: Incident, cards: Cards, at: datetime) -> tuple[float | None, str]:
    """How many times the last week lies above the mean of the same week of earlier years."""
    years = int(standards.number(incident.area_id, EARLIER, cards.until))
    rows = CaseReport.objects.counted().filter(
        disease__in=with_parts(cards.disease),
        area__code__startswith=incident.area_id[:COUNTY_DIGITS],
        known_at__lte=at,
    )
    reach = rows.aggregate(first=Min("onset_on"), last=Max("onset_on"))
    first, until = reach["first"], cards.until
    spans = [_week(years_before(until, back)) for back in range(1, years + 1)]
    told = [
        rows.filter(onset_on__range=span).count() for span in spans if first and first <= span[0]
    ]
    week = rows.filter(onset_on__range=_week(until)).count()
    mean = sum(told) / len(told) if told else 0
    given = {"day": first.isoformat() if first else "–", "n": years, "week": week}
    given |= {"mean": f"{mean:g}", "years": len(told)}
    if len(told) < years:
        if not mean:
            return None, _("reports reach back to %(day)s only, not %(n)s years") % given
        given["times"] = f"{(week - mean) / mean:.1f}"
        words = _(
            "reports reach back to %(day)s only, not %(n)s years; by the %(years)s there are:"
            " %(week)s this week, %(mean)s on average, %(times)s times above. Enter it where you"
            " take it."
        )
        return None, words % given
    words = _("%(week)s this week; %(mean)s on average in %(n)s years") % given
    return (None if mean == 0 else (week - mean) / mean), words


def _week(until: date) -> tuple[date, date]:
    return until - (A_WEEK - 1) * A_DAY, until


def years_before(day: date, years: int) -> date:
    """The same day of the week at the same time of an earlier year."""
    return day - timedelta(weeks=round(A_YEAR * years))
