"""How the scorecard is asked."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.evaluate.scorecard.models import LedgerEntry


class SpanForm(forms.Form):
    """From which day to which."""

    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("to"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, date]:
        """The days in order."""
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            raise forms.ValidationError(_("The first day lies after the last."))
        return given


class TaskForm(forms.Form):
    """How far a task is."""

    state = forms.ChoiceField(label=_("State"), choices=LedgerEntry.State)
    progress = forms.CharField(
        label=_("How far it is"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    evidence = forms.CharField(label=_("Evidence"), max_length=300, required=False)
