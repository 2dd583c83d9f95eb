"""Subjects and tokens that are refused before their tokens expire: an operator's file, read when it changes."""

import logging
import tomllib
from pathlib import Path
from time import monotonic

from pydantic import BaseModel, ConfigDict, Field, ValidationError

LOOK_SECONDS = 10.0
"""Between two looks at the file; a token in it dies within this time."""
log = logging.getLogger(__name__)


class DenyListWrong(ValueError):
    """The file cannot be read, or is not a deny list."""


class Denied(BaseModel):
    """The content of the file (TOML). Both fields stand in it, so that a file that is cut off is no empty list."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    subjects: list[str] = Field(description="The subject of every token that is refused.")
    tokens: list[str] = Field(description="`jti` of single tokens.")

    @classmethod
    def load(cls, path: Path) -> "Denied":
        """The list in this file.

        Raises:
            DenyListWrong: it cannot be read, or is not a deny list.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            reason = "unknown fields or values" if isinstance(error, ValidationError) else type(error).__name__
            raise DenyListWrong(f"the deny list {path} is not usable: {reason}") from None


class DenyList:
    """The deny list of a running process. A file that breaks later is an alarm, and the last good list stays.

    Args:
        path: of the file; None: nobody is refused.

    Raises:
        DenyListWrong: at the start the file must be there and sound.
    """

    def __init__(self, path: Path | None) -> None:
        self._path, self._next_look = path, monotonic() + LOOK_SECONDS
        self._stamp = _stamp(path) if path else None
        self._subjects, self._tokens = _sets(Denied.load(path) if path else Denied(subjects=[], tokens=[]))

    def has(self, subject: str, token: str | None) -> bool:
        """Whether a token of this subject, or with this `jti`, is refused."""
        if self._path is not None and monotonic() >= self._next_look:
            self._look(self._path)
        return subject in self._subjects or token in self._tokens

    def _look(self, path: Path) -> None:
        self._next_look = monotonic() + LOOK_SECONDS
        stamp = _stamp(path)
        if stamp is not None and stamp == self._stamp:
            return
        try:
            self._subjects, self._tokens = _sets(Denied.load(path))
        except DenyListWrong:
            log.error("the deny list cannot be read; the last one that could be read stays in force")
            return
        self._stamp = stamp
        log.warning("the deny list was read: %d subjects, %d tokens", len(self._subjects), len(self._tokens))


def _sets(denied: Denied) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(denied.subjects), frozenset(denied.tokens)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Differs when the file was written or replaced; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
