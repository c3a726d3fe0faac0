"""Which plan answers, which phase begins, and how a plan is changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Organisation, Role
from pingji.respond.incidents.models import EventKind, Incident, Plan, PlanOrder, PlanPhase
from pingji.respond.incidents.models.plans import in_words

LONG = {"rows": 2}
HEADS = (
    *("name", "name_en", "purpose", "purpose_en"),
    *("event_kind", "place", "people", "source"),
)
MORE_ROWS = 3  # empty ones after the last
FIELDS = (
    "phase",
    "text",
    "text_en",
    "group",
    "organisation_kind",
    "organisation_name",
    "role",
    "reach",
    "standard",
    "requirement",
)


class ActivateForm(forms.Form):
    """Which plan answers the incident; those that fit it best stand first."""

    plan = forms.ModelChoiceField(label=_("Contingency plan"), queryset=Plan.objects.none())

    def __init__(self, *args: object, offered: Sequence[Plan], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["plan"]
        numbers = [plan.pk for plan in offered]
        field.queryset = Plan.objects.filter(pk__in=numbers)  # type: ignore[attr-defined]
        field.choices = [  # type: ignore[attr-defined]
            (plan.pk, f"{plan.label} ({plan.version})") for plan in offered
        ]


class PhaseForm(forms.Form):
    """Which later phase begins, and why."""

    phase = forms.ModelChoiceField(
        label=_("Phase"), queryset=PlanPhase.objects.none(), empty_label=None
    )
    reason = forms.CharField(label=_("What begins it"), max_length=2000)

    def __init__(self, *args: object, incident: Incident, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        reached = incident.phase.number if incident.phase else 0
        later = PlanPhase.objects.filter(plan=incident.plan_id, number__gt=reached)
        self.fields["phase"].queryset = later  # type: ignore[attr-defined]


class FindingsForm(forms.Form):
    """What the yearly review found."""

    findings = forms.CharField(
        label=_("Findings of the review"), widget=forms.Textarea(attrs=LONG), max_length=2000
    )


class PlanForm(forms.Form):
    """The head of a plan, and why it is changed."""

    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=140)
    purpose = forms.CharField(
        label=_("When it is used"), widget=forms.Textarea(attrs=LONG), required=False
    )
    purpose_en = forms.CharField(
        label=_("When it is used, in English"), widget=forms.Textarea(attrs=LONG), required=False
    )
    event_kind = forms.ChoiceField(label=_("Kind of event"), choices=EventKind)
    place = forms.ChoiceField(label=_("Kind of place"), choices=Plan.Place)
    people = forms.ChoiceField(label=_("Group of people"), choices=Plan.People)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    reason = forms.CharField(
        label=_("Why the plan is changed"), widget=forms.Textarea(attrs=LONG), max_length=2000
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        initial = {key: getattr(plan, key) for key in HEADS}
        super().__init__(*args, initial=initial, **kwargs)


class OrderRow(forms.Form):
    """One order of a plan; without its words it is left out."""

    phase = forms.TypedChoiceField(label=_("Phase"), coerce=int)
    text = forms.CharField(label=_("Order"), widget=forms.Textarea(attrs=LONG), required=False)
    text_en = forms.CharField(
        label=_("Order in English"), widget=forms.Textarea(attrs=LONG), required=False
    )
    group = forms.ChoiceField(label=_("Group"), required=False)
    organisation_kind = forms.ChoiceField(label=_("Goes to"), choices=Organisation.Kind)
    organisation_name = forms.CharField(
        label=_("Named part of the organisation's name"), max_length=60, required=False
    )
    role = forms.ChoiceField(
        label=_("Owner by role"), choices=[("", "–"), *Role.choices], required=False
    )
    reach = forms.ChoiceField(label=_("Reach"), choices=PlanOrder.Reach)
    standard = forms.CharField(label=_("Standard that sets the time"), max_length=80)
    requirement = forms.CharField(label=_("Requirement"), max_length=40, required=False)

    def __init__(
        self, *args: Any, phases: Sequence[tuple[int, str]], groups: Mapping[str, str], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["phase"].choices = phases  # type: ignore[attr-defined]
        self.fields["group"].choices = [("", "–"), *groups.items()]  # type: ignore[attr-defined]
        self.is_empty = not self.initial.get("text")
        self.said = in_words(self.initial.get("text", ""), self.initial.get("text_en", ""))
        if self.is_bound and not self.data.get(self.add_prefix("text"), "").strip():
            for field in self.fields.values():
                field.required = False


class OrdersForm:
    """Every order of a plan as a row, and some empty rows for more."""

    def __init__(
        self,
        data: Any = None,
        *,
        plan: Plan,
        groups: Mapping[str, tuple[str, str]],
        stages: Sequence[tuple[int, str]],
    ) -> None:
        loose = plan.orders.filter(phase__isnull=True).exists() or not plan.phases.exists()
        choices = [*([(0, "–")] if loose else []), *stages]
        chinese = plan.label == plan.name
        said = {key: pair[0 if chinese else 1] for key, pair in groups.items()}
        before = [
            {key: getattr(order, key) for key in FIELDS if key != "phase"}
            | {"phase": order.phase.number if order.phase else 0}
            for order in plan.orders.select_related("phase")
        ]
        empty = {"standard": "order.complete", "phase": choices[0][0]}
        initial = [*before, *({**empty} for _row in range(MORE_ROWS))]
        self.rows = [
            OrderRow(data, prefix=f"order-{at}", initial=row, phases=choices, groups=said)
            for at, row in enumerate(initial)
        ]

    def is_valid(self) -> bool:
        """Whether every row is right."""
        answers = [row.is_valid() for row in self.rows]  # each, so that every fault is shown
        return all(answers)

    def orders(self) -> list[tuple[int, dict[str, Any]]]:
        """The orders that have words, each with the number of its phase."""
        return [
            (
                int(row.cleaned_data["phase"] or 0),
                {key: row.cleaned_data[key] for key in FIELDS[1:]},
            )
            for row in self.rows
            if row.cleaned_data["text"].strip()
        ]
