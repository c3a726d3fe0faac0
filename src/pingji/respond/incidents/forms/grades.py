"""Another grade."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.respond.incidents.models import Grade


class GradeForm(forms.Form):
    """Another grade and its reason."""

    grade = forms.ChoiceField(label=_("Grade"), choices=Grade)
    reason = forms.CharField(
        label=_("Why this grade"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
