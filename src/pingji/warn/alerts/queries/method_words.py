"""How each method and rule judges, with the settings it was run with, in words."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pingji.monitor.surveillance.models import ClusterThreshold
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.named_methods import NAMED
from pingji.warn.alerts.queries.words import NAMES

Options = dict[str, Any]
# Of each method one sentence; what it names need not be said again among the further options.
SENTENCES = {
    "ears": gettext_lazy(
        "compares with the mean of the %(baseline)g periods before; alarms where chance alone "
        "would exceed the bound with probability %(alpha)g"
    ),
    "moving_percentile": gettext_lazy(
        "compares the last %(window)g days with %(blocks)g blocks of the same length in each of "
        "%(years)g earlier years; alarms above percentile %(percentile)g"
    ),
    "recommended": gettext_lazy(
        "fits level, trend and season to the years before and remembers the last days; alarms "
        "where chance alone gives as much with probability %(alpha)g"
    ),
    "recent_total": gettext_lazy(
        "compares the cases of the last %(lengths)s days with what was expected in them; alarms "
        "where chance alone gives as many with probability %(alpha)g"
    ),
    "bayes": gettext_lazy(
        "learns from %(w)g periods on either side of the same time in %(b)g earlier years; alarms "
        "where chance alone gives more with probability %(alpha)g"
    ),
    "cdc": gettext_lazy(
        "compares the sum of the last %(width)g periods with the sums at the same time and the "
        "%(m)g before and after it in %(b)g earlier years; alarms where chance alone would exceed "
        "the bound with probability %(alpha)g (two-sided)"
    ),
    "cusum": gettext_lazy(
        "adds up by how much each count is more than %(k)g standard deviations above what was "
        "expected; alarms when the sum reaches %(h)g"
    ),
    "ewma": gettext_lazy(
        "compares a mean in which the newest count weighs %(weights)s with the %(baseline)g "
        "periods that end %(gap)g before; alarms where chance alone would exceed the bound with "
        "probability %(alpha)g"
    ),
    "farrington": gettext_lazy(
        "fits level and trend to %(w)g periods on either side of the same time in %(b)g earlier "
        "years, past outbreaks weighted down; alarms where chance alone would exceed the bound "
        "with probability %(alpha)g (two-sided), over %(cases)g cases in the last %(span)g periods"
    ),
    "farrington_flexible": gettext_lazy(
        "fits trend and %(periods)g seasonal level(s) to %(b)g earlier years with %(w)g periods on "
        "either side of the same time, past outbreaks weighted down; alarms where chance alone "
        "would exceed the bound with probability %(alpha)g, over %(cases)g cases in the last "
        "%(span)g periods"
    ),
    "rki": gettext_lazy(
        "compares with %(w)g periods on either side of the same time in %(b)g earlier years; "
        "alarms above the upper limit of a Poisson count, or above mean and two standard deviations"
    ),
    "shewhart": gettext_lazy(
        "compares with the mean of the %(baseline)g periods that end %(gap)g before; alarms more "
        "than %(limit)g standard deviations above it"
    ),
    "crowd": gettext_lazy(
        "compares the cases of the last %(lengths)s days, at least %(fewest)g, with what this "
        "institution and the %(places)g of its kind in the county had in the %(history)g days "
        "before; alarms where chance alone fills any of the %(near)g in the township as much with "
        "probability %(alpha)g"
    ),
    "scan": gettext_lazy(
        "searches all circles of neighbouring areas and runs of up to %(longest)g days among the "
        "cases of the last %(days)g days for the greatest excess over what place and time alone "
        "let expect; alarms where at most a share of %(alpha)g of %(replicates)g data sets with "
        "shuffled days has a greater one (here %(monte_carlo_p).3g)"
    ),
    "opinion_spike": gettext_lazy(
        "compares each day's different texts with the mean of the %(baseline)g days before, the "
        "last two left out; alarms from %(texts)g texts a week on where chance alone would exceed "
        "the bound with probability %(alpha)g; while nobody has checked them, the strength is at most "
        "%(unchecked)g"
    ),
    "opinion_check": gettext_lazy(
        "what a person found true has the strength %(true)g, what is partly true %(partly)g, and "
        "what is false none"
    ),
}
LABELS = {
    "alpha": gettext_lazy("probability of a false alarm"),
    "b": gettext_lazy("earlier years"),
    "baseline": gettext_lazy("periods of the baseline"),
    "gap": gettext_lazy("periods left out before the one judged"),
    "half_life": gettext_lazy("years after which a count weighs half"),
    "harmonics": gettext_lazy("waves of the year"),
    "limit54": gettext_lazy("fewest cases, and in how many periods"),
    "m": gettext_lazy("expected value"),
    "margin": gettext_lazy("margin for small counts"),
    "memory": gettext_lazy("memory of the days before"),
    "min_cases": gettext_lazy("fewest cases"),
    "min_reported": gettext_lazy("fewest reported periods"),
    "min_sigma": gettext_lazy("smallest spread, in cases"),
    "mode": gettext_lazy("mode"),
    "p_threshold_trend": gettext_lazy("largest p-value of a trend that is kept"),
    "passes": gettext_lazy("fits"),
    "past_weeks_not_included": gettext_lazy("last periods left out of the baseline"),
    "percentile": gettext_lazy("percentile"),
    "power": gettext_lazy("power of the counts"),
    "reset": gettext_lazy("the sum begins anew after an alarm"),
    "reweight": gettext_lazy("past outbreaks weighted down"),
    "spread": gettext_lazy("spread"),
    "start": gettext_lazy("first period of the chart"),
    "this_year": gettext_lazy("the last periods belong to the baseline"),
    "threshold": gettext_lazy("way to the bound"),
    "transformation": gettext_lazy("standardised by"),
    "trend": gettext_lazy("trend"),
    "w": gettext_lazy("periods on either side"),
    "weights_threshold": gettext_lazy("residual from which a count is weighted down"),
}

# Whose options the catalogue may set as it likes.
OPEN = {*NAMED, "recommended"}
# What a sign of a series keeps beside its method's settings.
OF_THE_SIGN = ("alarmed", "growth", "over")
# Options that are told although nobody has set them: without them the sentence is open.
ALWAYS = ("this_year",)


def in_words(method: str, settings: Options) -> str:
    """One sentence that says what a method compared, with its settings.

    What the catalogue leaves open of a method that it names is the method's published default.
    Options that the sentence does not name follow it; those of another version of the method, too.
    """
    name = "ears" if method.startswith("ears") else method
    values = _plain(_defaults(method) | settings)
    sentence = str(SENTENCES.get(name, ""))
    try:
        said = sentence % values
    except (KeyError, TypeError):  # kept by an earlier version, or a value of another kind
        said = ""
    if said and name not in OPEN:
        return said
    told = {key for key in values if said and f"%({key})" in sentence}
    told |= {"limit54"} if "cases" in told else set()
    shown = settings if name in OPEN else settings.keys() & LABELS.keys()
    further = {key: values[key] for key in values if key in shown or key in ALWAYS}
    return _list([said, *(_one(key, further[key]) for key in further if key not in told)])


def _defaults(method: str) -> Options:
    judging: Callable[..., Any] | None = NAMED.get(method)
    if judging is None:
        return {}
    parameters = signature(judging).parameters.values()
    return {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY}


def _plain(values: Options) -> Options:
    """Lists as a reader writes them; the two numbers of a limit apart."""
    found = {
        key: "/".join(f"{one:g}" for one in value) if key in ("lengths", "weights") else value
        for key, value in values.items()
    }
    limit = values.get("limit54")
    if isinstance(limit, list | tuple) and len(limit) == len(("cases", "span")):
        found["cases"], found["span"] = limit
    return found


def _one(key: str, value: Any) -> str:
    if isinstance(value, bool):
        value = _("yes") if value else _("no")
    elif isinstance(value, list | tuple):
        value = "/".join(str(one) for one in value)
    return f"{LABELS.get(key, key)} = {value}"


def _list(parts: list[str]) -> str:
    return _("; ").join(part for part in parts if part)


def rule_in_words(sign: Sign) -> str:
    """By what rule or method, and how set, a sign was found."""
    kept = sign.settings
    if sign.kind == Sign.Kind.SINGLE_CASE:
        return _list(
            [_("rule of the catalogue: every case counts, from the first on"), _lately(kept)]
        )
    if sign.kind == Sign.Kind.SILENCE:
        return _silence(kept)
    if sign.method == "threshold":
        also = kept.get("crowd")
        return _list([_threshold(sign), _named("crowd", also) if also else ""])
    shown = {key: value for key, value in kept.items() if key not in OF_THE_SIGN}
    others = [str(NAMES[one]) for one in kept.get("alarmed", ()) if one != sign.method]
    agree = _("also out of the ordinary by: %(methods)s") % {"methods": _("; ").join(others)}
    return _list([_named(sign.method, shown), agree if others else ""])


def _named(method: str, settings: Options) -> str:
    return _("%(method)s: %(words)s") % {
        "method": NAMES[method],
        "words": in_words(method, settings),
    }


def _lately(kept: Options) -> str:
    days = kept.get("judged_days")
    if days is None:
        return ""
    return ngettext(
        "looked at is what became known in the last %(n)s day",
        "looked at is what became known in the last %(n)s days",
        days,
    ) % {"n": days}


def _silence(kept: Options) -> str:
    days, missed = kept.get("silent_after_days"), kept.get("missed")
    if days is None or missed is None:
        return str(NAMES["silence"])
    rule = ngettext(
        "rule of the plan: a sign after more than %(n)s day of silence",
        "rule of the plan: a sign after more than %(n)s days of silence",
        days,
    ) % {"n": days}
    here = ngettext("%(n)s report is missing", "%(n)s reports are missing", missed)
    return _list([rule, here % {"n": missed}])


def _threshold(sign: Sign) -> str:
    kept = {"cases": None, "deaths": None, "days": sign.days} | sign.settings
    limits = {
        "cases": ngettext("%(n)s case", "%(n)s cases", kept["cases"] or 0) % {"n": kept["cases"]},
        "deaths": ngettext("%(n)s death", "%(n)s deaths", kept["deaths"] or 0)
        % {"n": kept["deaths"]},
    }
    reached = _(" or ").join(limits[name] for name in ("cases", "deaths") if kept[name])
    sentence = ngettext(
        "rule of the catalogue: %(place)s with at least %(reached)s within %(n)s day is “%(layer)s”",
        "rule of the catalogue: %(place)s with at least %(reached)s within %(n)s days is “%(layer)s”",
        kept["days"],
    )
    return sentence % {
        "place": ClusterThreshold.Place(sign.place_kind).label,
        "reached": reached,
        "n": kept["days"],
        "layer": ClusterThreshold.Layer(sign.layer).label,
    }
