"""What an upgrade must keep of a case, read over HTTP: the same when it was dumped and under the newest code.

Only what time alone does not change: a clock's instants and not whether it has lapsed; a proposal and not its lapse.
"""

from collections.abc import Callable, Iterable
from typing import Any

Get = Callable[[str, str], Any]
"""(path in casework, office) → the body of the answer."""
CLOCK = ("rule", "lane", "kind", "office", "started_at", "due_at", "met_at", "immediate")
LANE = ("state", "holder", "since", "territory", "ended")
LAPSING = {"lapsed": "proposed"}
"""A transfer that nobody answers lapses by itself."""


def case_as_seen(get: Get, case_id: str, office: str) -> dict[str, Any]:
    """Lanes, clocks, hand-overs and transfers of a case as the office sees them."""
    found = get(f"/v1/cases/{case_id}", office)
    return {
        **{name: found[name] for name in ("status", "regime_procedure", "regime_support", "route", "outcome")},
        "lanes": {code: {name: lane[name] for name in LANE} for code, lane in sorted(found["lanes"].items())},
        "clocks": sorted(({name: clock[name] for name in CLOCK} for clock in found["all_clocks"]), key=_order),
        "handovers": _moves(found["handovers"], "handover_id", ("from", "to", "lane", "state")),
        "transfers": _moves(found["transfers"], "transfer_id", ("from", "to", "lanes", "state")),
        "linked": sorted(found["linked"]),
    }


def _order(clock: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(clock[name]) for name in CLOCK)


def _moves(found: Iterable[dict[str, Any]], key: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = [{name: one[name] for name in (key, *names)} for one in found]
    return sorted(({**row, "state": LAPSING.get(row["state"], row["state"])} for row in rows), key=lambda row: row[key])
