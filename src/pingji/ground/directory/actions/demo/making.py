"""Make a demonstration county out of the plan for one."""

import itertools
import math
import random
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.demo import invented, plan
from pingji.ground.directory.actions.organisations import initials
from pingji.ground.directory.models import (
    SCHEMATIC,
    Area,
    Facility,
    Organisation,
    Resident,
    Staff,
    User,
)
from pingji.ground.record.actions import note

RESIDENTS = 400
# Of every five residents, so many live in the township whose doctor signs in.
AT_HOME, OF = 3, 5


@transaction.atomic
def make_demo_county(*, county_code: str, by: User, at: datetime, password: str) -> list[User]:
    """Fill a county with invented organisations, facilities, staff, residents and users.

    A second time adds only what is missing; nobody's password changes.

    Args:
        county_code: One of the counties in data/demo.toml; its areas must be loaded.
        by: The machine's own user, or an administrator.
        at: When.
        password: With which every user of the demonstration signs in.

    Returns:
        The users of the demonstration, at least one for each role.
    """
    counties = plan.counties()
    if county_code not in counties:
        raise Refused(
            _("There is no demonstration for %(code)s; there is one for: %(known)s.")
            % {"code": county_code, "known": ", ".join(counties)}
        )
    county = counties[county_code]
    area = Area.objects.get(code=county_code)
    _place(area)

    organisations = _organisations(county, area)
    village = Area.objects.under(county["town"]).of_level("village").earliest("code").code
    users = _users(plan.sign_ins(county, village), county, password, at)
    residents = _residents(county, at)
    if organisations or residents:
        note(
            "demo.made",
            subject=None,
            by=by,
            at=at,
            area=county_code,
            organisations=organisations,
            residents=residents,
            users=len(users),
        )
    return users


def _place(area: Area) -> None:
    """A prefecture has no point of its own in the list; its first county's will do in memory."""
    if area.longitude is None:
        seat = Area.objects.under(area.code).exclude(longitude=None).earliest("code")
        area.longitude, area.latitude = seat.longitude, seat.latitude


def _organisations(county: dict[str, Any], area: Area) -> int:
    """Make the organisations that are missing, with facilities and staff; say how many."""
    planned = list(plan.county_organisations(county, area))
    towns = list(
        Area.objects.under(area.code).of_level("township").exclude(longitude=None).order_by("code")
    )
    for town in towns:
        planned += plan.town_organisations(town)
        villages = list(Area.objects.under(town.code).of_level("village").order_by("code"))
        planned += plan.village_clinics(town, villages, _room_round(town, towns))

    present = set(
        Organisation.objects.filter(code__startswith=area.code).values_list("code", flat=True)
    )
    missing = [made for made in planned if made.code not in present]
    rows = Organisation.objects.bulk_create(
        [
            Organisation(
                code=made.code,
                name=made.name,
                name_en=made.name_en,
                initials=initials(made.name),
                kind=made.kind,
                area_id=made.area.code,
                demo=True,
                **made.further,
            )
            for made in missing
        ],
        batch_size=500,
    )
    _set_above(area.code)
    both = list(zip(missing, rows, strict=True))
    Facility.objects.bulk_create(itertools.chain(*(_facilities(m, o) for m, o in both)), 500)
    Staff.objects.bulk_create(itertools.chain(*(_staff(m, o) for m, o in both)), 500)
    return len(rows)


def _room_round(town: Area, towns: list[Area]) -> float:
    """Half the way to the nearest other town, in kilometres, so that villages stay in their cell."""

    def away(other: Area) -> float:
        across = (other.longitude - town.longitude) * math.cos(math.radians(town.latitude))
        return plan.KM_PER_DEGREE * math.hypot(across, other.latitude - town.latitude)

    return min((away(other) for other in towns if other.code != town.code), default=4.0) * 0.45


def _facilities(made: plan.Made, organisation: Organisation) -> list[Facility]:
    facilities = []
    for kind, name, name_en in made.places:
        longitude, latitude = plan.spot(made.area, organisation.code, made.reach_km)
        if kind == Facility.Kind.FEVER_CLINIC:  # beside the hospital, not on top of it
            longitude, latitude = round(longitude + 0.0012, 5), round(latitude + 0.0006, 5)
        facilities.append(
            Facility(
                organisation=organisation,
                area_id=made.area.code,
                name=name,
                name_en=name_en,
                kind=kind,
                address=made.area.name,
                longitude=longitude,
                latitude=latitude,
                position_source=SCHEMATIC,
            )
        )
    return facilities


def _staff(made: plan.Made, organisation: Organisation) -> list[Staff]:
    chance = random.Random(organisation.code)  # noqa: S311 - a demonstration, nothing secret
    return [
        Staff(
            organisation=organisation,
            area_id=made.area.code,
            name=invented.name(chance),
            post=post,
            phone=invented.phone(chance),
        )
        for post, number in made.staff.items()
        for _person in range(number)
    ]


def _set_above(county_code: str) -> None:
    """Health centres stand under the health commission, clinics under their health centre."""
    rows = Organisation.objects.filter(code__startswith=county_code, demo=True, parent=None)
    commission = Organisation.objects.get(code=f"{county_code}-health")
    under_commission = [
        Organisation.Kind.CDC,
        Organisation.Kind.HOSPITAL,
        Organisation.Kind.TOWNSHIP_HEALTH_CENTRE,
        Organisation.Kind.EMERGENCY_CENTRE,
        Organisation.Kind.STORE,
    ]
    rows.filter(kind__in=under_commission).update(parent=commission)
    centres = {
        centre.area_id: centre
        for centre in Organisation.objects.filter(
            code__startswith=county_code, kind=Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
        )
    }
    clinics = list(rows.filter(kind=Organisation.Kind.VILLAGE_CLINIC))
    for clinic in clinics:
        clinic.parent = centres.get(clinic.area_id[:9])
    Organisation.objects.bulk_update(clinics, ["parent"], batch_size=500)


def _users(
    sign_ins: list[plan.SignIn], county: dict[str, Any], password: str, at: datetime
) -> list[User]:
    """Make the users who are missing; say who there are."""
    users = []
    hashed = ""
    for sign_in in sign_ins:
        username = sign_in.username
        user = User.objects.filter(username=username).first()
        if user is not None and not user.area_id.startswith(county["code"]):
            # Another demonstration county took the plain name first.
            username = f"{username}-{county['code']}"
            user = User.objects.filter(username=username).first()
        if user is None:
            hashed = hashed or make_password(password)
            user = User(
                username=username,
                display_name=sign_in.display_name,
                role=sign_in.role,
                organisation=Organisation.objects.get(code=sign_in.organisation),
                area_id=sign_in.area,
                created_at=at,
                password=hashed,
                demo=True,
            )
            user.save(force_insert=True)
        users.append(user)
    return users


def _residents(county: dict[str, Any], at: datetime) -> int:
    """Make the residents, if there are none; say how many."""
    if Resident.objects.filter(area__code__startswith=county["code"], demo=True).exists():
        return 0
    villages = list(Area.objects.under(county["code"]).of_level("village").order_by("code"))
    home = [village for village in villages if village.code.startswith(county["town"])]
    towns = {t.code: t for t in Area.objects.under(county["code"]).of_level("township")}
    people = invented.people(county["code"], until=timezone.localtime(at).date())
    rows = []
    for at_row, person in enumerate(itertools.islice(people, RESIDENTS)):
        pool = home if at_row % OF < AT_HOME else villages
        village = pool[at_row * 7 % len(pool)]
        resident = Resident(
            area=village,
            name=person.name,
            sex=person.sex,
            born_on=person.born_on,
            phone=person.phone,
            address=f"{towns[village.code[:9]].name}{village.name}{at_row % 8 + 1}组",
            registered_at=at,
            demo=True,
        )
        resident.identity_number = person.identity_number
        rows.append(resident)
    # The numbers of two demonstration counties may meet; the first county keeps them.
    hashes = Resident.objects.values_list("identity_hash", flat=True)
    taken = set(hashes.filter(identity_hash__in=[row.identity_hash for row in rows]))
    fresh = [row for row in rows if row.identity_hash not in taken]
    return len(Resident.objects.bulk_create(fresh, batch_size=500))
