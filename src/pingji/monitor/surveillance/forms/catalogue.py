"""How the catalogue is changed on screen."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, User
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import (
    CaseStatus,
    Channel,
    ClusterThreshold,
    Disease,
    DiseaseClass,
)
from pingji.monitor.surveillance.queries.detectors import METHODS, check_detector, written

SEPARATORS = re.compile(r"[\n\r;；、,，]+")
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WordsField(forms.CharField):
    """Several words, one to a line or parted by commas; each is kept once."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=kwargs.pop("required", False), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The words one to a line."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """The words, each once."""
        words = [word.strip() for word in SEPARATORS.split(super().to_python(value))]
        return list(dict.fromkeys(word for word in words if word))

    def validate(self, value: Any) -> None:
        """Whether there are words where some are needed, and none is too long."""
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"])
        for word in value:
            if len(word) > 60:
                raise forms.ValidationError(
                    _now("“%(word)s…” is longer than 60 characters.") % {"word": word[:10]}
                )

    def run_validators(self, value: Any) -> None:
        """Nothing further."""


class ReasonForm(forms.Form):
    """Why something changes."""

    reason = forms.CharField(
        label=pgettext_lazy("of a change", "Why"),
        max_length=300,
        help_text=_("It stays on record with your name and the time."),
    )


class DiseaseForm(ReasonForm):
    """What is not dated about a disease."""

    field_order: tuple[str, ...] = (
        "name",
        "name_en",
        "other_names",
        "icd10",
        "tests",
        "single_case",
        "source",
    )
    name = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=100)
    other_names = WordsField(label=_("Other names found in files, one to a line"))
    icd10 = WordsField(label=_("ICD-10 codes, or beginnings of codes"))
    tests = WordsField(label=_("Laboratory tests that find it, by code or name"))
    single_case = forms.BooleanField(label=_("A single case raises a signal"), required=False)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def columns(self) -> dict[str, Any]:
        """The columns as filled in."""
        return {key: value for key, value in self.cleaned_data.items() if key != "reason"}


class NewDiseaseForm(DiseaseForm):
    """A disease or syndrome that is not watched yet."""

    field_order = ("code", "is_syndrome", *DiseaseForm.field_order, "part_of", "watched_from")
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Small letters, digits and “_”; it stays for good."),
    )
    is_syndrome = forms.TypedChoiceField(
        label=_("What it is"),
        choices=[("", _("A disease")), ("1", _("A syndrome"))],
        coerce=bool,
        empty_value=False,
        required=False,
    )
    part_of = forms.ModelChoiceField(
        label=_("Part of"), queryset=Disease.objects.order_by("name"), required=False
    )
    watched_from = forms.DateField(label=_("Watched from"), widget=DATE, required=False)


class EndDiseaseForm(ReasonForm):
    """From when a disease is not watched any more, and what follows it."""

    field_order = ("watched_to", "succeeded_by", "reason")
    watched_to = forms.DateField(label=_("Not watched from"), widget=DATE)
    succeeded_by = forms.ModelChoiceField(
        label=_("Followed by"), queryset=Disease.objects.order_by("name"), required=False
    )


class EndRowForm(ReasonForm):
    """From when a row holds no longer."""

    field_order = ("on", "reason")
    on = forms.DateField(label=_("Holds no longer from"), widget=DATE)


class RowForm(ReasonForm):
    """A dated row: what holds, from when, by which source."""

    checkable = True  # whether the row says that it was checked against its source
    valid_from = forms.DateField(
        label=_("Holds from"),
        widget=DATE,
        help_text=_("What held before ends on this day."),
    )
    source = forms.CharField(label=_("Source"), max_length=300)
    verified = forms.BooleanField(label=_("I have checked it against this source"), required=False)

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"valid_from": today} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if not self.checkable:
            del self.fields["verified"]
        if "area" in self.fields:
            areas = Area.objects.visible_to(user).filter(code__length__lte=TOWNSHIP_DIGITS)
            self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        if "key" in self.fields:
            self.fields["key"].choices = deadline_choices(user, today)  # type: ignore[attr-defined]

    def columns(self) -> dict[str, Any]:
        """What holds, as the action takes it."""
        return {
            key: value
            for key, value in self.cleaned_data.items()
            if key not in {"reason", "valid_from"}
        }


def deadline_choices(user: User, on: date) -> list[tuple[str, str]]:
    """The deadlines that the user's plan sets, the report card's first."""
    found = [
        (key, f"{row.label} ({row.said})")
        for key, row in standards.rules_for(user.area_id or "", on).items()
        if row.section == "deadline"
    ]
    return sorted(found, key=lambda pair: not pair[0].startswith("report_card"))


class ClassForm(RowForm):
    """A class by law."""

    checkable = False
    field_order = ("legal_class", "managed_as_a", "valid_from", "source", "reason")
    legal_class = forms.ChoiceField(label=_("Class by law"), choices=DiseaseClass.Class)
    managed_as_a = forms.BooleanField(label=_("Managed as class A"), required=False)


class NameForm(RowForm):
    """A name by law."""

    field_order = ("name", "name_en", "valid_from", "source", "verified", "reason")
    name = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=100)


class DeadlineForm(RowForm):
    """Within what time a case must be reported."""

    field_order = ("key", "valid_from", "source", "verified", "reason")
    key = forms.ChoiceField(label=_("Deadline of the plan"))


class DefinitionForm(RowForm):
    """What counts as a case."""

    field_order = ("status", "text", "text_en", "valid_from", "source", "verified", "reason")
    status = forms.ChoiceField(label=_("Status"), choices=CaseStatus)
    text = forms.CharField(label=_("Definition"), widget=forms.Textarea(attrs={"rows": 4}))
    text_en = forms.CharField(
        label=_("Definition in English"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )


def area_field() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=_("Only in"),
        queryset=Area.objects.none(),
        required=False,
        empty_label=_("Everywhere"),
    )


class DetectorForm(RowForm):
    """How a disease is watched in one channel: by which method, and how that is set."""

    field_order = ("channel", "area", "method")
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel, initial=Channel.CASE)
    area = area_field()
    method = forms.ChoiceField(
        label=_("Method"),
        choices=[(name, method.label) for name, method in METHODS.items()],
        initial="moving_percentile",
        # Another method has other settings: the form is asked for anew with what was filled in.
        widget=forms.Select(
            attrs={
                "hx-get": "",
                "hx-trigger": "change",
                "hx-include": "closest form",
                "hx-params": "not csrfmiddlewaretoken,seen",
                "hx-target": "closest form",
                "hx-select": "form[novalidate]",
                "hx-swap": "outerHTML",
            }
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = METHODS.get(self["method"].value(), METHODS["moving_percentile"])
        self.options = chosen.options
        for name, option in chosen.options.items():
            if self.initial.get(name) is not None:
                self.initial[name] = written(self.initial[name])
            self.fields[name] = option.formfield(required=len(chosen.options) == 1)
        after = ("valid_from", "source", "verified", "reason")
        self.order_fields([*self.field_order, *chosen.options, *after])
        self["method"].help_text = (
            _("It judges every series; here it is set otherwise. What is left empty is as planned.")
            if chosen.asked_of_all
            else _("It judges only where it is named. What is left empty is as published.")
        )

    def columns(self) -> dict[str, Any]:
        """The method and its options."""
        found = {k: v for k, v in super().columns().items() if k not in self.options}
        given = self._given(self.cleaned_data)
        read = {name: self.options[name].read(value) for name, value in given.items()}
        return found | {"options": read}

    def _given(self, data: dict[str, Any]) -> dict[str, float]:
        return {name: data[name] for name in self.options if data.get(name) is not None}

    def clean(self) -> dict[str, Any] | None:
        """What is set must make sense for the method."""
        data = super().clean() or {}
        if not self.errors:
            try:
                check_detector(data["method"], self._given(data))
            except Refused as refused:
                refused.shown_on(self)
        return data


class ThresholdForm(RowForm):
    """How many cases are a cluster."""

    field_order = (
        "layer",
        "place",
        "area",
        "cases",
        "deaths",
        "days",
        "valid_from",
        "source",
        "verified",
        "reason",
    )
    layer = forms.ChoiceField(label=_("Layer"), choices=ClusterThreshold.Layer)
    place = forms.ChoiceField(label=_("Kind of place"), choices=ClusterThreshold.Place)
    area = area_field()
    cases = forms.IntegerField(
        label=_("Cases, at least"), min_value=1, max_value=100_000, required=False
    )
    deaths = forms.IntegerField(
        label=_("Or deaths, at least"), min_value=1, max_value=100_000, required=False
    )
    days = forms.IntegerField(label=_("Within days"), min_value=1, max_value=366)

    def clean(self) -> dict[str, Any] | None:
        """Cases or deaths, or both."""
        given = super().clean() or {}
        if not self.errors and not (given.get("cases") or given.get("deaths")):
            self.add_error("cases", _now("Give the number of cases, of deaths, or both."))
        return given


ROW_FORMS: dict[str, type[RowForm]] = {
    "classes": ClassForm,
    "names": NameForm,
    "deadlines": DeadlineForm,
    "definitions": DefinitionForm,
    "detectors": DetectorForm,
    "thresholds": ThresholdForm,
}
