"""What every page knows."""

from django.http import HttpRequest


def console(request: HttpRequest) -> dict[str, object]:
    """Nothing yet."""
    return {}
