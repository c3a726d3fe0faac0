"""What is shown when something went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the form cannot be understood."""
    return render(request, "console/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not theirs."""
    return render(request, "console/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing this reader may see."""
    return render(request, "console/404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: a fault of the program. Drawn without the database, which may be the cause."""
    return HttpResponse(render_to_string("console/500.html"), status=500)
