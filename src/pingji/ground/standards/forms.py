"""Forms to change a figure, to extend a deadline and to load a plan."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.ground.standards import SECONDS_IN, label
from pingji.ground.standards.models import StandardRow

Section = StandardRow.Section
WHOLE_FILE = 2 * 1024 * 1024
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def figure_field(title: object, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=title, required=required, max_digits=16, decimal_places=6, min_value=0
    )


class ChangeForm(forms.Form):
    """The figures of one row that can change, the first day and the reason."""

    effective_from = forms.DateField(
        label=_("In force from"),
        widget=DATE,
        help_text=_("The first day the new figure holds; the old one holds until then."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the history and on record, for everybody who reads the plan."),
    )

    def __init__(self, *args: Any, row: StandardRow, **kwargs: Any) -> None:
        kwargs["initial"] = self.now(row) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.row = row
        added = self.figures_of(row)
        self.fields: dict[str, forms.Field] = added | self.fields
        self.figures = list(added)

    @staticmethod
    def now(row: StandardRow) -> dict[str, Any]:
        columns = ("unit", "by_date", "present_year", "target_year")
        given = {column: getattr(row, column) for column in columns}
        return given | {"value": row.plain_value.replace(",", ""), "present": bare(row.present)}

    @staticmethod
    def figures_of(row: StandardRow) -> dict[str, forms.Field]:
        """The fields this kind of row has."""
        language = get_language() or "zh"
        if row.section == Section.DEADLINE:
            units = [(unit, label("units", unit, language)) for unit in SECONDS_IN]
            return {
                "value": figure_field(_("Length")),
                "unit": forms.ChoiceField(label=_("Unit"), choices=units),
            }
        if row.section == Section.DUTY:
            return {"value": forms.IntegerField(label=_("How many times"), min_value=1)}
        unit = label("units", row.unit, language)
        if row.section == Section.INDICATOR:
            year = {"required": False, "min_value": 1949, "max_value": 2200}
            return {
                "value": figure_field(_("Target (%(unit)s)") % {"unit": unit}),
                "target_year": forms.IntegerField(label=_("Year of the target"), **year),
                "present": figure_field(
                    _("Present value (%(unit)s)") % {"unit": unit}, required=False
                ),
                "present_year": forms.IntegerField(label=_("Year of the present value"), **year),
            }
        return {
            "value": figure_field(_("Value (%(unit)s)") % {"unit": unit}),
            "by_date": forms.DateField(label=_("To be reached by"), required=False, widget=DATE),
        }

    def values(self) -> dict[str, Any]:
        """What was filled in, as the action takes it."""
        given = {name: self.cleaned_data[name] for name in self.figures}
        if isinstance(given["value"], int):
            given["value"] = Decimal(given["value"])
        return given


def bare(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


class ExtendForm(forms.Form):
    """A later end and the reason for it."""

    until = forms.DateTimeField(
        label=_("New end"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


class LoadForm(forms.Form):
    """A plan's file."""

    file = forms.FileField(
        label=_("Plan file"),
        help_text=_("A TOML file in UTF-8. Take an existing plan as the pattern."),
        widget=forms.ClearableFileInput(attrs={"accept": ".toml"}),
    )

    def clean_file(self) -> Any:
        """Refuse what cannot be a plan by its size."""
        file = self.cleaned_data["file"]
        if file.size > WHOLE_FILE:
            raise forms.ValidationError(_("The file is too large to be a plan."))
        return file
