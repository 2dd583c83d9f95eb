"""A picture as Mermaid source, which a reader of the repository sees without a tool."""

from regulations.pictures.picture import Box, Picture

SHAPES = {
    "state": ('["', '"]'),
    "end": ('(["', '"])'),
    "duty": ('[/"', '"/]'),
    "rule": ('{{"', '"}}'),
    "any": ('(("', '"))'),
}
CLASSES = (
    "classDef rule fill:#eef4ff,stroke:#3b6fb6",
    "classDef unsure fill:#fff6dd,stroke:#b58900,stroke-dasharray:4 3",
    "classDef end fill:#e9f5e9,stroke:#3c7a3c",
    "classDef duty fill:#f6f6f6,stroke:#888",
    "classDef now fill:#ffd9d9,stroke:#c00000,stroke-width:3px",
    "classDef done fill:#dddddd,stroke:#555",
)


def mermaid(drawn: Picture) -> str:
    """Flowchart source of a picture."""
    ids = {key: f"n{number}" for number, key in enumerate(drawn.boxes)}
    lines = ["flowchart TD"]
    for key, box in drawn.boxes.items():
        opening, closing = SHAPES[box.shape]
        text = "<br/>".join(line.replace('"', "'") for line in box.lines)
        lines.append(f"  {ids[key]}{opening}{text}{closing}{_class(box)}")
    lines += [
        f"  {ids[start]} {'-.->' if dashed else '-->'} {ids[end]}" for (start, end), dashed in drawn.arrows.items()
    ]
    return "\n".join([*lines, *(f"  {line}" for line in CLASSES)])


def _class(box: Box) -> str:
    if box.now:
        return ":::now"
    if box.done:
        return ":::done"
    if box.shape == "rule":
        return ":::rule" if box.sure else ":::unsure"
    return f":::{box.shape}" if box.shape in ("end", "duty") else ""
