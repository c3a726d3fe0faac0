"""Peace and emergency on screen: where which holds, what a switch would need and change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import in_words
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    COUNTY_DIGITS,
    TOWNSHIP_DIGITS,
    Area,
    DutyShift,
    Facility,
    Organisation,
    User,
)
from pingji.ground.standards.models import Conversion, EmergencySpell, Mode, Profile
from pingji.ground.standards.queries import (
    changes,
    conversions_for,
    find_rule,
    spell_at,
)
from pingji.respond.incidents.models import (
    Incident,
    Response,
    Switch,
    SwitchStep,
)
from pingji.respond.incidents.queries.orders import clocks_of

SWITCHED_BY = "mode.switched_by."
RANKS = "duty.ranks"
CONVERTIBLE = "icu.convertible_share"

Place = Area | Facility
Reading = tuple[bool, str]
Reader = Callable[[Place, datetime], Reading]


def roles_that_switch(place: Place, at: datetime) -> tuple[str, ...]:
    """The roles that the plan lets switch a place."""
    kind = "facility" if isinstance(place, Facility) else place.level
    area = place.area if isinstance(place, Facility) else place
    row = find_rule(area.code, f"{SWITCHED_BY}{kind}", at)
    return tuple(item["key"] for item in row.items) if row else ()


def area_of(place: Place) -> Area:
    """The area that a place is, or lies in."""
    return place.area if isinstance(place, Facility) else place


def own_spell(place: Place, at: datetime) -> EmergencySpell | None:
    """The emergency that a place itself was switched to, as of a moment."""
    rows = EmergencySpell.objects.at(at).select_related("began_by")
    if isinstance(place, Facility):
        return rows.filter(facility=place).first()
    return rows.filter(area=place, facility__isnull=True).first()


def switch_under_way(place: Place) -> Switch | None:
    """The switch of a place that is under way."""
    rows = Switch.objects.open().select_related("started_by", "area", "facility")
    if isinstance(place, Facility):
        return rows.filter(facility=place).first()
    return rows.filter(area=place, facility__isnull=True).first()


def ways(place: Place, at: datetime) -> list[Conversion]:
    """The ways in which the plan switches a place."""
    known = conversions_for(area_of(place).code, timezone.localdate(at))
    if isinstance(place, Facility):
        return [one for one in known if place.kind in one.facilities]
    return [one for one in known if one.subject == place.level]


# -- what is checked before --------------------------------------------------------------------


def checks(place: Place, way: Conversion, to: str, at: datetime) -> list[dict[str, Any]]:
    """The list of a switch: each with what the program reads, or to be confirmed by hand."""
    found = []
    for one in way.checks if to == Mode.EMERGENCY else way.back_checks:
        reader = READERS.get(one.get("reads") or "")
        ok, read = _read(reader, place, at) if reader else (False, {"zh": "", "en": ""})
        found.append(
            {
                "key": one["key"],
                "zh": one["zh"],
                "en": one["en"],
                "label": said_of(one),
                "clause": one.get("clause") or "",
                "read": reader is not None,
                "ok": ok,
                "reading": read,
                "said": said_of(read),
            }
        )
    return found


def _read(reader: Reader, place: Place, at: datetime) -> tuple[bool, dict[str, str]]:
    """What the program reads, in both languages: who begins a switch and who does it may differ."""
    words = {}
    for short, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            ok, said = reader(place, at)
        words[short] = str(said)
    return ok, words


def checked(switch: Switch) -> list[dict[str, Any]]:
    """What was checked before a switch, in the reader's language."""
    return [
        check | {"label": said_of(check), "said": said_of(check["reading"])}
        if "reading" in check
        else check | {"label": said_of(check)}  # kept in the language of who began it
        for check in switch.checks
    ]


def said_of(part: dict[str, Any]) -> str:
    """The words of a check or step in the reader's language."""
    return in_words(part["zh"], part["en"])


def incidents_of(place: Place) -> QuerySet[Incident]:
    """Open incidents in an area, or in one that contains it."""
    area = area_of(place)
    within = Q(area__code__startswith=area.code)
    return Incident.objects.open().filter(within | Q(area__in=area.around))


def _plan_activated(place: Place, at: datetime) -> Reading:
    answered = incidents_of(place).filter(plan__isnull=False).select_related("plan").first()
    if answered is None:
        return False, _("No incident here is answered by a plan.")
    return True, f"{answered.title} · {answered.plan.label}"  # type: ignore[union-attr]


def _responses(place: Place) -> QuerySet[Response]:
    code = area_of(place).code
    return Response.objects.active().filter(
        Q(area__code__startswith=code) | Q(area__in=[code[:COUNTY_DIGITS]])
    )


def _response_in_force(place: Place, at: datetime) -> Reading:
    held = _responses(place).select_related("area", "incident").order_by("level").first()
    return (held is not None, str(held) if held else _("No response holds here."))


def _no_response(place: Place, at: datetime) -> Reading:
    ok, said = _response_in_force(place, at)
    return not ok, said


def _open_incident(place: Place, at: datetime) -> Reading:
    found = incidents_of(place).first()
    return (found is not None, found.title if found else _("No incident is open here."))


def _no_open_incident(place: Place, at: datetime) -> Reading:
    ok, said = _open_incident(place, at)
    return not ok, said


def duty_strength(area: Area, at: datetime) -> tuple[int, int]:
    """How many are on duty for the county of an area, and how many an emergency asks for."""
    county = area.code[:COUNTY_DIGITS]
    ranks = {change.key: change.emergency for change in changes(county, timezone.localdate(at))}
    asked = ranks.get(RANKS)
    there = DutyShift.objects.at(at).filter(area=county).count()
    return there, int(asked.value or 0) if asked else 0


def _duty_strength(place: Place, at: datetime) -> Reading:
    there, asked = duty_strength(area_of(place), at)
    said = _("%(there)s on duty now, %(asked)s asked for") % {"there": there, "asked": asked}
    return there >= asked, said


def _health_centre(place: Place, at: datetime) -> Reading:
    kind = Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    centres = Organisation.objects.open().filter(
        kind=kind, area__code__startswith=area_of(place).code
    )
    names = [one.label for one in centres[:3]]
    return bool(names), _(", ").join(names) or _("No health centre is in the directory here.")


def _facility_open(place: Place, at: datetime) -> Reading:
    closed = place.closed_on if isinstance(place, Facility) else None
    said = _("Closed since %(day)s") % {"day": closed.isoformat()} if closed else _("In operation")
    return closed is None, said


def _phone_known(place: Place, at: datetime) -> Reading:
    phone = place.organisation.phone if isinstance(place, Facility) else ""
    return bool(phone), phone or _("No phone is in the directory.")


def _convertible_beds(place: Place, at: datetime) -> Reading:
    beds = place.organisation.beds if isinstance(place, Facility) else None
    share = find_rule(area_of(place).code, CONVERTIBLE, at)
    if not beds:
        return False, _("How many beds are open is not in the directory.")
    if share is None or share.value is None:
        return True, ngettext("%(n)s open bed", "%(n)s open beds", beds) % {"n": beds}
    convertible = int(beds * share.value / 100)
    return convertible > 0, _(
        "%(beds)s open beds, of which the plan has %(n)s convertible (%(share)s)"
    ) % {"beds": beds, "n": convertible, "share": share.said}


READERS: dict[str, Reader] = {
    "convertible_beds": _convertible_beds,
    "duty_strength": _duty_strength,
    "facility_open": _facility_open,
    "health_centre": _health_centre,
    "no_open_incident": _no_open_incident,
    "no_response": _no_response,
    "open_incident": _open_incident,
    "phone_known": _phone_known,
    "plan_activated": _plan_activated,
    "response_in_force": _response_in_force,
}


# -- its steps ---------------------------------------------------------------------------------


def planned(switch: Switch, steps: Sequence[dict[str, Any]]) -> list[SwitchStep]:
    """The steps of the plan in their order; on the way back each taken back, the last first."""
    numbers = {one["key"]: at for at, one in enumerate(steps, start=1)}
    last = len(steps)
    if switch.to == Mode.EMERGENCY:
        return [
            _step(switch, one, numbers[one["key"]], [numbers[key] for key in one["after"]])
            for one in steps
        ]
    followers: dict[str, list[int]] = {key: [] for key in numbers}
    for one in steps:
        for key in one["after"]:
            followers[key].append(last + 1 - numbers[one["key"]])
    return [
        _step(switch, one, last + 1 - numbers[one["key"]], sorted(followers[one["key"]]))
        for one in reversed(steps)
    ]


def _step(switch: Switch, one: dict[str, Any], number: int, after: Sequence[int]) -> SwitchStep:
    there, back = (one["zh"], one["en"]), (one["back"]["zh"], one["back"]["en"])
    forward = switch.to == Mode.EMERGENCY
    (text, text_en), (undo, undo_en) = (there, back) if forward else (back, there)
    return SwitchStep(
        switch=switch,
        number=number,
        key=one["key"],
        role=one["role"],
        text=text,
        text_en=text_en,
        back=undo,
        back_en=undo_en,
        after=list(after),
        deadline=(one.get("deadline") or "") if forward else "",
        clause=one.get("clause") or "",
    )


# -- lists -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A place in the list: its state at a moment, why, and what is under way.

    Attributes:
        place: The area or facility.
        mode: Its state.
        because: The emergency it is in, its own or the one around it.
        under_way: The switch that is under way; only in the list of now.
    """

    place: Place
    mode: str
    because: EmergencySpell | None
    under_way: Switch | None


def area_seen(user: User, code: str) -> Area | None:
    """An area that a reader sees or lies in: everybody may know its state."""
    if not code.startswith(user.area_id) and not user.area_id.startswith(code):
        return None
    return Area.objects.filter(code=code).first()


def areas(user: User, at: datetime) -> list[Row]:
    """The county and townships that a reader sees or lies in, each as it was at a moment."""
    county = user.area_id[:COUNTY_DIGITS]
    own = user.area_id[:TOWNSHIP_DIGITS]
    seen = Q(code__startswith=user.area_id) | Q(code__in=[county, own])
    rows = Area.objects.filter(seen, code__length__in=[COUNTY_DIGITS, TOWNSHIP_DIGITS])
    spells = {one.area_id: one for one in _spells(county, at).filter(facility__isnull=True)}
    running = {one.area_id: one for one in _running(user) if one.facility_id is None}
    found = []
    for area in rows.order_by("code"):
        because = spells.get(area.code) or spells.get(area.code[:COUNTY_DIGITS])
        mode = Mode.EMERGENCY if because else Mode.PEACE
        found.append(Row(area, mode, because, running.get(area.code)))
    return found


def kinds_of_facilities(user: User, at: datetime) -> list[tuple[str, str]]:
    """The kinds of facility that the plan can switch, each with its name."""
    known = conversions_for(user.area_id, timezone.localdate(at))
    kinds = dict.fromkeys(kind for one in known for kind in one.facilities)
    return [
        (kind, str(Facility.Kind(kind).label)) for kind in kinds if kind in Facility.Kind.values
    ]


def facilities(user: User, at: datetime, *, kind: str = "") -> list[Row]:
    """The facilities of a kind that the plan can switch; without a kind those that stand out.

    They are the ones in emergency or under way, for somebody bound to an organisation all of its own.
    """
    kinds = [one for one, _label in kinds_of_facilities(user, at) if kind in ("", one)]
    rows = Facility.objects.visible_to(user).filter(kind__in=kinds)
    rows = rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=timezone.localdate(at)))
    if user.role in BOUND_TO_ORGANISATION:
        rows = rows.filter(organisation=user.organisation_id)
    spells = {one.facility_id: one for one in _spells(user.area_id, at) if one.facility_id}
    running = {one.facility_id: one for one in _running(user) if one.facility_id}
    if not kind and user.role not in BOUND_TO_ORGANISATION:
        rows = rows.filter(pk__in={*spells, *running})
    found = [
        Row(
            one,
            Mode.EMERGENCY if one.pk in spells else Mode.PEACE,
            spells.get(one.pk),
            running.get(one.pk),
        )
        for one in rows.select_related("area", "organisation")
    ]
    return sorted(found, key=lambda row: (row.because is None, row.under_way is None))


def _spells(area_code: str, at: datetime) -> QuerySet[EmergencySpell]:
    rows = EmergencySpell.objects.at(at).filter(area__code__startswith=area_code)
    return rows.select_related("area", "began_by")


def _running(user: User) -> QuerySet[Switch]:
    return switches(user).open()


def switches(user: User) -> QuerySet[Switch]:
    """The switches that a reader sees, with their steps."""
    steps = SwitchStep.objects.select_related("done_by").order_by("number")
    rows = Switch.objects.visible_to(user).select_related(
        "area", "facility__organisation", "facility__area", "incident", "started_by",
        "finished_by", "cancelled_by",
    )  # fmt: skip
    return rows.prefetch_related(Prefetch("steps", queryset=steps))


def steps_of(user: User) -> list[SwitchStep]:
    """The steps that wait for a reader's role now."""
    rows = SwitchStep.objects.visible_to(user).filter(
        role=user.role, state=SwitchStep.State.ISSUED, switch__state=Switch.State.OPEN
    )
    if user.role in BOUND_TO_ORGANISATION:
        theirs = Q(switch__facility__organisation=user.organisation_id)
        rows = rows.filter(Q(switch__facility__isnull=True) | theirs)
    found = rows.select_related("switch__area", "switch__facility").order_by("issued_at", "pk")
    return list(found)


def waits_for(step: SwitchStep, steps: Iterable[SwitchStep]) -> list[int]:
    """The numbers of the steps before one that are not done yet."""
    left = {one.number for one in steps if not one.is_done}
    return [number for number in step.after if number in left]


def with_clocks(switch: Switch) -> list[dict[str, Any]]:
    """The steps of a switch, each with its clock and with what it still waits for."""
    steps = list(switch.steps.all())
    clocks = clocks_of(steps, SwitchStep)
    return [
        {
            "step": step,
            "clock": next(iter(clocks.get(step.pk, [])), None),
            "waits_for": waits_for(step, steps),
        }
        for step in steps
    ]


def history(place: Place) -> list[EmergencySpell]:
    """When a place itself was in emergency, the latest first."""
    rows = EmergencySpell.objects.select_related("began_by", "ended_by")
    if isinstance(place, Facility):
        return list(rows.filter(facility=place))
    return list(rows.filter(area=place, facility__isnull=True))


def marks() -> list[tuple[str, str]]:
    """The plans behind the marks of clauses: S2 is Youyang's."""
    plans = Profile.objects.exclude(mark="").order_by("mark")
    return [(plan.mark, plan.label) for plan in plans]


def suggested(incident: Incident, at: datetime) -> Area | None:
    """The place to be switched: where a response holds or a plan is active in peace.

    It is suggested only; nothing is switched by itself.
    """
    if incident.state != Incident.State.OPEN:
        return None
    held = incident.responses.active().select_related("area").order_by("level", "area_id").first()
    area = held.area if held else incident.area if incident.plan_id else None
    if area is None or area.level not in ("county", "township"):
        return None
    if spell_at(area.code, at) is not None or switch_under_way(area) is not None:
        return None
    return area


def moment(asked: str, now: datetime) -> datetime:
    """The moment that a reader asks for, as a form writes it; now where none can be read."""
    try:
        found = datetime.fromisoformat(asked)
    except ValueError:
        return now
    found = timezone.make_aware(found) if timezone.is_naive(found) else found
    return min(found, now + timedelta(seconds=1))
