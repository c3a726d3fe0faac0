"""What was not checked against its source is never shown as fact."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pingji.evaluate.scorecard import queries
from pingji.evaluate.scorecard.queries import Span
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.standards.models import StandardRow
from pingji.ground.standards.tests.factories import deadline

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verified", [True, False])
def test_a_promise_says_whether_its_figure_was_checked(verified):
    user = UserFactory(role="inspector")
    clock = deadline(subject=user, area=user.area)
    StandardRow.objects.filter(key=clock.key).update(verified=verified)
    day = timezone.localdate(clock.started_at)
    span = Span(day - timedelta(days=1), day + timedelta(days=1))

    found = queries.promises(user=user, span=span, at=clock.started_at)

    assert [promise.verified for promise in found] == [verified]
