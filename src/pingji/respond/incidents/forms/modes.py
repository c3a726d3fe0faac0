"""A switch between peace and emergency: its ground, what was confirmed, and its steps."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.respond.incidents.models import Incident

LONG = {"rows": 3}


class SwitchForm(forms.Form):
    """What somebody says who begins to switch a place."""

    incident = forms.ModelChoiceField(
        label=_("For which event"),
        queryset=Incident.objects.none(),
        required=False,
        empty_label=_("none"),
    )
    reason = forms.CharField(
        label=_("Why it is switched"), widget=forms.Textarea(attrs=LONG), max_length=2000
    )
    ticked = forms.MultipleChoiceField(
        label=_("Confirmed by hand"), widget=forms.CheckboxSelectMultiple, required=False
    )
    despite = forms.CharField(
        label=_("Why although not everything is ready"),
        widget=forms.Textarea(attrs=LONG),
        max_length=2000,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        by_hand: Sequence[tuple[str, str]],
        incidents: QuerySet[Incident],
        all_ready: bool,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.fields["ticked"].choices = by_hand  # type: ignore[attr-defined]
        self.fields["incident"].queryset = incidents  # type: ignore[attr-defined]
        if all_ready:
            del self.fields["despite"]


class StepForm(forms.Form):
    """What came of a step."""

    result = forms.CharField(label=_("What was done"), max_length=500, required=False)


class CancelForm(forms.Form):
    """Why a switch is given up."""

    reason = forms.CharField(label=_("Why it is cancelled"), max_length=1000)
