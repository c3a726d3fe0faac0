"""Posts and rumours for tests.

post("龙潭好多人发烧", key="1")       one post as a line of JSON; posted at NOON less some hours
handed_in([post(...), ...])          a JSON Lines file of posts, handed in at NOON
rumour()                             a rumour of two posts about fever in Longtan
person("press")                      somebody of the county, by the beginning of the role
"""

import json
from datetime import datetime, timedelta
from typing import Any

from pingji.ground.directory.models import Role, User
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.models import Batch, Rumour
from pingji.monitor.opinion.tests.places import places
from pingji.monitor.surveillance.tests.factories import NOON

LONGTAN = "500242103"
SAID = ("龙潭好多娃儿发烧咳嗽", "龙潭镇幼儿园今天又有八个孩子高烧请假了")


def person(beginning: str) -> User:
    """Somebody of the county, made once for each role."""
    role = next(role for role in Role if role.value.startswith(beginning))
    return User.objects.filter(role=role).first() or UserFactory(role=role)


def post(text: str, *, hours: float = 1, **given: Any) -> dict[str, Any]:
    """One post as a line of JSON; its number comes from its text unless given."""
    posted = NOON - timedelta(hours=hours)
    return {
        "source": "微博",
        "key": f"{abs(hash((text, hours)))}",
        "author": "山里人",
        "url": "https://weibo.example/1",
        "text": text,
        "posted_at": posted.isoformat(),
    } | given


def lines(posts: list[dict[str, Any]]) -> bytes:
    """A JSON Lines file."""
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in posts).encode()


def handed_in(
    posts: list[dict[str, Any]], *, at: datetime = NOON, name: str = "posts.jsonl"
) -> Batch:
    """A file of posts that was handed in by the press office."""
    places()
    return actions.hand_in(name=name, content=lines(posts), by=person("press"), at=at)


def rumour(*texts: str, **given: Any) -> Rumour:
    """A rumour of some posts; of two about fever in Longtan without."""
    handed_in(
        [post(text, key=f"r{at}", hours=2 + at) for at, text in enumerate(texts or SAID)], **given
    )
    return Rumour.objects.latest("pk")


def checked(verdict: str = "true", *, at: datetime = NOON) -> Rumour:
    """A rumour that the CDC has checked."""
    by = person("epidemiologist")
    found = actions.take(rumour=rumour(), by=by, at=at)
    return actions.check(rumour=found, verdict=verdict, findings="电话核实。", by=by, at=at)
