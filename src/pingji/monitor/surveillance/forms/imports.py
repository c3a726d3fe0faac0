"""How a file is handed in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, User
from pingji.monitor.surveillance.models import CaseStatus, Channel, Disease


class ImportForm(forms.Form):
    """A file, and what it is about where the file itself does not say."""

    file = forms.FileField(label=_("File (CSV or Excel)"))
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel, initial=Channel.CASE)
    disease = forms.ModelChoiceField(
        label=_("Disease, if the file has no such column"),
        queryset=Disease.objects.all(),
        required=False,
    )
    area = forms.ModelChoiceField(
        label=_("Area, if the file has no such column"),
        queryset=Area.objects.none(),
        required=False,
    )
    status = forms.ChoiceField(
        label=_("Status of the cases, if the file has no such column"),
        choices=[("", "---------"), *CaseStatus.choices],
        required=False,
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = Area.objects.visible_to(user).exclude(code__length=12)  # type: ignore[attr-defined]
