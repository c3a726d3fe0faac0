"""How the reading of complaints is changed and tried on screen."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pingji.monitor.surveillance.forms.catalogue import ReasonForm, WordsField
from pingji.monitor.surveillance.models import Disease, Symptom


class TryForm(forms.Form):
    """A complaint to be read."""

    text = forms.CharField(
        label=_("Complaint"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "zh"}),
    )
    age = forms.IntegerField(label=_("Age in years"), min_value=0, max_value=130, required=False)


class SymptomForm(ReasonForm):
    """A symptom and its words."""

    field_order = ("code", "name", "name_en", "words", "not_words", "from_temperature", "reason")
    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("Small letters, digits and “_”; it stays for good."),
    )
    name = forms.CharField(label=_("Name in Chinese"), max_length=40)
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    words = WordsField(
        label=_("Other words for it, one to a line"),
        help_text=_("“…” in a word stands for up to six characters: 大便…增多."),
    )
    not_words = WordsField(label=_("Words that only look like it"))
    from_temperature = forms.DecimalField(
        label=_("A measured temperature means it from, °C"),
        min_value=30,
        max_value=45,
        max_digits=3,
        decimal_places=1,
        required=False,
    )

    def __init__(self, *args: Any, new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["code"]

    def columns(self) -> dict[str, Any]:
        """The columns as filled in."""
        return {k: v for k, v in self.cleaned_data.items() if k not in {"reason", "code"}}


class SteeringForm(ReasonForm):
    """The words of one role."""

    field_order = ("words", "reason")
    words = WordsField(label=_("Words, one to a line"))


class RuleForm(ReasonForm):
    """Which symptoms together make a syndrome."""

    syndrome = forms.ModelChoiceField(
        label=_("Disease or syndrome"), queryset=Disease.objects.order_by("-is_syndrome", "name")
    )
    all_of = forms.MultipleChoiceField(label=_("All of these symptoms"), required=False)
    any_of = forms.MultipleChoiceField(label=_("And one of these"), required=False)
    none_of = forms.MultipleChoiceField(label=_("And none of these"), required=False)
    shortest_days = forms.IntegerField(
        label=_("For at least so many days"), min_value=1, max_value=3650, required=False
    )
    longest_days = forms.IntegerField(
        label=_("For at most so many days"), min_value=1, max_value=3650, required=False
    )
    youngest = forms.IntegerField(label=_("From age"), min_value=0, max_value=130, required=False)
    oldest = forms.IntegerField(label=_("Up to age"), min_value=0, max_value=130, required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    field_order = (
        "syndrome",
        "all_of",
        "any_of",
        "none_of",
        "shortest_days",
        "longest_days",
        "youngest",
        "oldest",
        "active",
        "source",
        "reason",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chinese = (get_language() or "zh").startswith("zh")
        choices = [
            (row.code, row.label)
            for row in Symptom.objects.order_by("name" if chinese else "name_en")
        ]
        for name in ("all_of", "any_of", "none_of"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["size"] = 6

    def columns(self) -> dict[str, Any]:
        """The columns as filled in."""
        return {key: value for key, value in self.cleaned_data.items() if key != "reason"}
