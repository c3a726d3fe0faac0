"""The grade: what a person knows beside the reports, and which grade they give."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.respond.incidents.models import Grade
from pingji.respond.incidents.queries.gradings import Figure
from pingji.respond.incidents.rules.gradings import Value

ANSWERS = (("", _("Not answered")), ("yes", _("Yes")), ("no", _("No")))
BEFORE = "figure-"


class GradeForm(forms.Form):
    """A grade and its reason."""

    grade = forms.ChoiceField(label=_("Grade"), choices=Grade)
    reason = forms.CharField(
        label=_("Why this grade"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text=_("May be left out where the rules give the same grade."),
    )


class FiguresForm(forms.Form):
    """What a person knows of the figures that the rules ask for; what is left out is read."""

    def __init__(self, *args: object, figures: Sequence[Figure], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for one in figures:
            name = BEFORE + one.key
            if name in self.fields:
                continue
            if one.question:
                self.fields[name] = forms.ChoiceField(
                    label=one.label, choices=ANSWERS, required=False
                )
            else:
                self.fields[name] = forms.FloatField(label=one.label, required=False, min_value=0)

    def said(self) -> dict[str, Value]:
        """What was entered, by the figure's name."""
        return said(self.cleaned_data)


def said(given: Mapping[str, object]) -> dict[str, Value]:
    """Figures and answers among the fields of a form."""
    found: dict[str, Value] = {}
    for name, value in given.items():
        if not name.startswith(BEFORE) or value in (None, ""):
            continue
        key = name.removeprefix(BEFORE)
        found[key] = value == "yes" if value in ("yes", "no") else float(str(value))
    return found
