"""What is asked on the pages about sentinels."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, Organisation, User
from pingji.monitor.surveillance.models import Disease, SentinelItem, SentinelType

SEPARATOR = "·"
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PickField(forms.CharField):
    """One row out of many, completed as one types; the text is `name · code`."""

    def __init__(self, *, rows: QuerySet[Any], options: Any, name: str, **kwargs: Any) -> None:
        self.rows = rows
        attributes = {
            "autocomplete": "off",
            "hx-get": options,
            "hx-trigger": "input changed delay:150ms, focus once",
            "hx-sync": "this:replace",
            "list": f"{name}-options",
            "hx-target": f"#{name}-options",
        }
        super().__init__(widget=forms.TextInput(attrs=attributes), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A row is shown as its name and code."""
        return f"{value.label} {SEPARATOR} {value.code}" if hasattr(value, "code") else value

    def clean(self, value: Any) -> Any:
        """The row, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        code = text.rsplit(SEPARATOR, 1)[-1].strip()
        found = self.rows.filter(code=code).first()
        named = [] if found else list(self.rows.filter(name=text.strip())[:2])
        if found or len(named) == 1:
            return found or named[0]
        raise forms.ValidationError(_("Choose one from the list that appears as you type."))


def area_field(user: User, **kwargs: Any) -> PickField:
    """An area within the user's own."""
    return PickField(
        rows=Area.objects.visible_to(user),
        options=reverse_lazy("directory:area_options"),
        name="area",
        label=_("Area"),
        **kwargs,
    )


class SentinelForm(forms.Form):
    """A sentinel to add or to change."""

    kind = forms.ModelChoiceField(label=_("Kind of sentinel"), queryset=SentinelType.objects.none())
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("Empty: the organisation's own name."),
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    opened_on = forms.DateField(label=_("Reports from"), widget=DAY)
    longitude = forms.FloatField(
        label=_("Longitude (WGS-84)"),
        required=False,
        help_text=_("Empty: where the organisation stands."),
    )
    latitude = forms.FloatField(label=_("Latitude (WGS-84)"), required=False)

    def __init__(self, *args: Any, user: User, adding: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = SentinelType.objects.all()  # type: ignore[attr-defined]
        self.fields["organisation"] = PickField(
            rows=Organisation.objects.visible_to(user).open(),
            options=reverse_lazy("directory:organisation_options"),
            name="organisation",
            label=_("Organisation that reports"),
            help_text=_("Name, code or pinyin initials."),
        )
        self.fields["area"] = area_field(
            user, required=False, help_text=_("Empty: where the organisation stands.")
        )
        order = ["kind", "organisation", "name", "name_en", "area"]
        self.order_fields([*order, "opened_on", "longitude", "latitude"])
        if not adding:
            self.fields["name"].required = True
            del self.fields["opened_on"]

    def clean(self) -> dict[str, Any]:
        """What was left empty is not given."""
        given = super().clean() or {}
        return {k: v for k, v in given.items() if v not in ("", None) or k == "name_en"}


class ManyForm(forms.Form):
    """Every organisation of a kind in some townships becomes a sentinel."""

    kind = forms.ModelChoiceField(label=_("Kind of sentinel"), queryset=SentinelType.objects.none())
    organisations = forms.ChoiceField(
        label=_("Every"),
        choices=Organisation.Kind.choices,
        initial=Organisation.Kind.VILLAGE_CLINIC,
    )
    opened_on = forms.DateField(label=_("Reports from"), widget=DAY)
    townships = forms.ModelMultipleChoiceField(
        label=_("of these townships"),
        queryset=Area.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: the whole area."),
        required=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = SentinelType.objects.all()  # type: ignore[attr-defined]
        towns = Area.objects.visible_to(user).of_level("township")
        self.fields["townships"].queryset = towns  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """The end of a sentinel."""

    on = forms.DateField(label=_("Last day that is reported"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class KindForm(forms.ModelForm):
    """A kind of sentinel."""

    class Meta:
        model = SentinelType
        fields = [
            "name",
            "name_en",
            "channel",
            "rhythm",
            "grace_hours",
            "workdays_only",
            "organisation_kind",
            "seen_in_visits",
            "source",
            "assumed",
            "order",
        ]

    def _post_clean(self) -> None:
        """Only what is typed is looked at here; the action changes the row."""


class NewKindForm(KindForm):
    """A kind of sentinel that is to be."""

    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Letters, digits and _; it stays as it is.")
    )
    field_order = ["code"]


class ItemForm(forms.Form):
    """A figure that sentinels of a kind report."""

    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    figure = forms.ChoiceField(label=_("What it is"), choices=SentinelItem.Kind.choices)
    unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    unit_en = forms.CharField(label=_("Unit in English"), max_length=40, required=False)
    disease = forms.ModelChoiceField(
        label=_("Disease or syndrome it counts for"),
        queryset=Disease.objects.none(),
        required=False,
    )
    part_of = forms.ModelChoiceField(
        label=_("Part of"),
        queryset=SentinelItem.objects.none(),
        required=False,
        help_text=_("It can never be more than that figure."),
    )
    required = forms.BooleanField(label=_("must be given"), required=False, initial=True)
    steady = forms.BooleanField(
        label=_("hardly changes: the last figure is proposed"), required=False
    )
    order = forms.IntegerField(
        label=_("Place in the form"), min_value=0, max_value=9999, initial=100
    )

    def __init__(self, *args: Any, kind: SentinelType, item: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["disease"].queryset = Disease.objects.all()  # type: ignore[attr-defined]
        others = kind.items.filter(ended_on=None).exclude(pk=getattr(item, "pk", None))
        self.fields["part_of"].queryset = others  # type: ignore[attr-defined]
        if item is None:
            self.fields["code"] = forms.SlugField(
                label=_("Code"),
                max_length=40,
                help_text=_("Letters, digits and _; it stays as it is."),
            )
            self.order_fields(["code"])
        else:
            self.fields["ended_on"] = forms.DateField(
                label=_("Asked until"),
                widget=DAY,
                required=False,
                help_text=_("Empty: it goes on being asked for."),
            )


class CalendarForm(forms.Form):
    """Days off, or days worked."""

    name = forms.CharField(
        label=_("What these days are"), max_length=80, help_text=_("Winter holiday, snow …")
    )
    name_en = forms.CharField(label=_("In English"), max_length=120, required=False)
    starts_on = forms.DateField(label=_("First day"), widget=DAY)
    ends_on = forms.DateField(label=_("Last day"), widget=DAY)
    type = forms.ModelChoiceField(
        label=_("For"),
        queryset=SentinelType.objects.none(),
        required=False,
        empty_label=_("every kind that reports on working days"),
    )
    worked = forms.BooleanField(label=_("These days are worked"), required=False)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].queryset = SentinelType.objects.all()  # type: ignore[attr-defined]
