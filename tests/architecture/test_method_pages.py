"""Every method has its page, and what a page shows is what its example prints and draws."""

import importlib.util
import inspect
import re
from xml.etree import ElementTree

import pytest

from pingji.analysis import detect, estimate
from tests.architecture.source import ROOT

METHODS = ROOT / "docs" / "reference" / "methods"
SECTIONS = ("When to use it", "How it works", "Options", "Which setting is sounder", "Example")
# The list of methods explains these once for all pages.
SHARED = {
    "counts": "—",
    "judge": "`None`",
    "dates": "`None`",
    "period": "`'week'`",
    "names": "`None`",
}
# Its page has a shape of its own: what it is made of, and why.
OWN_SHAPE = {"recommended"}
MOST_BYTES = 60_000


def load_examples():
    path = METHODS / "make_figures.py"
    spec = importlib.util.spec_from_file_location("make_figures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


examples = load_examples()
PAGES = examples.pages()
METHOD_PAGES = [page for page in PAGES if page.parent == METHODS and page.stem not in OWN_SHAPE]


def functions_of(page, *, proper=False):
    """The functions that the head of a page names; those after a semicolon only assist."""
    head = re.search(r"^\| Python \|(.*)\|$", page.read_text("utf-8"), re.M).group(1)
    named = re.findall(
        r"`pingji\.analysis\.(detect|estimate)\.(\w+)`", head.split(";")[0] if proper else head
    )
    parts = {"detect": detect, "estimate": estimate}
    return {name: getattr(parts[part], name) for part, name in named}


def public_functions():
    return {
        name: function
        for part in (detect, estimate)
        for name, function in vars(part).items()
        if inspect.isfunction(function) and not name.startswith("_")
    }


def rows_of_options(page):
    """The default that a page shows of each option, as text by name."""
    text = page.read_text("utf-8").split("## Options")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \| .* \|$", text, re.M))


def options_of(functions):
    """Name and default of each option, as a page writes them."""
    return [
        (option.name, "—" if option.default is option.empty else f"`{option.default!r}`")
        for function in functions.values()
        if inspect.isfunction(function)
        for option in inspect.signature(function).parameters.values()
    ]


def test_every_public_method_has_a_page():
    on_pages = {name for page in METHOD_PAGES for name in functions_of(page)}
    missing = set(public_functions()) - on_pages - OWN_SHAPE
    assert missing == set()


def test_the_lists_of_methods_name_every_page():
    for name in ("README.md", "README.zh.md"):
        listed = set(re.findall(r"\]\(([\w-]+)\.md\)", (METHODS / name).read_text("utf-8")))
        assert {page.stem for page in METHOD_PAGES} <= listed, name


@pytest.mark.parametrize("page", METHOD_PAGES, ids=lambda page: page.stem)
def test_a_page_says_when_how_and_from_where(page):
    text = page.read_text("utf-8")
    assert re.findall(r"^## (.*)$", text, re.M) == [*SECTIONS, "Source"]
    assert f"(figures/{page.stem}.svg)" in text
    assert re.search(r"https://doi\.org/10\.", text.split("## Source")[1])


@pytest.mark.parametrize("page", METHOD_PAGES, ids=lambda page: page.stem)
def test_a_page_gives_only_sources_that_the_code_gives(page):
    files = (ROOT / "src" / "pingji" / "analysis").rglob("*.py")
    known = " ".join(path.read_text("utf-8") for path in files).lower()
    shown = re.findall(r"\[doi:(10\..*?)\]\(https", page.read_text("utf-8"))
    assert shown
    assert [doi for doi in shown if doi.lower() not in known] == []


@pytest.mark.parametrize("page", METHOD_PAGES, ids=lambda page: page.stem)
def test_a_page_lists_every_option_with_its_default(page):
    rows = rows_of_options(page)
    untold = [
        (name, default)
        for name, default in options_of(functions_of(page, proper=True))
        if default not in rows.get(name, SHARED.get(name, ""))
    ]
    assert untold == []
    known = {name for name, _ in options_of(functions_of(page))}
    assert set(rows) - known == set()


def alike(stored, drawn):
    """Whether two drawings differ at most by the rounding of a coordinate."""
    number = re.compile(r"-?\d+\.\d+")
    if number.sub("#", stored) != number.sub("#", drawn):
        return False
    pairs = zip(number.findall(stored), number.findall(drawn), strict=True)
    return all(abs(float(a) - float(b)) < 0.11 for a, b in pairs)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_example_prints_and_draws(page):
    if page == examples.REAL and examples.reference_series() is None:
        pytest.skip("reference data are not here")
    variables, printed = examples.run_page(page)
    assert [now for now, _ in printed] == [shown for _, shown in printed]

    figure = examples.figure_of(page, variables)
    if figure is None:
        assert page.stem in OWN_SHAPE
        return
    path, drawing = figure
    ElementTree.fromstring(drawing)
    assert len(drawing.encode()) < MOST_BYTES
    assert alike(path.read_text("utf-8"), drawing), "run docs/reference/methods/make_figures.py"


@pytest.mark.parametrize("page", [*PAGES, METHODS / "README.md", METHODS / "README.zh.md"])
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8"))
    lost = [link for link in links if not (page.parent / link).exists()]
    assert [
        link for link in lost if link.rsplit("/")[-1].removesuffix(".md") not in OWN_SHAPE
    ] == []
