"""Letting a system send."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Organisation, User
from pingji.monitor.surveillance.models import MAY_SEND, Format


class SenderForm(forms.Form):
    """Which system of which organisation may send what, until when."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none()
    )
    name = forms.CharField(label=pgettext_lazy("of a system", "Name of the system"), max_length=80)
    formats = forms.MultipleChoiceField(
        label=_("What it may send"),
        choices=MAY_SEND,
        widget=forms.CheckboxSelectMultiple,
        initial=[Format.JSON],
    )
    expires_on = forms.DateField(
        label=_("Token holds until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: until it is taken back."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        field.queryset = Organisation.objects.visible_to(user).open()  # type: ignore[attr-defined]

    def clean_expires_on(self) -> datetime | None:
        """The end of the day, as a moment."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        return datetime.combine(day, time(23, 59, 59), timezone.get_default_timezone())
