"""A page of line charts that opens in any browser without a network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from robomatrix_py.data.report.markup import Markup, element, join

Point = tuple[float, float]

_WIDTH, _HEIGHT, _MARGIN = 440, 180, 8
_COLORS = ("#1f6feb", "#d9730d", "#2da44e", "#8250df")
_STYLE = Markup(
    "body{font:14px system-ui,sans-serif;margin:2em;max-width:1500px;color:#222}"
    "main{display:flex;flex-wrap:wrap;gap:1.2em}figure{margin:0;width:440px}"
    "figcaption{display:flex;gap:.8em;flex-wrap:wrap}svg{background:#f6f8fa;border-radius:4px}"
    "polyline{fill:none;stroke-width:1.6;vector-effect:non-scaling-stroke}small{color:#666}"
)


@dataclass(frozen=True)
class Chart:
    """Some lines over one axis.

    Args:
        title: What is drawn.
        lines: Points by label, x rising; what is not finite is left out.
        logarithmic: Whether y is drawn by its logarithm; then values of 0 and below are left out.
    """

    title: str
    lines: Mapping[str, Sequence[Point]]
    logarithmic: bool = False


def page(title: str, note: str, charts: Sequence[Chart]) -> str:
    """Return an HTML page.

    Args:
        title: Of the page.
        note: A line below it.
        charts: In order; those without a line are left out.
    """
    head = element("head", element("meta", charset="utf-8"), element("title", title), element("style", _STYLE))
    drawn = [figure for figure in map(_figure, charts) if figure]
    body = element("body", element("h1", title), element("p", note), element("main", drawn))
    return join([Markup("<!doctype html>\n"), element("html", head, body, lang="en")]) + "\n"


def _figure(chart: Chart) -> Markup | None:
    lines = {label: _drawable(points, chart.logarithmic) for label, points in chart.lines.items()}
    lines = {label: points for label, points in lines.items() if points}
    if not lines:
        return None
    xs, ys = ([point[axis] for points in lines.values() for point in points] for axis in (0, 1))
    left, low = min(xs), min(ys)
    width, height = max(max(xs) - left, 1e-9), max(max(ys) - low, 1e-9)
    drawn, labels = [], []
    for (label, points), color in zip(lines.items(), _COLORS * len(lines), strict=False):
        places = " ".join(
            f"{_MARGIN + (_WIDTH - 2 * _MARGIN) * (x - left) / width:.1f},"
            f"{_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * (y - low) / height:.1f}"
            for x, y in points
        )
        drawn.append(element("polyline", points=places, style=f"stroke:{color}"))
        labels.append(element("span", label, style=f"color:{color}"))
    bounds = [10**value if chart.logarithmic else value for value in (low, max(ys))]
    extent = f"{bounds[0]:.3g} to {bounds[1]:.3g}" + (", logarithmic" if chart.logarithmic else "")
    return element(
        "figure",
        element("figcaption", element("b", chart.title), labels, element("small", extent)),
        element("svg", drawn, width=_WIDTH, height=_HEIGHT, role="img", aria_label=f"{chart.title}, {extent}"),
    )


def _drawable(points: Sequence[Point], logarithmic: bool) -> list[Point]:
    kept = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y) and (y > 0 or not logarithmic)]
    return [(x, math.log10(y)) for x, y in kept] if logarithmic else kept
