"""Methods of detection that can be set for one disease, and what of each can be set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.forms import FloatField, NumberInput
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground import Refused


@dataclass(frozen=True)
class Option:
    """One thing of a method that can be set.

    Attributes:
        label: What it is called.
        does: What it does, in a sentence.
        short: How its value is shown, with `%s` for the number.
        least: The smallest value that makes sense.
        most: The largest one.
        whole: Whether it is counted, not measured.
    """

    label: Any
    does: Any
    short: Any
    least: float
    most: float
    whole: bool = False

    def read(self, value: Any) -> float:
        """A value as the method takes it."""
        return round(value) if self.whole else float(value)

    def said(self, value: Any) -> str:
        """A value as a reader sees it."""
        return str(self.short) % written(value)

    @property
    def limits(self) -> str:
        """Between which values it lies."""
        limits = {"least": written(self.least), "most": written(self.most)}
        if self.whole:
            return _("A whole number between %(least)s and %(most)s.") % limits
        return _("Between %(least)s and %(most)s.") % limits

    def formfield(self, *, required: bool) -> FloatField:
        """The field in which it is set, with what it does and within which limits."""
        return FloatField(
            label=self.label,
            help_text=f"{self.does} {self.limits}",
            required=required,
            widget=NumberInput(attrs={"step": "any"}),
        )


@dataclass(frozen=True)
class Method:
    """A method of detection.

    Attributes:
        label: What it is called.
        options: What of it can be set, by the name the method knows it by.
        asked_of_all: Whether it judges every series anyway; others only where they are named.
    """

    label: Any
    options: Mapping[str, Option]
    asked_of_all: bool = field(default=False)


ALPHA = Option(
    gettext_lazy("How often chance alone may alarm"),
    gettext_lazy(
        "A probability for one day and place: the smaller, the fewer alarms, and the later."
    ),
    "α = %s",
    0.000001,
    0.5,
)
PERCENTILE = Option(
    gettext_lazy("Cut point of the moving percentile"),
    gettext_lazy("The last days are out of the ordinary above this percentile of earlier years."),
    "P%s",
    1,
    99,
)
BASELINE = Option(
    gettext_lazy("Periods compared with"),
    gettext_lazy(
        "How many days, weeks or months just before say what is usual: the more, the steadier, and "
        "the slower to follow a season."
    ),
    gettext_lazy("%s periods before"),
    7,
    56,
    whole=True,
)
YEARS = Option(
    gettext_lazy("Earlier years compared with"),
    gettext_lazy("A series with fewer years is not judged."),
    gettext_lazy("%s earlier years"),
    1,
    10,
    whole=True,
)
HALF_WIDTH = Option(
    gettext_lazy("Weeks on either side"),
    gettext_lazy("How many weeks before and after the same week of each earlier year count."),
    gettext_lazy("± %s weeks"),
    1,
    12,
    whole=True,
)
LAST_WEEKS = Option(
    gettext_lazy("Weeks compared with"),
    gettext_lazy("How many weeks just before say what is usual: the more, the steadier."),
    gettext_lazy("%s weeks before"),
    2,
    26,
    whole=True,
)
ALLOWANCE = Option(
    gettext_lazy("Excess that is let pass"),
    gettext_lazy(
        "In standard deviations: only what goes beyond it is added up; the larger, the fewer alarms."
    ),
    "k = %s",
    0.01,
    10,
)
DECISION = Option(
    gettext_lazy("Sum that alarms"),
    gettext_lazy("In standard deviations: the larger, the fewer alarms, and the later."),
    "h = %s",
    0.01,
    50,
)
LIMIT = Option(
    gettext_lazy("Distance that alarms"),
    gettext_lazy("In standard deviations above the mean: the larger, the fewer alarms."),
    gettext_lazy("%s standard deviations"),
    0.5,
    10,
)
LAST_DAYS = {"alpha": ALPHA, "baseline": BASELINE}
SEASONAL = {"alpha": ALPHA, "b": YEARS, "w": HALF_WIDTH}
METHODS = {
    "ears_c1": Method(gettext_lazy("EARS C1: the days just before"), LAST_DAYS, asked_of_all=True),
    "ears_c2": Method(
        gettext_lazy("EARS C2: the days before, the last two left out"),
        LAST_DAYS,
        asked_of_all=True,
    ),
    "ears_c3": Method(
        gettext_lazy("EARS C3: three days' excess together"), LAST_DAYS, asked_of_all=True
    ),
    "moving_percentile": Method(
        gettext_lazy("Moving percentile: the same weeks of earlier years"),
        {"percentile": PERCENTILE},
        asked_of_all=True,
    ),
    "recommended": Method(
        gettext_lazy("Recommended detector: trend, season and the days remembered"),
        {"alpha": ALPHA},
        asked_of_all=True,
    ),
    "recent_total": Method(
        gettext_lazy("Recent total: the last days taken together"),
        {"alpha": ALPHA},
        asked_of_all=True,
    ),
    "bayes": Method(gettext_lazy("Bayes"), {"alpha": ALPHA, "w": LAST_WEEKS}),
    "cdc": Method(
        gettext_lazy("CDC: the same four weeks of earlier years"), {"alpha": ALPHA, "b": YEARS}
    ),
    "cusum": Method(
        gettext_lazy("CUSUM: small excesses added up"), {"k": ALLOWANCE, "h": DECISION}
    ),
    "ewma": Method(gettext_lazy("EWMA: excesses that fade away"), LAST_DAYS),
    "farrington": Method(gettext_lazy("Farrington, as first published"), SEASONAL),
    "farrington_flexible": Method(
        gettext_lazy("Farrington flexible: the same season of earlier years"), SEASONAL
    ),
    "rki": Method(
        gettext_lazy("RKI: the same weeks of earlier years"), {"b": YEARS, "w": HALF_WIDTH}
    ),
    "shewhart": Method(gettext_lazy("Shewhart chart"), {"limit": LIMIT, "baseline": BASELINE}),
}


def written(value: Any) -> str:
    """A number without exponent and without zeros that say nothing."""
    if not isinstance(value, int | float):
        return str(value)
    text = f"{value:.8f}"
    return text.rstrip("0").rstrip(".")


def check_detector(method: str, options: Mapping[str, Any]) -> None:
    """Raise Refused unless a method is known and each of its options makes sense."""
    if method not in METHODS:
        raise Refused(_("No method of detection has this name."), field="method")
    known = METHODS[method].options
    for name, value in options.items():
        if name not in known:
            raise Refused(
                _("“%(method)s” has no setting “%(name)s”.")
                % {"method": METHODS[method].label, "name": name},
                field="method",
            )
        _check_value(name, known[name], value)
    if METHODS[method].asked_of_all and not options:
        raise Refused(
            _("This method judges every series already; say how it is set otherwise here."),
            field=next(iter(known)),
        )


def _check_value(name: str, option: Option, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = number and option.least <= value <= option.most
    if not fits or (option.whole and value != round(value)):
        raise Refused(option.limits, field=name)  # shown under its label
