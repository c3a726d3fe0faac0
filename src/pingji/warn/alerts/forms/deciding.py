"""How an alert is answered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import User
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


class InvestigationForm(forms.Form):
    """What was found in the field."""

    findings = forms.CharField(
        label=_("What was found in the field"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
    )


class ClosingForm(forms.Form):
    """What the alert was, and why it is closed."""

    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=Alert.Verdict.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason for closing"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class OwnerForm(forms.Form):
    """Who sees to the alert."""

    owner = forms.ModelChoiceField(label=_("Who sees to it"), queryset=User.objects.none())

    def __init__(self, *args: object, people: object, **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["owner"].label_from_instance = lambda user: user.display_name  # type: ignore[attr-defined]


class LookBackForm(forms.Form):
    """As of the end of which past day."""

    day = forms.DateField(
        label=_("As known at the end of"), widget=forms.DateInput(attrs={"type": "date"})
    )
