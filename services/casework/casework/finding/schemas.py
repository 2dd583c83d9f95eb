"""Query and answer of the look-up."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from contracts.ids import OpaqueId
from contracts.numbers import OfCase
from contracts.writing import Line
from kit.http import Body


class FindQuery(Body):
    """Either `number` or `alias`."""

    number: Line | None = Field(
        default=None,
        max_length=40,
        description="In capital or small letters, with or without hyphens and spaces.",
        examples=["4RM7-HX92-F"],
    )
    alias: Line | None = Field(
        default=None,
        max_length=40,
        description="With or without Vietnamese marks. Several cases may have the same alias.",
        examples=["Xoài 42"],
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.number is None) == (self.alias is None):
            raise ValueError("either number or alias")
        return self


class FoundCase(OfCase):
    """A case that the office may see."""

    case_id: OpaqueId


class FoundCases(BaseModel):
    """At least one case. By number it is one, but for cases that older releases opened with the same number."""

    items: list[FoundCase]
