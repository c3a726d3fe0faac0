"""The line list on screen: filtered, in order, page after page; names starred unless asked for."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Area
from pingji.ground.record.actions import saw
from pingji.monitor.surveillance import actions, queries, rules
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import columns, line_list, list_words
from pingji.monitor.surveillance.rules.exports import check_can_export, check_can_see_names

# Parts of an address that are no filter and yet belong to what was chosen.
SHOWN_AS = ("sort", "columns", "density")


@never_cache
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """Who fell ill, when and where. What is typed into the search box is sent in the body:
    addresses end up in logs."""
    rules.check_can_view(request.user)
    asked = Asked(request)
    found = asked.found()
    page = line_list.page(found.cards, asked.order, after=asked.after, before=asked.before)
    rows = columns.cards_in_order(page.keys)
    names = asked.names or found.by_name
    if names:
        _put_on_record(request, rows, searched=found.by_name)
    write = columns.writer(asked.columns, columns.words_for(request.user, clear=names, rows=rows))
    styles = [column.style for column in asked.columns]
    return render(
        request,
        "surveillance/cases.html",
        {
            "rows": [
                (
                    reverse("surveillance:card", args=[row[0]]),
                    list(zip(write(row), styles, strict=True)),
                )
                for row in rows
            ],
            "asked": asked,
            "filters": asked.filters,
            "chips": list_words.chips(asked.filters, found, asked.address),
            "unusable": list_words.unusable(found) + asked.not_understood,
            "page": page,
            "number": len(rows) if page.whole else line_list.about_how_many(found.cards),
            "heads": list_words.heads(asked.columns, asked.order, asked.address),
            "choices": list_words.choices(request.user),
            "searches": queries.saved_searches(request.user),
            "may_see_names": asked.clear,
            "may_export": may(check_can_export, request.user),
            "may_write": request.user.holds(rules.Permission.REPORT_WRITE),
            "names": names,
        },
    )


class Asked:
    """What one reader asks of the list."""

    def __init__(self, request: HttpRequest) -> None:
        given = request.GET.copy()
        self.user = request.user
        self.filters = line_list.Filters.read(
            given | {"text": request.POST.get("text", "")} if request.method == "POST" else given
        )
        if request.method != "POST":
            self.filters = line_list.without(self.filters, "text")
        self.query = given
        self.order = line_list.Order.read(given.get("sort", ""))
        self.after = line_list.Mark.read(given.get("after", ""), self.order)
        self.before = line_list.Mark.read(given.get("before", ""), self.order)
        self.clear = may(check_can_see_names, request.user)
        self.names = self.clear and given.get("names") == "1"
        self.dense = given.get("density") != "wide"
        self.columns = columns.chosen(given.getlist("columns"))
        self.keys = {column.key for column in self.columns}

    def found(self) -> line_list.Found:
        """The cards that fit."""
        return line_list.find(
            self.filters, user=self.user, today=timezone.localdate(), clear=self.clear
        )

    @property
    def not_understood(self) -> list[str]:
        """What the address says that the list cannot follow."""
        return line_list.not_understood(
            self.query,
            after=self.after is not None,
            before=self.before is not None,
            columns=columns.unknown(self.query.getlist("columns")),
        )

    def address(self, **changes: str | None) -> str:
        """The address of the same list with some parts changed; pages begin anew."""
        query = self.query.copy()
        for name in ("after", "before"):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"?{query.urlencode()}"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form that keeps the list as it is must carry along."""
        carried = [(name, value) for name, value in self.filters.given().items()]
        for name in SHOWN_AS:
            carried += [(name, value) for value in self.query.getlist(name) if value]
        return carried


def _put_on_record(request: HttpRequest, rows: list[tuple[Any, ...]], *, searched: bool) -> None:
    # On record also when nobody was found: guessing names must not go unseen.
    why = _("Search of report cards by name") if searched else _("Case list with names")
    saw(
        CaseReport.objects.visible_to(request.user)
        .filter(pk__in=[row[0] for row in rows])
        .select_related("disease"),
        by=request.user,
        at=timezone.now(),
        why=why,
    )


@login_required
def cases_count(request: HttpRequest) -> HttpResponse:
    """How many cards fit, counted exactly if that is soon done."""
    rules.check_can_view(request.user)
    found = Asked(request).found()
    if found.by_name:  # how many bear a name tells who fell ill as much as the list does
        _put_on_record(request, [], searched=True)
    number, exact = line_list.how_many(found.cards)
    return render(request, "surveillance/cases_count.html", {"number": number, "exact": exact})


@require_POST
@login_required
def save_search(request: HttpRequest) -> HttpResponse:
    """Keep the list's filters, columns and order under a name."""
    rules.check_can_view(request.user)
    kept: dict[str, Any] = line_list.Filters.read(request.POST).given()
    kept |= {name: request.POST.getlist(name) for name in SHOWN_AS if request.POST.get(name)}
    try:
        search = actions.save_search(
            name=request.POST.get("name", ""), filters=kept, by=request.user, at=timezone.now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('surveillance:cases')}?{urlencode(kept, doseq=True)}")
    messages.success(request, _("The search “%(name)s” is saved.") % {"name": search.name})
    return redirect(queries.address_of(search))


@require_POST
@login_required
def forget_search(request: HttpRequest, search_id: int) -> HttpResponse:
    """Drop a saved search."""
    rules.check_can_view(request.user)
    search = queries.own_search(request.user, search_id)
    actions.forget_search(search=search, by=request.user, at=timezone.now())
    return redirect("surveillance:cases")


@login_required
def areas_offered(request: HttpRequest) -> HttpResponse:
    """Areas that fit what is being typed, for the field of the area."""
    rules.check_can_view(request.user)
    word = request.GET.get("area", "")
    found = queries.areas_typed(Area.objects.visible_to(request.user), word)
    return render(request, "surveillance/areas_offered.html", {"areas": found})
