"""People and places for tests; every argument may be left out.

AreaFactory(code="500242101")                 an area; made once for each code
UserFactory(role=Role.EPIDEMIOLOGIST)         a user of county 500242
UserFactory(area__code="511723")              a user of another county
OrganisationFactory(kind=Organisation.Kind.HOSPITAL, area__code="500242")
ResidentFactory(identity_number="990001199003070028")
system_user()                                 in whose name the machine acts
"""

from datetime import UTC, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    SCHEMATIC,
    Area,
    Facility,
    Organisation,
    Resident,
    Role,
    Staff,
    User,
)
from pingji.ground.directory.models.people import SYSTEM_USERNAME

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SYSTEM_KEY = 1_000_000_000  # the same in every test, so that kept rows may refer to it
COUNTY = "500242"
FOREIGN_COUNTY = "511723"


class AreaFactory(DjangoModelFactory):
    """An area; the county of the tests unless another code is given."""

    class Meta:
        model = Area
        django_get_or_create = ("code",)

    code = COUNTY
    name = factory.LazyAttribute(lambda area: f"地区{area.code}")
    name_en = factory.LazyAttribute(lambda area: f"Area {area.code}")
    longitude = 108.76
    latitude = 28.84
    position_source = SCHEMATIC


class OrganisationFactory(DjangoModelFactory):
    """An open organisation of the tests' county."""

    class Meta:
        model = Organisation

    code = factory.Sequence("org-{}".format)
    name = factory.Sequence("第{}医院".format)
    name_en = factory.Sequence("Hospital No. {}".format)
    kind = Organisation.Kind.HOSPITAL
    area = factory.SubFactory(AreaFactory)


class FacilityFactory(DjangoModelFactory):
    """A place that an organisation runs."""

    class Meta:
        model = Facility

    organisation = factory.SubFactory(OrganisationFactory)
    area = factory.SelfAttribute("organisation.area")
    name = factory.Sequence("{}号楼".format)
    kind = Facility.Kind.HOSPITAL
    longitude = 108.77
    latitude = 28.85


class UserFactory(DjangoModelFactory):
    """A user; a role bound to an organisation gets one in the user's area."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("user-{}".format)
    display_name = factory.Sequence("用户{}".format)
    role = Role.DUTY_OFFICER
    area = factory.SubFactory(AreaFactory)
    organisation = factory.LazyAttribute(
        lambda user: (
            OrganisationFactory(area=user.area) if user.role in BOUND_TO_ORGANISATION else None
        )
    )
    created_at = LONG_AGO

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", None)
        user = model_class(*args, **kwargs)
        user.set_password(password)  # None makes it unusable, which spares the hashing
        user.save()
        return user


class StaffFactory(DjangoModelFactory):
    """Somebody who works for an organisation."""

    class Meta:
        model = Staff

    organisation = factory.SubFactory(OrganisationFactory)
    area = factory.SelfAttribute("organisation.area")
    name = factory.Sequence("职工{}".format)
    post = "医师"


class ResidentFactory(DjangoModelFactory):
    """Somebody who lives in the tests' county."""

    class Meta:
        model = Resident

    area = factory.SubFactory(AreaFactory)
    name = "王小明"
    phone = "10012345678"
    registered_at = LONG_AGO


def system_user() -> User:
    """The machine's own user, made where there is none."""
    return User.objects.filter(username=SYSTEM_USERNAME).first() or UserFactory(
        pk=SYSTEM_KEY,
        username=SYSTEM_USERNAME,
        display_name="系统 System",
        role=Role.ADMINISTRATOR,
    )
