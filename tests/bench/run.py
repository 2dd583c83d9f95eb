"""`make bench`: measures against the budgets, in one run on a stack of its own, and writes docs/performance.md.

`make bench ARGS="steps cases"` runs some sections alone. Budgets are shown, never asserted: a machine that others use
as well is no judge.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from stack.config import ROOT
from stack.trial import Trial, trial
from tests.bench import amend, bucket, cases, compared, counts, scale, start, steps, waits
from tests.load import figures
from tests.load.figures import Section

PAGE = ROOT / "docs/performance.md"
HOW = "Written by `make bench`. Ratios count; absolute figures are those of the machine named below each table."
MEASURES: dict[str, Callable[[Trial], Coroutine[Any, Any, Section]]] = {
    "steps": steps.measure,
    "cases": cases.measure,
    "counts": counts.measure,
    "waits": waits.measure,
    "amend": amend.measure,
    "scale": scale.measure,
    "bucket": bucket.measure,
    "start": start.measure,
    "peers": compared.measure,
}


def main(names: list[str]) -> None:
    """Run the named sections, or all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the stack ends and its data is deleted
    if unknown := set(names) - MEASURES.keys():
        sys.exit(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    for name in names or MEASURES:
        with trial() as running:
            section = asyncio.run(MEASURES[name](running))
        print(section.markdown())
        figures.write(PAGE, "Performance", HOW, [section])


if __name__ == "__main__":
    main(sys.argv[1:])
