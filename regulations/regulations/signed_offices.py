"""The signed changes of the offices as one document. Casework publishes it; the other services read it.

It is public data: numbers of decisions, offices and places, and no person.
"""

from pydantic import BaseModel, ConfigDict

from regulations.office_changes import OfficeChange
from regulations.world import World

KEY = "signed"
"""Key of the document in its bucket (`contracts.topology.OFFICES`)."""
MAX_BYTES = 200_000
"""Of the document as JSON, with every change that was ever signed; NATS takes somewhat more. A change has about 150
bytes. A reform of the whole country comes with a release, in the files of the directory."""


class SignedChanges(BaseModel):
    """The changes of one signed amendment, and the number of the decision that orders them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: str
    changes: tuple[OfficeChange, ...]


class SignedOffices(BaseModel):
    """All of them, in the order of the signatures.

    An older release passes over a field beside `amendments` that it does not know. It refuses the document if an
    amendment or a change has such a field, because the change would mean something else without it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    amendments: tuple[SignedChanges, ...] = ()

    def on_top_of(self, world: World, known: int = 0) -> World:
        """This world with the changes of every amendment after the first `known` ones.

        Raises:
            ChangesRefused: the directory of the release contradicts a signed change.
        """
        for one in self.amendments[known:]:
            world = world.with_offices(one.changes, one.decision)
        return world
