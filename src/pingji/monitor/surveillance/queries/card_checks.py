"""What a card is held against: the catalogue on its day, the identity number, other cards."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    Area,
    Organisation,
    Permission,
    Resident,
    User,
)
from pingji.ground.directory.queries import read_identity
from pingji.monitor.surveillance.models import CaseReport, Disease, DiseaseClass
from pingji.monitor.surveillance.queries.card_form import card_form, watched
from pingji.monitor.surveillance.queries.catalogue import Catalogue, catalogue
from pingji.monitor.surveillance.queries.duplicates import hint, possible_duplicates
from pingji.monitor.surveillance.rules.cards import FACTS, Circumstances, full_years
from pingji.monitor.surveillance.rules.duplicates import sound

CLASS_A, OTHER, REVIEW = "report_card.class_a", "report_card.other", "report_card.review"
FOREIGN = {"disease", "area", "institution"}


def facts_of(card: CaseReport) -> dict[str, Any]:
    """What a card says, by the names of its form; rows by their keys."""
    return {
        name: getattr(card, f"{name}_id" if name in FOREIGN else name)
        for name in FACTS
        if name != "identity_number"
    } | {"identity_number": card.identity_number}


def with_derived(facts: dict[str, Any], *, by: User, at: datetime) -> dict[str, Any]:
    """The facts with what follows from them: age, day of diagnosis, county of who lives elsewhere."""
    facts = dict(facts)
    on = facts.get("onset_on") or timezone.localdate(at)
    born = facts.get("born_on")
    if born and facts.get("age") is None and born <= on:
        facts["age"] = full_years(born, on)
    if facts.get("diagnosed_at"):
        facts["diagnosed_on"] = timezone.localdate(facts["diagnosed_at"])
    if facts.get("patient") not in (None, "", CaseReport.Patient.COUNTY) and not facts.get("area"):
        facts["area"] = home_of(by)
    return facts


def home_of(user: User) -> str:
    """Code of the county in which the user reports."""
    area = user.organisation.area_id if user.organisation else user.area_id
    return area[:COUNTY_DIGITS]


def circumstances(
    facts: dict[str, Any],
    *,
    by: User,
    at: datetime,
    card: CaseReport | None = None,
    look_around: bool = True,
) -> Circumstances:
    """Everything a card is held against.

    Args:
        facts: What the card says.
        by: Who fills it in.
        at: When.
        card: The card that is changed, if there is one already.
        look_around: Whether to look for other cards of the same case.
    """
    now = timezone.localtime(at)
    disease = Disease.objects.select_related("succeeded_by").filter(pk=facts.get("disease")).first()
    on = facts.get("diagnosed_on") or facts.get("onset_on") or now.date()
    reported = ""
    if look_around and disease is not None and (card is None or not card.pk):
        reported = hint(possible_duplicates(unsaved(facts, disease, on=now.date())), by)
    return Circumstances(
        now=now,
        county=home_of(by),
        form=card_form(),
        disease=watched(disease, on) if disease else None,
        identity=_identity(facts.get("identity_number") or "", now.date()),
        reported=reported,
    )


def _identity(number: str, today: date) -> tuple[date, str] | None:
    if not number:
        return None
    try:
        found = read_identity(number, on=today)
    except Refused:  # the form says what is wrong with it
        return None
    return found.born_on, found.sex


def unsaved(facts: dict[str, Any], disease: Disease, *, on: date) -> CaseReport:
    """A card as it would be on a day, to be compared with those there are."""
    card = CaseReport(
        disease=disease,
        area_id=facts.get("area") or "",
        name=facts.get("name") or "",
        sex=facts.get("sex") or "",
        born_on=facts.get("born_on"),
        age=facts.get("age"),
        phone=facts.get("phone") or "",
        guardian=facts.get("guardian") or "",
        workplace=facts.get("workplace") or "",
        institution_id=facts.get("institution"),
        onset_on=facts.get("onset_on") or facts.get("diagnosed_on") or on,
    )
    card.name_sound = sound(card.name)
    card.identity_number = facts.get("identity_number") or ""
    return card


def reporting_keys(
    cases: Iterable[tuple[str, date]], found: Catalogue | None = None
) -> dict[tuple[str, date], str]:
    """By disease and day: under which promise of the plan a case is reported.

    Args:
        cases: Code of the disease, and the day.
        found: The catalogue, where the caller has asked for it already.
    """
    found = found or catalogue()
    return {case: _promise(found, *case) for case in set(cases)}


def _promise(found: Catalogue, disease: str, on: date) -> str:
    """The one the catalogue names on the day; else by the disease's class by law."""
    legal = found.class_on(disease, on)
    as_a = legal is not None and (legal.legal_class == DiseaseClass.Class.A or legal.managed_as_a)
    return found.deadline_key(disease, on) or (CLASS_A if as_a else OTHER)


def reporting_key(disease: Disease, on: date) -> str:
    """Under which promise of the plan a case of this disease is reported."""
    return reporting_keys([(disease.pk, on)])[disease.pk, on]


def others_who_could_check(cards: list[CaseReport]) -> dict[int, bool]:
    """By card: whether anybody of its organisation other than its filler could check it."""
    organisations = {card.organisation_id for card in cards if card.organisation_id}
    writers = User.objects.holding(Permission.REPORT_WRITE).filter(organisation__in=organisations)
    by_organisation: dict[int, set[int]] = {}
    for user, organisation in writers.values_list("pk", "organisation_id"):
        by_organisation.setdefault(organisation, set()).add(user)
    return {
        card.pk: bool(by_organisation.get(card.organisation_id or 0, set()) - {card.filled_by_id})
        for card in cards
    }


def known_person(number: str, user: User, on: date) -> dict[str, Any] | None:
    """What the register of residents knows of the bearer of an identity number, in the user's sight.

    Raises:
        Refused: The number is no identity number.
    """
    found = read_identity(number, on=on)
    resident = Resident.objects.visible_to(user).with_identity(found.number).first()
    if resident is None:
        return None
    return {
        "resident": resident,
        "name": resident.name,
        "phone": resident.phone,
        "address": resident.address,
        "area": area_label(resident.area_id),
        "patient": CaseReport.Patient.COUNTY,
    }


def organisation_label(pk: int | None) -> str:
    """Name of an organisation, as the form shows it."""
    row = Organisation.objects.filter(pk=pk).first() if pk else None
    return row.label if row else ""


def disease_label(code: str | None) -> str:
    """Name of a disease, as the form shows it."""
    row = Disease.objects.filter(pk=code).first() if code else None
    return row.label if row else ""


def area_label(code: str | None) -> str:
    """Name and code of a township or village, as the form shows it."""
    row = Area.objects.filter(pk=code, code__length__in=(9, 12)).first() if code else None
    return f"{row.label} {row.code}" if row else ""
