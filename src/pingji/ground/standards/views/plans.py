"""The plans: listed, read, held side by side, changed, written out."""

from datetime import date
from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pingji.ground import Refused, may
from pingji.ground.directory.models import Area, Permission
from pingji.ground.standards import VOCABULARY, actions, queries
from pingji.ground.standards.forms import ChangeForm, LoadForm
from pingji.ground.standards.models import Profile, StandardRow
from pingji.ground.standards.rules import editing as rules
from pingji.ground.standards.rules.faults import ProfileProblem

LINES_A_PAGE = 60
PARTS = ("figures", "tasks", "groups", "notes")


@require_GET
@login_required
def profiles(request: HttpRequest) -> HttpResponse:
    """Every plan, and the one that holds where the reader works."""
    rules.check_can_view(request.user)
    today = timezone.localdate()
    plans = (
        Profile.objects.visible_to(request.user)
        .prefetch_related("areas")
        .order_by("everywhere", "name")
        .annotate(
            figures=Count(
                "standards",
                filter=Q(standards__effective_to__isnull=True),
                distinct=True,
            ),
            ledger=Count("tasks", filter=Q(tasks__withdrawn_on__isnull=True), distinct=True),
        )
    )
    held = queries.profile_for(request.user.area_id, today)
    return render(
        request,
        "standards/profiles.html",
        {
            "plans": [(plan, area_names(plan)) for plan in plans],
            "mine": held,
            "may_load": request.user.holds(Permission.STANDARDS_EDIT),
        },
    )


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The plan that holds where the reader works; the list where none does."""
    held = queries.profile_for(request.user.area_id, timezone.localdate())
    return redirect("standards:one", held.name) if held else redirect("standards:profiles")


@require_GET
@login_required
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One plan: its figures, ledger, groups and notes, each with its clause."""
    rules.check_can_view(request.user)
    profile = get_object_or_404(Profile.objects.visible_to(request.user), name=name)
    part = request.GET.get("part", PARTS[0])
    if part not in PARTS:
        raise Http404
    on = day(request, profile)
    shown = request.GET.get("show", "own")
    words = request.GET.get("q", "").strip().lower()
    own = profile.standards.in_force(on)
    rows = []
    if part == "figures":
        rows = list(queries.rules_of(profile, on).values() if shown == "all" else own)
        rows = [row for row in rows if not words or words in spoken(row)]
    tasks = profile.tasks.filter(withdrawn_on__isnull=True)
    return render(
        request,
        "standards/profile.html",
        {
            "profile": profile,
            "areas": area_names(profile),
            "part": part,
            "on": on,
            "shown": shown,
            "q": request.GET.get("q", ""),
            "sections": by_section(rows, profile),
            "counts": {
                "own": own.count(),
                "all": queries.count_of_keys(profile, on),
                "tasks": tasks.count(),
                "groups": profile.groups.count(),
            },
            "tasks": tasks.prefetch_related("units"),
            "groups": profile.groups.select_related("under").prefetch_related("members"),
            "grades": queries.grades_for(first_code(profile), on) if part == "notes" else [],
            "notes": notes(profile),
            "version": profile.versions.select_related("loaded_by").first(),
            "may_edit": may(rules.check_can_edit, request.user, profile),
        },
    )


@require_GET
@login_required
def compare(request: HttpRequest) -> HttpResponse:
    """The plans side by side, key by key; what one does not set is said so."""
    rules.check_can_view(request.user)
    plans = list(Profile.objects.visible_to(request.user).plans().select_related("base"))
    lines = queries.side_by_side(plans, timezone.localdate())
    shown = request.GET.get("show", "shared")
    if shown == "shared":
        lines = [line for line in lines if line.plans > 1]
    elif shown == "differ":
        lines = [line for line in lines if line.differs]
    page = Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    sections = [
        (StandardRow.Section(section).label, list(found))
        for section, found in groupby(page, key=lambda line: line.section)
    ]
    return render(
        request,
        "standards/compare.html",
        {
            "plans": plans,
            "sections": sections,
            "shown": shown,
            "found": len(lines),
            "page": page,
        },
    )


@require_http_methods(["GET", "POST"])
@login_required
def figure(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """One figure: what it says, where it is written, what it said before; and its change."""
    rules.check_can_view(request.user)
    profile = get_object_or_404(Profile.objects.visible_to(request.user), name=name)
    now = timezone.now()
    today = timezone.localdate(now)
    history = list(queries.history(profile, key))
    row = queries.rules_of(profile, max(today, profile.in_force_from)).get(key)
    if row is None and not history:
        raise Http404
    row = row or history[0]
    form = None
    if may(rules.check_can_edit, request.user, profile) and row.section != "list" and counts(row):
        form = ChangeForm(request.POST or None, row=row, initial={"effective_from": today})
    if request.method == "POST":
        if form is None:
            rules.check_can_edit(request.user, profile)
            raise Http404
        if form.is_valid():
            try:
                changed = actions.change_standard(
                    profile=profile,
                    key=key,
                    values=form.values(),
                    effective_from=form.cleaned_data["effective_from"],
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    at=now,
                )
            except Refused as refused:
                field = refused.field if refused.field in form.fields else None
                form.add_error(field, str(refused))
            else:
                messages.success(
                    request,
                    _("From %(day)s: %(figure)s.")
                    % {"day": changed.effective_from.isoformat(), "figure": changed},
                )
                return redirect("standards:figure", profile.name, key)
    return render(
        request,
        "standards/figure.html",
        {
            "profile": profile,
            "row": row,
            "inherited": row.profile_id != profile.pk,
            "history": history,
            "today": today,
            "form": form,
            "elsewhere": elsewhere(request, profile, key, today),
        },
    )


@require_GET
@login_required
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The plan as a file, as it stands today, with its comments."""
    rules.check_can_view(request.user)
    profile = get_object_or_404(Profile.objects.visible_to(request.user), name=name)
    text = queries.export_profile(profile, timezone.localdate())
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{profile.name}.toml"'
    return response


@require_http_methods(["GET", "POST"])
@login_required
def load(request: HttpRequest) -> HttpResponse:
    """Load a plan's file; each fault is shown with its line, key and reason."""
    if not request.user.holds(Permission.STANDARDS_EDIT):
        raise Refused(_("Only an administrator may change a plan."))
    form = LoadForm(request.POST or None, request.FILES or None)
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            profile = actions.load_profile_text(
                text=text_of(file), name=file.name, by=request.user, at=timezone.now()
            )
        except ProfileProblem as found:
            language = get_language() or "zh"
            problems = [problem.told(language) for problem in found.problems]
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            messages.success(request, _("The plan “%(plan)s” is loaded.") % {"plan": profile})
            return redirect("standards:one", profile.name)
    return render(request, "standards/load.html", {"form": form, "problems": problems})


def text_of(file: object) -> str:
    try:
        return file.read().decode("utf-8-sig")  # type: ignore[attr-defined]
    except UnicodeDecodeError:
        raise Refused(_("The file is not written in UTF-8.")) from None


def day(request: HttpRequest, profile: Profile) -> date:
    """The day asked for, else today; never before the plan was in force."""
    try:
        asked = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        asked = timezone.localdate()
    return max(asked, profile.in_force_from)


def spoken(row: StandardRow) -> str:
    texts = (row.key, row.name, row.name_en, row.clause, *row.requirement)
    return " ".join(texts).lower()


def by_section(
    rows: list[StandardRow], profile: Profile
) -> list[tuple[str, str, list[tuple[StandardRow, bool]]]]:
    """Rows under their headings, the plan's own before the defaults that fill it up."""
    found = []
    for section in StandardRow.Section:
        here = [(row, row.profile_id == profile.pk) for row in rows if row.section == section]
        here.sort(key=lambda pair: not pair[1])
        if here:
            found.append((section.value, section.label, here))
    return found


def counts(row: StandardRow) -> bool:
    """Whether the row has a figure at all; a duty at all times has none."""
    return row.section != "duty" or row.value is not None


def area_names(profile: Profile) -> str:
    codes = [area.code for area in profile.areas.all()]
    names = {area.code: area.label for area in Area.objects.filter(code__in=codes)}
    return "、".join(f"{names[code]} {code}" if code in names else code for code in codes)


def first_code(profile: Profile) -> str:
    return next((area.code for area in profile.areas.all()), "")


def notes(profile: Profile) -> list[dict[str, object]]:
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return [
        entry | {"text": entry[language], "label": VOCABULARY["notes"][entry["kind"]][language]}
        for entry in profile.notes
    ]


def elsewhere(
    request: HttpRequest, profile: Profile, key: str, on: date
) -> list[tuple[Profile, StandardRow | None]]:
    """What the other plans say about the same thing."""
    others = Profile.objects.visible_to(request.user).plans().exclude(pk=profile.pk)
    found = {row.profile_id: row for row in StandardRow.objects.filter(key=key, effective_to=None)}
    return [(other, found.get(other.pk)) for other in others]
