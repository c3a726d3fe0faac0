"""Charts drawn as SVG text: nothing to load, sharp in print, readable on a phone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WIDTH, HEIGHT = 460, 226
LEFT, RIGHT, TOP, BOTTOM = 42, 8, 14, 26


@dataclass
class Plot:
    """A drawing area with a time axis and an axis of numbers that starts at `low`.

    Attributes:
        labels: Words of each time point, for the axis.
        low: Smallest number shown.
        high: Largest number shown.
        height: Height of the drawing.
        bottom: Room below the drawing area.
        parts: SVG drawn so far.
    """

    labels: Sequence[str]
    low: float
    high: float
    height: int
    bottom: int
    parts: list[str]

    @classmethod
    def over(
        cls, labels: Sequence[str], *values: Array, height: int = HEIGHT, times: bool = True
    ) -> "Plot":
        """A plot that shows 0 and all of some values.

        Args:
            labels: Words of each time point.
            values: Figures that must fit.
            height: Height of the drawing.
            times: Whether the time axis has words.

        Returns:
            The plot with its grid and axes drawn.
        """
        flat = np.concatenate([np.zeros(1), *(np.ravel(v) for v in values)])
        flat = flat[np.isfinite(flat)]
        span = float(flat.max() - flat.min()) or 1.0
        step = nice_step(span, lines=4 if height >= HEIGHT else 2)
        low, high = step * np.floor(flat.min() / step), step * np.ceil(flat.max() / step - 1e-9)
        if high <= low:
            high = low + step
        plot = cls(labels, float(low), float(high), height, BOTTOM if times else 6, [])
        plot._grid(step)
        if times:
            plot._time()
        return plot

    @property
    def pitch(self) -> float:
        """Width of one time point."""
        return (WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)

    def x(self, t: float) -> float:
        """Middle of a time point."""
        return LEFT + (t + 0.5) * self.pitch

    def y(self, value: float) -> float:
        """Height of a number."""
        share = (value - self.low) / (self.high - self.low)
        return TOP + (1 - share) * (self.height - TOP - self.bottom)

    def bars(self, values: Array, kind: str, base: Array | None = None) -> None:
        """Bars from a base (else 0) up to values."""
        width = max(self.pitch * 0.78, 0.6)
        path = []
        for t in np.flatnonzero(np.isfinite(values)).tolist():
            bottom = float(base[t]) if base is not None else max(self.low, 0.0)
            if values[t] > bottom:
                left, top = self.x(t) - width / 2, self.y(float(values[t]))
                path.append(
                    f"M{left:.1f} {self.y(bottom):.1f}V{top:.1f}h{width:.1f}V{self.y(bottom):.1f}z"
                )
        if path:
            self.parts.append(f'<path class="{kind}" d="{"".join(path)}"/>')

    def line(self, values: Array, kind: str) -> None:
        """A line through values, broken where they are missing."""
        path = "".join(
            "M" + "L".join(f"{self.x(t):.1f} {self.y(float(values[t])):.1f}" for t in run)
            for run in runs(np.isfinite(values))
        )
        if path:
            self.parts.append(f'<path class="{kind}" d="{path}"/>')
        for run in runs(np.isfinite(values)):
            if len(run) == 1:
                cx, cy = self.x(run[0]), self.y(float(values[run[0]]))
                half = max(self.pitch / 2, 2)
                self.parts.append(
                    f'<path class="{kind}" d="M{cx - half:.1f} {cy:.1f}h{2 * half:.1f}"/>'
                )

    def steps(self, values: Array, kind: str) -> None:
        """A line of steps, one per time point, broken where values are missing."""
        half, path = self.pitch / 2, []
        for run in runs(np.isfinite(values)):
            path.append(f"M{self.x(run[0]) - half:.1f} {self.y(float(values[run[0]])):.1f}")
            path.extend(f"V{self.y(float(values[t])):.1f}H{self.x(t) + half:.1f}" for t in run)
        if path:
            self.parts.append(f'<path class="{kind}" d="{"".join(path)}"/>')

    def band(self, lower: Array, upper: Array, kind: str) -> None:
        """The area between two lines."""
        for run in runs(np.isfinite(lower) & np.isfinite(upper)):
            ends = [run[0] - 0.5, *run, run[-1] + 0.5]
            inside = [run[0], *run, run[-1]]
            there = "L".join(
                f"{self.x(e):.1f} {self.y(float(upper[t])):.1f}"
                for e, t in zip(ends, inside, strict=True)
            )
            back = "L".join(
                f"{self.x(e):.1f} {self.y(float(lower[t])):.1f}"
                for e, t in zip(reversed(ends), reversed(inside), strict=True)
            )
            self.parts.append(f'<path class="{kind}" d="M{there}L{back}z"/>')

    def whiskers(self, lower: Array, upper: Array, kind: str) -> None:
        """An upright line from lower to upper at each time point."""
        path = "".join(
            f"M{self.x(t):.1f} {self.y(float(lower[t])):.1f}"
            f"V{self.y(min(float(upper[t]), self.high)):.1f}"
            for t in np.flatnonzero(np.isfinite(lower) & np.isfinite(upper)).tolist()
        )
        if path:
            self.parts.append(f'<path class="{kind}" d="{path}"/>')

    def level(self, value: float, kind: str, words: str = "") -> None:
        """A horizontal line across the plot."""
        if self.low <= value <= self.high:
            y = self.y(value)
            self.parts.append(f'<path class="{kind}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            if words:
                self.parts.append(
                    f'<text class="tick" x="{WIDTH - RIGHT}" y="{y - 4:.1f}" '
                    f'text-anchor="end">{escape(words)}</text>'
                )

    def marks(self, where: Iterable[int], heights: Array) -> None:
        """A triangle above each of some time points."""
        path = []
        for t in where:
            x, y = self.x(t), max(self.y(float(heights[t])) - 3, 8.0)
            path.append(f"M{x:.1f} {y:.1f}l-4.5-7h9z")
        if path:
            self.parts.append(f'<path class="mark" d="{"".join(path)}"/>')

    def shade(self, first: int, kind: str) -> None:
        """Mark the time points from one on."""
        x = self.x(first) - self.pitch / 2
        self.parts.insert(
            0,
            f'<rect class="{kind}" x="{x:.1f}" y="{TOP}" '
            f'width="{WIDTH - RIGHT - x:.1f}" height="{self.height - TOP - self.bottom}"/>',
        )

    def svg(self, title: str) -> str:
        """The whole drawing.

        Args:
            title: What it shows, for those who cannot see it.

        Returns:
            An SVG element.
        """
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(title)}">'
            f"<title>{escape(title)}</title>{''.join(self.parts)}</svg>"
        )

    def _grid(self, step: float) -> None:
        for value in np.arange(self.low, self.high + step / 2, step):
            y = self.y(float(value))
            self.parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            self.parts.append(
                f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" '
                f'text-anchor="end">{short(float(value))}</text>'
            )

    def _time(self) -> None:
        count = len(self.labels)
        widest = max((_breadth(label) for label in self.labels), default=0.0)
        # The last label ends at the edge, so the one before it needs half a label more room; on a
        # telephone the letters are larger.
        every = max(1, int(np.ceil((1.7 * widest + 16) / self.pitch)))
        for t in range(count - 1, -1, -every):
            x, anchor = self.x(t), "middle"
            if t == count - 1:
                anchor, x = "end", WIDTH - RIGHT
            elif x - widest / 2 < LEFT - 20:
                continue
            self.parts.append(
                f'<path class="axis" d="M{self.x(t):.1f} {self.height - self.bottom}v4"/>'
            )
            self.parts.append(
                f'<text class="tick" x="{x:.1f}" y="{self.height - 7}" '
                f'text-anchor="{anchor}">{escape(self.labels[t])}</text>'
            )


def _breadth(text: str) -> float:
    """About how wide a label is in the units of the drawing."""
    return sum(13.0 if ord(letter) > 0x2E80 else 7.5 for letter in text)


def runs(present: NDArray[np.bool_]) -> list[list[int]]:
    """Stretches of neighbouring time points that are present."""
    places = np.flatnonzero(present)
    if not places.size:
        return []
    cuts = np.flatnonzero(np.diff(places) > 1) + 1
    return [part.tolist() for part in np.split(places, cuts)]


def nice_step(span: float, *, lines: int = 4) -> float:
    """A round distance between grid lines that gives about so many of them."""
    rough = span / lines
    power = 10.0 ** np.floor(np.log10(rough))
    for factor in (1, 2, 2.5, 5, 10):
        if factor * power >= rough * 0.999:
            return float(factor * power)
    return float(10 * power)


def short(value: float) -> str:
    """A number in few characters."""
    if abs(value) >= 1e6:
        text = f"{value / 1e6:g}M"
    elif abs(value) >= 1e4:
        text = f"{value / 1e3:g}k"
    else:
        text = f"{value:.4g}"
    return text.replace("-", "−")
