"""A service follows the signed changes of the offices: at once, and without losing what it has while NATS is away."""

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from casefile.offices import LOOK_SECONDS, RELEASE, Offices
from contracts.topology import OFFICES
from regulations import Library
from regulations.office_changes import Dissolved, Founded, Merged, amended
from regulations.signed_offices import KEY, SignedChanges, SignedOffices
from tests.integration.own_bucket import OwnBucket
from tests.library import LIBRARY, place_of

DAY = date(2026, 11, 20)
NEW, OTHER = "facility/sa-pa-moi", "facility/y-ty-moi"
FOUNDED = SignedChanges(decision="1", changes=(Founded(kind="founded", office=NEW, place=place_of("sa-pa"), on=DAY),))
SECOND = SignedChanges(decision="2", changes=(Founded(kind="founded", office=OTHER, place=place_of("y-ty"), on=DAY),))
IMPOSSIBLE = SignedChanges(
    decision="3",
    changes=(Merged(kind="merged", place=place_of("sa-pa"), into="lao-cai", on=DAY),),
)


class OfLaterRelease(BaseModel):
    """A document with whatever a later release may write."""

    amendments: list[dict[str, Any]]


class Service:
    """What one process has: a bucket that it can reach or not, a library of its own, and a clock."""

    def __init__(self) -> None:
        self.bucket, self.library, self.seconds = OwnBucket(OFFICES), Library(), 0.0
        self.offices = Offices(self.bucket, lambda: self.library, lambda: self.seconds)

    def signed(self, *amendments: SignedChanges) -> None:
        """Casework shows these."""
        self.bucket.put(KEY, len(amendments), SignedOffices(amendments=amendments))

    async def later(self) -> None:
        """The next request after a second."""
        self.seconds += LOOK_SECONDS
        await self.offices.follow()

    def knows(self, office: str) -> bool:
        return self.library.world.directory.office(office) is not None


async def test_a_founded_office_is_known_with_the_next_look() -> None:
    service = Service()
    await service.offices.follow()
    assert not service.knows(NEW)
    service.signed(FOUNDED)
    await service.later()
    assert service.knows(NEW)
    service.signed(FOUNDED, SECOND)
    await service.later()
    assert service.knows(NEW)
    assert service.knows(OTHER)


async def test_the_version_is_that_of_casework_and_release_without_changes() -> None:
    service = Service()
    assert await service.offices.version() == RELEASE
    service.signed(FOUNDED, SECOND)
    service.seconds += LOOK_SECONDS
    directory = amended(LIBRARY.world.directory, FOUNDED.changes, FOUNDED.decision)
    assert await service.offices.version() == amended(directory, SECOND.changes, SECOND.decision).version


async def test_with_nats_away_it_starts_with_the_release_and_catches_up() -> None:
    service = Service()
    service.bucket.down = True
    service.signed(FOUNDED)
    await service.offices.follow()
    assert not service.knows(NEW)
    assert service.knows("commune/lao-cai")
    service.bucket.down = False
    await service.later()
    assert service.knows(NEW)
    service.bucket.down = True
    service.signed(FOUNDED, SECOND)
    await service.later()
    assert service.knows(NEW), "it goes on with what it has"


async def test_it_looks_at_most_once_a_second() -> None:
    service = Service()
    await service.offices.follow()
    asked = service.bucket.asked
    await service.offices.follow()
    assert service.bucket.asked == asked


async def test_changes_that_do_not_fit_this_release_leave_the_offices_as_they_are() -> None:
    service = Service()
    service.signed(FOUNDED)
    await service.offices.follow()
    service.signed(FOUNDED, IMPOSSIBLE)
    await service.later()
    assert service.knows(NEW)
    service.signed(FOUNDED, IMPOSSIBLE, SECOND)
    await service.later()
    assert not service.knows(OTHER), "nothing after the contradiction"


@pytest.mark.parametrize(
    "amendment",
    [
        FOUNDED.model_dump(mode="json") | {"new_field": "x"},
        {"decision": "4", "changes": [{"kind": "renamed", "office": NEW, "on": "2026-11-20"}]},
        {"decision": "4", "changes": [FOUNDED.changes[0].model_dump(mode="json") | {"new_field": "x"}]},
    ],
    ids=["unknown field", "unknown kind", "unknown field of a change"],
)
async def test_a_document_of_a_later_release_leaves_the_offices_as_they_are(
    amendment: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    service = Service()
    service.signed(FOUNDED)
    await service.offices.follow()
    service.bucket.put(KEY, 2, OfLaterRelease(amendments=[FOUNDED.model_dump(mode="json"), amendment]))
    await service.later()
    asked = service.bucket.asked
    await service.offices.follow()
    assert service.bucket.asked == asked, "it looks at most once a second, also then"
    await service.later()
    assert service.knows(NEW)
    assert len(caplog.records) == 1, "it complains once"
    service.bucket.put(KEY, 3, SignedOffices(amendments=(FOUNDED, SECOND)))
    await service.later()
    assert service.knows(OTHER)


async def test_a_database_that_was_put_back_takes_its_signatures_with_it() -> None:
    library = Library()
    library.follow(SignedOffices(amendments=(FOUNDED, SECOND)))
    library.follow(SignedOffices(amendments=(SECOND,)))
    directory = library.world.directory
    assert directory.office(NEW) is None
    assert directory.office(OTHER) is not None
    ended = Dissolved(kind="dissolved", office=OTHER, on=date(2026, 12, 1))
    library.follow(SignedOffices(amendments=(SECOND, SignedChanges(decision="4", changes=(ended,)))))
    assert library.world.directory.is_dissolved(OTHER, date(2026, 12, 2))
