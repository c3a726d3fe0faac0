"""Which plan answers, which phase begins, and how a plan is changed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground import in_words
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.monitor.surveillance.models import Disease
from pingji.respond.incidents.models import EventKind, Incident, Plan, PlanOrder, PlanPhase

LONG = {"rows": 2}
HEADS = (
    *("name", "name_en", "purpose", "purpose_en"),
    *("event_kind", "place", "people", "source"),
)
MORE_ROWS = 3  # empty ones after the last
COMPLETE = "order.complete"
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


class ReachForm(ActivateForm):
    """Which plan answers the incident, and which townships its orders to townships reach."""

    EVERY, CHOSEN = "every", "chosen"

    reach = forms.ChoiceField(
        label=_("Orders to townships go to"),
        choices=[
            (EVERY, _("every township of the event's area")),
            (CHOSEN, _("only those ticked")),
        ],
        widget=forms.RadioSelect,
        initial=EVERY,
        required=False,
    )
    townships = forms.ModelMultipleChoiceField(
        label=_("Townships"), queryset=Area.objects.none(), required=False
    )

    def __init__(self, *args: object, townships: QuerySet[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["townships"].queryset = townships  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a narrowing that names nobody, and townships that were ticked for nothing."""
        given = super().clean() or {}
        ticked = list(given.get("townships") or [])
        narrowed = given.pop("reach", "") == self.CHOSEN
        if narrowed and not ticked and "townships" not in self.errors:
            self.add_error("townships", _("Tick at least one township."))
        if ticked and not narrowed:
            self.add_error(
                "reach", _("Townships are ticked: choose “only those ticked”, or untick them.")
            )
        return given | {"townships": ticked}


class ExtendForm(forms.Form):
    """Which further townships an activated plan reaches, and why."""

    townships = forms.ModelMultipleChoiceField(
        label=_("Townships"), queryset=Area.objects.none(), required=False
    )
    reason = forms.CharField(label=_("Why the plan reaches further"), max_length=2000)

    def __init__(self, *args: object, left: QuerySet[Area], asking: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["townships"].queryset = left  # type: ignore[attr-defined]
        self.fields["reason"].required = not asking  # who only looks need not say why yet
        if self.is_bound:
            self.full_clean()


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


class KeyForm(forms.Form):
    """Of one sending: sent twice, it is still one."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class Diseases(forms.ModelMultipleChoiceField):
    """Illnesses by the name a reader knows."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, row: Disease) -> str:
        """Its name."""
        return row.label


class PlanForm(forms.Form):
    """The head of a plan, and why it is changed."""

    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=140, required=False)
    purpose = forms.CharField(
        label=_("When it is used"), widget=forms.Textarea(attrs=LONG), required=False
    )
    purpose_en = forms.CharField(
        label=_("When it is used, in English"), widget=forms.Textarea(attrs=LONG), required=False
    )
    event_kind = forms.ChoiceField(label=_("Kind of event"), choices=EventKind)
    place = forms.ChoiceField(label=_("Kind of place"), choices=Plan.Place)
    people = forms.ChoiceField(label=_("Group of people"), choices=Plan.People)
    diseases = Diseases(label=_("Illnesses"), queryset=Disease.objects.none(), required=False)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    reason = forms.CharField(
        label=_("Why the plan is changed"), widget=forms.Textarea(attrs=LONG), max_length=2000
    )

    def __init__(self, *args: Any, text: Mapping[str, Any], **kwargs: Any) -> None:
        initial = {key: text[key] for key in (*HEADS, "diseases") if key in text}
        super().__init__(*args, initial=initial, **kwargs)
        known = Disease.objects.order_by("code")
        self.fields["diseases"].queryset = known  # type: ignore[attr-defined]

    def head(self) -> dict[str, Any]:
        """The head as a plan's file holds it; where nothing is said in English, the Chinese."""
        given = self.cleaned_data
        head = {key: given[key] for key in HEADS}
        head["name_en"] = given["name_en"] or given["name"]
        head["purpose_en"] = given["purpose_en"] or given["purpose"]
        return head | {"diseases": [row.pk for row in given["diseases"]]}


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
    standard = forms.ChoiceField(label=_("Standard that sets the time"))
    requirement = forms.CharField(label=_("Requirement"), max_length=40, required=False)

    def __init__(
        self,
        *args: Any,
        phases: Sequence[tuple[int, str]],
        groups: Mapping[str, str],
        standards: Mapping[str, str],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.fields["phase"].choices = phases  # type: ignore[attr-defined]
        self.fields["group"].choices = [("", "–"), *groups.items()]  # type: ignore[attr-defined]
        now = self.initial.get("standard", COMPLETE)
        known = {**standards} if now in standards else {now: now, **standards}
        self.fields["standard"].choices = list(known.items())  # type: ignore[attr-defined]
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
        text: Mapping[str, Any],
        groups: Mapping[str, tuple[str, str]],
        stages: Sequence[tuple[int, str]],
        standards: Mapping[str, str],
        more: int = MORE_ROWS,
    ) -> None:
        loose, phases = text.get("order", []), text.get("phase", [])
        choices = [*([(0, _("At once"))] if loose or not phases else []), *stages]
        said = {key: in_words(*pair) for key, pair in groups.items()}
        before = [
            {key: order[key] for key in FIELDS if key != "phase"} | {"phase": number}
            for number, phase in enumerate([{"order": loose}, *phases])
            for order in phase["order"]
        ]
        empty = {
            "standard": COMPLETE,
            "phase": choices[0][0],
            "reach": PlanOrder.Reach.COUNTY,
        }
        initial = [*before, *({**empty} for _row in range(more))]
        self.rows = [
            OrderRow(
                data,
                prefix=f"order-{at}",
                initial=row,
                phases=choices,
                groups=said,
                standards=standards,
            )
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
                {key: row.cleaned_data[key] for key in FIELDS[1:]}
                | {"text_en": row.cleaned_data["text_en"] or row.cleaned_data["text"]},
            )
            for row in self.rows
            if row.cleaned_data["text"].strip()
        ]
