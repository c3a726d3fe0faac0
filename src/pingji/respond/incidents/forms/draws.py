"""From which lists places and inspectors are drawn."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Facility, Organisation, User
from pingji.respond.incidents.forms.joint import moment
from pingji.respond.incidents.forms.plan_parts import lines
from pingji.respond.incidents.queries import departments_of

LINES = {"rows": 4}


class DrawForm(forms.Form):
    """Who and what may be drawn, how many, and what is inspected."""

    places = forms.CharField(
        label=_("Places that may be inspected, one a line"),
        widget=forms.Textarea(attrs=LINES),
        max_length=20000,
        required=False,
    )
    kinds = forms.MultipleChoiceField(
        label=_("And all places in the register of these kinds"),
        choices=Facility.Kind,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    take = forms.IntegerField(label=_("How many places are drawn"), min_value=1, max_value=500)
    inspectors = forms.CharField(
        label=_("Who may inspect, one a line"),
        widget=forms.Textarea(attrs=LINES),
        max_length=20000,
        help_text=_("Name, then a comma, then the department: Li Qiang, Market Regulation Bureau"),
    )
    each = forms.IntegerField(
        label=_("How many inspectors for each place"), min_value=1, max_value=20
    )
    text = forms.CharField(
        label=_("What is inspected"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )
    until = moment(_("To be done by"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_inspectors(self) -> dict[str, Organisation]:
        """Each name with its department; refuse a line without one, and a name that stands twice."""
        known = departments_of(self.user)
        departments = {name: one for one in known for name in (one.name, one.name_en) if name}
        found: dict[str, Organisation] = {}
        for line in lines(self.cleaned_data["inspectors"].replace("，", ",")):
            name, _comma, department = (part.strip() for part in line.rpartition(","))
            if not name:
                raise forms.ValidationError(
                    _now("“%(line)s”: write the name, a comma, and then the department.")
                    % {"line": line}
                )
            if department not in departments:
                raise forms.ValidationError(
                    _now(
                        "“%(line)s”: the county has no department “%(department)s”; it has: %(all)s."
                    )
                    % {
                        "line": line,
                        "department": department,
                        "all": _now(", ").join(one.label for one in known),
                    }
                )
            if name in found:
                raise forms.ValidationError(
                    _now("“%(name)s” stands in the list twice.") % {"name": name}
                )
            found[name] = departments[department]
        return found

    def clean(self) -> dict[str, Any]:
        """Put the places of the register to those that were written."""
        given = super().clean() or {}
        places = lines(given.get("places", ""))
        kinds = given.pop("kinds", [])
        if kinds:
            there = Facility.objects.visible_to(self.user).filter(
                closed_on__isnull=True, kind__in=kinds
            )
            names = there.order_by("name", "pk").values_list("name", flat=True)
            places = list(dict.fromkeys([*places, *names]))
        if not places and "places" not in self.errors:
            self.add_error("places", _("Write down places, or choose a kind of the register."))
        return given | {"places": places}
