"""What was wrong with a small form, as messages above the page."""

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.http import HttpRequest


def show_errors(request: HttpRequest, form: forms.Form) -> None:
    """Show each field's errors under the field's name."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        messages.error(request, f"{label}: {' '.join(errors)}")


def errors_of(shown: Iterable[forms.Form]) -> list[str]:
    """Everything that was wrong with the forms of a page, for the summary at its top."""
    return [str(error) for form in shown for errors in form.errors.values() for error in errors]
