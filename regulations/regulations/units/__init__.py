"""The administrative units of the country: provinces, former districts, communes, and which became which.

A unit is identified by its official code *and* its map, because both maps use the same numbers for different units. The
id says both: `34-00004` is Phường Ba Đình of the map of 34 provinces (since 2025-07-01), `63-00004` is Phường Trúc Bạch
of the map of 63 provinces (until then). An id never changes its meaning.

The data and where it comes from: README.md and the folder `data/` beside this file.
"""

from regulations.units.names import Match
from regulations.units.register import Heir, Trait, Unit, Units, load_units

__all__ = ["Heir", "Match", "Trait", "Unit", "Units", "load_units"]
