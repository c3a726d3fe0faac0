"""How analyses are asked for, written and answered on screen."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area
from pingji.warn.alerts.models import Analysis
from pingji.warn.alerts.queries.analyses import SECTIONS

LONGEST = 8000


class AreaChoice(forms.ModelChoiceField):
    """Areas by the name a reader knows."""

    def label_from_instance(self, area: Any) -> str:
        """Its name."""
        return str(area.label)


class AskForm(forms.Form):
    """Which analysis is wanted."""

    area = AreaChoice(label=_("Area"), queryset=Area.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind of analysis"), choices=Analysis.Kind.choices)
    day = forms.DateField(
        label=_("Any day of the week or month"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, areas: QuerySet[Area], **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["area"].queryset = areas


class TextForm(forms.Form):
    """A section's wording, and which wording the writer had before their eyes."""

    section = forms.ChoiceField(choices=list(SECTIONS.items()), widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
