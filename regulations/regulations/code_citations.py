"""Reads `packs/citations.toml`: by which text a code has its legal effect, where the code has no row with a citation.

Rules and the rows of the lists are cited where they stand. A route, a lane, a status or an end of a lane is a mere word
there; what it is based on, and how sure that is, stands here. The file is not part of a pack's hash, and every version
of a pack is read with it.
"""

from collections.abc import Mapping

from pydantic import Field

from regulations.model import Part, Verified
from regulations.toml_files import PackError, parse, read, root

FILE = "packs/citations.toml"


class CodeCitation(Verified):
    """The text behind codes, for example `route:rescued` or `state:return/RETURN_DECLINED` (`checks.codes`)."""

    codes: tuple[str, ...] = Field(min_length=1)
    laws: tuple[str, ...] = Field(min_length=1, description="Ids of packs.")
    citation: str = Field(min_length=3)
    note: str = ""


class _Citations(Part):
    cited: tuple[CodeCitation, ...]


def load_code_citations() -> Mapping[str, Mapping[str, CodeCitation]]:
    """Pack id → code → its citation.

    Raises:
        PackError: the file is wrong, or cites a code of a pack twice.
    """
    found: dict[str, dict[str, CodeCitation]] = {}
    for row in parse(_Citations, read(root() / "packs" / "citations.toml"), FILE).cited:
        for law in row.laws:
            for code in row.codes:
                if code in found.setdefault(law, {}):
                    raise PackError(f"{FILE}: {code} of {law} stands twice")
                found[law][code] = row
    return found
