"""Risk areas, checkpoints, and what is free, on screen and on a phone."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground.directory.models import Area, Organisation
from pingji.respond.incidents.actions.field import Position
from pingji.respond.incidents.forms.joint import moment
from pingji.respond.incidents.models import FreeCount
from pingji.respond.incidents.queries.field import Named

MOST = 10**9
REASON = {"rows": 2}


class AreaField(forms.ModelChoiceField):
    """A township or a village, villages set in under their township."""

    def label_from_instance(self, obj: Area) -> str:
        """Name and code; a village with a mark before it."""
        inside = "　" if obj.level == "village" else ""
        return f"{inside}{obj.label} {obj.code}"


def area_field() -> AreaField:
    """Where something lies; which areas are offered the page says."""
    return AreaField(label=_("In which township or village"), queryset=Area.objects.none())


def reason_field(label: Any) -> forms.CharField:
    """Why something is done."""
    return forms.CharField(label=label, widget=forms.Textarea(attrs=REASON), max_length=2000)


def position_fields() -> tuple[forms.FloatField, forms.FloatField]:
    """Longitude and latitude, as a map or a phone tells them."""
    longitude = forms.FloatField(
        label=_("longitude (WGS-84)"), required=False, min_value=-180, max_value=180
    )
    latitude = forms.FloatField(
        label=_("latitude (WGS-84)"), required=False, min_value=-90, max_value=90
    )
    return longitude, latitude


class RiskForm(forms.Form):
    """A risk area that is set."""

    area = area_field()
    level = forms.ChoiceField(label=_("risk level"))
    reason = reason_field(_("why this level"))
    starts_at = moment(_("Holds from (left empty: from now)"), required=False)

    def __init__(
        self, *args: Any, areas: QuerySet[Area], levels: Iterable[Named], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["level"].choices = named(levels)  # type: ignore[attr-defined]


class RiskChangeForm(forms.Form):
    """Another level of a risk area."""

    level = forms.ChoiceField(label=_("risk level"))
    reason = reason_field(_("why this level"))
    starts_at = moment(_("Holds from (left empty: from now)"), required=False)

    def __init__(self, *args: Any, levels: Iterable[Named], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = named(levels)  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """A risk area that is lifted, or a checkpoint that is closed."""

    reason = reason_field(_("Why it ends"))
    ends_at = moment(_("Ended at (left empty: now)"), required=False)


class CheckpointForm(forms.Form):
    """A checkpoint that is set up."""

    name = forms.CharField(label=_("Name of the checkpoint"), max_length=80)
    area = area_field()
    organisation = forms.ModelChoiceField(
        label=_("Who mans it"), queryset=Organisation.objects.none()
    )
    longitude, latitude = position_fields()
    starts_at = moment(_("Open from (left empty: from now)"), required=False)

    def __init__(
        self,
        *args: Any,
        areas: QuerySet[Area],
        organisations: QuerySet[Organisation],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class FacilityCountsForm(forms.Form):
    """How many beds, rooms and the like of a facility there are, and how many are free."""

    as_of = moment(_("As of (left empty: now)"), required=False)

    def __init__(
        self, *args: Any, kinds: Iterable[Named], told: Iterable[FreeCount], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        last = {row.kind: row for row in told}
        self.kinds = list(kinds)
        for kind in self.kinds:
            row = last.get(kind.key)
            for name, label in (
                ("free", pgettext_lazy("free of many", "Free")),
                ("amount", pgettext_lazy("free of many", "Of")),
            ):
                self.fields[f"{name}_{kind.key}"] = forms.IntegerField(
                    label=label,
                    required=False,
                    min_value=0,
                    max_value=MOST,
                    initial=getattr(row, name) if row else None,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )

    def rows(self) -> list[dict[str, Any]]:
        """What is counted, each with its two fields."""
        return [
            {
                "label": kind.label,
                "free": self[f"free_{kind.key}"],
                "amount": self[f"amount_{kind.key}"],
            }
            for kind in self.kinds
        ]

    def clean(self) -> dict[str, Any]:
        """Both figures of a kind, or neither."""
        given = super().clean() or {}
        for kind in self.kinds:
            free, amount = given.get(f"free_{kind.key}"), given.get(f"amount_{kind.key}")
            if (free is None) != (amount is None) and not self.errors:
                name = "free" if free is None else "amount"
                self.add_error(f"{name}_{kind.key}", _("Give both figures, or neither."))
        return given

    def counts(self) -> dict[str, tuple[int, int]]:
        """Free and how many, by what is counted; what was left empty is left out."""
        given = self.cleaned_data
        return {
            kind.key: (given[f"free_{kind.key}"], given[f"amount_{kind.key}"])
            for kind in self.kinds
            if given[f"free_{kind.key}"] is not None
        }


class ResourceCountForm(forms.Form):
    """How many of a shared resource are free now, and where they stand."""

    free = forms.IntegerField(
        label=_("Free now"),
        min_value=0,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    amount = forms.IntegerField(
        label=_("How many"),
        min_value=0,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    area = area_field()
    longitude, latitude = position_fields()
    as_of = moment(_("As of (left empty: now)"), required=False)

    def __init__(self, *args: Any, areas: QuerySet[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]

    def position(self) -> Position:
        """Where they stand."""
        given = self.cleaned_data
        return Position(given["area"], given["longitude"], given["latitude"])


def named(levels: Iterable[Named]) -> list[tuple[str, str]]:
    """Levels as a list of choices."""
    return [(one.key, one.label) for one in levels]
