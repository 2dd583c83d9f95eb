"""The answers of services. Their form is not relied upon: what is missing reads as nothing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import httpx


class Answer(NamedTuple):
    """HTTP status, parsed JSON (None if it is not JSON), seconds that the service asks us to wait, trace id."""

    status: int
    body: Any
    retry_after: float | None
    trace_id: str | None

    @property
    def slug(self) -> str | None:
        """The slug of a refusal: the last part of the problem's `type`."""
        problem = mapping(self.body)
        return str(problem.get("slug") or problem.get("type") or "").rstrip("/").rpartition("/")[2] or None


def answer_of(response: httpx.Response) -> Answer:
    """The answer in a response."""
    body, wait = parsed(response), response.headers.get("Retry-After", "")
    seconds = float(wait) if wait.isdigit() else None
    return Answer(response.status_code, body, seconds, mapping(body).get("trace_id"))


def parsed(response: httpx.Response) -> Any:
    """The JSON of a response, or None where it is not JSON."""
    try:
        return response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None


def mapping(body: Any) -> Mapping[str, Any]:
    """The body as a mapping; empty where it is something else."""
    return cast("Mapping[str, Any]", body) if isinstance(body, Mapping) else {}


def problem_text(body: Any) -> str:
    """One line of a problem document that says why, with the fields that are wrong."""
    problem = mapping(body)
    reason = str(problem.get("detail") or problem.get("title") or "(no reason given)")
    return f"{reason} ({wrong})" if (wrong := ", ".join(_wrong_fields(problem.get("errors")))) else reason


def _wrong_fields(errors: Any) -> Iterator[str]:
    """Each field that the problem document calls wrong, for example `place missing`."""
    if isinstance(errors, list):
        for error in map(mapping, cast("list[Any]", errors)):
            yield f"{error.get('loc')} {error.get('msg')}"


def refusal_text(answer: Answer) -> str:
    """A refusal in one line: status, slug and reason."""
    return f"refused with {answer.status} {answer.slug or ''}: {problem_text(answer.body)}"
