"""What is asked on screen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.monitor.opinion.models import Rumour

AREA = forms.Textarea(attrs={"rows": 4})


class FileForm(forms.Form):
    """A file of posts."""

    file = forms.FileField(label=_("File (CSV, Excel or JSON Lines)"))


class TryForm(forms.Form):
    """A text, to see how it is read."""

    text = forms.CharField(
        label=_("A post"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5000
    )


class CheckForm(forms.Form):
    """Whether a rumour is true, and how that was found out."""

    verdict = forms.ChoiceField(
        label=pgettext_lazy("rumour", "Is it true?"),
        choices=Rumour.Verdict.choices,
        widget=forms.RadioSelect,
    )
    findings = forms.CharField(label=_("What the check found"), widget=AREA, max_length=4000)
    was = forms.CharField(required=False, widget=forms.HiddenInput)


class DraftForm(forms.Form):
    """A reply that is being written."""

    reply = forms.CharField(
        label=_("Draft of the reply"), widget=AREA, max_length=4000, required=False
    )
    was = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def clean_was(self) -> str:
        """What was seen, with the ends of lines as they are kept."""
        return str(self.cleaned_data["was"]).replace("\r\n", "\n")

    def clean_reply(self) -> str:
        """The draft, with plain ends of lines."""
        return str(self.cleaned_data["reply"]).replace("\r\n", "\n")


class ReplyForm(forms.Form):
    """The reply as it was given."""

    reply = forms.CharField(label=_("Reply as published"), widget=AREA, max_length=4000)
    reply_url = forms.URLField(
        label=_("Where it stands"), required=False, max_length=500, assume_scheme="https"
    )


class ClosingForm(forms.Form):
    """Why a rumour is closed."""

    closing_reason = forms.CharField(
        label=_("Reason for closing"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


def forms_of(rumour: Rumour) -> dict[str, Any]:
    """The forms of a rumour's page, with what is there already."""
    return {
        "check_form": CheckForm(
            initial={
                "verdict": rumour.verdict,
                "findings": rumour.findings,
                "was": rumour.verdict,
            },
            auto_id="check_%s",
        ),
        "draft_form": DraftForm(
            initial={"reply": rumour.reply, "was": rumour.reply}, auto_id="draft_%s"
        ),
        "reply_form": ReplyForm(initial={"reply": rumour.reply}, auto_id="reply_%s"),
        "closing_form": ClosingForm(auto_id="close_%s"),
    }
