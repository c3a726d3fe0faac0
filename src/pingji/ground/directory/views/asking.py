"""How every form of the directory is asked and answered."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pingji import ground

ROWS_A_PAGE = 50


def answered(form: Form, action: Callable[..., Any], **fixed: Any) -> Any:
    """Try the action with what was typed; a refusal is shown at its field.

    Returns:
        What the action returned; None when nothing was sent, typed wrongly or refused.
    """
    return ground.answered(form, lambda: action(**fixed, **form.cleaned_data))


def ask(request: HttpRequest, form: Form, **words: Any) -> HttpResponse:
    """Show a form on a page of its own.

    Args:
        request: The request.
        form: The form.
        words: title (the question), lead, does (what the button does), back_url (where to go instead),
            danger (the button does what cannot be undone).
    """
    return render(request, "directory/form.html", {"form": form, **words})


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page of the list that the address asks for."""
    return Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
