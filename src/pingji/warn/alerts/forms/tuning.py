"""Another setting of a detector, to try and to apply."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.monitor.surveillance.models import Channel, Disease
from pingji.monitor.surveillance.queries import KEPT_HERE
from pingji.warn.alerts.queries import NAMES
from pingji.warn.alerts.queries.tuning import OPTIONS

# Between which values a setting makes sense: percent, or a probability.
BOUNDS = {"percentile": (1.0, 99.0), "alpha": (0.000001, 0.5)}


class TrialForm(forms.Form):
    """Which disease, which method, and the setting to try."""

    disease = forms.ModelChoiceField(
        label=_("Disease"), queryset=Disease.objects.none(), to_field_name="code"
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[(channel.value, channel.label) for channel in KEPT_HERE],
        initial=Channel.CASE,
    )
    method = forms.ChoiceField(
        label=_("Method"),
        choices=[(name, NAMES[name]) for name in OPTIONS],
        initial="recommended",
    )
    value = forms.FloatField(
        label=_("Setting to try"),
        help_text=_(
            "Recommended detector: how often chance alone may alarm (0.001). Moving percentile: "
            "the cut point in percent (90)."
        ),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]
        self.fields["disease"].queryset = Disease.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["disease"].label_from_instance = lambda row: row.label  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The setting must make sense for its method."""
        data = super().clean() or {}
        method, value = data.get("method"), data.get("value")
        if method in OPTIONS and value is not None:
            least, most = BOUNDS[OPTIONS[method]]
            if not least <= value <= most:
                self.add_error(
                    "value",
                    _("This setting lies between %(least)g and %(most)g.")
                    % {"least": least, "most": most},
                )
        return data


class ApplyForm(TrialForm):
    """The same, to hold from today on, with the reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
