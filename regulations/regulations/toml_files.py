"""Reads this package's own TOML files; an error message begins with the name of the file."""

import hashlib
import json
import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

ModelT = TypeVar("ModelT", bound=BaseModel)


class PackError(Exception):
    """A data file of the regulations is wrong. The message begins with the name of the file."""


def root() -> Traversable:
    """The folder of the regulations package."""
    return files("regulations")


def read(source: Traversable) -> dict[str, Any]:
    """The content of one TOML file.

    Raises:
        PackError: it is missing, not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PackError(f"{source.name}: {error}") from error


def parse(model: type[ModelT], content: Any, source: str) -> ModelT:
    """`content` as `model`; what does not fit is named by file, place and reason.

    Raises:
        PackError: the content does not fit the model.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise PackError(f"{source}: {place}: {first['msg']} ({error.error_count()} mistakes)") from error


def content_hash(content: Any) -> str:
    """SHA-256 (hex) of plain data in canonical JSON: the same content has the same hash, whatever its layout."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
