"""Posts: what came, how each was read, and trying a text."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground import Refused, may
from pingji.ground.directory.models import Area
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.forms import FileForm, TryForm
from pingji.monitor.opinion.models import Batch, Post
from pingji.monitor.opinion.queries.faults import in_words
from pingji.monitor.opinion.queries.reading import Reader, words
from pingji.monitor.opinion.rules import stepping
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.told import symptom_labels

ROWS_A_PAGE = 50
SHOWN = {
    "": gettext_lazy("All"),
    "loose": gettext_lazy("In no rumour"),
    "open": gettext_lazy("Place left open"),
    "none": gettext_lazy("No illness found"),
    "notice": gettext_lazy("Official notices"),
}


@login_required
def posts(request: HttpRequest) -> HttpResponse:
    """Every post with what was understood of it."""
    stepping.check_can_view(request.user)
    shown = request.GET.get("show", "")
    seen = Post.objects.visible_to(request.user).select_related("area", "topic", "rumour")
    page = Paginator(_chosen(seen, shown), ROWS_A_PAGE).get_page(request.GET.get("page"))
    _name_what_was_read(page.object_list)
    context = {"page": page, "shown": shown, "choices": SHOWN.items()}
    return render(request, "opinion/posts.html", context)


def _chosen(seen: QuerySet[Post], shown: str) -> QuerySet[Post]:
    """The posts of one of the ways to look at them."""
    if shown == "loose":
        return seen.filter(rumour__isnull=True, topic__isnull=False, notice=False)
    if shown == "open":
        return seen.filter(place__in=[Post.Place.AMBIGUOUS, Post.Place.SEVERAL])
    if shown == "none":
        return seen.filter(topic__isnull=True)
    return seen.filter(notice=True) if shown == "notice" else seen


def _name_what_was_read(found: "list[Post]") -> None:
    """Give each post the names of the places it may mean, and of the symptoms it tells."""
    codes = {code for post in found for code in post.candidates}
    areas = Area.objects.in_bulk(codes)
    symptoms = sorted({code for post in found for code in post.symptoms})
    labels = dict(zip(symptoms, symptom_labels(symptoms), strict=True))
    for post in found:
        post.possible = [areas[code].label for code in post.candidates if code in areas]
        post.told = [labels[code] for code in post.symptoms]


@login_required
def batches(request: HttpRequest) -> HttpResponse:
    """Files and messages of posts, and handing a file in."""
    stepping.check_can_view(request.user)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        stepping.check_can_hand_in(request.user)
        if form.is_valid():
            try:
                file = form.cleaned_data["file"]
                batch = actions.hand_in(
                    name=file.name, content=file.read(), by=request.user, at=timezone.now()
                )
                if batch.tries > 1:
                    messages.info(request, _("This file was handed in before; nothing changed."))
                return redirect("opinion:batch", batch.pk)
            except Refused as refused:
                refused.shown_on(form)
    seen = Batch.objects.visible_to(request.user).defer("body")
    page = Paginator(
        seen.select_related("organisation", "sender", "handed_in_by"), ROWS_A_PAGE
    ).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "form": form,
        "may_hand_in": may(stepping.check_can_hand_in, request.user),
    }
    return render(request, "opinion/batches.html", context, status=409 if form.errors else 200)


@login_required
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One file or message: its fate, and each line that was refused, with the reason."""
    stepping.check_can_view(request.user)
    seen = Batch.objects.visible_to(request.user).defer("body")
    found = get_object_or_404(
        seen.select_related("organisation", "sender", "handed_in_by"), pk=batch_id
    )
    inside = Post.objects.visible_to(request.user).filter(batch=found)
    page = Paginator(
        inside.select_related("area", "topic", "rumour").order_by("line"), ROWS_A_PAGE
    ).get_page(request.GET.get("page"))
    _name_what_was_read(page.object_list)
    context = {"batch": found, "problems": in_words(found), "page": page}
    return render(request, "opinion/batch.html", context)


@login_required
def reading(request: HttpRequest) -> HttpResponse:
    """How posts are read: try a text, and see the words."""
    stepping.check_can_view(request.user)
    form = TryForm(request.GET or None)
    context: dict[str, object] = {"form": form, "words": words()}
    if form.is_bound and form.is_valid():
        home = request.user.area_id[:6]
        read = Reader(home, timezone.localdate()).read(form.cleaned_data["text"])
        named = [*read.named.diseases, *read.named.denied, *read.told.syndromes, read.topic]
        diseases = Disease.objects.in_bulk(named)
        places = Area.objects.in_bulk([read.where.area, *read.where.candidates])
        context |= {
            "read": read,
            "place": places[read.where.area],
            "place_found": Post.Place(read.where.kind).label,
            "possible": [places[code] for code in read.where.candidates],
            "topic": diseases.get(read.topic),
            "diseases": [diseases[code] for code in read.named.diseases],
            "denied": [diseases[code] for code in read.named.denied],
            "symptoms": symptom_labels(read.told.symptoms),
            "mood": Post.Mood(read.mood).label,
        }
    return render(request, "opinion/reading.html", context)
