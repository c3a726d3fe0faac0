"""Notices for tests.

told(subject)                 a notice that an alert was raised, told at NOON in county 500242
subject("2025-0001")          a row that notices can be about
Post                          takes letters in place of a gateway; `answers` are given in turn
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.notices import actions
from pingji.ground.notices.models import Answer, Letter, Notice, Outcome, Subscriber
from pingji.ground.standards.tests.factories import plan

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)  # noon in the county
MIDNIGHT = datetime(2025, 11, 21, 16, 0, tzinfo=UTC)


class Post:
    """A post office: what it was handed, and what it will answer."""

    here: ClassVar["Post | None"] = None

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answers: list[Answer] = []


def hand_over(letter: Letter) -> Answer:
    """What stands in for a means of sending."""
    office = Post.here
    assert office is not None
    office.letters.append(letter)
    return office.answers.pop(0) if office.answers else Answer(Outcome.TAKEN, "200 ok", "n-1")


def subject(name: str = "甲县手足口病") -> Any:
    """A row that notices can be about."""
    return OrganisationFactory(name=name, name_en="Hand, foot and mouth")


def told(about: Any = None, *, kind: str = "alert_raised", **given: Any) -> Notice:
    """A notice of a fact; the county's plan is loaded where it is not."""
    plan()
    given.setdefault("area", AreaFactory())
    given.setdefault("by", system_user())
    given.setdefault("at", NOON)
    return actions.notify(kind=kind, subject=about or subject(), **given)


def subscriber(**given: Any) -> tuple[Subscriber, str]:
    """A system that is told of notices in the county, and its secret."""
    given.setdefault("name", "应急管理局")
    given.setdefault("url", "https://203.0.113.9/notices")
    given.setdefault("area", AreaFactory())
    given.setdefault("least_level", 1)
    given.setdefault("by", UserFactory(role="administrator"))
    given.setdefault("at", NOON)
    return actions.add_subscriber(**given)
