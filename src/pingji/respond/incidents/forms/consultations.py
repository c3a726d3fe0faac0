"""How a consultation is called, answered and decided on screen."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import ExpertField, Expertise, Organisation, User
from pingji.respond.incidents.models import AgendaItem

LONGEST = 4000
MOMENT = "%Y-%m-%dT%H:%M"
# What the form proposes, not a rule.
USUAL_DELAY = timedelta(hours=2)


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)


class Pool(forms.ModelMultipleChoiceField):
    """Rows of the pool of experts, grouped by field."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, row: Any) -> str:
        """Name, title and organisation."""
        return person_in_words(row)


def person_in_words(row: Expertise) -> str:
    """An expert as lists name them."""
    where = row.person.organisation.label if row.person.organisation else ""
    return " · ".join(filter(None, [row.person.display_name, row.title, where]))


class ExpertsForm(forms.Form):
    """Who of the pool is invited."""

    experts = Pool(label=_("Experts"), queryset=Expertise.objects.none(), required=False)

    def __init__(self, *args: Any, offered: QuerySet[Expertise], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experts"].queryset = offered  # type: ignore[attr-defined]

    def by_field(self) -> Iterator[tuple[str, list[tuple[Expertise, str, bool]]]]:
        """Each field with its experts, and which of them are chosen."""
        chosen = {str(one) for one in self["experts"].value() or ()}
        rows: dict[str, list[tuple[Expertise, str, bool]]] = {}
        for row in self.fields["experts"].queryset:  # type: ignore[attr-defined]
            known = (row, person_in_words(row), str(row.pk) in chosen)
            rows.setdefault(row.field, []).append(known)
        for value, label in ExpertField.choices:
            if value in rows:
                yield str(label), rows[value]


class CallForm(ExpertsForm):
    """What it is about, when and where, the questions, and who is asked."""

    subject = forms.CharField(label=_("Subject of the consultation"), max_length=160)
    starts_at = forms.DateTimeField(label=_("Begins"), widget=_moment())
    place = forms.CharField(label=_("Place or meeting number"), max_length=160, required=False)
    agenda = forms.CharField(
        label=_("Agenda"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One question on each line; every expert answers each of them apart."),
    )

    field_order = ("subject", "starts_at", "place", "agenda", "experts")

    def clean_agenda(self) -> list[str]:
        """The questions, each by itself."""
        lines = [line.strip() for line in self.cleaned_data["agenda"].splitlines()]
        questions = [line for line in lines if line]
        longest = AgendaItem._meta.get_field("question").max_length
        if any(len(question) > longest for question in questions):
            raise forms.ValidationError(_("A question has at most 300 characters."))
        return questions


class OpinionForm(forms.Form):
    """An expert's opinion on every question."""

    def __init__(
        self, *args: Any, items: list[AgendaItem], said: dict[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for item in items:
            self.fields[f"question-{item.number}"] = forms.CharField(
                label=f"{item.number}. {item.question}",
                widget=forms.Textarea(attrs={"rows": 4}),
                max_length=LONGEST,
                initial=said.get(item.number, ""),
            )

    @property
    def opinions(self) -> dict[int, str]:
        """What was typed, by the number of the question."""
        return {
            int(name.removeprefix("question-")): text for name, text in self.cleaned_data.items()
        }


class DecisionForm(forms.Form):
    """What was decided on one question, and why."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.CharField(
        label=_("Decision"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST
    )
    reasons = forms.CharField(
        label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST
    )


class OrganisationChoice(forms.ModelChoiceField):
    """Organisations by the name a reader knows."""

    def label_from_instance(self, row: Any) -> str:
        """Its name."""
        return str(row.label)


class OwnerChoice(forms.ModelChoiceField):
    """People by name and organisation."""

    def label_from_instance(self, row: Any) -> str:
        """Name and organisation."""
        return f"{row.display_name} · {row.organisation.label}"


class FollowUpForm(forms.Form):
    """An order that follows: what, who, by when."""

    text = forms.CharField(
        label=_("Order"), widget=forms.Textarea(attrs={"rows": 2}), max_length=LONGEST
    )
    organisation = OrganisationChoice(label=_("Organisation"), queryset=Organisation.objects.none())
    owner = OwnerChoice(
        label=_("Owner"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("Left empty, everybody of the organisation may answer the order."),
    )
    due_at = forms.DateTimeField(label=_("By when"), widget=_moment())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Organisation.objects.visible_to(user).filter(closed_on__isnull=True)
        people = User.objects.visible_to(user).filter(is_active=True, organisation__isnull=False)
        self.fields["organisation"].queryset = found  # type: ignore[attr-defined]
        self.fields["owner"].queryset = people.select_related(  # type: ignore[attr-defined]
            "organisation"
        ).order_by("organisation_id", "display_name")


class WhyForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
