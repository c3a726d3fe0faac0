"""How risk assessments are answered on screen."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import User
from pingji.warn.alerts.models import RiskAssessment
from pingji.warn.alerts.queries.assessments import ANSWER_WORDS, question_fields
from pingji.warn.alerts.queries.criteria import scale

LONGEST = 4000


class Experts(forms.ModelMultipleChoiceField):
    """People with their role, so that one knows whom one asks."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, user: Any) -> str:
        """Name, role and organisation."""
        where = f" · {user.organisation.label}" if user.organisation else ""
        return f"{user.display_name} · {user.get_role_display()}{where}"


class ExpertsForm(forms.Form):
    """Who is asked."""

    experts = Experts(label=_("Experts"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, offered: QuerySet[User], **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["experts"].queryset = offered


class OpenAssessmentForm(ExpertsForm):
    """What is assessed, and by whom."""

    scope = forms.CharField(
        label=_("What is assessed"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What may happen, where, and in which time; one risk for each assessment."),
    )
    field_order = ("scope", "experts")


class ReasonForm(forms.Form):
    """Why something is done out of turn."""

    reason = forms.CharField(label=_("Reason"), max_length=1000)


class DissentForm(forms.Form):
    """Where an expert differs."""

    dissent = forms.CharField(
        label=_("Where I see it otherwise, and why"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class _OnScales(forms.Form):
    """Two steps of the scales."""

    def __init__(self, *args: Any, assessment: RiskAssessment, **given: Any) -> None:
        super().__init__(*args, **given)
        asked = assessment.criteria
        for axis, label in (("likelihood", _("Likelihood")), ("impact", _("Impact"))):
            self.fields[axis] = forms.TypedChoiceField(
                label=label, choices=[("", "–"), *scale(asked, axis)], coerce=int, empty_value=None
            )


class JudgementForm(_OnScales):
    """One expert's judgement."""

    def __init__(self, *args: Any, assessment: RiskAssessment, **given: Any) -> None:
        super().__init__(*args, assessment=assessment, **given)
        self.assessment = assessment
        self.keys = [key for key, _axis, _words in question_fields(assessment.criteria)]
        for key, _axis, words in question_fields(assessment.criteria):
            self.fields[f"question-{key}"] = forms.ChoiceField(
                label=words, choices=[("", "–"), *ANSWER_WORDS.items()]
            )
        # The questions come first: they lead to the steps.
        self.order_fields([f"question-{key}" for key in self.keys])
        self.fields["reasons"] = forms.CharField(
            label=_("Reasons"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
        )

    def axes(self) -> list[tuple[str, list[forms.BoundField], forms.BoundField]]:
        """Likelihood, then impact: its words, the questions that lead to it, and its scale."""
        asked = self.assessment.criteria
        return [
            (
                str(self.fields[axis].label),
                [
                    self[f"question-{key}"]
                    for key, of, _words in question_fields(asked)
                    if of == axis
                ],
                self[axis],
            )
            for axis in ("likelihood", "impact")
        ]

    @property
    def judgement(self) -> dict[str, Any]:
        """What was said, as the action takes it."""
        said = dict(self.cleaned_data)
        answers = {key: said.pop(f"question-{key}") for key in self.keys}
        return said | {"answers": answers}


class JointForm(_OnScales):
    """The joint result."""

    reasons = forms.CharField(
        label=_("Reasons"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )
    advice = forms.CharField(
        label=_("Advice"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("likelihood", "impact", "reasons", "advice")

    def __init__(self, *args: Any, assessment: RiskAssessment, **given: Any) -> None:
        super().__init__(*args, assessment=assessment, **given)
        self.order_fields(self.field_order)
