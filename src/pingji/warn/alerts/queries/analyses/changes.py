"""What changed since the last analysis: the figures of two of them held side by side."""

from datetime import date
from typing import Any

from pingji.warn.alerts.models import Analysis, RiskLevel

Figures = dict[str, Any]


def previous_of(area: str, kind: str, starts_on: date) -> Analysis | None:
    """The analysis of the nearest earlier period of the same kind; a signed one before a draft."""
    earlier = Analysis.objects.filter(area_id=area, kind=kind, starts_on__lt=starts_on).standing()
    nearest = earlier.order_by("-starts_on").values("starts_on")[:1]
    rows = list(earlier.filter(starts_on__in=nearest).order_by("-version"))
    signed = [row for row in rows if row.state == Analysis.State.SIGNED]
    return next(iter(signed or rows), None)


def changes(now: Figures, last: Figures | None) -> Figures | None:
    """What is different from the last analysis; None where there was none.

    `revised` is the last analysis's own period counted anew: reports that came in since.
    """
    if last is None:
        return None
    codes = {row["code"]: row for row in [*now["diseases"], *last["diseases"]]}
    rows = []
    for code, row in codes.items():
        here, there = now["all"].get(code, 0), last["all"].get(code, 0)
        # A period that is not over has fewer cases without anything having become less.
        known = here > there or now.get("over", True)
        rows.append(
            {"code": code, "zh": row["zh"], "en": row["en"], "now": here, "last": there}
            | {"marked": known and marked(here, there, now["settings"]["marked_change"])}
        )
    rows.sort(key=lambda row: (-abs(row["now"] - row["last"]), row["code"]))
    return {
        "total": {"now": now["total"]["now"], "last": last["total"]["now"]},
        "revised": {"then": last["total"]["now"], "now": now["last_anew"]},
        "diseases": [row for row in rows if row["now"] != row["last"]],
        "new": [
            codes[code] for code in codes if now["all"].get(code) and not last["all"].get(code)
        ],
        "alerts": {"now": len(now["alerts"]), "last": len(last["alerts"])},
        "open_before": now["open_before"],
        "risks": {
            "now": highest(now["assessments"]),
            "last": highest(last["assessments"]),
        },
        "sentinels": {"now": completeness(now), "last": completeness(last)},
    }


def marked(now: int, before: int, least: float) -> bool:
    """Whether two counts differ by more than chance.

    Args:
        now: One count.
        before: The other.
        least: How many times the root of their sum, its spread if both came from one rate.
    """
    return bool(now + before) and abs(now - before) / (now + before) ** 0.5 >= least


def highest(assessments: list[dict[str, Any]]) -> str:
    """The highest risk level among some assessments; empty where there is none."""
    order = list(RiskLevel.values)
    return max((row["level"] for row in assessments), key=order.index, default="")


def completeness(figures: Figures) -> float | None:
    """Percent of the sentinels' reports that came; None where none was due."""
    due = sum(row["due"] for row in figures["sentinels"])
    came = sum(row["in_time"] + row["late"] for row in figures["sentinels"])
    return round(100 * came / due, 1) if due else None
