"""Tell open pages that something they show has changed."""

import json
from collections.abc import Iterable

from pingji.ground import statements

CHANNEL = "pingji_live"


def publish(topic: str, *, area: str, organisation: int | None = None) -> None:
    """Tell the pages of those who may see the area (and organisation) that `topic` changed.

    The message leaves with the transaction's commit, or not at all. It carries no content: each
    page asks again for what its own reader may see.

    Args:
        topic: What changed: "alerts", "incident:12".
        area: Code of the area the change lies in.
        organisation: The organisation it concerns, where only that one and the area's command
            should hear of it.
    """
    publish_all(topic, [(area, organisation)])


def publish_all(topic: str, places: Iterable[tuple[str, int | None]]) -> None:
    """Tell of many changes with one statement: as `publish`, for each area and organisation."""
    publish_topics((topic, area, organisation) for area, organisation in places)


def publish_topics(changes: Iterable[tuple[str, str, int | None]]) -> None:
    """Tell of changes of many topics with one statement: topic, area and organisation of each."""
    messages = [
        json.dumps({"topic": topic, "area": area, "organisation": organisation})
        for topic, area, organisation in dict.fromkeys(changes)
    ]
    if messages:
        statements.ask("select pg_notify(%s, m) from unnest(%s::text[]) m", [CHANNEL, messages])
