"""Another setting of a detector, to try and to apply."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.monitor.surveillance.models import Channel, Disease
from pingji.monitor.surveillance.queries import KEPT_HERE


class TrialForm(forms.Form):
    """Which disease, and the cut point of the moving percentile to try."""

    disease = forms.ModelChoiceField(
        label=_("Disease"), queryset=Disease.objects.none(), to_field_name="code"
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[(channel.value, channel.label) for channel in KEPT_HERE],
        initial=Channel.CASE,
    )
    percentile = forms.IntegerField(
        label=_("Cut point of the moving percentile"), min_value=1, max_value=99
    )

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]
        self.fields["disease"].queryset = Disease.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["disease"].label_from_instance = lambda row: row.label  # type: ignore[attr-defined]


class ApplyForm(TrialForm):
    """The same, to hold from today on, with the reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
