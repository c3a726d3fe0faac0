"""How an alert is answered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.warn.alerts.models import Alert


class DecisionForm(forms.Form):
    """A verdict and its reason."""

    to = forms.ChoiceField(
        label=_("Verdict"),
        choices=[
            (Alert.State.VERIFIED, _("Verify: this is real")),
            (Alert.State.DISMISSED, _("Dismiss: this is not an outbreak")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
