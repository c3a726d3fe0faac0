"""What the public says in the home county: a rumour that waits, and one that was found true."""

import json
from datetime import datetime, timedelta
from typing import Any

from pingji.ground.directory.models import Role, User
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.models import Rumour


def opinion_rows(mark: str, by_role: dict[str, User], now: datetime) -> dict[str, Any]:
    """Posts of a township, handed in by the county's epidemiologist, and the two rumours."""
    epidemiologist = by_role[Role.EPIDEMIOLOGIST]
    texts = ("{}镇好多人发烧咳嗽", "{}镇街上全是高烧的人", "{}镇学校有人呕吐", "{}镇食堂吃了都在吐")
    posts = [
        {
            "source": "论坛",
            "key": f"{mark}{number}",
            "text": text.format(mark),
            "posted_at": (now - timedelta(hours=number + 1)).isoformat(),
        }
        for number, text in enumerate(texts)
    ]
    content = "\n".join(json.dumps(post, ensure_ascii=False) for post in [*posts, {}])
    batch = actions.hand_in(
        name=f"{mark}信息.jsonl", content=content.encode(), by=epidemiologist, at=now
    )
    waiting, other = Rumour.objects.order_by("topic_id")
    checked = actions.take(rumour=other, by=epidemiologist, at=now)
    actions.check(rumour=checked, verdict="true", findings=f"{mark}核实", by=epidemiologist, at=now)
    return {"rumour_id": waiting.pk, "checked_rumour_id": other.pk, "batch_id": batch.pk}
