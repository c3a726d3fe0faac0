"""Which plan answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.respond.incidents.models import Plan


class ActivateForm(forms.Form):
    """Which plan answers the incident."""

    plan = forms.ModelChoiceField(
        label=_("Contingency plan"), queryset=Plan.objects.filter(in_force=True), empty_label=None
    )
