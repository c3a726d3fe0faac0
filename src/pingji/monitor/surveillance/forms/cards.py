"""The report card as it is typed: text in every field, days and names as people write them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import Resident, User
from pingji.ground.directory.queries import read_identity
from pingji.monitor.surveillance.models import CaseReport, CaseStatus
from pingji.monitor.surveillance.queries import card_checks, card_form, card_versions
from pingji.monitor.surveillance.rules.cards import Finding, findings, full_years
from pingji.monitor.surveillance.rules.days import typed_day, typed_moment
from pingji.monitor.surveillance.rules.rows import RowRefused, plain, read_age

DAY = {"inputmode": "text", "autocomplete": "off", "spellcheck": "false"}
SEXES = [
    (Resident.Sex.MALE, Resident.Sex.MALE.label),
    (Resident.Sex.FEMALE, Resident.Sex.FEMALE.label),
]


def _text(label: Any, most: int, **attributes: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.TextInput(attrs={"autocomplete": "off"} | attributes),
    )


def _suggested(label: Any, what: str) -> forms.CharField:
    return _text(label, 160, **{"data-suggest": what, "spellcheck": "false"})


def _choice(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=list(choices), widget=forms.RadioSelect
    )


class ReportCardForm(forms.Form):
    """One report card. `facts` is what it says, `odd` what seems strange but may be confirmed."""

    identity_number = _text(
        gettext_lazy("Identity number"), 24, inputmode="text", spellcheck="false"
    )
    name = _text(pgettext_lazy("of a person", "Name"), 60)
    sex = _choice(gettext_lazy("Sex"), SEXES)
    born_on = _text(gettext_lazy("Date of birth"), 20, **DAY)
    age = _text(gettext_lazy("Age"), 10, **DAY)
    guardian = _text(gettext_lazy("Parent or guardian"), 60)
    occupation = _suggested(gettext_lazy("Occupation"), "occupation")
    phone = _text(gettext_lazy("Telephone"), 30, inputmode="tel")
    patient = _choice(gettext_lazy("Lives in"), CaseReport.Patient.choices)
    area = _suggested(gettext_lazy("Township or village"), "area")
    address = _text(gettext_lazy("Address"), 200)
    institution = _suggested(gettext_lazy("School or institution"), "institution")
    workplace = _text(gettext_lazy("Work unit"), 120)
    school_class = _text(gettext_lazy("Class at school"), 40)
    disease = _suggested(gettext_lazy("Disease"), "disease")
    status = _choice(gettext_lazy("Status"), CaseStatus.choices)
    onset_on = _text(gettext_lazy("Onset"), 20, **DAY)
    diagnosed_at = _text(gettext_lazy("Diagnosis, with the hour"), 24, **DAY)
    severe = forms.BooleanField(label=gettext_lazy("Severe"), required=False)
    died_on = _text(gettext_lazy("Died on"), 20, **DAY)
    doctor = _text(gettext_lazy("Reporting doctor"), 60)
    remark = _text(gettext_lazy("Remark"), 500)
    confirmed = _text(gettext_lazy("Why this is right"), 300)
    correction = _text(gettext_lazy("Why the card is corrected"), 300)
    mark = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        user: User,
        at: datetime,
        card: CaseReport | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.card = user, card
        self.now = timezone.localtime(at)
        self.facts: dict[str, Any] = {}
        self.odd: list[Finding] = []
        for name, field in self.fields.items():
            field.widget.attrs |= {"aria-describedby": f"said-{name}"}

    def clean(self) -> dict[str, Any]:
        """Read every field, then hold the card against its checks."""
        typed = super().clean() or {}
        text = {name: typed.get(name) for name in self.fields}
        facts: dict[str, Any] = {name: plain(text[name]) for name in PLAIN}
        facts["severe"] = bool(text["severe"])
        for name, read in self._readers().items():
            try:
                facts[name] = read(plain(text[name])) if plain(text[name]) else None
            except (Refused, RowRefused, forms.ValidationError) as wrong:
                facts[name] = None
                self.add_error(name, _said(wrong))
        facts["identity_number"] = facts["identity_number"] or ""
        facts["occupation"] = facts["occupation"] or ""
        if facts["diagnosed_at"]:
            facts["diagnosed_on"], facts["diagnosed_at"] = facts["diagnosed_at"]
        else:
            facts["diagnosed_on"] = None
        self.facts = self._filled(facts)
        return typed

    def judge(self, *, draft: bool = False) -> bool:
        """Hold the card against its checks; whether it may be kept as it stands."""
        if not self.is_bound:
            return False
        self.is_valid()
        here = card_checks.circumstances(
            self.facts, by=self.user, at=self.now, card=self.card, look_around=not draft
        )
        for finding in findings(self.facts, here, draft=draft):
            if not finding.is_error:
                self.odd.append(finding)
            elif finding.field not in self.errors:
                self.add_error(finding.field, finding.sentence)
        return not self.errors

    def _filled(self, facts: dict[str, Any]) -> dict[str, Any]:
        """What the identity number says, where nothing else was typed."""
        if facts["identity_number"]:
            found = read_identity(facts["identity_number"], on=self.now.date())
            facts["born_on"] = facts["born_on"] or found.born_on
            facts["sex"] = facts["sex"] or found.sex
        on = facts["onset_on"] or self.now.date()
        if facts["age"] is None and facts["born_on"] and facts["born_on"] <= on:
            facts["age"] = full_years(facts["born_on"], on)
        return card_checks.with_derived(facts, by=self.user, at=self.now)

    def _readers(self) -> dict[str, Callable[[str], Any]]:
        return {
            "identity_number": lambda text: read_identity(text, on=self.now.date()).number,
            "born_on": self._day,
            "age": read_age,
            "occupation": self._occupation,
            "area": self._area,
            "institution": self._institution,
            "disease": self._disease,
            "onset_on": self._day,
            "diagnosed_at": self._moment,
            "died_on": self._day,
        }

    def _day(self, text: str) -> Any:
        found = typed_day(text, today=self.now.date())
        if found is None:
            raise forms.ValidationError(
                _(
                    "“%(text)s” is no day: write 2026-11-21, 1121, 21, or t for today, t-1 for yesterday."
                )
                % {"text": text}
            )
        return found

    def _moment(self, text: str) -> Any:
        day, moment = typed_moment(text, now=self.now)
        if day is None:
            raise forms.ValidationError(
                _("“%(text)s” is no day with its hour: write 1121 0930, t 15:30, or n for now.")
                % {"text": text}
            )
        return day, moment

    def _disease(self, text: str) -> str:
        found = card_form.disease_typed(text, self.now.date())
        if found is None:
            raise forms.ValidationError(
                _(
                    "“%(text)s” is no disease of the catalogue, or several: choose one from the list."
                )
                % {"text": text}
            )
        return found.pk

    def _area(self, text: str) -> str:
        found = card_form.area_typed(text, self.user)
        if found is None:
            raise forms.ValidationError(
                _(
                    "“%(text)s” is no township or village here, or several: choose one from the list."
                )
                % {"text": text}
            )
        return found.pk

    def _institution(self, text: str) -> int:
        found = card_form.institution_typed(text, self.user)
        if found is None:
            raise forms.ValidationError(
                _(
                    "“%(text)s” is not in the directory: choose from the list, or write it as work unit."
                )
                % {"text": text}
            )
        return found.pk

    def _occupation(self, text: str) -> str:
        found = card_form.occupation_typed(text)
        if found is None:
            raise forms.ValidationError(
                _("“%(text)s” is no occupation of the card: choose one from the list.")
                % {"text": text}
            )
        return found

    def normal(self) -> dict[str, str]:
        """What was typed as the card will show it, for the fields that were understood."""
        shown = typed_of(self.facts)
        return {
            name: shown[name] for name in NORMALISED if shown.get(name) and name not in self.errors
        }


# Taken as typed; the others are read.
PLAIN = (
    "name",
    "guardian",
    "sex",
    "phone",
    "patient",
    "address",
    "workplace",
    "school_class",
    "status",
    "doctor",
    "remark",
)
NORMALISED = (
    "identity_number",
    "sex",
    "born_on",
    "age",
    "occupation",
    "area",
    "institution",
    "disease",
    "onset_on",
    "diagnosed_at",
    "died_on",
)


def _said(wrong: Exception) -> str:
    if isinstance(wrong, RowRefused):
        return _("Write the age in years, or as 8月 or 20天.")
    if isinstance(wrong, forms.ValidationError):
        return str(wrong.messages[0])
    return str(wrong)


def typed_of(facts: dict[str, Any]) -> dict[str, str]:
    """What a card says, as its form shows it."""
    shown = {name: "" if value is None else str(value) for name, value in facts.items()}
    shown["disease"] = card_checks.disease_label(facts.get("disease"))
    shown["area"] = card_checks.area_label(facts.get("area"))
    shown["institution"] = card_checks.organisation_label(facts.get("institution"))
    shown["occupation"] = (
        card_versions.occupation_label(facts["occupation"]) if facts.get("occupation") else ""
    )
    moment = facts.get("diagnosed_at")
    shown["diagnosed_at"] = (
        f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else shown.get("diagnosed_on", "")
    )
    if facts.get("patient") not in ("", None, CaseReport.Patient.COUNTY):
        shown["area"] = ""
    return shown
