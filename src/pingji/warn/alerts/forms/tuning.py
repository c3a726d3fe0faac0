"""Another setting of a detector, to try and to apply."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground import Refused
from pingji.monitor.surveillance.models import Channel, Disease
from pingji.monitor.surveillance.queries import KEPT_HERE
from pingji.monitor.surveillance.queries.detectors import (
    METHODS,
    check_detector,
    written,
)


class TrialForm(forms.Form):
    """Which disease, which method, and how it is to be set."""

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
        choices=[(name, method.label) for name, method in METHODS.items()],
        initial="recommended",
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["disease"].queryset = Disease.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["disease"].label_from_instance = lambda row: row.label  # type: ignore[attr-defined]
        chosen = self["method"].value()
        self.chosen_method = METHODS.get(chosen, METHODS["recommended"])
        for name, option in self.chosen_method.options.items():
            if self.initial.get(name) is not None:
                self.initial[name] = written(self.initial[name])
            self.fields[name] = option.formfield(required=self.chosen_method.asked_of_all)

    @property
    def settings(self) -> list[forms.BoundField]:
        """The fields of what the chosen method has to set."""
        return [self[name] for name in self.chosen_method.options]

    def clean(self) -> dict[str, Any]:
        """What is set must make sense for the method."""
        data = super().clean() or {}
        options = self.chosen_method.options
        given = {name: data[name] for name in options if data.get(name) is not None}
        if not self.errors:
            try:
                check_detector(data["method"], given)
            except Refused as refused:
                refused.shown_on(self)
        data["options"] = {name: options[name].read(value) for name, value in given.items()}
        return data

    def chosen(self) -> dict[str, Any]:
        """What was chosen, as the actions take it."""
        return {
            name: self.cleaned_data[name] for name in ("disease", "channel", "method", "options")
        }


class ApplyForm(TrialForm):
    """The same, to hold from today on, with the reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300)

    def chosen(self) -> dict[str, Any]:
        """What was chosen and why."""
        return super().chosen() | {"reason": self.cleaned_data["reason"]}
