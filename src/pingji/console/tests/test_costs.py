"""What a page asks of the database: as much for many rows as for one, and no row twice."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pingji.console import queries
from pingji.console.tests.factories import (
    case,
    epidemiologist,
    late_clock,
    open_incident,
    township,
    waiting_alert,
)
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import FacilityFactory, UserFactory

pytestmark = pytest.mark.django_db


def questions(client, address: str) -> int:
    """How many queries a page needs once its templates are loaded."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "page", ["console:home", "console:tasks", "console:wall", "console:map", "console:map_data"]
)
@pytest.mark.parametrize("role", [Role.LEADER, Role.EPIDEMIOLOGIST, Role.INSPECTOR])
def test_more_rows_are_not_more_queries(client, page, role):
    client.force_login(UserFactory(role=role), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(page)

    def fill(number: int) -> None:
        town = township(f"50024210{number}", f"第{number}镇")
        late_clock(town)
        open_incident(town)
        case(town, onset=timezone.localdate())
        FacilityFactory(organisation__area=town)

    fill(1)
    few = questions(client, address)
    for number in range(2, 6):
        fill(number)

    assert questions(client, address) == few


def test_figures_are_exact_beyond_the_rows_a_page_shows():
    user, now = UserFactory(role=Role.LEADER), timezone.now()
    for number in range(1, 5):
        town = township(f"50024210{number}", f"第{number}镇")
        late_clock(town)
        open_incident(town)
    shown = {
        "incidents": queries.open_incidents(user)[:2],
        "late_ones": queries.late(user, at=now)[:2],
    }

    alone = queries.stats(user, at=now)

    assert queries.stats(user, at=now, **shown) == alone
    assert [figure.value for figure in alone] == [4, 4, 0, 4, 0]


def test_the_list_beside_the_map_says_what_the_map_says():
    town, other = township("500242101"), township("500242102", "麻旺镇")
    case(other, onset=timezone.localdate())
    waiting_alert(town)
    user, asked = epidemiologist(), queries.Asked(until=timezone.localdate(), days=7)
    drawn = queries.township_map(user, asked)

    figures = queries.listed(drawn)["cells"]

    assert [(one["code"], one["value"]) for one in figures] == [("500242102", 1), ("500242101", 0)]
    cells = {f["properties"]["code"]: f["properties"] for f in drawn["cells"]["features"]}
    assert all(one.items() <= cells[one["code"]].items() for one in figures)
