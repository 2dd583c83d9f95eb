"""`python -m regulations.units.make FOLDER`: write the tables again from the sources in a folder, and say where sources
disagree. README.md of the units says what the folder must have."""

import sys
from pathlib import Path

from regulations.units import load_units
from regulations.units.make import compare, files, sources

DATA = Path(__file__).parents[1] / "data"


def main(folder: Path) -> None:
    """Write the tables, then print the disagreements."""
    base, second, former = sources.admin_units(folder), sources.catalogue(folder), sources.former_map(folder)
    files.write(DATA, base, second, former, files.corrections(DATA / "corrections.tsv"))
    for line in compare.disagreements(load_units(), base, [second, former, sources.compared_only(folder)]):
        print(line)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
