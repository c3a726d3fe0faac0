"""The rows behind a figure on screen, kind by kind, with what they add up to."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pingji.ground.directory.models import BOUND_TO_ORGANISATION
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.models import Channel, Disease
from pingji.monitor.surveillance.queries import figure_rows as queries
from pingji.monitor.surveillance.queries import tallies
from pingji.monitor.surveillance.queries.figure_tables import related, table
from pingji.monitor.surveillance.queries.list_words import named_with_parts
from pingji.monitor.surveillance.views.messages import MOST_COUNTED, ROWS_A_PAGE, Newest


@login_required
def figure_rows(request: HttpRequest) -> HttpResponse:
    """Which visits, findings, reports or counts a figure is made of."""
    rules.check_can_view(request.user)
    asked = queries.Asked.read(request.GET)
    behind = queries.Behind(asked, user=request.user)
    parts = behind.parts()
    found = related(behind.kind, behind.rows())
    page = Newest(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "surveillance/figure_rows.html",
        {
            "asked": asked,
            "behind": behind,
            "disease_said": behind.disease and named_with_parts(behind.disease),
            "parts": parts,
            "all": sum(part.counted for part in parts),
            "exact": all(part.exact for part in parts),
            "figure": _figure(behind, request),
            "page": page,
            "most": MOST_COUNTED if page.paginator.count == MOST_COUNTED else 0,
            "table": table(behind.kind, page, user=request.user, diseases=behind.diseases),
            "unusable": [queries.NAMES[name] for name in behind.unusable],
            "channels": Channel.choices,
            "diseases": Disease.objects.order_by("-is_syndrome", "code"),
            "since": asked.since and behind.since,
            "until": asked.until and behind.until,
        },
    )


def _figure(behind: queries.Behind, request: HttpRequest) -> int | None:
    """The figure as it is kept, to be held against its rows; None where none is kept so.

    Who sees one organisation's rows only is not shown the whole area's figure.
    """
    if behind.received:
        return None
    kept = behind.kind in queries.MADE_OF.get(Channel(behind.channel), ()) if behind.channel else 0
    if not kept or request.user.role in BOUND_TO_ORGANISATION:
        return None
    asked = tallies.Asked(
        channel=behind.channel,
        area=behind.place or request.user.area_id,
        disease=behind.disease.pk if behind.disease else "",
        since=behind.since,
        until=behind.until,
    )
    return sum(tallies.totals(asked).values())
