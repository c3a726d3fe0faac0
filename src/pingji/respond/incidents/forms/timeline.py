"""Which part of a timeline is looked for."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Organisation
from pingji.respond.incidents.queries.timeline import KINDS


class TimelineForm(forms.Form):
    """By kind, organisation and time."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    organisation = forms.ChoiceField(label=_("Organisation"), required=False)
    since = forms.DateTimeField(
        label=_("From"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, offered: Iterable[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(key, label) for key, (label, _beginnings) in KINDS.items()]
        self.fields["kind"].choices = [("", _("All kinds")), *kinds]  # type: ignore[attr-defined]
        named = [(str(one.pk), one.label) for one in offered]
        self.fields["organisation"].choices = [  # type: ignore[attr-defined]
            ("", _("All organisations")),
            *named,
        ]

    def clean_organisation(self) -> int | None:
        """The key of the organisation, or None for all."""
        return int(self.cleaned_data["organisation"] or 0) or None
