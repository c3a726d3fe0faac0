"""What stands in the field of the demo county: free beds, teams, vehicles; risk areas, checkpoints.

Invented figures, told in the last days as organisations would tell them; one of them is out of date,
so that a newcomer sees how the map says so.
"""

from datetime import datetime, timedelta

from pingji.ground.directory.models import Area, Facility, Organisation, Role, User
from pingji.ground.record.actions import unannounced
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import Incident, SharedResource

HOUR = timedelta(hours=1)
Kind = SharedResource.Kind
# Of which kind of organisation: what, how many, of what unit, how many free, in which township
# (None: at its own place), and hours ago when it was told.
SHARED = (
    ("cdc", Kind.PEOPLE, "流行病学调查队", 6, "支", 4, 0, 5),
    ("cdc", Kind.PEOPLE, "消杀队", 4, "支", 3, 1, 5),
    ("cdc", Kind.VEHICLES, "流调专用车", 5, "辆", 3, 0, 4),
    ("hospital", Kind.PEOPLE, "医疗救治队", 3, "支", 2, 0, 7),
    ("hospital", Kind.VEHICLES, "负压救护车", 2, "辆", 1, 1, 2),
    ("emergency_centre", Kind.VEHICLES, "救护车", 8, "辆", 5, 0, 1),
    ("department", Kind.VEHICLES, "应急转运客车", 12, "辆", 12, 2, 50),
    ("department", Kind.EQUIPMENT, "移动测温门", 20, "台", 16, 0, 9),
)
# Free and how many, by what is counted in a hospital; the second list is of a day before.
BEDS = {"beds": (86, 620), "fever_beds": (9, 24), "icu_beds": (4, 22), "negative_pressure": (3, 6)}
BEDS_BEFORE = {"beds": (112, 620), "fever_beds": (15, 24), "icu_beds": (6, 22)}
TOWN_BEDS = (14, 40)


def make(area: Area, *, at: datetime) -> None:
    """Tell what is free in a demo county or city, and where."""
    duty = User.objects.filter(area=area, demo=True, role=Role.DUTY_OFFICER).first()
    towns = list(Area.objects.under(area.code).of_level("township")[:3])
    if duty is None or len(towns) < 3:
        return
    with unannounced():
        _share(area, duty, towns, at)
        _count_beds(area, duty, at)


def _share(area: Area, duty: User, towns: list[Area], at: datetime) -> None:
    bodies = Organisation.objects.filter(area__code__startswith=area.code, closed_on__isnull=True)
    for kind, what, name, amount, unit, free, town, hours in SHARED:
        body = bodies.filter(kind=kind).order_by("area_id", "pk").first()
        if body is None or SharedResource.objects.filter(organisation=body, name=name).exists():
            continue
        resource = actions.keep_resource(
            organisation=body,
            kind=what,
            name=name,
            amount=amount,
            unit=unit,
            free=min(free + 1, amount),
            contact="演示值班室",
            phone=body.phone or "演示",
            by=duty,
            at=at - (hours + 30) * HOUR,
        )
        field.tell_free(
            resource=resource,
            free=free,
            amount=amount,
            position=field.Position(towns[town]),
            by=duty,
            at=at - hours * HOUR,
        )


def _count_beds(area: Area, duty: User, at: datetime) -> None:
    open_ones = Facility.objects.filter(
        area__code__startswith=area.code, closed_on__isnull=True
    ).order_by("area_id", "pk")
    hospital = open_ones.filter(organisation__kind=Organisation.Kind.HOSPITAL).first()
    if hospital is not None:
        field.tell_free_in(facility=hospital, counts=BEDS_BEFORE, by=duty, at=at - 27 * HOUR)
        field.tell_free_in(facility=hospital, counts=BEDS, by=duty, at=at - 3 * HOUR)
    centres = open_ones.filter(organisation__kind=Organisation.Kind.TOWNSHIP_HEALTH_CENTRE)
    for number, facility in enumerate(centres[:4]):
        free, amount = TOWN_BEDS
        told = {"beds": (free - 3 * number, amount)}
        field.tell_free_in(facility=facility, counts=told, by=duty, at=at - (6 + number) * HOUR)


def guard(incident: Incident, *, duty: User, at: datetime) -> None:
    """Risk areas and a checkpoint of an incident, from its second hour to its last days.

    Args:
        incident: The incident that was answered.
        duty: Who sets them.
        at: When the incident was opened.
    """
    county = incident.area_id[:6]
    towns = list(Area.objects.under(county).of_level("township"))
    town = next((one for one in towns if one.code == incident.area_id[:9]), towns[0])
    beside = next(one for one in towns if one != town)
    high = field.set_risk_area(
        incident=incident,
        area=town,
        level="medium",
        reason="病例集中于本镇一所小学，尚未发现校外续发。",
        by=duty,
        at=at + 2 * HOUR,
    )
    low = field.set_risk_area(
        incident=incident,
        area=beside,
        level="low",
        reason="有学生家住本镇，加强晨午检。",
        by=duty,
        at=at + 3 * HOUR,
    )
    point = field.open_checkpoint(
        incident=incident,
        name=f"{town.name}中心小学门口",
        area=town,
        organisation=_who_mans(county),
        by=duty,
        at=at + 4 * HOUR,
    )
    after = at + timedelta(days=5)
    field.close_checkpoint(checkpoint=point, reason="复课，恢复日常晨检。", by=duty, at=after)
    low_now = field.change_risk_area(
        risk_area=high, level="low", reason="三天无新发病例。", by=duty, at=after
    )
    over = at + timedelta(days=8)
    for row in (low, low_now):
        field.lift_risk_area(risk_area=row, reason="七天无新发病例。", by=duty, at=over)


def _who_mans(county: str) -> Organisation:
    bodies = Organisation.objects.filter(area__code__startswith=county, closed_on__isnull=True)
    kinds = (Organisation.Kind.DEPARTMENT, Organisation.Kind.CDC)
    return bodies.filter(kind__in=kinds).order_by("-kind", "pk").first() or bodies.earliest("pk")
