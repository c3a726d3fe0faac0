"""What is asked on the directory's screens."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import (
    Area,
    ExpertField,
    Facility,
    Organisation,
    Resident,
    Role,
    User,
)
from pingji.ground.directory.queries.outlines import Datum

SEPARATOR = " · "


class PickField(forms.CharField):
    """One row out of many, typed by name, code or pinyin initials and completed as one types.

    The text is `name · code`; a code alone or a name that only one row has will do.
    """

    def __init__(self, *, rows: Any, options: Any, key: str = "code", **kwargs: Any) -> None:
        self.rows = rows
        self.key = key
        super().__init__(
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "off",
                    "hx-get": options,
                    "hx-trigger": "input changed delay:150ms, focus once",
                    "hx-sync": "this:replace",
                }
            ),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        """A row is shown as its name and code."""
        if hasattr(value, self.key):
            return f"{value.label}{SEPARATOR}{getattr(value, self.key)}"
        return value

    def clean(self, value: Any) -> Any:
        """The row, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        code = text.rsplit(SEPARATOR.strip(), 1)[-1].strip()
        if row := self.rows.filter(**{self.key: code}).first():
            return row
        named = list(self.rows.filter(name=text.strip())[:2])
        if len(named) == 1:
            return named[0]
        raise forms.ValidationError(
            _("Several are called that: choose one from the list.")
            if named
            else _("There is none of this name or code within your area.")
        )


class ScreenForm(forms.Form):
    """A form drawn by directory/fields.html; pick fields name their list of options."""

    def add_pick(self, name: str, field: PickField) -> None:
        """Add a pick field, wired to the list of options that is drawn beside it."""
        field.widget.attrs |= {"list": f"{name}-options", "hx-target": f"#{name}-options"}
        self.fields[name] = field


def area_field(user: User, **kwargs: Any) -> PickField:
    """A field for an area within the user's own."""
    return PickField(
        rows=Area.objects.visible_to(user),
        options=reverse_lazy("directory:area_options"),
        label=_("Area"),
        help_text=_("Name, code or pinyin initials."),
        **kwargs,
    )


def organisation_field(user: User, **kwargs: Any) -> PickField:
    """A field for an open organisation within the user's area."""
    defaults: dict[str, Any] = {
        "label": _("Organisation"),
        "help_text": _("Name, code or pinyin initials."),
        "required": False,
    }
    return PickField(
        rows=Organisation.objects.visible_to(user).open(),
        options=reverse_lazy("directory:organisation_options"),
        **(defaults | kwargs),
    )


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class SignInForm(forms.Form):
    """Name and password; whether they fit is found out by the view."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def new_password_field(label: Any) -> forms.CharField:
    """A field for a password to be."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=200,
        help_text=_("At least 8 characters; not a common password, not like the name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class OwnPasswordForm(ScreenForm):
    """The old password once, the new one twice."""

    old = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = new_password_field(_("New password"))
    again = forms.CharField(
        label=_("New password, once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data = super().clean() or {}
        if data.get("new") != data.get("again"):
            self.add_error("again", _("The two new passwords differ."))
        return data


class UserForm(ScreenForm):
    """Who a user is and what they may."""

    display_name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_pick("area", area_field(user))
        self.add_pick("organisation", organisation_field(user))
        self.order_fields(["display_name", "role", "area", "organisation", "phone"])


class NewUserForm(UserForm):
    """A user who is not there yet."""

    username = forms.SlugField(
        label=_("User name"),
        max_length=60,
        help_text=_("Letters, digits, - and _; it cannot be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    password = new_password_field(_("First password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["username", "password"])


class PasswordForm(ScreenForm):
    """A new password for somebody else."""

    password = new_password_field(_("New password"))


class ReasonForm(ScreenForm):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


class CloseForm(ReasonForm):
    """Since when and why."""

    on = forms.DateField(label=_("Closed on"), widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ["on", "reason"]


class LeaveForm(ScreenForm):
    """Since when."""

    on = forms.DateField(label=_("Left on"), widget=forms.DateInput(attrs={"type": "date"}))


class OrganisationForm(ScreenForm):
    """What an organisation is."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    level = forms.CharField(label=_("Hospital level"), max_length=20, required=False)
    beds = forms.IntegerField(label=_("Open beds"), min_value=0, max_value=20_000, required=False)
    public = forms.BooleanField(label=_("Publicly owned"), required=False)
    connected = forms.BooleanField(label=_("Sends data to Pingji"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_pick("area", area_field(user))
        self.add_pick("parent", organisation_field(user, label=_("Stands under")))


class NewOrganisationForm(OrganisationForm):
    """An organisation that is not there yet."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Its institution code; it cannot be changed later."),
    )
    field_order = ["code"]


class FacilityForm(ScreenForm):
    """A place, and where it lies."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Facility.Kind)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    longitude = forms.FloatField(label=_("Longitude (WGS-84)"))
    latitude = forms.FloatField(label=_("Latitude (WGS-84)"))
    position_source = forms.CharField(
        label=_("Source of the position"),
        max_length=200,
        required=False,
        help_text=_("How you know: surveyed, from a map, estimated."),
    )


class StaffForm(ScreenForm):
    """Somebody who works here."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    post = forms.CharField(label=_("Post"), max_length=60)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)


class ResidentForm(ScreenForm):
    """Somebody who lives here."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("18 characters. Sex and date of birth are read from it."),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Resident.Sex, initial=Resident.Sex.UNKNOWN)
    born_on = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_pick("area", area_field(user))


class ShiftForm(ScreenForm):
    """Who is on duty, in what order, from when to when."""

    person = forms.ModelChoiceField(label=_("Who is on duty"), queryset=User.objects.none())
    rank = forms.IntegerField(
        label=_("Order in which they are called"),
        min_value=1,
        max_value=9,
        initial=1,
        help_text=_("1 is called first; 2 if the first does not answer in time."),
    )
    starts_at = forms.DateTimeField(label=_("Duty begins"), widget=_moment())
    ends_at = forms.DateTimeField(label=_("Duty ends"), widget=_moment())
    weeks = forms.IntegerField(
        label=_("In how many weeks"),
        min_value=1,
        max_value=26,
        initial=1,
        help_text=_("The same hours each week, this one included."),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = _person_in_words  # type: ignore[attr-defined]


class ExpertForm(ScreenForm):
    """Who knows which field."""

    person = forms.ModelChoiceField(label=_("Expert"), queryset=User.objects.none())
    field = forms.ChoiceField(label=_("Field of expertise"), choices=ExpertField)
    title = forms.CharField(
        label=_("Professional title"),
        max_length=60,
        required=False,
        help_text=_("As the minutes of a consultation name it: chief physician, professor."),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = _person_in_words  # type: ignore[attr-defined]


def _person_in_words(user: User) -> str:
    return f"{user.display_name}{SEPARATOR}{user.get_role_display()}"


class OutlinesForm(ScreenForm):
    """A file of outlines and what its coordinates refer to."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("GeoJSON, or a .zip with the .shp, .dbf and .prj; up to 20 MB."),
        widget=forms.FileInput(attrs={"accept": ".json,.geojson,.zip"}),
    )
    datum = forms.ChoiceField(
        label=_("Longitude and latitude refer to"),
        choices=Datum,
        help_text=_("Where the .prj names a projection, its coordinates are converted by it."),
    )


class WallScreenForm(forms.Form):
    """A screen on a wall that shall show the wall page."""

    name = forms.CharField(
        label=_("Where does the screen hang?"),
        max_length=60,
        help_text=_("For example: the command room, left. By this name it can be taken back."),
    )
