"""The offices as they are now, in every service that uses the directory: those of the release, with the signed changes.

Casework owns the offices and shows the signed changes in a bucket (ADR 0021). A service looks there before it answers,
at most once a second, and so learns of a change within about a second, without a restart. While NATS is away it goes
on with the offices that it has; after its start these are those of its release.
"""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from contracts.problems import Unavailable
from contracts.topology import OFFICES
from kit.bucket import Reader, Source
from regulations import Library, World
from regulations.office_changes import ChangesRefused
from regulations.signed_offices import KEY, SignedOffices

LOOK_SECONDS = 1.0
"""Between two looks into the bucket."""
RELEASE = "release"
"""Version of a directory without signed changes."""
log = logging.getLogger(__name__)


class Offices:
    """Keeps the directory of a library up to date.

    Args:
        source: the bus.
        library: gives the library of this process.
        now: seconds that never go back.
    """

    def __init__(self, source: Source, library: Callable[[], Library], now: Callable[[], float] = monotonic) -> None:
        self._bucket = Reader(source, OFFICES, SignedOffices.model_validate, now)
        self._library, self._now = library, now
        self._look_at, self._signed = 0.0, SignedOffices()
        self._looking = asyncio.Lock()
        self._complaint = ""

    async def follow(self) -> None:
        """Look whether another change was signed, and use it. It never fails: the offices stay as they are instead."""
        async with self._looking:
            if self._now() < self._look_at:
                return
            try:
                found = await self._bucket.get(KEY)
                signed = found.body if found else SignedOffices()
                if signed != self._signed:  # most stacks have none, and need no directory for that
                    await asyncio.to_thread(self._library().follow, signed)
                    self._signed = signed
                self._complaint = ""
            except Unavailable:
                self._complain("the signed changes of the offices cannot be read now")
            except ChangesRefused as error:
                self._complain(f"the signed changes of the offices do not fit the directory of this release: {error}")
            except Exception as error:  # for example a kind of change that only a later release knows
                self._complain(f"this release cannot use the signed changes: {type(error).__name__}: {error}")
            finally:
                self._look_at = self._now() + LOOK_SECONDS

    async def version(self) -> str:
        """The version of the directory that this process uses now, for its health answer."""
        await self.follow()
        return version_of(self._library().world) if self._signed.amendments else RELEASE

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:
            log.warning(complaint)
        self._complaint = complaint


def version_of(world: World) -> str:
    """The version of the directory: the hash of the signed changes, or `release` without any."""
    return world.directory.version or RELEASE
