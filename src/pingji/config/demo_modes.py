"""Peace and emergency in the demo county: a township that was in emergency, beds that become ICU."""

from datetime import datetime, timedelta

from pingji.ground.directory.models import Area, Facility, Organisation, Role, User
from pingji.ground.record.actions import unannounced
from pingji.ground.standards.models import Conversion, Mode
from pingji.respond.incidents.actions import modes as actions
from pingji.respond.incidents.models import Incident, Switch
from pingji.respond.incidents.queries import modes as queries

HOUR = timedelta(hours=1)
WHY = "续发病例增多，处置力量须昼夜在岗。"
WHY_BACK = "末例发病后连续七天无新发病例，事件已结束。"
WHY_BEDS = "冬季呼吸道疾病高发，提前把可转换床位转为重症监护单元。"
DONE_BEDS = ("move", "crew")


def switch_town(incident: Incident, *, duty: User, at: datetime) -> None:
    """The incident's township goes into emergency, step after step in some hours."""
    if incident.area.level != Conversion.Subject.TOWNSHIP:
        return
    _carry_out(_begin(incident.area, "township", Mode.EMERGENCY, WHY, duty, at, incident), duty, at)


def return_town(area: Area, *, duty: User, at: datetime) -> None:
    """And back to peace when the event is over."""
    if queries.own_spell(area, at) is None:
        return
    _carry_out(_begin(area, "township", Mode.PEACE, WHY_BACK, duty, at), duty, at)


def convert_beds(area: Area, *, at: datetime) -> None:
    """The hospital is on its way to more intensive care: half of the steps are done."""
    duty = User.objects.filter(area=area, demo=True, role=Role.DUTY_OFFICER).first()
    hospital = (
        Facility.objects.filter(
            area__code__startswith=area.code,
            kind=Facility.Kind.HOSPITAL,
            closed_on__isnull=True,
            organisation__kind=Organisation.Kind.HOSPITAL,
        )
        .order_by("area_id", "pk")
        .first()
    )
    if duty is None or hospital is None:
        return
    with unannounced():
        switch = _begin(hospital, "icu", Mode.EMERGENCY, WHY_BEDS, duty, at - 5 * HOUR)
        for number, key in enumerate(DONE_BEDS):
            step = switch.steps.get(key=key)
            done = at - (4 - number) * HOUR
            actions.finish_step(step=step, result="已完成。", by=duty, at=done)


def _begin(
    place: Area | Facility,
    key: str,
    to: Mode,
    reason: str,
    duty: User,
    at: datetime,
    incident: Incident | None = None,
) -> Switch:
    way = next(one for one in queries.ways(place, at) if one.key == key)
    checks = queries.checks(place, way, to, at)
    return actions.start_switch(
        place=place,
        to=to,
        conversion=key,
        reason=reason,
        ticked=[check["key"] for check in checks if not check["read"]],
        despite="" if all(check["ok"] for check in checks if check["read"]) else "边整改边转换。",
        incident=incident,
        by=duty,
        at=at,
    )


def _carry_out(switch: Switch, duty: User, at: datetime) -> None:
    for number in range(switch.steps.count()):
        step = switch.steps.filter(state="issued").order_by("number").first()
        done = at + (number + 1) * timedelta(minutes=8)
        actions.finish_step(step=step, result="已到位。", by=duty, at=done)
