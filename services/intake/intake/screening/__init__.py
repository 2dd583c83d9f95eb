"""The screening list as data, and the level of suspicion that answers lead to, which is no legal conclusion. Pure."""

import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.ids import Code

Answer = Literal["yes", "no", "unknown"]
Level = Literal["none", "low", "elevated", "high"]
LEVELS: Final[tuple[Level, ...]] = ("none", "low", "elevated", "high")
CURRENT = "2026-1"


class Texted(BaseModel):
    """A text for people, in Vietnamese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    vi: str
    en: str


class Question(Texted):
    """One question, and the weight that the answer "yes" adds."""

    group: Code
    weight: int = Field(ge=0, le=10)


class Pattern(BaseModel):
    """Answers that together lead to at least this level, whatever the sum of weights is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    level: Level
    all: frozenset[Code]
    any: frozenset[Code]

    def holds(self, yes: frozenset[str]) -> bool:
        """True when every one of `all`, and one of `any` where there are some, was answered yes."""
        return self.all <= yes and (not self.any or bool(self.any & yes))


class ScreeningList(BaseModel):
    """One published list; immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Code
    valid_from: date
    levels: dict[Level, int]
    groups: tuple[Texted, ...] = Field(alias="group")
    questions: tuple[Question, ...] = Field(alias="question")
    patterns: tuple[Pattern, ...] = Field(alias="pattern")

    def codes(self) -> frozenset[str]:
        """Codes of all questions."""
        return frozenset(question.code for question in self.questions)

    def assess(self, answers: Mapping[str, Answer]) -> tuple[Level, list[str]]:
        """Level of suspicion and the codes that led to it, heaviest first.

        A question without an answer, or with the answer "unknown", does not count.
        """
        yes = frozenset(code for code, answer in answers.items() if answer == "yes")
        counted = sorted((q for q in self.questions if q.code in yes and q.weight), key=lambda q: (-q.weight, q.code))
        patterns = [pattern for pattern in self.patterns if pattern.holds(yes)]
        reached = {self._level_of(sum(q.weight for q in counted)), *(pattern.level for pattern in patterns)}
        return _highest(reached), [pattern.code for pattern in patterns] + [question.code for question in counted]

    def _level_of(self, weight: int) -> Level:
        return _highest({level for level, least in self.levels.items() if weight >= least})


def _highest(levels: Collection[str]) -> Level:
    found: Level = "none"
    for level in LEVELS:
        if level in levels:
            found = level
    return found


@cache
def load_list(version: str = CURRENT) -> ScreeningList:
    """The list of a version, from the files of this package."""
    text = files("intake.screening").joinpath(f"{version}.toml").read_text(encoding="utf-8")
    return ScreeningList.model_validate(tomllib.loads(text))
