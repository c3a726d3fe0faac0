"""What the columns of a file mean: said on screen once, seen, changed, forgotten."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pingji.ground import Refused, may
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.actions import mapping as actions
from pingji.monitor.surveillance.actions.files import Unreadable
from pingji.monitor.surveillance.actions.reading import directory_for
from pingji.monitor.surveillance.models import ColumnMapping, Import
from pingji.monitor.surveillance.queries.meanings import Choices, meanings
from pingji.monitor.surveillance.rules import mapping as mapping_rules
from pingji.monitor.surveillance.rules.mapping import ALL_ROWS, COLUMNS, FOR_ALL, LABELS, WORDS
from pingji.monitor.surveillance.rules.persons import starred_cells

ROWS_A_PAGE = 50
KINDS = [kind for kind in Import.Kind.choices if kind[0] in COLUMNS]

Words = dict[str, dict[str, str]]


def said_columns(request: HttpRequest, width: int) -> dict[str, int]:
    """The place of each column as the person chose it; none may be chosen twice."""
    found: dict[str, int] = {}
    for at in range(width):
        name = request.POST.get(f"col-{at}", "")
        if name not in LABELS:
            continue
        if name in found:
            raise Refused(_("“%(column)s” is chosen for two columns.") % {"column": LABELS[name]})
        found[name] = at
    return found


def said_words(request: HttpRequest, choices: Mapping[str, Choices]) -> Words:
    """What the words of the file mean as the person chose it, and what holds for all rows."""
    words: Words = {}
    for column in WORDS:
        texts = request.POST.getlist(f"text-{column}")
        chosen = request.POST.getlist(f"word-{column}")
        allowed = {value for value, _label in choices[column]}
        for text, meaning in zip(texts, chosen, strict=False):
            if meaning in allowed:
                words.setdefault(column, {})[text] = meaning
    for column in FOR_ALL:
        value = request.POST.get(f"all-{column}", "")
        if value in {code for code, _label in choices[column]}:
            words.setdefault(ALL_ROWS, {})[column] = value
    return words


def of_kind(kind: str, columns: Mapping[str, int]) -> dict[str, int]:
    """The columns that a file of a kind has."""
    return {name: at for name, at in columns.items() if name in COLUMNS.get(kind, ())}


def asked(
    words: Mapping[str, Iterable[str]], said: Words, choices: Mapping[str, Choices]
) -> list[dict[str, Any]]:
    """The words to be asked for, with what was said about each."""
    return [
        {
            "column": column,
            "label": LABELS[column],
            "choices": choices[column],
            "words": [(text, said.get(column, {}).get(text, "")) for text in texts],
        }
        for column, texts in words.items()
    ]


@require_http_methods(["GET", "POST"])
@login_required
def file_columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show how a file begins, and take in what its columns and words mean."""
    mapping_rules.check_can_map(request.user)
    file = get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)
    mapping_rules.check_can_say(request.user, file)
    number = request.POST.get("heading") or request.GET.get("heading", "")
    try:
        begin = actions.begin_of(file, int(number) if number.isdecimal() else 0)
    except Unreadable as problem:
        raise Refused(str(problem)) from problem
    earlier = actions.mapping_for(file, begin.cells)
    choices = meanings(request.user)
    guessed = mapping_rules.guess(begin.cells)
    page: dict[str, Any] = {
        "file": file,
        "begin": begin,
        "kind": earlier.kind if earlier else mapping_rules.likely_kind(set(guessed)),
        "columns": earlier.columns if earlier else guessed,
        "words": earlier.words if earlier else {ALL_ROWS: file.given},
    }
    if request.method == "POST":
        page["kind"] = request.POST.get("kind", "")
        page["words"] = said_words(request, choices)
        try:
            columns = page["columns"] = said_columns(request, len(begin.cells))
            for_all = file.given | page["words"].get(ALL_ROWS, {})
            mapping_rules.check_columns(page["kind"], of_kind(page["kind"], columns), for_all)
            unknown = actions.unknown_words(
                file,
                begin.heading,
                of_kind(page["kind"], columns),
                directory_for(request.user, timezone.now()),
            )
            if unknown and "words_shown" not in request.POST:
                known = {**(earlier.words if earlier else {}), **page["words"]}
                page["asked"] = asked(unknown, known, choices)
            else:
                actions.say_mapping(
                    file=file,
                    cells=begin.cells,
                    kind=page["kind"],
                    columns=of_kind(page["kind"], columns),
                    words=page["words"],
                    by=request.user,
                    at=timezone.now(),
                )
                messages.success(
                    request,
                    _("The file is read by this; the next one with the same heading by itself."),
                )
                return redirect("surveillance:import", file.pk)
        except Refused as refused:
            page["problem"] = str(refused)
    return drawn(request, page, choices)


def shown_rows(page: dict[str, Any]) -> list[tuple[int, list[str]]]:
    """How the file begins, patients starred as far as the columns are known."""
    begin = page["begin"]
    return [
        (row, cells if row == begin.heading else starred_cells(cells, page["columns"]))
        for row, cells in begin.rows
    ]


def drawn(request: HttpRequest, page: dict[str, Any], choices: dict[str, Choices]) -> HttpResponse:
    """The page on which columns are said."""
    place = {at: name for name, at in page["columns"].items()}
    for_all = page["words"].get(ALL_ROWS, {})
    cells = page["begin"].cells if "begin" in page else page["mapping"].cells
    page |= {
        "kinds": KINDS,
        "rows": shown_rows(page) if "begin" in page else [],
        "heads": [(at, cell, place.get(at, "")) for at, cell in enumerate(cells)],
        "known": list(LABELS.items()),
        "for_all": [
            (column, LABELS[column], choices[column], for_all.get(column, "")) for column in FOR_ALL
        ],
    }
    return render(request, "surveillance/columns.html", page)


@require_GET
@login_required
def mappings(request: HttpRequest) -> HttpResponse:
    """What has been said about headings, by whom."""
    rules.check_can_import(request.user)
    rows = ColumnMapping.objects.visible_to(request.user).select_related(
        "organisation", "said_by", "area"
    )
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.said = [
            (row.cells[at] if at < len(row.cells) else at + 1, LABELS[name])
            for name, at in sorted(row.columns.items(), key=lambda pair: pair[1])
        ]
        row.told = sum(len(words) for words in row.words.values())
        row.mine = may(mapping_rules.check_can_map, request.user, row)
    return render(request, "surveillance/mappings.html", {"page": page})


@require_http_methods(["GET", "POST"])
@login_required
def mapping(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """Change what was said about a heading."""
    row = get_object_or_404(ColumnMapping.objects.visible_to(request.user), pk=mapping_id)
    mapping_rules.check_can_map(request.user, row)
    choices = meanings(request.user)
    page: dict[str, Any] = {
        "mapping": row,
        "kind": row.kind,
        "columns": row.columns,
        "words": row.words,
    }
    if request.method == "POST":
        page["kind"] = request.POST.get("kind", "")
        page["words"] = said_words(request, choices)
        try:
            page["columns"] = said_columns(request, len(row.cells))
            actions.change_mapping(
                mapping=row,
                kind=page["kind"],
                columns=of_kind(page["kind"], page["columns"]),
                words=page["words"],
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            page["problem"] = str(refused)
        else:
            messages.success(request, _("The next file with this heading is read by it."))
            return redirect("surveillance:mappings")
    told = {column: list(words) for column, words in row.words.items() if column != ALL_ROWS}
    page["asked"] = asked(told, page["words"], choices)
    return drawn(request, page, choices)


@require_POST
@login_required
def forget(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """Forget what was said about a heading."""
    row = get_object_or_404(ColumnMapping.objects.visible_to(request.user), pk=mapping_id)
    actions.forget_mapping(mapping=row, by=request.user, at=timezone.now())
    messages.success(request, _("Forgotten: the next file with this heading asks anew."))
    return redirect("surveillance:mappings")
