"""One more order, and what was done."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Organisation, User


class OrderForm(forms.Form):
    """One more order."""

    organisation = forms.ModelChoiceField(label=_("To"), queryset=Organisation.objects.none())
    text = forms.CharField(label=_("Order"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        found = Organisation.objects.visible_to(user).filter(closed_on__isnull=True)
        self.fields["organisation"].queryset = found  # type: ignore[attr-defined]


class ResultForm(forms.Form):
    """What was done."""

    result = forms.CharField(
        label=_("What was done"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
