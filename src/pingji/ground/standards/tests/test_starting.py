"""Many clocks started at once are those that would be started one by one."""

from datetime import timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, AreaFactory, OrganisationFactory
from pingji.ground.record.actions import note_many
from pingji.ground.record.models import Line
from pingji.ground.record.queries import first_break
from pingji.ground.standards.actions import start_deadline, start_deadlines
from pingji.ground.standards.models import Deadline, Profile
from pingji.ground.standards.queries import Start
from pingji.ground.standards.tests.factories import NOON, deadline

pytestmark = pytest.mark.django_db
SAID = ("standard", "subject_label", "subject_label_en", "area", "organisation", "started_by")
SAID += ("started_at", "due_at", "warn_at", "escalates_to", "state")


@pytest.mark.parametrize("key", ["ambulance.roll_out", "alert.verify"])
@pytest.mark.parametrize("where", ["500242", "500242101001", FOREIGN_COUNTY])
def test_each_is_as_if_started_alone(key, where):
    by = deadline("alert.verify", subject=OrganisationFactory()).started_by
    area = Area.objects.filter(code=where).first() or AreaFactory(code=where)
    one = OrganisationFactory()
    common = {"key": key, "subject": one, "at": NOON - timedelta(hours=1)}
    try:
        alone = start_deadline(**common, area=area, organisation=one, by=by)
    except Refused:
        assert start_deadlines(starts=[Start(**common, area=where)], by=by) == ([], [])
        return
    said, before = {name: getattr(alone, name) for name in SAID}, Line.objects.first()
    alone.delete()

    starts = [Start(**common, area=where, organisation=one.pk)]
    note_many("deadline.started", start_deadlines(starts=starts, by=by)[1], by=by, at=NOON)

    together = Deadline.objects.get(subject_id=str(one.pk))
    assert {name: getattr(together, name) for name in SAID} == said
    line = Line.objects.first()
    assert (line.kind, line.at, line.details) == (before.kind, before.at, before.details)
    assert first_break()[1] is None


def test_what_no_plan_sets_has_no_clock():
    one = OrganisationFactory()
    by = deadline(subject=one).started_by
    area = AreaFactory(code="500242104").code
    starts = [Start("no.such_promise", one, area, NOON), Start("alert.verify", one, area, NOON)]
    Profile.objects.update(in_force_from=(NOON + timedelta(days=9)).date())
    assert start_deadlines(starts=starts, by=by) == ([], [])

    Profile.objects.update(in_force_from=(NOON - timedelta(days=9)).date())
    Deadline.objects.all().delete()
    assert [one.key for one in start_deadlines(starts=starts, by=by)[0]] == ["alert.verify"]
