"""Plays one scenario: it signs in, calls, remembers answers and compares. It knows nothing of cases or law.

`do` is sent once; only a connection error, 429 or 503 is repeated, with the same Idempotency-Key, at most 30 s.
`eventually` is repeated, with the same key, until the answer or refusal is as written, at most `within` seconds.
Every attempt of a step carries one trace id, so that a failure can be looked up even where no answer came.
"""

import secrets
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal

from client.answers import Answer, refusal_text
from client.errors import NotOffered, Unreachable
from client.openapi import FieldMissing
from client.services import Services
from neove.player.match import ABSENT, Mismatch, mismatches, pick
from neove.player.scenario import Scenario, ScenarioStep, ScenarioWrong, replace_names

REPEAT_SECONDS = 30.0
REPEATED = (429, 503)
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Result:
    """How one step went.

    `faults` are the places where the answer was not as written; `why` says why a step was skipped or what happened
    to the connection; `trace_id` is 32 hexadecimal digits.
    """

    step: ScenarioStep
    outcome: Literal["ok", "failed", "skipped", "unreachable"]
    attempts: int = 0
    seconds: float = 0.0
    status: int | None = None
    trace_id: str | None = None
    faults: tuple[Mismatch, ...] = ()
    why: str = ""


@dataclass
class _Attempts:
    """The tries of one step, and the answer to the last."""

    step: ScenarioStep
    started: float
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    count: int = 0
    answer: Answer | None = None
    why: str = ""

    def left(self) -> float:
        """Seconds until the step is given up."""
        return self.started + (self.step.within if self.step.patient else REPEAT_SECONDS) - time.monotonic()

    def pause(self) -> float | None:
        """Seconds to wait before the next try, or None if there is none."""
        left, answer = self.left(), self.answer
        if left <= 0:
            return None
        ours = min(FIRST_PAUSE_SECONDS * 1.5**self.count, LONGEST_PAUSE_SECONDS)
        if self.step.patient:
            asked = answer.retry_after if answer is not None and answer.status == 429 else None
            return min(max(ours, asked or 0), left)
        if answer is not None and answer.status not in REPEATED:
            return None
        wait = max(ours, (answer.retry_after if answer is not None else None) or 0)
        return wait if wait <= left else None

    def headers(self) -> dict[str, str]:
        """The headers of the next try."""
        return {"Idempotency-Key": self.key, "traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-01"}

    def result(self, outcome: Literal["ok", "failed", "unreachable"], faults: list[Mismatch]) -> Result:
        """The result of the step after the last try."""
        answer = self.answer
        return Result(
            step=self.step,
            outcome=outcome,
            attempts=self.count,
            seconds=time.monotonic() - self.started,
            status=answer.status if answer is not None else None,
            trace_id=(answer.trace_id if answer is not None else None) or self.trace_id,
            faults=tuple(faults),
            why=self.why,
        )


class Player:
    """Plays one scenario.

    Args:
        services: where and how to call.
        scenario: a loaded file.
        without: services whose steps are left out; steps that need an answer of those are left out with them.
    """

    def __init__(self, services: Services, scenario: Scenario, without: Set[str] = frozenset()) -> None:
        self._services = services
        self._scenario = scenario
        self._without = without
        self.names: dict[str, Any] = {}
        self._lost: dict[str, str] = {}

    def prepare(self) -> None:
        """Look up every operation and sign in every office, so that a file that cannot be played changes nothing.

        Raises:
            ScenarioWrong: an operation, a part of an address or an office does not exist.
            Unreachable: a service or the issuer does not answer.
        """
        for step in self._scenario.steps:
            if step.operation.service in self._without:
                continue
            try:
                self._services.operation(step.operation).request(self._fields(step, step.fields))
                self._services.token(step.office)
            except (NotOffered, FieldMissing) as error:
                service = step.operation.service
                hint = "" if self._services.has(service) else f"; `--without {service}` leaves its steps out"
                where = f"{self._scenario.path}:{step.line}: step {step.number}"
                raise ScenarioWrong(f"{where}: {error}{hint}") from error

    def play(self) -> Iterator[Result]:
        """Each step's result as it comes; ends after the first step that does not hold."""
        for step in self._scenario.steps:
            result = self._skipped(step) or self._step(step)
            yield result
            if result.outcome not in ("ok", "skipped"):
                return

    def _skipped(self, step: ScenarioStep) -> Result | None:
        why = ""
        if step.operation.service in self._without:
            why = f"without {step.operation.service}"
        elif lost := step.needs() & self._lost.keys():
            why = f"needs ${min(lost)} of a step left out ({self._lost[min(lost)]})"
        if not why:
            return None
        self._lost |= dict.fromkeys(step.save, why)
        return Result(step, "skipped", why=why)

    def _step(self, step: ScenarioStep) -> Result:
        operation = self._services.operation(step.operation)
        request = operation.request(self._fields(step, replace_names(step.fields, self.names)))
        tries = _Attempts(step, started=time.monotonic())
        while True:
            tries.count += 1
            timeout = max(tries.left(), 1.0)
            try:
                tries.answer = self._services.send(
                    step.operation, request, office=step.office, headers=tries.headers(), timeout=timeout
                )
                tries.why = ""
                faults = self._faults(step, tries.answer)
            except Unreachable as error:
                tries.answer, tries.why, faults = None, str(error), [Mismatch("", "an answer", "none")]
            if not faults:
                self._remember(step, tries.answer)
                return tries.result("ok", [])
            wait = tries.pause()
            if wait is None:
                return tries.result("failed" if tries.answer is not None else "unreachable", faults)
            time.sleep(wait)  # the pace of a client that tries again; `pause` says when to stop

    def _fields(self, step: ScenarioStep, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The input of a step; `at` becomes `occurred_at` where the operation has such a field."""
        if step.at is None or not self._services.operation(step.operation).knows("occurred_at"):
            return dict(fields)
        return {"occurred_at": step.at, **fields}

    def _faults(self, step: ScenarioStep, answer: Answer) -> list[Mismatch]:
        if step.refused is not None:
            return self._not_refused_so(step, answer)
        if not 200 <= answer.status < 300:
            return [Mismatch("", "an answer", refusal_text(answer))]
        faults = mismatches(replace_names(step.answer, self.names), answer.body)
        missing = [path for path in step.save.values() if pick(answer.body, path) is ABSENT]
        return faults + [Mismatch(path, "something to remember", ABSENT) for path in missing]

    def _not_refused_so(self, step: ScenarioStep, answer: Answer) -> list[Mismatch]:
        assert step.refused is not None
        if answer.status != step.refused.status:
            got = refusal_text(answer) if answer.status >= 400 else f"accepted ({answer.status})"
            return [Mismatch("", f"refused with {step.refused.status}", got)]
        expected = replace_names(step.refused.model_dump(exclude={"status", "slug"}), self.names)
        faults = mismatches(expected, answer.body)
        if step.refused.slug is not None:
            faults += mismatches(step.refused.slug, answer.slug, "slug")
        return faults

    def _remember(self, step: ScenarioStep, answer: Answer | None) -> None:
        if answer is not None:
            self.names |= {name: pick(answer.body, path) for name, path in step.save.items()}
