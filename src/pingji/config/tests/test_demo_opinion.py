"""What the demo county's public writes: answered, being checked, and rising."""

from datetime import UTC, datetime

import pytest

from pingji.config import beginning, demo_opinion
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Area, User
from pingji.ground.notices.models import Notice
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.rules.profile import load_profile_file, shipped_profiles
from pingji.monitor.opinion.models import Post, Rumour

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 18, 3, 0, tzinfo=UTC)


def test_the_demos_public_has_one_rumour_in_each_stage():
    (area,) = load_profile_file(shipped_profiles()["kaijiang"]).profile.areas
    beginning.load(areas=[area], at=NOW)
    system = User.objects.system()
    directory.make_demo_county(county_code=area, by=system, at=NOW, password="demo-password")

    demo_opinion.make(Area.objects.get(pk=area), at=NOW)

    told = Rumour.objects.order_by("found_at").values_list("topic_id", "state", "verdict")
    assert list(told) == [
        ("vomiting_syndrome", "closed", "true"),
        ("plague", "closed", "unfounded"),
        ("food_poisoning_syndrome", "checking", ""),
        ("influenza", "found", ""),
    ]
    assert not Post.objects.filter(posted_at__gt=NOW).exists()
    assert not Deadline.objects.filter(started_at__gt=NOW).exists()
    assert Post.objects.filter(place="elsewhere").exists()
    assert Post.objects.filter(notice=True).exists()


def test_who_handles_rumours_was_told_of_the_one_that_waits():
    (area,) = load_profile_file(shipped_profiles()["kaijiang"]).profile.areas
    beginning.load(areas=[area], at=NOW)
    system = User.objects.system()
    directory.make_demo_county(county_code=area, by=system, at=NOW, password="demo-password")

    demo_opinion.make(Area.objects.get(pk=area), at=NOW)

    notice = Notice.objects.get(kind="rumour_found")
    assert notice.subject_id == str(Rumour.objects.get(state="found").pk)
    told = {row.receiver.role for row in notice.deliveries.filter(means="page")}
    assert told == {"duty_officer", "epidemiologist", "press_officer"}
