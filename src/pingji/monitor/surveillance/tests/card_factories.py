"""Report cards for tests.

home()                                the tests' county, its plan, a hospital with two reporters, a CDC
facts(name="王小明", age=7)           what a card says, right in every field but those given
sent(home(), name="王小明")           a card that was sent at NOON by the hospital's first reporter
typed(home(), disease="lxxgm")        the same as somebody types it into the form
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.directory.tests.kept import rows
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, Disease

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)  # noon in the county
ELEVEN = datetime(2025, 11, 21, 3, 0, tzinfo=UTC)
COUNTY, TOWN, OTHER_TOWN = "500242", "500242101", "500242102"
VILLAGE = f"{TOWN}001"
IDENTITY = "990001199003070028"  # a woman born on 1990-03-07


@dataclass
class Home:
    """Who reports, checks and reviews."""

    reporter: User
    colleague: User
    elsewhere: User
    epidemiologist: User
    hospital: Organisation
    other_hospital: Organisation


def home() -> Home:
    """The county with its plan and catalogue, two hospitals and a CDC."""
    system = system_user()
    AreaFactory(code=COUNTY, name="酉阳县")
    AreaFactory(code=TOWN, name="桃花源镇", initials="thyz")
    AreaFactory(code=OTHER_TOWN, name="龙潭镇", initials="ltz")
    AreaFactory(code=VILLAGE, name="花园村", initials="hyc")
    county = Area.objects.get(pk=COUNTY)
    plan()
    if not Disease.objects.exists():
        rows("diseases", lambda: actions.load_diseases(by=system, at=NOON))
    hospital = OrganisationFactory(code="h1", name="县人民医院", area=county)
    other = OrganisationFactory(code="h2", name="县中医院", area=county)
    cdc = OrganisationFactory(code="cdc", name="县疾控", kind=Organisation.Kind.CDC, area=county)

    def user(name: str, role: str, organisation: Organisation) -> User:
        return UserFactory(
            username=name, display_name=name, role=role, area=county, organisation=organisation
        )

    return Home(
        reporter=user("何丽华", Role.HOSPITAL_REPORTER, hospital),
        colleague=user("张护士", Role.HOSPITAL_REPORTER, hospital),
        elsewhere=user("李医生", Role.HOSPITAL_REPORTER, other),
        epidemiologist=user("林晓峰", Role.EPIDEMIOLOGIST, cdc),
        hospital=hospital,
        other_hospital=other,
    )


def facts(**given: Any) -> dict[str, Any]:
    """What a card says, right in every field but those given."""
    return {
        "identity_number": "",
        "name": "王小明",
        "guardian": "王大山",
        "sex": "M",
        "born_on": date(2018, 5, 6),
        "age": 7,
        "occupation": "home_child",
        "phone": "13800001111",
        "patient": "county",
        "area": VILLAGE,
        "address": "1 组 3 号",
        "institution": None,
        "workplace": "",
        "school_class": "",
        "disease": "influenza",
        "status": "clinical",
        "severe": False,
        "onset_on": date(2025, 11, 20),
        "diagnosed_on": date(2025, 11, 21),
        "diagnosed_at": ELEVEN,
        "died_on": None,
        "doctor": "何丽华",
        "remark": "",
    } | given


def sent(
    here: Home,
    *,
    by: User | None = None,
    at: datetime = NOON,
    confirmed: str = "已电话核实",
    **given: Any,
) -> CaseReport:
    """A card that was sent."""
    return actions.send_card(
        facts=facts(**given), by=by or here.reporter, at=at, confirmed=confirmed
    )


def checked(here: Home, **given: Any) -> CaseReport:
    """A card that was sent, and checked by a colleague."""
    return actions.check_card(card=sent(here, **given), by=here.colleague, at=NOON)


def reviewed(here: Home, **given: Any) -> CaseReport:
    """A card that was sent, checked, and reviewed by the CDC."""
    return actions.review_card(card=checked(here, **given), by=here.epidemiologist, at=NOON)
