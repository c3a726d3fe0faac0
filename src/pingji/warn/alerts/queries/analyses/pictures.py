"""Charts as SVG pictures, for documents and screens alike; labels in the language in force."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

FONT = "Noto Sans SC"
WIDTH = 640
INK, QUIET, LINE = "#1f2933", "#5f6b76", "#d5dbe1"
BAR, BAR_SOFT, BEFORE = "#0f766e", "#99cfc9", "#b45309"
MEN, WOMEN = "#2f6690", "#c8553d"
LABELS = 10  # along the time axis, at most


@dataclass
class Picture:
    """An SVG picture that grows by shapes; its numbers are pixels.

    Attributes:
        height: Of the whole.
        parts: The shapes so far.
    """

    height: int
    parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled rectangle."""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}"'
            f' fill="{fill}"/>'
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, stroke: str = LINE) -> None:
        """A thin line."""
        self.parts.append(
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
            f' stroke="{stroke}" stroke-width="1"/>'
        )

    def path(self, points: list[tuple[float, float] | None], stroke: str) -> None:
        """A line through points; None breaks it."""
        drawn, pen = [], "M"
        for point in points:
            if point is None:
                pen = "M"
                continue
            drawn.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
            pen = "L"
        if drawn:
            self.parts.append(
                f'<path d="{"".join(drawn)}" fill="none" stroke="{stroke}" stroke-width="1.6"/>'
            )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", fill: str = QUIET
    ) -> None:
        """Some words."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11"'
            f' font-family="{FONT}" fill="{fill}">{escape(words)}</text>'
        )

    def legend(self, entries: list[tuple[str, str]], x: float = 44, y: float = 6) -> None:
        """Swatches with words, in one row."""
        for colour, words in entries:
            self.rect(x, y, 10, 10, colour)
            self.text(x + 14, y + 9, words, fill=INK)
            x += 30 + 11 * sum(1.0 if ord(c) > 0x2E80 else 0.55 for c in words)

    def svg(self) -> str:
        """The whole picture."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}"'
            f' width="{WIDTH}" height="{self.height}">'
            f'<rect width="{WIDTH}" height="{self.height}" fill="#ffffff"/>'
            f"{''.join(self.parts)}</svg>"
        )


def nice_top(highest: float) -> int:
    """A round number from `highest` up that four equal steps divide."""
    top = 4
    while top < highest:
        for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8):
            scaled = int(top * factor)
            if scaled >= highest and scaled % 4 == 0:
                return scaled
        top *= 10
    return top


def curve(
    labels: list[str],
    counts: list[int],
    year_before: list[int | None],
    *,
    words: tuple[str, str, str],
    unfinished: bool,
) -> str:
    """Bars over time, with a line for a year before.

    Args:
        labels: One for each bar.
        counts: How high each is.
        year_before: The line; None where it is not known.
        words: What the bars, the line and a last bar still filling up are called.
        unfinished: Whether the last bar still fills up.
    """
    picture = Picture(200)
    left, right, top, bottom = 44, WIDTH - 8, 28, 168
    highest = nice_top(max([*counts, *(n for n in year_before if n is not None)], default=0))

    def y(number: float) -> float:
        return bottom - (bottom - top) * number / highest

    for quarter in range(5):
        value = highest * quarter / 4
        picture.line(left, y(value), right, y(value))
        picture.text(left - 6, y(value) + 4, f"{value:.0f}", anchor="end")
    step = (right - left) / max(len(counts), 1)
    for at, number in enumerate(counts):
        last = unfinished and at == len(counts) - 1
        x = left + step * at
        picture.rect(
            x + step * 0.12, y(number), step * 0.76, bottom - y(number), BAR_SOFT if last else BAR
        )
    picture.path(
        [
            None if number is None else (left + step * (at + 0.5), y(number))
            for at, number in enumerate(year_before)
        ],
        BEFORE,
    )
    picture.line(left, bottom, right, bottom, QUIET)
    every = max(1, -(-len(labels) // LABELS))
    for at in range(0, len(labels), every):
        picture.text(left + step * (at + 0.5), bottom + 16, labels[at], anchor="middle")
    entries = [(BAR, words[0]), (BEFORE, words[1])]
    picture.legend([*entries, (BAR_SOFT, words[2])] if unfinished else entries)
    return picture.svg()


def pyramid(labels: list[str], men: list[int], women: list[int], words: tuple[str, str]) -> str:
    """Men to the left, women to the right, a bar for each age group, the youngest below."""
    row = 22
    picture = Picture(30 + row * len(labels) + 22)
    middle, half, gap = WIDTH / 2, 230, 44
    highest = nice_top(max([*men, *women], default=0))
    for at, label in enumerate(reversed(labels)):
        index = len(labels) - 1 - at
        y = 28 + row * at
        picture.text(middle, y + 14, label, anchor="middle", fill=INK)
        for numbers, sign, colour in ((men, -1, MEN), (women, 1, WOMEN)):
            number = numbers[index]
            length = half * number / highest
            x = middle + sign * gap
            picture.rect(x - length if sign < 0 else x, y + 3, length, row - 7, colour)
            if number:
                picture.text(
                    x + sign * (length + 5),
                    y + 14,
                    str(number),
                    anchor="end" if sign < 0 else "start",
                )
    picture.legend([(MEN, words[0]), (WOMEN, words[1])])
    return picture.svg()
