"""Warning messages against the schema of their standard, which is not this project's to give away."""

from datetime import timedelta

import pytest
from lxml import etree

from pingji.config.testing import reference_data
from pingji.ground.directory.tests.factories import system_user
from pingji.integrations.cap.alerts import issue
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.warn.alerts.tests.factories import AlertFactory

SCHEMA = "CAP-v1.2.xsd"  # docs.oasis-open.org/emergency/cap/v1.2
COURSE = [
    ("new", "alert_raised"),
    ("verified", "alert_verified"),
    ("investigated", "alert_investigated"),
    ("closed", "alert_closed"),
]


@pytest.mark.django_db
def test_first_message_updates_and_cancelling_are_valid_by_the_schema():
    found = reference_data() / "cap" / SCHEMA
    if not found.exists():
        pytest.skip(f"no reference data at {found}; set PINGJI_REFERENCE_DATA")
    schema = etree.XMLSchema(etree.parse(found))
    alert = AlertFactory(level="decision")
    types = []
    for hours, (state, cause) in enumerate(COURSE):
        alert.state = state
        at = NOON + timedelta(hours=hours)
        message = issue(alert=alert, cause=cause, by=system_user(), at=at)
        schema.assertValid(etree.fromstring(message.content.encode()))
        types.append(message.type)
    assert types == ["Alert", "Update", "Update", "Cancel"]
