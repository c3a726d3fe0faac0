"""How reports of an event and public bulletins are written and answered on screen."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.respond.incidents.models import EventReport
from pingji.respond.incidents.queries.event_words import HEADINGS

LONGEST = 8000


class DraftForm(forms.Form):
    """Which report is drafted, and why again."""

    kind = forms.ChoiceField(choices=EventReport.Kind.choices, widget=forms.HiddenInput)
    why_again = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class AgainForm(forms.Form):
    """Why a new version is needed."""

    why_again = forms.CharField(
        label=_("Why a new version is needed"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SectionForm(forms.Form):
    """A section's wording, and which wording the writer had before their eyes."""

    section = forms.ChoiceField(choices=list(HEADINGS.items()), widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SendForm(forms.Form):
    """Under which number the report is filed elsewhere."""

    reference = forms.CharField(
        label=_("Number of the report"),
        max_length=80,
        required=False,
        help_text=_("Under which it was filed in the national system; may stay empty."),
    )


class BulletinForm(forms.Form):
    """What the public is to read, in both languages."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=120)
    body = forms.CharField(
        label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 12})
    )
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    body_en = forms.CharField(
        label=_("Text in English"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 12})
    )


class SeenForm(forms.Form):
    """Which wording the reviewer read."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
