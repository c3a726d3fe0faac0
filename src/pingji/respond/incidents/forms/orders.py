"""Orders to many, and what those who answer them say."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Organisation, Role, User
from pingji.respond.incidents.models import Incident, IncidentGroup

STEPS = [("", _("not said"))] + [(f"{n}", f"{n} %") for n in (10, 25, 50, 75, 90)]


class People(forms.ModelMultipleChoiceField):
    """People with their role and organisation, so that one knows whom one orders."""

    def label_from_instance(self, user: User) -> str:
        """Name, role and organisation."""
        return f"{user.display_name} · {user.get_role_display()} · {user.organisation}"


class OrderForm(forms.Form):
    """One order to organisations, to all of a kind, and to people by name."""

    text = forms.CharField(label=_("Order"), widget=forms.Textarea(attrs={"rows": 3}))
    until = forms.DateTimeField(
        label=_("To be done by"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Left empty, the plan's time for orders counts."),
    )
    kind = forms.MultipleChoiceField(required=False, choices=Organisation.Kind)
    organisation = forms.ModelMultipleChoiceField(
        label=_("To"), queryset=Organisation.objects.none(), required=False
    )
    person = People(
        label=_("People by name"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    group = forms.ModelMultipleChoiceField(
        label=_("Groups of the incident"), queryset=IncidentGroup.objects.none(), required=False
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: object, user: User, incident: Incident, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = incident.groups.all()  # type: ignore[attr-defined]
        found = Organisation.objects.visible_to(user).open().select_related("area")
        people = User.objects.visible_to(user).people().filter(is_active=True)
        self.fields["organisation"].queryset = found  # type: ignore[attr-defined]
        self.fields["person"].queryset = (  # type: ignore[attr-defined]
            people.filter(organisation__isnull=False)
            .select_related("organisation")
            .order_by("role", "display_name")
        )

    def clean(self) -> dict[str, Any]:
        """All of a chosen kind are chosen one by one."""
        given = super().clean() or {}
        chosen = {one.pk: one for one in given.get("organisation") or ()}
        every = self.fields["organisation"].queryset  # type: ignore[attr-defined]
        kinds = given.pop("kind", None)
        if kinds:
            chosen |= {one.pk: one for one in every.filter(kind__in=kinds)}
        given.pop("organisation", None)
        given["organisations"] = list(chosen.values())
        given["people"] = list(given.pop("person", ()))
        given["groups"] = list(given.pop("group", ()))
        return given

    def kinds(self) -> Iterator[tuple[str, str, list[tuple[Organisation, bool]], bool]]:
        """Each kind with its organisations, and which of them are chosen."""
        chosen = {str(one) for one in self["organisation"].value() or ()}
        kinds = set(self["kind"].value() or ())
        rows: dict[str, list[tuple[Organisation, bool]]] = {}
        for one in self.fields["organisation"].queryset:  # type: ignore[attr-defined]
            rows.setdefault(one.kind, []).append((one, str(one.pk) in chosen))
        for value, label in Organisation.Kind.choices:
            if value in rows:
                open_ = value in kinds or any(is_chosen for _one, is_chosen in rows[value])
                yield value, str(label), rows[value], open_

    def groups(self) -> list[tuple[IncidentGroup, bool]]:
        """The incident's groups, and which of them are chosen."""
        chosen = {str(one) for one in self["group"].value() or ()}
        rows = self.fields["group"].queryset.prefetch_related("members")  # type: ignore[attr-defined]
        return [(one, str(one.pk) in chosen) for one in rows]

    def roles(self) -> Iterator[tuple[str, list[tuple[User, bool]], bool]]:
        """Each role with its people, and which of them are chosen."""
        chosen = {str(one) for one in self["person"].value() or ()}
        rows: dict[str, list[tuple[User, bool]]] = {}
        for one in self.fields["person"].queryset:  # type: ignore[attr-defined]
            rows.setdefault(one.role, []).append((one, str(one.pk) in chosen))
        for value, label in Role.choices:
            if value in rows:
                yield str(label), rows[value], any(is_chosen for _one, is_chosen in rows[value])


class ManyFiles(forms.ClearableFileInput):
    """One control for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, or none."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file on its own; an empty one is refused by name where it is kept."""
        return [one for one in data or () if one]


class ReportForm(forms.Form):
    """How far an order is, or what was done, with photos and files."""

    result = forms.CharField(
        label=_("What was done"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )
    share = forms.IntegerField(
        label=_("Done so far"), required=False, widget=forms.Select(choices=STEPS)
    )
    files = FilesField(
        label=_("Photos and files"),
        required=False,
        widget=ManyFiles(attrs={"accept": "image/*,.pdf,.doc,.docx,.xls,.xlsx,.pptx,.wps"}),
    )
    # A telephone opens its camera for this one, and its albums and documents for the other.
    photo = forms.FileField(
        label=_("Take a photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def clean(self) -> dict[str, Any]:
        """The photo taken now goes with the other files."""
        given = super().clean() or {}
        photo = given.pop("photo", None)
        if photo:
            given["files"] = [photo, *given.get("files", ())]
        return given


class ReturnForm(forms.Form):
    """What is missing, and by when, where the command gives more time for it."""

    reason = forms.CharField(label=_("What is missing"), max_length=2000)
    until = forms.DateTimeField(
        label=_("New end"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class RemarkForm(forms.Form):
    """What to say of a verified order, if anything."""

    remark = forms.CharField(label=_("Remark"), max_length=2000, required=False)
