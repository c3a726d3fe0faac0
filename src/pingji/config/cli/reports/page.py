"""What a report holds, and its HTML."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np

from pingji.config.cli.language import language, say

# Rows of the table shown in the page; the rest is in the CSV file.
MOST_ROWS = 2000


@dataclass(frozen=True)
class Tile:
    """One figure at the head of the report.

    Attributes:
        figure: The number.
        words: What it counts.
        kind: "alarm" to set it in red, else empty.
    """

    figure: str
    words: str
    kind: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of the table.

    Attributes:
        text: What it says.
        kind: "number", "alarm", "quiet" or empty.
    """

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Card:
    """One chart with its finding.

    Attributes:
        title: What it is about, usually the series.
        verdict: The finding in a word.
        kind: "alarm" to set the verdict in red, "quiet" for grey, else empty.
        chart: SVG.
        caption: The finding in a sentence.
        columns: Head of the table behind the chart.
        rows: Its rows.
    """

    title: str
    verdict: str
    kind: str
    chart: str
    caption: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        title: The question its reader has.
        lead: The answer in a sentence.
        tiles: Figures at the head.
        columns: Head of the table, each with its kind.
        rows: Rows of the table, most urgent first.
        cards: Charts, most urgent first.
        legend: Mark (a class of the charts) and what it means.
        method: Terms and what they were: method, settings, file.
        reading: How to read the report, one sentence each.
    """

    title: str
    lead: str
    tiles: list[Tile]
    columns: list[Cell]
    rows: list[list[Cell]]
    cards: list[Card]
    legend: list[tuple[str, str]]
    method: list[tuple[str, str]]
    reading: list[str] = field(default_factory=list)


def write_report(report: Report, path: Path) -> None:
    """Write a report as one HTML file.

    Args:
        report: What it holds.
        path: File to write.

    Raises:
        click.ClickException: If the file cannot be written.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("report.html").render(
        report=report,
        rows=report.rows[:MOST_ROWS],
        hidden=max(0, len(report.rows) - MOST_ROWS),
        language="zh-CN" if language() == "zh" else "en",
        made=datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M"),
        say=say,
        markup=Markup,
    )
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(
            say(f"{path}：无法写入（{error}）", f"{path}: cannot be written ({error})")
        ) from error


def number(value: float, digits: int = 1) -> str:
    """A figure with thousands apart, whole where it is; a dash where missing."""
    if np.isnan(value):
        return "—"
    if np.isinf(value):
        return "∞"
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.{digits}f}"
    return text.replace("-", "−")
