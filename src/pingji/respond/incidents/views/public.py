"""What anybody may read without signing in: released bulletins, and nothing else."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pingji.respond.incidents.queries.public import Told, told, told_now

ROWS_A_PAGE = 20


@require_safe
def told_list(request: HttpRequest) -> HttpResponse:
    """Every bulletin that holds, the latest first."""
    page = Paginator(told_now(), ROWS_A_PAGE).get_page(request.GET.get("page"))
    shown = [Told(one) for one in page.object_list]
    return render(request, "incidents/public/list.html", {"page": page, "bulletins": shown})


@require_safe
def told_one(request: HttpRequest, released_id: int) -> HttpResponse:
    """One bulletin as it was released; whether it was replaced or withdrawn since."""
    one = get_object_or_404(told(), pk=released_id)
    shown = Told(one)
    context = {"bulletin": shown, "newest": shown.newest}
    return render(request, "incidents/public/one.html", context)
