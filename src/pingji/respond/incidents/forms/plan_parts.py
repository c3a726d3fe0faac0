"""The phases and the forms of a plan as rows that can be changed, added and taken out."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words

LONG = {"rows": 3}
MORE_ROWS = 2  # empty ones after the last
Table = Mapping[str, Any]


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def paired(chinese: str, english: str) -> list[tuple[str, str]]:
    """Each line with its fellow in English; with itself where nothing is said in English."""
    first = lines(chinese)
    return list(zip(first, lines(english) or first, strict=True))


class Part(forms.Form):
    """A part of a plan; without its name it is left out, else everything that it needs is asked."""

    needed: tuple[str, ...] = ()
    paired: tuple[str, str]

    def clean(self) -> dict[str, Any]:
        """Refuse a part that lacks words, or whose lines differ in number in the two languages."""
        given = super().clean() or {}
        if not given.get("name", "").strip():
            return given
        for key in self.needed:
            if not given.get(key, "").strip():
                self.add_error(key, self.fields[key].error_messages["required"])
        chinese, english = (lines(given.get(key, "")) for key in self.paired)
        # Where nothing is said in English, the Chinese is read.
        if english and len(chinese) != len(english):
            said = {"chinese": len(chinese), "english": len(english)}
            why = _now(
                "%(chinese)s lines in Chinese and %(english)s in English: each needs its fellow."
            )
            self.add_error(self.paired[1], why % said)
        return given

    @property
    def is_empty(self) -> bool:
        """Whether it was there before."""
        return not self.initial

    @property
    def said(self) -> str:
        """Its name before the change, in the reader's language."""
        return in_words(self.initial["name"], self.initial["name_en"])

    @property
    def kept(self) -> bool:
        """Whether it stands in the new version."""
        return bool(self.cleaned_data["name"].strip())


class PhaseRow(Part):
    """One phase of a plan: what begins it, and what is done in it."""

    needed = ("trigger",)
    paired = ("measures", "measures_en")

    name = forms.CharField(label=_("Name of the phase"), max_length=60, required=False)
    name_en = forms.CharField(
        label=_("Name of the phase in English"), max_length=80, required=False
    )
    trigger = forms.CharField(label=_("What begins it"), max_length=500, required=False)
    trigger_en = forms.CharField(
        label=_("What begins it, in English"), max_length=500, required=False
    )
    measures = forms.CharField(
        label=_("Measures, one a line"), widget=forms.Textarea(attrs=LONG), required=False
    )
    measures_en = forms.CharField(
        label=_("Measures in English, one a line"),
        widget=forms.Textarea(attrs=LONG),
        required=False,
    )


class FormRow(Part):
    """One form that the plan has filled in: its name and its fields."""

    needed = ("fields_zh",)
    paired = ("fields_zh", "fields_en")

    name = forms.CharField(label=_("Name of the form"), max_length=100, required=False)
    name_en = forms.CharField(
        label=_("Name of the form in English"), max_length=140, required=False
    )
    fields_zh = forms.CharField(
        label=_("Fields, one a line"), widget=forms.Textarea(attrs=LONG), required=False
    )
    fields_en = forms.CharField(
        label=_("Fields in English, one a line"),
        widget=forms.Textarea(attrs=LONG),
        required=False,
    )


class Rows:
    """Rows that are right or wrong together."""

    rows: Sequence[Part]

    def is_valid(self) -> bool:
        """Whether every row is right."""
        answers = [row.is_valid() for row in self.rows]  # each, so that every fault is shown
        return all(answers)


class PhasesForm(Rows):
    """Every phase of a plan as a row, and some empty rows for more."""

    def __init__(self, data: Any = None, *, text: Table, more: int = MORE_ROWS) -> None:
        phases = text.get("phase", [])
        self.before = {number: phase["measures"] for number, phase in enumerate(phases, start=1)}
        initial: list[dict[str, str]] = [
            {
                "name": phase["name"],
                "name_en": phase["name_en"],
                "trigger": phase["trigger"],
                "trigger_en": phase["trigger_en"],
                "measures": "\n".join(one["zh"] for one in phase["measures"]),
                "measures_en": "\n".join(one["en"] for one in phase["measures"]),
            }
            for phase in phases
        ]
        initial += [{} for _row in range(more)]
        self.rows = [
            PhaseRow(data, prefix=f"phase-{number}", initial=row)
            for number, row in enumerate(initial, start=1)
        ]

    def choices(self) -> list[tuple[int, str]]:
        """The phases to which an order may belong, those that may be added among them."""
        return [
            (number, row.initial.get("name") or _now("Phase %(number)s (new)") % {"number": number})
            for number, row in enumerate(self.rows, start=1)
        ]

    def phases(self) -> list[tuple[int, dict[str, Any]]]:
        """The phases that have a name, each with the number its orders know it by."""
        return [
            (number, self._phase(number, row.cleaned_data))
            for number, row in enumerate(self.rows, start=1)
            if row.kept
        ]

    def _phase(self, number: int, given: Mapping[str, str]) -> dict[str, Any]:
        known = {one["zh"]: one for one in self.before.get(number, [])}
        pairs = paired(given["measures"], given["measures_en"])
        return {
            "name": given["name"].strip(),
            "name_en": given["name_en"].strip() or given["name"].strip(),
            "trigger": given["trigger"].strip(),
            "trigger_en": given["trigger_en"].strip() or given["trigger"].strip(),
            # A measure that stays keeps the requirement that it answers.
            "measures": [known.get(zh, {}) | {"zh": zh, "en": en} for zh, en in pairs],
        }


class FormsForm(Rows):
    """Every form of a plan as a row, and some empty rows for more."""

    def __init__(self, data: Any = None, *, text: Table, more: int = MORE_ROWS) -> None:
        initial: list[dict[str, str]] = [
            {
                "name": form["zh"],
                "name_en": form["en"],
                "fields_zh": "\n".join(one["zh"] for one in form["fields"]),
                "fields_en": "\n".join(one["en"] for one in form["fields"]),
            }
            for form in text.get("form", [])
        ]
        initial += [{} for _row in range(more)]
        self.rows = [
            FormRow(data, prefix=f"form-{number}", initial=row)
            for number, row in enumerate(initial, start=1)
        ]

    def forms(self) -> list[dict[str, Any]]:
        """The forms that have a name, as a plan's file holds them."""
        return [
            {
                "zh": row.cleaned_data["name"].strip(),
                "en": row.cleaned_data["name_en"].strip() or row.cleaned_data["name"].strip(),
                "fields": [
                    {"zh": zh, "en": en}
                    for zh, en in paired(
                        row.cleaned_data["fields_zh"], row.cleaned_data["fields_en"]
                    )
                ],
            }
            for row in self.rows
            if row.kept
        ]
