"""Circulars, shared resources, requisitions, inspections."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import BOUND_TO_ORGANISATION, Facility, Organisation, User
from pingji.respond.incidents.models import (
    CircularProof,
    Inspection,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.queries import by_area, departments_of, told_by

PLACES = {"department": _("Departments"), "township": _("Township governments")}
TAKEN = "image/*,.pdf,.doc,.docx"


def moment(label: Any, *, required: bool = True) -> forms.DateTimeField:
    """A day and an hour, as a browser asks for it."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=required, widget=widget)


def file_input() -> forms.FileInput:
    """One photo or document."""
    return forms.FileInput(attrs={"accept": TAKEN})


class Choosers(forms.Form):
    """A form that offers organisations place by place, each with a box to tick."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["organisations"].queryset = self.offered(user)  # type: ignore[attr-defined]

    def offered(self, user: User) -> Any:
        """Which organisations may be chosen."""
        return departments_of(user)

    def choosers(self) -> Iterator[tuple[str, list[tuple[Organisation, bool]], bool]]:
        """Each place with its organisations, and which of them are chosen."""
        ticked = {str(one) for one in self["organisations"].value() or ()}
        offered = self.fields["organisations"].queryset  # type: ignore[attr-defined]
        for place, found in by_area(self.user, offered):
            rows = [(one, str(one.pk) in ticked) for one in found]
            if rows:
                chosen = any(is_chosen for _one, is_chosen in rows)
                yield str(PLACES.get(place, place)), rows, chosen


class CircularForm(Choosers):
    """What is told, and to whom."""

    title = forms.CharField(label=_("Title"), max_length=120)
    text = forms.CharField(label=_("What is told"), widget=forms.Textarea(attrs={"rows": 4}))
    organisations = forms.ModelMultipleChoiceField(
        label=_("Departments, townships and neighbouring counties"),
        queryset=Organisation.objects.none(),
        required=False,
    )
    outside = forms.CharField(
        label=_("Counties and others that do not use the program"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "One a line: name, then a comma, then the telephone, e-mail or address. For each of "
            "them the program makes a letter; send it, and write down the proof."
        ),
    )
    wants_reply = forms.BooleanField(label=_("Ask for a reply"), required=False)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def offered(self, user: User) -> Any:
        """Also who answers for other counties that use the program."""
        return told_by(user)

    def clean_outside(self) -> list[tuple[str, str]]:
        """Each line as a name and how it is reached."""
        found = []
        for line in self.cleaned_data["outside"].replace("，", ",").splitlines():
            name, _comma, contact = line.partition(",")
            if name.strip():
                found.append((name.strip()[:160], contact.strip()[:160]))
        return found


class ReceiptForm(forms.Form):
    """Who received a circular, and how."""

    how = forms.CharField(label=_("Who received it, and how"), max_length=200, required=False)
    means = forms.ChoiceField(
        label=_("By which means"), choices=CircularProof.Means, required=False
    )
    file = forms.FileField(
        label=_("Receipt as a photo or a file"), required=False, widget=file_input()
    )


class ReplyForm(forms.Form):
    """The reply to a circular."""

    reply = forms.CharField(
        label=pgettext_lazy("circular", "Reply"), max_length=4000, required=False
    )
    file = forms.FileField(
        label=_("Reply as a photo or a file"), required=False, widget=file_input()
    )


class ProofForm(forms.Form):
    """How a circular went to somebody outside, and what shows it."""

    means = forms.ChoiceField(label=_("By which means"), choices=CircularProof.Means)
    said = forms.CharField(label=_("To whom, and when"), max_length=200)
    file = forms.FileField(
        label=_("Letter, e-mail or fax as a photo or a file"), required=False, widget=file_input()
    )


class ResourceForm(forms.Form):
    """What an organisation can give."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none(), empty_label=None
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=SharedResource.Kind)
    name = forms.CharField(label=_("What"), max_length=120)
    amount = forms.IntegerField(label=_("How many"), min_value=0, max_value=10**9)
    unit = forms.CharField(label=_("Unit"), max_length=20)
    free = forms.IntegerField(label=_("Free now"), min_value=0, max_value=10**9)
    place = forms.CharField(label=_("Where it is"), max_length=160, required=False)
    contact = forms.CharField(label=_("Whom to call"), max_length=60)
    phone = forms.CharField(label=_("Telephone"), max_length=30)

    def __init__(
        self, *args: Any, user: User, only: Organisation | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        seen = Organisation.objects.visible_to(user)
        offered = seen.filter(pk=only.pk if only else user.organisation_id)
        if only is None and user.role not in BOUND_TO_ORGANISATION:
            offered |= departments_of(user)
        self.fields["organisation"].queryset = offered  # type: ignore[attr-defined]


class Facilities(forms.ModelChoiceField):
    """Facilities with the township they lie in and what they are."""

    def label_from_instance(self, facility: Facility) -> str:
        """Township, name and kind."""
        return f"{facility.area.label} · {facility.label} ({facility.get_kind_display()})"


class RequisitionForm(forms.Form):
    """Which facility is taken over, for what, from when to when."""

    facility = Facilities(label=_("Facility"), queryset=Facility.objects.none())
    use = forms.ChoiceField(label=_("For what"), choices=Requisition.Use)
    starts_at = moment(_("From when"))
    ends_at = moment(_("Until when"))
    text = forms.CharField(label=_("What else is to be done"), required=False, max_length=500)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Facility.objects.visible_to(user).filter(closed_on__isnull=True)
        found = found.select_related("area")
        self.fields["facility"].queryset = found  # type: ignore[attr-defined]


class ReleaseForm(forms.Form):
    """In which condition a facility is given back."""

    condition = forms.CharField(label=_("In which condition"), max_length=2000)


class InspectionForm(Choosers):
    """What is inspected where, by whom."""

    matter = forms.ChoiceField(label=_("Matter"), choices=Inspection.Matter)
    place = forms.CharField(label=_("Where"), max_length=160)
    text = forms.CharField(label=_("Order"), widget=forms.Textarea(attrs={"rows": 2}))
    organisations = forms.ModelMultipleChoiceField(
        label=_("Departments that take part"),
        queryset=Organisation.objects.none(),
    )
    until = moment(_("To be done by"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class InspectedForm(forms.Form):
    """What an inspection found."""

    inspected = forms.IntegerField(label=_("Places inspected"), min_value=0, max_value=10**6)
    violations = forms.IntegerField(label=_("Violations found"), min_value=0, max_value=10**6)
    filed = forms.IntegerField(label=_("Cases filed"), min_value=0, max_value=10**6)
    result = forms.CharField(
        label=_("What was done"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
