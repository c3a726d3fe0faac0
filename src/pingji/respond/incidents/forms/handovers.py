"""To whom duty is handed over, and what they must know."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import User
from pingji.respond.incidents.forms.groups import Person


class HandoverForm(forms.Form):
    """The next on duty, and remarks."""

    incoming = Person(label=_("Who takes over"), queryset=User.objects.none())
    remarks = forms.CharField(
        label=_("What the next must know"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=4000,
    )

    def __init__(self, *args: Any, people: QuerySet[User], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["incoming"].queryset = people  # type: ignore[attr-defined]
