"""`make proof`: shows at full size what must hold, on stacks of its own, and writes docs/proof.md.

`make proof ARGS="leaks sizes"` runs some sections alone; the others keep what they showed last. Every section is a
module with `prove()`. Ends with status 1 when something does not hold.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from stack.config import ROOT
from tests.load import figures
from tests.load.figures import Section
from tests.proof import (
    amend,
    bulk,
    crowd,
    fuzz,
    instant,
    kills,
    leaks,
    looks,
    loops,
    merger,
    places,
    punctual,
    scenarios,
    sizes,
    waits,
    webhook,
)

PAGE = ROOT / "docs/proof.md"
HOW = """Written by `make proof`; each table says on which machine it was made.

Not run inside it, because it changes who runs:

```
make test                                          # as you are
useradd --create-home --shell /bin/bash tester     # as root, once: then as an ordinary user, from a clone of its own
su - tester -c 'git clone /path/to/repository neove && cd neove && make test'
```"""
SECTIONS: dict[str, Callable[[], Coroutine[Any, Any, Section]]] = {
    module.NAME: module.prove
    for module in (
        scenarios,
        loops,
        kills,
        waits,
        instant,
        punctual,
        webhook,
        amend,
        merger,
        places,
        leaks,
        looks,
        sizes,
        fuzz,
        bulk,
        crowd,
    )
}


def main(names: list[str]) -> int:
    """Prove the named sections, or all; the exit status."""
    if unknown := set(names) - SECTIONS.keys():
        print(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names or SECTIONS:
        section = asyncio.run(SECTIONS[name]())
        print(section.markdown(), flush=True)
        figures.write(PAGE, "Proof", HOW, [section])
        failed += len(section.failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
