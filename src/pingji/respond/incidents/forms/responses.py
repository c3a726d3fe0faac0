"""A decision on a response: where, which level, on what ground, by which procedure."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area
from pingji.respond.incidents.models import Level

LONG = {"rows": 3}


class DecisionForm(forms.Form):
    """What every decision on a response has."""

    body = forms.ChoiceField(label=_("Which body decided"))
    reference = forms.CharField(label=_("Number of the decision"), max_length=80)
    reason = forms.CharField(
        label=_("Ground of the decision"), widget=forms.Textarea(attrs=LONG), max_length=2000
    )
    measures = forms.CharField(
        label=_("Measures and who carries them out"),
        widget=forms.Textarea(attrs=LONG),
        max_length=4000,
        required=False,
    )
    ticked = forms.MultipleChoiceField(
        label=_("Procedure"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(
        self,
        *args: Any,
        steps: Sequence[tuple[str, str]],
        bodies: Sequence[tuple[str, str]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.fields["body"].choices = [("", "–"), *bodies]  # type: ignore[attr-defined]
        self.fields["ticked"].choices = steps  # type: ignore[attr-defined]


class StartForm(DecisionForm):
    """A response that starts."""

    area = forms.ModelChoiceField(label=_("Area"), queryset=Area.objects.none(), empty_label=None)
    level = forms.ChoiceField(label=_("Level of the response"), choices=Level)
    field_order = ("area", "level", "body", "reference", "reason", "measures", "ticked")

    def __init__(self, *args: Any, areas: QuerySet[Area], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]


class ChangeForm(DecisionForm):
    """A response that is raised or lowered."""

    level = forms.ChoiceField(label=_("Level of the response"), choices=Level)
    field_order = ("level", "body", "reference", "reason", "measures", "ticked")
