"""Tests invent ids; real ones are never used again."""

import pytest

from casework.domain import case_file


@pytest.fixture(autouse=True)
def no_remembered_folds() -> None:
    """Each test begins without the folds of another test's case of the same id."""
    case_file._folds.clear()  # pyright: ignore[reportPrivateUsage]
