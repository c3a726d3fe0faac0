"""How people want to be told, and which systems are told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, User
from pingji.ground.notices.models import KINDS, Level

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
AS_THE_PLAN = ""


class SentForm(forms.Form):
    """Which notices somebody looks for."""

    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=[("", _("All levels")), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    since = forms.DateField(label=_("From day"), required=False, widget=DAY)
    until = forms.DateField(label=_("To day"), required=False, widget=DAY)
    receiver = forms.CharField(label=_("Receiver"), max_length=60, required=False)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        kinds = [
            (key, str(said).replace("{subject}", "").rstrip(" :：")) for key, said in KINDS.items()
        ]
        self.fields["kind"].choices = [("", _("All kinds")), *kinds]


def yes_or_no(value: str) -> bool | None:
    """What a choice with “as the plan says” means."""
    return {"yes": True, "no": False}.get(value)


class PreferenceForm(forms.Form):
    """A person's own settings; what is left empty follows the plan."""

    phone = forms.CharField(
        label=_("Telephone for text messages"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("Empty: the number in the directory."),
    )
    sms = forms.BooleanField(
        label=_("Send me text messages"),
        required=False,
        help_text=_("Urgent notices are always sent."),
    )
    quiet_from = forms.TimeField(label=_("Quiet hours from"), required=False, widget=CLOCK)
    quiet_until = forms.TimeField(
        label=_("Quiet hours until"),
        required=False,
        widget=CLOCK,
        help_text=_("Both empty: as the plan says. Urgent notices never wait."),
    )
    digest = forms.TypedChoiceField(
        label=_("Notices joined into one message a day"),
        required=False,
        coerce=yes_or_no,
        empty_value=None,
        choices=[
            (AS_THE_PLAN, _("As the plan says")),
            ("yes", _("All that are not urgent")),
            ("no", _("None: send each by itself")),
        ],
    )


class SubscriberForm(forms.Form):
    """A system of another organisation that is to be told."""

    name = forms.CharField(label=pgettext_lazy("of a system", "Name of the system"), max_length=60)
    url = forms.CharField(
        label=_("Address that notices are posted to"),
        max_length=300,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    area = forms.ModelChoiceField(label=_("Area"), queryset=Area.objects.none())
    least_level = forms.TypedChoiceField(
        label=_("From which level"),
        choices=Level.choices,
        coerce=int,
        initial=Level.IMPORTANT,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counties = Area.objects.visible_to(user).of_level("county")
        own = Area.objects.visible_to(user).filter(pk=user.area_id)
        field = self.fields["area"]
        field.queryset = (counties | own).order_by("code")  # type: ignore[attr-defined]
        field.initial = user.area_id
