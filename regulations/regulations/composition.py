"""Reads `packs/composed.toml`: which parts of a case follow the law of the support package, and on which ground."""

from pydantic import Field

from regulations.lane_law import LawGround
from regulations.lanes import FAMILY
from regulations.model import Part, Verified
from regulations.toml_files import PackError, parse, read, root

COMPOSED = "composed.toml"


class Package(Part):
    """The support package.

    `lanes`: codes of lanes, or a family such as `support:*`. `grants`: the states that grant a kind of support.
    `by_paper`: the steps of the identification that accept a paper of an earlier day.
    """

    lanes: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    by_paper: tuple[str, ...] = ()


class Procedure(Part):
    """The procedure of the report.

    `lanes`: those in which a step that only the next law knows is folded under that law. `anew`: the steps of these
    lanes that come under the next law, and the lane with them, when they are taken after the law of the report ended.
    """

    lanes: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()


class Ground(Verified):
    """Why a law governs a part of a case."""

    code: LawGround
    citation: str = Field(min_length=3)
    note: str = Field(min_length=3)


class Companion(Verified):
    """On what ground a foreign minor has the rights of a citizen with the person whom he or she accompanies."""

    citation: str = Field(min_length=3)
    note: str = Field(min_length=3)


class Composition(Part):
    """The whole file."""

    package: Package = Package()
    procedure: Procedure = Procedure()
    companion: Companion | None = None
    ground: tuple[Ground, ...] = ()

    def follows_package(self, lane: str) -> bool:
        """Whether a lane follows the law of the support package, not that of the report."""
        family = lane.partition(":")[0] + FAMILY
        return bool(lane) and not {lane, family}.isdisjoint(self.package.lanes)

    def why(self, code: LawGround) -> Ground | None:
        """The ground with this code."""
        return next((one for one in self.ground if one.code == code), None)


def load_composition() -> Composition:
    """The composition of this package.

    Raises:
        PackError: the file is wrong, or a ground stands twice in it or is missing.
    """
    source = f"packs/{COMPOSED}"
    found = parse(Composition, read(root() / "packs" / COMPOSED), source)
    codes = [one.code for one in found.ground]
    if sorted(codes) != ["day", "identified", "report", "request", "step"]:
        raise PackError(f"{source}: each ground must stand once, not {codes}")
    return found
