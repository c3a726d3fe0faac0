"""Run the examples of the method pages; renew what they print and their figures.

    python docs/reference/methods/make_figures.py           # renew pages and figures
    python docs/reference/methods/make_figures.py --check   # only say what would change

A fenced block marked `python run` is executed, one marked `console run` holds `pingji` commands;
the `text` block that follows shows what it prints. The blocks of a page share their variables, and
the figure of a page is drawn from these variables by the entry of the same name in `FIGURES`.
"""

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pingji.config.cli.reports.svg import WIDTH, Plot

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from real_series import reference_series, write_real_series  # noqa: E402 - found beside this file

HOW_TO = HERE.parents[1] / "how-to"
# This page needs series that are not part of the project: see real_series.py.
REAL = HOW_TO / "detect-on-real-series.md"
TUTORIALS = (HOW_TO / "detect-on-your-own-data.md", REAL)
BLOCK = re.compile(r"^```(python|console) run\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.S | re.M)
STYLE = (
    "text{font:12px system-ui,'Noto Sans','Noto Sans SC',sans-serif}"
    ".grid{stroke:#e9edf0}.axis{stroke:#b9c2c9}.tick{fill:#66727d}.name{fill:#1b2733}"
    ".bar{fill:#9db3bd}.bar-alarm,.mark{fill:#b3261e}"
    ".bar-added{fill:#cfe5e7;stroke:#0b6e78;stroke-width:.7}.span{fill:#eef4f5}"
    ".expected,.median{fill:none;stroke:#0b6e78;stroke-width:1.8}"
    ".bound{fill:none;stroke:#b5651d;stroke-width:1.5;stroke-dasharray:5 3}"
    ".other{fill:none;stroke:#5a6875;stroke-width:1.3;stroke-dasharray:2 3}"
    ".band{fill:#cfe5e7}.one{stroke:#5a6875;stroke-dasharray:3 3}"
    ".whisker{stroke:#0b6e78;stroke-width:1.4}.circle{fill:none;stroke:#b3261e;stroke-width:1.5}"
)
Variables = dict[str, object]


def pages() -> list[Path]:
    """Every page with examples."""
    found = [path for path in sorted(HERE.glob("*.md")) if BLOCK.search(path.read_text("utf-8"))]
    return [*found, *(page for page in TUTORIALS if page.exists())]


def run_page(page: Path) -> tuple[Variables, list[tuple[str, str]]]:
    """Run the examples of a page in an empty folder.

    Args:
        page: The page.

    Returns:
        The variables they leave, and per block what it printed and what the page shows.
    """
    variables: Variables = {"__name__": page.stem}
    printed = []
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        if page == REAL:
            write_real_series(_given(page), Path(folder))
        os.chdir(folder)
        try:
            for kind, code, shown in BLOCK.findall(page.read_text("utf-8")):
                run = _run_python if kind == "python" else _run_commands
                printed.append((run(code, variables), shown))
            variables["__files__"] = {
                path.name: path.read_text("utf-8") for path in Path(folder).glob("*.html")
            }
        finally:
            os.chdir(before)
    return variables, printed


def _given(page: Path) -> Path:
    source = reference_series()
    if source is None:
        raise FileNotFoundError(f"{page.name} needs the reference series (PINGJI_REFERENCE_DATA)")
    return source


def _run_python(code: str, variables: Variables) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, str(variables["__name__"]), "exec"), variables)
    return out.getvalue()


def _run_commands(lines: str, _variables: Variables) -> str:
    from click.testing import CliRunner

    from pingji.config.cli import main

    printed = ""
    for command in lines.replace("\\\n", " ").splitlines():
        program, *arguments = shlex.split(command.removeprefix("$ "))
        if program != "pingji":
            raise ValueError(f"only pingji commands are run, not {program}")
        result = CliRunner().invoke(main, arguments, env={"PINGJI_LANG": "en"})
        if result.exit_code:
            raise RuntimeError(f"{command}\n{result.output}") from result.exception
        printed += result.output
    return printed


def with_output(page: Path, printed: list[tuple[str, str]]) -> str:
    """The text of a page with what its examples print.

    Args:
        page: The page.
        printed: As `run_page` gives it.

    Returns:
        The new text.
    """
    outputs = iter(printed)

    def renewed(found: re.Match) -> str:
        now, shown = next(outputs)
        if not now and not shown:
            return found.group(0)
        return f"```{found.group(1)} run\n{found.group(2)}```\n\n```text\n{now}```\n"

    return BLOCK.sub(renewed, page.read_text("utf-8"))


def figure_of(page: Path, variables: Variables) -> tuple[Path, str] | None:
    """File and content of a page's figure; None where it has none.

    Args:
        page: The page.
        variables: What its examples left.

    Returns:
        Path and SVG.
    """
    if page.stem not in FIGURES:
        return None
    return page.parent / "figures" / f"{page.stem}.svg", FIGURES[page.stem](variables)


def panels(title: str, *plots: tuple[str, Plot]) -> str:
    """Stack plots under one another, each with its name, as a drawing that stands alone."""
    parts, top = [], 0
    for name, plot in plots:
        parts.append(
            f'<g transform="translate(0,{top + 16})">{"".join(plot.parts)}</g>'
            f'<text class="name" x="4" y="{top + 14}">{name}</text>'
        )
        top += plot.height + 20
    return alone(title, WIDTH, top, "".join(parts))


def alone(title: str, width: int, height: int, body: str) -> str:
    """A drawing that needs nothing beside it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{title}</title><style>{STYLE}</style>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>{body}</svg>\n'
    )


def labels(variables: Variables, first: int, stop: int) -> list[str]:
    """Words of the time axis: dates where the example has them, else numbers."""
    dates = variables.get("dates")
    if dates is None:
        return [str(t + 1) for t in range(first, stop)]
    return [str(day) for day in np.asarray(dates)[first:stop]]


def detection(
    title: str, first: int = 0, observed: str = "", name: str = "Cases, expected (green), bound"
) -> Callable[[Variables], str]:
    """Draw counts, what was expected, the bound and the alarms of the variable `found`.

    Args:
        title: What is shown.
        first: First time point drawn.
        observed: Further column of the result that was judged; empty for the counts.
        name: Name of the plot.

    Returns:
        What draws it.
    """

    def draw(variables: Variables) -> str:
        found = variables["found"]
        counts = (found.extra[observed] if observed else found.observed)[first:, 0]
        expected, bound = found.expected[first:, 0], found.upper_bound[first:, 0]
        alarm = found.alarm[first:, 0]
        plot = Plot.over(
            labels(variables, first, first + len(counts)), counts, expected, np.maximum(bound, 0)
        )
        _counts(plot, counts, alarm)
        plot.steps(expected, "expected")
        plot.steps(np.maximum(bound, 0), "bound")
        return panels(title, (name, plot))

    return draw


def chart(
    title: str, limit: str | float, name: str, first: int = 0, column: str = ""
) -> Callable[[Variables], str]:
    """Draw counts with alarms, and below them the statistic of the variable `found`.

    Args:
        title: What is shown.
        limit: Limit of the statistic, or the further column that holds it.
        name: Name of the statistic.
        first: First time point drawn.
        column: Further column that holds the statistic; empty for the score.

    Returns:
        What draws it.
    """

    def draw(variables: Variables) -> str:
        found = variables["found"]
        counts = found.observed[first:, 0]
        score = (found.extra[column] if column else found.score)[first:, 0]
        words = labels(variables, first, first + len(counts))
        above = Plot.over(words, counts, found.expected[first:, 0], height=150, times=False)
        _counts(above, counts, found.alarm[first:, 0])
        above.steps(found.expected[first:, 0], "expected")
        height = float(np.nanmax(found.extra[limit])) if isinstance(limit, str) else limit
        below = Plot.over(words, score, np.array([height]), height=150)
        below.line(score, "median")
        below.level(height, "one", "limit")
        return panels(title, ("Cases and expected (green)", above), (name, below))

    return draw


def _counts(plot: Plot, counts: np.ndarray, alarm: np.ndarray) -> None:
    plot.bars(np.where(alarm, np.nan, counts), "bar")
    plot.bars(np.where(alarm, counts, np.nan), "bar-alarm")
    plot.marks(np.flatnonzero(alarm), counts)


def estimate(
    title: str, name: str, columns: Callable[[Variables], tuple], level: float | None = None
) -> Callable[[Variables], str]:
    """Draw the counts, and below them an estimate with its interval.

    Args:
        title: What is shown.
        name: Name of the estimate.
        columns: Picks counts, time indices, estimate, lower and upper bound, and the truth (or
            None) from the variables.
        level: Level to mark.

    Returns:
        What draws it.
    """

    def draw(variables: Variables) -> str:
        counts, where, *figures = columns(variables)
        whole = [np.full(len(counts), np.nan) for _ in figures]
        for column, figure in zip(whole, figures, strict=True):
            if figure is not None:
                column[where] = figure
        middle, lower, upper, truth = whole
        most = 2.5 * np.nanmax(np.abs(middle))
        lower, upper = np.clip(lower, -most, most), np.clip(upper, -most, most)
        words = labels(variables, 0, len(counts))
        cases = Plot.over(words, counts, height=110, times=False)
        cases.bars(counts, "bar")
        marked = [] if level is None else [np.array([level])]
        plot = Plot.over(words, middle, lower, upper, truth, *marked)
        plot.band(lower, upper, "band")
        if level is not None:
            plot.level(level, "one")
        plot.line(truth, "other")
        plot.line(middle, "median")
        return panels(title, ("Cases", cases), (name, plot))

    return draw


def nowcast_figure(variables: Variables) -> str:
    """Cases reported, those estimated still to come, and those that came in the end."""
    found, truth = variables["found"], np.asarray(variables["final"], float)
    last = 40
    reported, median = found.reported[-last:], found.median[-last:]
    truth = truth[: len(found.reported)][-last:]
    words = [str(day) for day in found.dates[-last:]]
    plot = Plot.over(words, reported, median, found.upper[-last:], truth)
    plot.bars(reported, "bar")
    plot.bars(median, "bar-added", reported)
    plot.whiskers(found.lower[-last:], found.upper[-last:], "whisker")
    plot.steps(truth, "other")
    name = "Reported (grey), still to come (green, 95 % interval), final (dotted)"
    return panels("A nowcast and what the counts came to", (name, plot))


def serial_interval_figure(variables: Variables) -> str:
    """The probabilities of two serial intervals."""
    weights = np.asarray(variables["weights"], float)
    plot = Plot.over([str(k) for k in range(len(weights))], weights)
    plot.bars(weights, "bar")
    return panels("A discretised serial interval", ("Probability by days", plot))


def places(title: str, picture: Callable[[Variables], tuple]) -> Callable[[Variables], str]:
    """Draw points on a plane, some of them marked, with circles around clusters.

    Args:
        title: What is shown.
        picture: Picks coordinates, sizes, which are marked, and circles (x, y, radius).

    Returns:
        What draws it.
    """

    def draw(variables: Variables) -> str:
        where, sizes, marked, circles = picture(variables)
        low, high = where.min(axis=0), where.max(axis=0)
        scale = 400 / max(high - low)
        width, height = (round(float(s)) + 60 for s in (high - low) * scale)

        def at(x: float, y: float) -> tuple[float, float]:
            return 30 + (x - low[0]) * scale, height - 30 - (y - low[1]) * scale

        body = []
        for (x, y), size, mark in zip(where, sizes, marked, strict=True):
            cx, cy = at(x, y)
            kind = "mark" if mark else "bar"
            body.append(f'<circle class="{kind}" cx="{cx:.1f}" cy="{cy:.1f}" r="{size:.1f}"/>')
        for x, y, radius in circles:
            cx, cy = at(x, y)
            body.append(
                f'<circle class="circle" cx="{cx:.1f}" cy="{cy:.1f}" r="{radius * scale:.1f}"/>'
            )
        return alone(title, width, height, "".join(body))

    return draw


def _scan_picture(variables: Variables) -> tuple:
    where, counts = np.asarray(variables["places"]), np.asarray(variables["counts"])
    cluster = variables["found"].clusters[0]
    marked = np.isin(np.arange(len(where)), cluster.areas)
    circle = (*where[cluster.centre], cluster.radius + 1.5)
    return where, 2 + counts[cluster.start : cluster.stop].sum(axis=0), marked, [circle]


def _stcd_picture(variables: Variables) -> tuple:
    where, found = np.asarray(variables["places"]), variables["found"]
    cluster = found.clusters[0]
    marked = np.isin(np.arange(len(where)), cluster.members)
    return where, np.full(len(where), 3.0), marked, [(*where[cluster.centre], variables["radius"])]


def _reproduction(variables: Variables) -> tuple:
    found = variables["found"]
    lower, upper = found.quantile(0.025)[:, 0], found.quantile(0.975)[:, 0]
    truth = np.asarray(variables["true_r"], float)[found.end]
    return np.asarray(variables["counts"], float), found.end, found.mean[:, 0], lower, upper, truth


def _growth(variables: Variables) -> tuple:
    found = variables["found"]
    counts = np.asarray(variables["counts"], float)
    truth = np.asarray(variables["true_rate"], float)[found.end]
    return counts, found.end, found.rate[:, 0], found.lower[:, 0], found.upper[:, 0], truth


def _fatality(variables: Variables) -> tuple:
    found, cases = variables["found"], np.asarray(variables["cases"], float)
    days = np.arange(len(cases))
    figures = (100 * getattr(found, name)[:, 0] for name in ("ratio", "lower", "upper", "crude"))
    return cases, days, *figures


def report_card(variables: Variables) -> str:
    """The first chart of the HTML report that the tutorial writes."""
    html = variables["__files__"]["report.html"]
    drawing = re.search(r'<svg viewBox="0 0 460 226".*?</svg>', html, re.S).group(0)
    body = re.sub(r"^<svg[^>]*>|</svg>$|<title>.*?</title>", "", drawing, flags=re.S)
    return alone("A chart of the report", WIDTH, 226, body)


def county_figure(variables: Variables) -> str:
    """Influenza of a usual past, week by week."""
    weekly = np.asarray(variables["weekly"], float)
    plot = Plot.over([str(week + 1) for week in range(len(weekly))], weekly)
    plot.bars(weekly, "bar")
    return panels("A synthetic county's past", ("Influenza cases a week, by day of report", plot))


def outbreak_figure(variables: Variables) -> str:
    """Infected a day: nothing done as bars, half and most isolated as lines."""
    free, half, most = (np.asarray(run.curve(), float) for run in variables["runs"].values())
    plot = Plot.over([str(day) for day in range(len(free))], free, half, most)
    plot.bars(free, "bar")
    plot.line(half, "bound")
    plot.line(most, "median")
    name = "Infected a day; isolation half kept (dashed), nearly kept (green)"
    return panels("An outbreak with and without isolation", (name, plot))


FIGURES: dict[str, Callable[[Variables], str]] = {
    "farrington-flexible": detection(
        "Flexible Farrington: an outbreak in the past and one now", 150
    ),
    "recommended": detection("Recommended, overall: past outbreaks and a mild one now", 190),
    "farrington": detection("Original Farrington: an outbreak in the past and one now", 150),
    "ears": detection("EARS C2: daily counts and a sudden rise"),
    "cusum": chart("CUSUM: a small lasting rise", 2.26, "Sum C(t)", 80),
    "rki": detection("RKI 3: the same weeks of two earlier years", 104),
    "bayes": detection("Bayes 3: the same weeks of two earlier years", 104),
    "cdc": detection("CDC: sums of four weeks", 260, "four_week_sum", "Sum of four weeks"),
    "outbreak-p": chart(
        "Outbreak-P: the onset of a season", np.log(100), "Log of the ratio", 0, "log_statistic"
    ),
    "glr": chart("GLR: a lasting rise by a factor", 5.0, "Log likelihood ratio", 80),
    "rogerson": chart("Rogerson: a seasonal mean and a lasting rise", "limit", "Sum", 90),
    "binomial-cusum": chart("Binomial CUSUM: positives among those tested", 4.0, "Sum", 90),
    "stcd": places("A live cluster among cases with place and time", _stcd_picture),
    "scan": places("The strongest cluster of the last days", _scan_picture),
    "boda": detection("Delay-aware detection, as known on the day of each judgement", 300),
    "ewma": detection("EWMA: daily counts and a gradual rise"),
    "regression-switch": detection("Regression on weekdays", 78),
    "shewhart": detection("Shewhart: a moving baseline of 28 days"),
    "moving-percentile": detection("Moving percentile: 25 earlier weeks", 260),
    "reproduction-number": estimate("R and its interval", "R (truth dotted)", _reproduction, 1.0),
    "wallinga-teunis": estimate("Case reproduction number", "R (truth dotted)", _reproduction, 1.0),
    "growth-rate": estimate("Growth rate", "Growth rate a day (truth dotted)", _growth, 0.0),
    "nowcast": nowcast_figure,
    "case-fatality": estimate("Case fatality", "Percent (crude dotted)", _fatality),
    "serial-interval": serial_interval_figure,
    "county": county_figure,
    "outbreak": outbreak_figure,
    "detect-on-your-own-data": report_card,
    "detect-on-real-series": detection("Salmonella Newport in Germany, an outbreak in 2011", 330),
}


def main() -> int:
    """Renew every page and figure.

    Returns:
        1 where `--check` was asked for and something has changed, else 0.
    """
    check = "--check" in sys.argv[1:]
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    changed = 0
    for page in pages():
        if wanted and page.stem not in wanted:
            continue
        if page == REAL and reference_series() is None:
            sys.stdout.write(f"{page.name}: left out, the reference series are not here\n")
            continue
        variables, printed = run_page(page)
        files = [(page, with_output(page, printed))]
        figure = figure_of(page, variables)
        files += [figure] if figure else []
        for path, text in files:
            if path.exists() and path.read_text("utf-8") == text:
                continue
            changed += 1
            sys.stdout.write(f"{path.relative_to(HERE.parents[2])}\n")
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return int(check and changed > 0)


if __name__ == "__main__":
    sys.exit(main())
