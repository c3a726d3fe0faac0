"""Many facts told at once are told as one is."""

import pytest

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices import actions
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.notices.queries import Told
from pingji.ground.notices.tests.factories import NOON, subject, subscriber
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan

pytestmark = pytest.mark.django_db


def same(rows) -> list:
    own = ("id", "key", "notice_id", "subject_id")
    return sorted(str({k: v for k, v in row.items() if k not in own}) for row in rows.values())


def test_they_are_told_as_one_by_one():
    plan()
    by = UserFactory(role=Role.DUTY_OFFICER)
    people = [UserFactory(role=Role.LEADER, phone="13812345678"), UserFactory(demo=True), by]
    first, second = subject(), subject()
    area = first.area
    subscriber(area=area)
    given = {"kind": "order_issued", "by": by, "at": NOON}
    actions.notify(subject=first, area=area, people=people, clock=False, **given)
    alone = same(Delivery.objects.all())

    made = actions.notify_many(facts=[Told(second, area, None, people)], **given)

    assert same(Delivery.objects.filter(notice__in=made)) == alone
    one, other = Notice.objects.order_by("pk").values()
    own = ("id", "key", "subject_id", "subject_label", "subject_label_en", "subject_url")
    assert {k: v for k, v in one.items() if k not in own} == {
        k: v for k, v in other.items() if k not in own
    }
    told = Line.objects.filter(kind="notice.told").order_by("number")
    assert told[0].details == told[1].details


def test_a_fact_told_before_is_not_told_again():
    plan()
    by, person, row = UserFactory(), UserFactory(), subject()
    given = {"kind": "order_issued", "by": by, "at": NOON}
    fact = Told(row, row.area, None, [person])
    actions.notify_many(facts=[fact], **given)

    assert actions.notify_many(facts=[fact, fact], **given) == []
    assert Delivery.objects.filter(receiver=person, means="page").count() == 1
