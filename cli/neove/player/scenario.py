"""Loading a scenario file: YAML 1.2 with text only, the grammar, and the names that steps hand on.

Every mistake of a file that can be found without asking a service is found here, before the first step is played.
The grammar is described in `docs/scenarios.md`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from client.services import OperationName
from neove.player.match import is_pattern

NAME = re.compile(r"^\$([A-Za-z_][A-Za-z0-9_]*)$")
OPERATION = r"^[a-z][a-z0-9_-]*\.[A-Za-z_][A-Za-z0-9_]*$"
OFFICE = r"^[a-z0-9_]+/[a-z0-9-]+(#[a-z0-9]+)?$"
"""An office, and perhaps which person of it signs in."""
EVENTUALLY_SECONDS = 10.0


class ScenarioWrong(Exception):
    """The file cannot be played as it is written; the message says where and why."""


class Refusal(BaseModel):
    """How a call must be refused: the HTTP status, perhaps the slug and further members of the problem document."""

    model_config = ConfigDict(frozen=True, extra="allow")

    status: int = Field(ge=400, le=599)
    slug: str | None = None


class ScenarioStep(BaseModel):
    """One step: who calls what with which input, and what must be true of the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    line: int
    office: str = Field(alias="as", pattern=OFFICE)
    do: str | None = Field(default=None, pattern=OPERATION)
    eventually: str | None = Field(default=None, pattern=OPERATION)
    at: str | None = None
    within: float = Field(default=EVENTUALLY_SECONDS, gt=0, le=600, description="Seconds, for `eventually` only.")
    fields: dict[str, Any] = Field(default_factory=dict, alias="with")
    save: dict[str, str] = Field(default_factory=dict)
    answer: Any = Field(default_factory=dict)
    refused: Refusal | None = None

    @model_validator(mode="after")
    def _is_one_call(self) -> "ScenarioStep":
        if (self.do is None) == (self.eventually is None):
            raise ValueError("a step has either `do` or `eventually`")
        if self.do is not None and "within" in self.model_fields_set:
            raise ValueError("`within` belongs to `eventually`")
        if self.refused is not None and self.model_fields_set & {"save", "answer"}:
            raise ValueError("a refused call has no answer to check or save")
        return self

    @property
    def patient(self) -> bool:
        """Whether the step is asked again until it holds."""
        return self.eventually is not None

    @property
    def operation(self) -> OperationName:
        """The service and the operationId that the step calls."""
        service, _, operation = (self.do or self.eventually or "").partition(".")
        return OperationName(service, operation)

    def needs(self) -> set[str]:
        """Names of earlier answers that the step refers to."""
        checked: list[Any] = [self.fields, self.answer]
        if self.refused is not None:
            checked.append(self.refused.model_dump())
        return {match[1] for text in texts(checked) if (match := NAME.match(text))}


class Scenario(BaseModel):
    """One file: a title, a paragraph, and the steps in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    title: str
    about: str = ""
    steps: tuple[ScenarioStep, ...] = Field(min_length=1)


class _Loader(yaml.SafeLoader):
    """YAML whose plain words all stay text (`yes`, `2001`, dates); only `~`, `null` and nothing mean nothing."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - overrides the class attribute of the library
        first: [("tag:yaml.org,2002:null", re.compile(r"^(~|null|)$"))] for first in ("~", "n", "")
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping in which no key is given twice (the library keeps the last one in silence)."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def texts(value: Any) -> Iterator[str]:
    """Every text inside a nested value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from texts(part)


def replace_names(value: Any, names: Mapping[str, Any]) -> Any:
    """The same nested value with each text `$A` replaced by what is remembered under `A`."""
    if isinstance(value, str):
        match = NAME.match(value)
        return names[match[1]] if match else value
    if isinstance(value, dict):
        return {key: replace_names(part, names) for key, part in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [replace_names(part, names) for part in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def read_document(text: str) -> tuple[Any, list[int]]:
    """The document as nested texts, and the line (counted from 1) of each entry of its `steps`."""
    loader: Any = _Loader(text)  # the library's own methods are untyped
    try:
        node = loader.get_single_node()
        if node is None:
            return None, []
        return loader.construct_document(node), _step_lines(node)
    finally:
        loader.dispose()


def _step_lines(node: yaml.Node) -> list[int]:
    if not isinstance(node, yaml.MappingNode):
        return []
    for key, value in node.value:
        if key.value == "steps" and isinstance(value, yaml.SequenceNode):
            return [item.start_mark.line + 1 for item in value.value]
    return []


def load(path: Path) -> Scenario:
    """Read and check one scenario file.

    Raises:
        ScenarioWrong: unreadable, not YAML, not the grammar, a name used before it is remembered, a broken pattern.
    """
    try:
        document, lines = read_document(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioWrong(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioWrong(f"{path}:{mark.line + 1 if mark else '?'}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ScenarioWrong(f"{path}: {error}") from error
    scenario = _build(path, document, lines)
    _check(scenario)
    return scenario


def _build(path: Path, document: Any, lines: list[int]) -> Scenario:
    if not isinstance(document, dict):
        raise ScenarioWrong(f"{path}: a scenario is a mapping with `title` and `steps`")
    content: dict[str, Any] = {str(key): value for key, value in document.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    steps: Any = content.get("steps")
    if isinstance(steps, list):
        content["steps"] = [
            {**step, "number": number, "line": line} if isinstance(step, dict) else step
            for number, (step, line) in enumerate(zip(steps, lines, strict=True), 1)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        ]
    try:
        return Scenario.model_validate({**content, "path": path})
    except ValidationError as error:
        raise ScenarioWrong("\n".join(_sayings(path, error, lines))) from error


def _sayings(path: Path, error: ValidationError, lines: list[int]) -> Iterator[str]:
    for fault in error.errors():
        place = [str(part) for part in fault["loc"]]
        where = str(path)
        if place[:1] == ["steps"] and len(place) > 1 and place[1].isdigit():
            number = int(place[1])
            where, place = f"{path}:{lines[number]}: step {number + 1}", place[2:]
        yield f"{where}: {'.'.join(place)}{': ' if place else ''}{fault['msg'].removeprefix('Value error, ')}"


def _check(scenario: Scenario) -> None:
    known: set[str] = set()
    for step in scenario.steps:
        where = f"{scenario.path}:{step.line}: step {step.number}"
        if missing := step.needs() - known:
            raise ScenarioWrong(f"{where}: ${min(missing)} is used before a step remembers it")
        for text in texts(step.answer):
            if is_pattern(text):
                _check_pattern(where, text)
        known |= step.save.keys()


def _check_pattern(where: str, text: str) -> None:
    try:
        re.compile(text[1:-1])
    except re.error as error:
        raise ScenarioWrong(f"{where}: {text} is not a regular expression: {error}") from error
