"""When a notice may leave: quiet hours over midnight, digests, back-off."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.notices import rules
from pingji.ground.notices.rules import Policy

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
NIGHT = datetime(2025, 11, 21, 15, 30, tzinfo=UTC)  # 23:30 in the county
MORNING = datetime(2025, 11, 21, 23, 0, tzinfo=UTC)  # 07:00 of the next day
EIGHT = datetime(2025, 11, 22, 0, 0, tzinfo=UTC)


def policy(**other):
    given = {
        "levels": {"alert_raised": 2, "alert_raised.hint": 1},
        "roles": {},
        "means": {},
        "quiet_from": time(22),
        "quiet_until": time(7),
        "breaks_from": 3,
        "digest_up_to": 1,
        "digest_at": time(8),
        "first_wait": timedelta(minutes=1),
        "most_attempts": 4,
    }
    return Policy(**(given | other))


@dataclass
class Wishes:
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest: bool | None = None


@pytest.mark.parametrize(
    ("at", "level", "leaves", "held_for"),
    [
        (NOON, 2, NOON, ""),
        (NIGHT, 2, MORNING, "quiet"),
        (NIGHT, 3, NIGHT, ""),  # urgent: the night does not hold it
        (NOON, 1, EIGHT, "digest"),
        (NIGHT, 1, EIGHT, "digest"),
    ],
)
def test_the_plan_says_when_a_text_message_leaves(at, level, leaves, held_for):
    assert rules.leaves_at(at, level=level, policy=policy(), wishes=None) == (leaves, held_for)


@pytest.mark.parametrize(
    ("wishes", "at", "level", "held_for"),
    [
        (Wishes(time(11), time(13)), NOON, 2, "quiet"),
        (Wishes(time(11), time(13)), NIGHT, 2, ""),  # their own hours in place of the plan's
        (Wishes(time(11), time(13)), NOON, 3, ""),  # nobody can make an urgent one wait
        (Wishes(digest=True), NOON, 2, "digest"),
        (Wishes(digest=True), NOON, 3, ""),
        (Wishes(digest=False), NOON, 1, ""),
        (Wishes(digest=False), NIGHT, 1, "quiet"),
        (Wishes(time(8), time(8)), NIGHT, 2, ""),  # equal ends: no quiet hours
    ],
)
def test_people_may_set_their_own(wishes, at, level, held_for):
    assert rules.leaves_at(at, level=level, policy=policy(), wishes=wishes)[1] == held_for


def test_a_digest_waits_for_the_end_of_somebodys_own_quiet_hours():
    wishes = Wishes(time(22), time(9))
    nine = EIGHT + timedelta(hours=1)
    assert rules.leaves_at(NOON, level=1, policy=policy(), wishes=wishes) == (nine, "digest")


def test_no_plan_can_make_an_urgent_notice_wait():
    assert rules.leaves_at(NIGHT, level=3, policy=policy(breaks_from=4), wishes=None) == (NIGHT, "")


def test_each_attempt_waits_twice_as_long_until_it_is_given_up():
    waits = [rules.next_attempt(NOON, n, policy()) for n in range(1, 5)]
    assert waits == [NOON + timedelta(minutes=n) for n in (1, 2, 4)] + [None]


def test_a_variant_has_its_own_level_where_the_plan_sets_one():
    assert policy().level_of("alert_raised", "hint") == 1
    assert policy().level_of("alert_raised", "hint.more") == 1
    assert policy().level_of("alert_raised", "other") == 2
    with pytest.raises(Refused, match=r"notice\.level\.unheard"):
        policy().level_of("unheard")


@pytest.mark.parametrize(
    ("number", "kept"),
    [("", ""), ("138 1234-5678", "13812345678"), ("+86 (23) 7512345", "+86237512345")],
)
def test_a_telephone_number_loses_its_ornaments(number, kept):
    assert rules.check_phone(number) == kept


@pytest.mark.parametrize("number", ["12", "abc", "1" * 30, "138'; drop table", "１３８００００"])
def test_what_is_no_telephone_number_is_refused(number):
    with pytest.raises(Refused):
        rules.check_phone(number)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example/",
        "https://",
        "https://user:pass@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://[::1",
        "http://example.org/notices",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Refused):
        rules.check_address(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/notices?x=1", "http://10.1.2.3:8080/in", "http://localhost:1/"]
)
def test_addresses_that_can_be_posted_to(url):
    rules.check_address(url)
