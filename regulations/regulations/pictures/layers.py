"""Places the boxes of a picture in layers from top to bottom, so that arrows go down and few of them cross.

It takes the usual four steps. It turns around the arrows that close a circle. It gives each box the layer below its
predecessors. It puts a thin point where an arrow passes a layer. It orders each layer by the middle of the neighbours,
several times in both directions.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from regulations.pictures.picture import Picture

SWEEPS = 12
LAYER_GAP, GAP, MARGIN = 34.0, 14.0, 20.0
LINE, PADDING, THIN = 15.0, 8.0, 10.0
LETTER, CAPITAL, BOLD = 6.7, 8.6, 1.08
"""Width of a letter and of a capital at the drawn size, and how much wider bold is; enough for any font."""


@dataclass
class Placed:
    """A box, or the point where an arrow passes a layer: its upper left corner, width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Layout:
    """The place of each key, the way of each arrow as the keys that it passes, and the size of the picture."""

    places: dict[str, Placed]
    ways: dict[tuple[str, str], list[str]]
    width: float
    height: float


def layout(drawn: Picture) -> Layout:
    """Places of all boxes and ways of all arrows."""
    forward = _forward(drawn)
    layer = _layered(list(drawn.boxes), forward)
    ways, chains = _ways(drawn, forward, layer)
    layers: dict[int, list[str]] = defaultdict(list)
    for key in sorted(layer, key=lambda key: layer[key]):
        layers[layer[key]].append(key)
    _order(layers, chains)
    places = _places(drawn, layers)
    _settle(layers, chains, places)
    _close_ranks(places)
    width = max(place.x + place.width for place in places.values()) + MARGIN
    height = max(place.y + place.height for place in places.values()) + MARGIN
    return Layout(places, ways, width, height)


def _forward(drawn: Picture) -> dict[tuple[str, str], bool]:
    """Arrow → whether it goes forward. An arrow that leads back to an earlier box does not."""
    out: dict[str, list[str]] = defaultdict(list)
    for start, end in drawn.arrows:
        out[start].append(end)
    forward: dict[tuple[str, str], bool] = {}
    done: set[str] = set()

    def walk(key: str, path: frozenset[str]) -> None:
        for end in out[key]:
            forward[(key, end)] = end not in path
            if end not in path and end not in done:
                walk(end, path | {end})
        done.add(key)

    pointed = {end for _, end in drawn.arrows}
    for key in sorted(drawn.boxes, key=lambda key: key in pointed):
        if key not in done:
            walk(key, frozenset({key}))
    return forward


def _layered(keys: list[str], forward: Mapping[tuple[str, str], bool]) -> dict[str, int]:
    layer = dict.fromkeys(keys, 0)
    links = [(start, end) if ahead else (end, start) for (start, end), ahead in forward.items()]
    for _ in keys:
        moved = False
        for start, end in links:
            if layer[end] <= layer[start]:
                layer[end], moved = layer[start] + 1, True
        if not moved:
            break
    return layer


Chains = list[tuple[str, str]]


def _ways(
    drawn: Picture, forward: Mapping[tuple[str, str], bool], layer: dict[str, int]
) -> tuple[dict[tuple[str, str], list[str]], Chains]:
    """The way of each arrow over points in the layers that it passes. These points are added to `layer`."""
    ways: dict[tuple[str, str], list[str]] = {}
    chains: Chains = []
    for start, end in drawn.arrows:
        first, last = (start, end) if forward[(start, end)] else (end, start)
        passed = [f"via:{start}>{end}:{place}" for place in range(layer[first] + 1, layer[last])]
        for offset, key in enumerate(passed, 1):
            layer[key] = layer[first] + offset
        whole = [first, *passed, last]
        chains += pairwise(whole)
        ways[(start, end)] = whole if forward[(start, end)] else whole[::-1]
    return ways, chains


def _order(layers: dict[int, list[str]], chains: Chains) -> None:
    before, after = _neighbours(chains)
    numbers = sorted(layers)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near = before if forth else after
        for number in numbers if forth else reversed(numbers):
            rank = {key: place for other in layers.values() for place, key in enumerate(other)}
            layers[number].sort(key=lambda key: _middle([rank[other] for other in near[key]], rank[key]))


def _neighbours(chains: Chains) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for start, end in chains:
        before[end].append(start)
        after[start].append(end)
    return before, after


def _middle(values: list[float] | list[int], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _places(drawn: Picture, layers: dict[int, list[str]]) -> dict[str, Placed]:
    places: dict[str, Placed] = {}
    y = MARGIN
    for number in sorted(layers):
        x = tall = 0.0
        for key in layers[number]:
            box = drawn.boxes.get(key)
            width = _width(box.lines) if box else THIN
            height = len(box.lines) * LINE + PADDING if box else 0.0
            places[key] = Placed(x, y, width, height)
            x += width + GAP
            tall = max(tall, height)
        for key in layers[number]:
            # a point is as tall as its layer, so that an arrow bends only between layers
            places[key].height = places[key].height or tall
        y += tall + LAYER_GAP
    return places


def _width(lines: list[str]) -> float:
    wide = [sum(CAPITAL if letter.isupper() or letter == "_" else LETTER for letter in line) for line in lines]
    return max(wide[0] * BOLD, *wide) + 2 * PADDING


def _settle(layers: dict[int, list[str]], chains: Chains, places: dict[str, Placed]) -> None:
    """Move the boxes of each layer towards their neighbours, in the same order and with the same distance."""
    before, after = _neighbours(chains)
    for sweep in range(SWEEPS):
        for number in sorted(layers, reverse=sweep % 2 == 1):
            near = before if sweep % 2 == 0 else after
            wished = {
                key: _middle([_centre(places[other]) for other in near[key]], _centre(places[key]))
                for key in layers[number]
            }
            _spread(layers[number], wished, places)


def _spread(keys: list[str], wished: Mapping[str, float], places: dict[str, Placed]) -> None:
    """Put each box as near to its wished place as the boxes beside it allow: the middle between a pass from the left
    and a pass from the right.
    """
    right: list[float] = []
    floor = float("-inf")
    for key in keys:
        edge = max(wished[key] - places[key].width / 2, floor)
        right.append(edge)
        floor = edge + places[key].width + GAP
    left: list[float] = []
    ceiling = float("inf")
    for key in reversed(keys):
        edge = min(wished[key] - places[key].width / 2, ceiling - places[key].width)
        left.append(edge)
        ceiling = edge - GAP
    for key, low, high in zip(keys, right, reversed(left), strict=True):
        places[key].x = (low + high) / 2


def _close_ranks(places: dict[str, Placed]) -> None:
    """Remove vertical strips that no box needs, and begin at the margin."""
    edge, shift = 0.0, 0.0
    for number, place in enumerate(sorted(places.values(), key=lambda place: place.x)):
        if number == 0:
            shift = place.x - MARGIN
        elif place.x - shift > edge + 2 * GAP:
            shift = place.x - edge - 2 * GAP
        place.x -= shift
        edge = max(edge, place.x + place.width)


def _centre(place: Placed) -> float:
    return place.x + place.width / 2
