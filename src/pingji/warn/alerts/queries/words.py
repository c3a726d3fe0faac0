"""Methods and their settings in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.analysis.detect.result import Note

NAMES = {
    "ears_c1": gettext_lazy("EARS C1: the days just before"),
    "ears_c2": gettext_lazy("EARS C2: the days before, the last two left out"),
    "ears_c3": gettext_lazy("EARS C3: three days' excess together"),
    "moving_percentile": gettext_lazy("Moving percentile: the same weeks of earlier years"),
}
NOT_JUDGED = {
    Note.HISTORY_TOO_SHORT: gettext_lazy("history too short"),
    Note.TOO_FEW_CASES: gettext_lazy("too few cases"),
    Note.MISSING: gettext_lazy("not reported"),
    Note.NO_SPREAD: gettext_lazy("history without any spread"),
    Note.NO_FIT: gettext_lazy("no fit found"),
    Note.NOT_ASKED: gettext_lazy("not asked"),
}


def in_words(method: str, settings: dict[str, float]) -> str:
    """One sentence that says what a method compared, with its settings."""
    if method == "moving_percentile":
        sentence = _(
            "compares the last %(window)g days with %(blocks)g blocks of the same length in each of "
            "%(years)g earlier years; alarms above percentile %(percentile)g"
        )
    else:
        sentence = _(
            "compares with the mean of the %(baseline)g periods before; alarms where chance alone "
            "would exceed the bound with probability %(alpha)g"
        )
    return sentence % settings


def why_not_judged(name: str) -> str:
    """Why a method gave no judgement."""
    return str(NOT_JUDGED[Note[name]]) if name else ""
