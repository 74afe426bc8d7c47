"""The plot of a run as SVG: one bar for each case, with its goals."""
from __future__ import annotations

from html import escape

from .rounds import Result

WIDTH, LEFT, RIGHT, ROW, TOP = 980, 340, 60, 30, 54
COLOURS = {"aim": "#2e7d5b", "reach": "#c08a1e", "MISSED": "#b3373b", "": "#7a8699"}


def text(x: float, y: float, content: str, anchor: str = "start", style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {style}>{escape(content)}</text>'


def section(results: list[Result], titles: dict[str, str], top: float, heading: str) -> tuple[list[str], float]:
    """Bars of cases that share a direction; gives the shapes and where the next section begins."""
    goals = [goal for result in results for goal in (result.case.reach, result.case.aim) if goal is not None]
    longest = max([pair.ratio for result in results for pair in result.pairs] + goals + [1.0]) * 1.05
    scale = (WIDTH - LEFT - RIGHT) / longest
    shapes = [text(16, top, heading, style='font-weight="bold"')]
    y = top + 14
    for result in results:
        case = result.case
        middle = y + ROW / 2
        conns = f"{case.connections} connection{'s' if case.connections != 1 else ''}"
        shapes.append(text(LEFT - 10, middle + 4, f"{titles.get(case.work, case.work)}, {conns}", "end"))
        shapes.append(f'<rect x="{LEFT}" y="{y + 5:.1f}" width="{result.ratio * scale:.1f}" height="{ROW - 12}" '
                      f'fill="{COLOURS[result.verdict]}" rx="2"/>')
        ratios = [pair.ratio for pair in result.pairs]
        shapes.append(f'<line x1="{LEFT + min(ratios) * scale:.1f}" x2="{LEFT + max(ratios) * scale:.1f}" '
                      f'y1="{middle - 1:.1f}" y2="{middle - 1:.1f}" stroke="#222" stroke-width="1.2"/>')
        for goal, dash in ((case.reach, "3,3"), (case.aim, "none")):
            if goal is not None:
                x = LEFT + goal * scale
                shapes.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1:.1f}" y2="{y + ROW - 3:.1f}" stroke="#222" '
                              f'stroke-width="1.6" stroke-dasharray="{dash}"/>')
        shapes.append(text(LEFT + max(ratios + [result.ratio, case.aim or 0, case.reach or 0]) * scale + 8, middle + 4,
                           f"{result.ratio:.2f}"))
        y += ROW
    return shapes, y + 30


def draw(results: list[Result], titles: dict[str, str]) -> str:
    higher = [result for result in results if not result.case.lower_is_better]
    lower = [result for result in results if result.case.lower_is_better]
    shapes: list[str] = [text(16, 24, "Rollcall against its yardsticks: median of the rounds", style='font-size="16"')]
    y: float = TOP
    if higher:
        more, y = section(higher, titles, y, "Ratio to the yardstick: longer is better")
        shapes += more
    if lower:
        more, y = section(lower, titles, y, "Cost against the yardstick: shorter is better")
        shapes += more
    shapes.append(text(16, y, "dashed: must reach; solid: aim; thin line: from the lowest to the highest round; "
                              "green: aim met, yellow: reached, red: missed, grey: for information",
                       style='fill="#555"'))
    height = y + 16
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
            f'viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(shapes) + "\n</svg>\n")
