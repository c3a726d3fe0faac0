"""The paragraphs a draft begins with, in the language in force; people edit them."""

from statistics import median
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pingji.warn.alerts.models import Alert, RiskLevel
from pingji.warn.alerts.queries.analyses.periods import Span

Figures = dict[str, Any]
NAMED = 3  # diseases or townships that a sentence names


def name(row: dict[str, Any]) -> str:
    """The name of a row in the language in force."""
    return str(row["zh" if (get_language() or "zh").startswith("zh") else "en"])


def change(now: int, before: int) -> str:
    """How a count moved, in words."""
    if now == before:
        return _("unchanged")
    if not before:
        return _("up from none")
    share = f"{100 * abs(now - before) / before:.1f}"
    if now > before:
        return _("up %(share)s%%") % {"share": share}
    return _("down %(share)s%%") % {"share": share}


def listed(parts: list[str]) -> str:
    """Parts joined as a list is written."""
    return _(", ").join(parts)


def drafted(
    figures: Figures, span: Span, changes: Figures | None, last: Span | None
) -> dict[str, str]:
    """The first wording of every section; the advice is left to people."""
    return {
        "summary": summary(figures, span),
        "diseases": diseases(figures),
        "places": places(figures),
        "people": people(figures),
        "alerts": alerts(figures),
        "sentinels": sentinels(figures),
        "laboratory": laboratory(figures),
        "risks": risks(figures),
        "changes": changed(changes, last),
        "advice": "",
    }


def summary(figures: Figures, span: Span) -> str:
    total = figures["total"]
    first = _(
        "In %(area)s %(n)s cases of %(diseases)s diseases fell ill in %(period)s (%(since)s to "
        "%(until)s), %(change)s against the %(before)s of the period before."
    ) % {
        "area": name(figures["area"]),
        "n": total["now"],
        "diseases": total["diseases"],
        "period": span.label,
        "since": span.starts_on.isoformat(),
        "until": span.ends_on.isoformat(),
        "change": change(total["now"], total["before"]),
        "before": total["before"],
    }
    if not figures["over"]:
        first += _("The period was not over when this was drafted.")
    known = [row for row in total["earlier"] if row["n"] is not None]
    if not known:
        return first + _("Nothing is known of the same period of earlier years.")
    mean = sum(row["n"] for row in known) / len(known)
    return first + _(
        "In the same period of %(years)s earlier years there were %(mean)s on average."
    ) % {"years": len(known), "mean": f"{mean:.1f}"}


def diseases(figures: Figures) -> str:
    rows = figures["diseases"]
    if not rows:
        return _("No case was reported.")
    first = _("Most cases were of %(list)s.") % {
        "list": listed(
            [
                _("%(name)s (%(n)s, %(change)s)")
                % {"name": name(row), "n": row["now"], "change": change(row["now"], row["before"])}
                for row in rows[:NAMED]
            ]
        )
    }
    share = 100 * sum(row["now"] for row in rows[:NAMED]) / figures["total"]["now"]
    first += _("Together they are %(share)s%% of all cases.") % {"share": f"{share:.1f}"}
    grave = figures.get("gravest")  # analyses of before it was counted have none
    if not grave:
        return first
    told = [_("%(name)s (%(n)s)") % {"name": name(row), "n": row["now"]} for row in grave]
    return first + _("Of class A, or managed as such: %(list)s.") % {"list": listed(told)}


def places(figures: Figures) -> str:
    rows = [row for row in figures["townships"] if row["now"]]
    if not rows:
        return _("No township reported a case.")
    return _("Cases came from %(n)s of %(all)s townships, most of them from %(list)s.") % {
        "n": len(rows),
        "all": len(figures["townships"]),
        "list": listed(
            [_("%(name)s (%(n)s)") % {"name": name(row), "n": row["now"]} for row in rows[:NAMED]]
        ),
    }


def age_labels(figures: Figures) -> list[str]:
    """The age groups in words."""
    first = figures["ages"]["from"]
    last = [*(age - 1 for age in first[1:]), None]
    return [
        _("%(age)s and over") % {"age": age}
        if end is None
        else (str(age) if age == end else f"{age}–{end}")
        for age, end in zip(first, last, strict=True)
    ]


def people(figures: Figures) -> str:
    ages = figures["ages"]
    men, women = sum(ages["M"]), sum(ages["F"])
    if not men + women:
        return _("Age and sex are known of no case.")
    both = [m + w for m, w in zip(ages["M"], ages["F"], strict=True)]
    most = both.index(max(both))
    group = age_labels(figures)[most]
    if most < len(both) - 1:  # the last one, without an end, says itself what it counts
        group = _("%(group)s years") % {"group": group}
    words = _("%(men)s were male and %(women)s female; most were aged %(group)s (%(n)s).") % {
        "men": men,
        "women": women,
        "group": group,
        "n": both[most],
    }
    if ages["unknown"]:
        words += ngettext(
            "Of %(n)s case age or sex is not known.",
            "Of %(n)s cases age or sex is not known.",
            ages["unknown"],
        ) % {"n": ages["unknown"]}
    return words


def alerts(figures: Figures) -> str:
    rows = figures["alerts"]
    if not rows:
        return _("No alert was raised.")
    answered = [row for row in rows if row["decided_after"] is not None]
    if not answered:
        words = _("%(n)s alerts were raised; none has its verdict yet.") % {"n": len(rows)}
    else:
        dismissed = sum(1 for row in rows if row["verdict"] == Alert.Verdict.FALSE)
        words = _(
            "%(n)s alerts were raised; %(answered)s have their verdict, %(dismissed)s of them that "
            "it is no outbreak."
        ) % {"n": len(rows), "answered": len(answered), "dismissed": dismissed}
        hours = [row["decided_after"] for row in answered]
        words += _("The median time to the verdict was %(hours)s hours.") % {
            "hours": f"{median(hours):.1f}"
        }
    late = sum(1 for row in rows if row["clock"] in ("missed", "met_late"))
    if late:
        words += _("%(n)s were not verified in time.") % {"n": late}
    return words


def sentinels(figures: Figures) -> str:
    rows = figures["sentinels"]
    due = sum(row["due"] for row in rows)
    if not due:
        return _("No sentinel's report was due.")
    in_time = sum(row["in_time"] for row in rows)
    came = in_time + sum(row["late"] for row in rows)
    return _(
        "%(sentinels)s sentinels owed %(due)s reports: %(complete)s%% came, %(timely)s%% in time, "
        "%(missing)s are missing."
    ) % {
        "sentinels": sum(row["sentinels"] for row in rows),
        "due": due,
        "complete": f"{100 * came / due:.1f}",
        "timely": f"{100 * in_time / due:.1f}",
        "missing": due - came,
    }


def laboratory(figures: Figures) -> str:
    rows = figures["laboratory"]
    if not rows:
        return _("No positive laboratory finding was reported.")
    return _("Laboratories reported %(n)s positive findings, most of %(list)s.") % {
        "n": sum(row["now"] for row in rows),
        "list": listed(
            [_("%(name)s (%(n)s)") % {"name": name(row), "n": row["now"]} for row in rows[:NAMED]]
        ),
    }


def risks(figures: Figures) -> str:
    rows = figures["assessments"]
    if not rows:
        return _("No risk assessment was signed.")
    return _("%(n)s risk assessments were signed: %(list)s.") % {
        "n": len(rows),
        "list": listed(
            [
                _("%(disease)s in %(area)s: %(level)s")
                % {
                    "disease": name(row["disease"]),
                    "area": name(row["area"]),
                    "level": RiskLevel(row["level"]).label,
                }
                for row in rows
            ]
        ),
    }


def changed(changes: Figures | None, last: Span | None) -> str:
    if changes is None or last is None:
        return _("There is no earlier analysis to compare with.")
    total, revised = changes["total"], changes["revised"]
    words = _(
        "Against the last analysis (%(period)s) cases moved from %(last)s to %(now)s (%(change)s)."
    ) % (total | {"change": change(total["now"], total["last"]), "period": last.label})
    if revised["then"] != revised["now"]:
        words += _(
            "That one counted %(then)s cases for its own period; with later reports it is %(now)s."
        ) % (revised)
    if changes["new"]:
        words += _("New are %(list)s.") % {"list": listed([name(row) for row in changes["new"]])}
    marked = [row for row in changes["diseases"] if row["marked"]]
    if marked:
        words += _("Beyond chance moved %(list)s.") % {
            "list": listed(
                [
                    _("%(name)s (%(last)s to %(now)s)") % (row | {"name": name(row)})
                    for row in marked[:NAMED]
                ]
            )
        }
    if changes["open_before"]:
        words += ngettext(
            "%(n)s alert raised earlier is still open.",
            "%(n)s alerts raised earlier are still open.",
            changes["open_before"],
        ) % {"n": changes["open_before"]}
    return words
