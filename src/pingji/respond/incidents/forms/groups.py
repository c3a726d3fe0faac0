"""Who sits in which group."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words
from pingji.ground.directory.models import User
from pingji.respond.incidents.forms.incidents import Experts
from pingji.respond.incidents.models import Seat


class Person(forms.ModelChoiceField):
    """People with their role and organisation."""

    label_from_instance = Experts.label_from_instance


class SeatForm(forms.Form):
    """A seat in a group: whose, as what, for what, and under which number."""

    group = forms.ChoiceField(label=_("Group"))
    person = Person(label=_("Who"), queryset=User.objects.none())
    seat = forms.ChoiceField(label=_("Seat"), choices=Seat)
    duty = forms.CharField(label=_("Duty in the group"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Phone for this duty"),
        max_length=30,
        required=False,
        help_text=_("Left empty, the person's own number is shown."),
    )

    def __init__(
        self, *args: Any, user: User, groups: Mapping[str, tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["group"].choices = [  # type: ignore[attr-defined]
            (key, in_words(*pair)) for key, pair in groups.items()
        ]
        people = User.objects.people().filter(is_active=True, area__code__startswith=user.area_id)
        self.fields["person"].queryset = people.select_related(  # type: ignore[attr-defined]
            "organisation"
        ).order_by("role", "display_name")
