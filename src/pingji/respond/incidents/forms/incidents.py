"""What happened, and what is said of it."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground.directory.models import Area, User
from pingji.monitor.surveillance.models import Disease
from pingji.respond.incidents.models import EventKind, Grade

AREA_LEVELS = (4, 6, 9)  # a village is named in the title; a list of all would be too long


class Illness(forms.ModelChoiceField):
    """An illness of the catalogue, by the name a reader knows; or that it is not known."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Illness"),
            queryset=Disease.objects.order_by("code"),
            required=False,
            empty_label=_("not known yet"),
        )

    def label_from_instance(self, row: Disease) -> str:
        """Its name."""
        return row.label


class OpenForm(forms.Form):
    """What happened, where, how grave."""

    title = forms.CharField(label=_("Title"), max_length=120)
    event_kind = forms.ChoiceField(label=_("Kind of event"), choices=EventKind)
    disease = Illness()
    area = forms.ModelChoiceField(label=_("Area"), queryset=Area.objects.none())
    grade = forms.ChoiceField(label=_("Grade"), choices=Grade, initial=Grade.UNGRADED)
    grade_reason = forms.CharField(
        label=_("Why this grade"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        areas = Area.objects.visible_to(user).filter(code__length__in=AREA_LEVELS)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]


class IllnessForm(forms.Form):
    """Which illness it is, and what it was recognised by."""

    disease = Illness()
    reason = forms.CharField(label=_("Recognised by"), max_length=300)


class Experts(forms.ModelMultipleChoiceField):
    """People with their role and organisation, so that one knows whom one asks."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, user: User) -> str:
        """Name, role and organisation."""
        where = f" · {user.organisation.label}" if user.organisation else ""
        return f"{user.display_name} · {user.get_role_display()}{where}"


class AssessForm(forms.Form):
    """Which risk of an incident is judged, and by whom."""

    scope = forms.CharField(
        label=_("What is assessed"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What may happen, where, and in which time; one risk for each assessment."),
    )
    experts = Experts(label=_("Experts"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: object, offered: QuerySet[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experts"].queryset = offered  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=2000)
