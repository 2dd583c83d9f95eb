"""A picture as SVG, for readers without a Mermaid viewer and for print."""

from xml.sax.saxutils import escape

from regulations.pictures.layers import LINE, Layout, Placed, layout
from regulations.pictures.picture import Box, Picture

FILLS = {
    "state": ("#ffffff", "#333333"),
    "end": ("#e9f5e9", "#3c7a3c"),
    "duty": ("#f6f6f6", "#888888"),
    "rule": ("#eef4ff", "#3b6fb6"),
    "any": ("#ffffff", "#888888"),
}
UNSURE, NOW, DONE = ("#fff6dd", "#b58900"), ("#ffd9d9", "#c00000"), ("#dddddd", "#555555")
ROUND = {"end": 14, "any": 14, "rule": 3, "state": 4, "duty": 0}
TITLE_HEIGHT = 30
BOLD = ' class="b"'
STYLE = (
    "text{font-family:'Noto Sans','DejaVu Sans',Arial,sans-serif;font-size:12px;fill:#111}"
    ".t{font-size:16px;font-weight:bold}.b{font-weight:bold}.w{fill:none;stroke:#666;stroke-width:1.2}"
)


def svg(drawn: Picture) -> str:
    """The picture as one SVG document."""
    laid = layout(drawn)
    width, height = round(laid.width), round(laid.height) + TITLE_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(drawn.title)}</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#666"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text class="t" x="20" y="26">{escape(drawn.title)}</text>',
        f'<g transform="translate(0 {TITLE_HEIGHT})">',
        *(_way(laid, way, dashed) for way, dashed in drawn.arrows.items()),
        *(_box(box, laid.places[key]) for key, box in drawn.boxes.items()),
        "</g>",
        "</svg>",
        "",
    ]
    return "\n".join(parts)


def _way(laid: Layout, way: tuple[str, str], dashed: bool) -> str:
    """A curve from edge to edge over the points that it passes. An arrow that goes back begins at the top."""
    places = [laid.places[key] for key in laid.ways[way]]
    back = places[-1].y < places[0].y
    points: list[tuple[float, float]] = []
    for number, place in enumerate(places):
        middle = place.x + place.width / 2
        near, far = (place.y + place.height, place.y) if back else (place.y, place.y + place.height)
        if number > 0:
            points.append((middle, near))
        if number < len(places) - 1:
            points.append((middle, far))
    path = f"M{_at(points[0])}"
    for begin, end in zip(points[::2], points[1::2], strict=True):
        half = (begin[1] + end[1]) / 2
        straight = "" if begin == points[0] else f"L{_at(begin)}"
        path += f"{straight}C{_at((begin[0], half))} {_at((end[0], half))} {_at(end)}"
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path class="w" d="{path}"{dashes} marker-end="url(#a)"/>'


def _box(box: Box, place: Placed) -> str:
    fill, stroke = _colours(box)
    dashes = ' stroke-dasharray="4 3"' if box.shape in ("duty", "any") or not box.sure else ""
    thick = 3 if box.now else 1.2
    frame = (
        f'<rect x="{_n(place.x)}" y="{_n(place.y)}" width="{_n(place.width)}" height="{_n(place.height)}" '
        f'rx="{ROUND[box.shape]}" fill="{fill}" stroke="{stroke}" stroke-width="{thick}"{dashes}/>'
    )
    texts = [
        f'<text{"" if number else BOLD} x="{_n(place.x + 8)}" y="{_n(place.y + LINE * (number + 1))}">{escape(line)}'
        "</text>"
        for number, line in enumerate(box.lines)
    ]
    return frame + "".join(texts)


def _colours(box: Box) -> tuple[str, str]:
    if box.now:
        return NOW
    if box.done:
        return DONE
    return FILLS[box.shape] if box.sure else UNSURE


def _at(point: tuple[float, float]) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(value: float) -> str:
    return f"{value:.0f}"
