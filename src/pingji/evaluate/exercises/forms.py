"""How an exercise is directed."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.evaluate.exercises.rules.control import SAID_STEPS
from pingji.ground.directory.models import Role


class SpeedForm(forms.Form):
    """How fast time goes."""

    speed = forms.IntegerField(label=pgettext_lazy("of an exercise", "Speed"))


class StepForm(forms.Form):
    """How far time is moved on."""

    step = forms.ChoiceField(choices=SAID_STEPS.items())


class RoleForm(forms.Form):
    """Who plays a role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    player = forms.ChoiceField(choices=[("people", ""), ("machine", "")])


class CheckpointForm(forms.Form):
    """To which checkpoint."""

    name = forms.CharField(max_length=40)
