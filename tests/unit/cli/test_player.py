"""The player: one key a step, what is repeated and how long, what is remembered, what is left out."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from client.errors import Unreachable
from neove.player.match import ABSENT
from neove.player.player import Player, Result
from neove.player.scenario import ScenarioWrong, load

from .conftest import Fake, said

Write = Callable[..., Path]
RECORD = "  - {as: commune/lao-cai, do: desk.record, with: {case_id: c}}\n"


def play(fake: Fake, path: Path, without: set[str] | None = None) -> list[Result]:
    player = Player(fake.services(), load(path), without or set())
    player.prepare()
    return list(player.play())


def keys(fake: Fake) -> list[str]:
    return [request.headers["Idempotency-Key"] for request in fake.seen]


def test_signs_in_once_as_the_office_and_sends_the_typed_input(fake: Fake, write: Write) -> None:
    step = (
        "  - {as: commune/lao-cai, do: desk.record, at: 2026-01-02T03:04:05Z, with: {case_id: c, anonymous: false}}\n"
    )
    results = play(fake, write(step * 2))
    assert [result.outcome for result in results] == ["ok", "ok"]
    assert fake.seen[0].headers["Authorization"] == "Bearer token of commune/lao-cai"
    assert fake.bodies()[0] == {"occurred_at": "2026-01-02T03:04:05Z", "anonymous": False}
    assert fake.tokens == 1


def test_at_is_left_out_where_the_operation_has_no_such_field(fake: Fake, write: Write) -> None:
    play(fake, write("  - {as: commune/lao-cai, do: desk.work, at: 2026-01-02T03:04:05Z}\n"))
    assert fake.seen[0].url.query == b""


def test_each_step_has_its_own_key_and_trace(fake: Fake, write: Write) -> None:
    play(fake, write(RECORD * 2))
    assert len(set(keys(fake))) == 2
    assert len({request.headers["traceparent"].split("-")[1] for request in fake.seen}) == 2


def test_remembers_and_hands_on(fake: Fake, write: Write) -> None:
    fake.answers = [said(201, {"cases": {"A": "case_1"}}), said(body={"linked": ["case_1"]})]
    path = write(
        "  - {as: commune/lao-cai, do: desk.record, with: {case_id: c}, save: {A: cases.A}}\n"
        "  - {as: commune/lao-cai, do: desk.look, with: {case_id: $A}, answer: {linked: [$A]}}\n"
    )
    assert [result.outcome for result in play(fake, path)] == ["ok", "ok"]
    assert fake.seen[1].url.path == "/v1/cases/case_1"


def test_fails_where_there_is_nothing_to_remember(fake: Fake, write: Write) -> None:
    (result,) = play(fake, write(RECORD.replace("}\n", ", save: {A: cases.A}}\n", 1).replace("}, save", "}, save")))
    assert result.outcome == "failed"
    assert (result.faults[0].path, result.faults[0].got) == ("cases.A", ABSENT)


def test_a_plain_call_is_sent_once(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [said(body={"status": "open"})]
    (result,) = play(fake, write("  - {as: commune/lao-cai, do: desk.look, with: {case_id: c}, answer: {status: x}}\n"))
    assert (result.outcome, result.attempts, len(fake.seen), naps) == ("failed", 1, 1, [])


@pytest.mark.parametrize(
    "first", [said(503, "unavailable"), said(429, "too-many"), httpx.ConnectError, httpx.ReadTimeout]
)
def test_a_plain_call_is_repeated_with_the_same_key_while_the_service_is_away(
    fake: Fake, write: Write, naps: list[float], first: httpx.Response | type[httpx.TransportError]
) -> None:
    fake.answers = [first, first, said()]
    (result,) = play(fake, write(RECORD))
    assert (result.outcome, result.attempts) == ("ok", 3)
    assert len(set(keys(fake))) == 1


def test_a_plain_call_waits_as_long_as_the_answer_asks(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [said(503, "unavailable", **{"Retry-After": "7"}), said()]
    play(fake, write(RECORD))
    assert naps == [7.0]


def test_a_plain_call_is_given_up_after_thirty_seconds(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [said(503, "unavailable", **{"Retry-After": "20"})]
    (result,) = play(fake, write(RECORD))
    assert (result.outcome, naps) == ("failed", [20.0])
    assert "503 unavailable" in result.faults[0].got


def test_a_service_that_stays_away_is_unreachable(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [httpx.ConnectError]
    (result,) = play(fake, write(RECORD))
    assert result.outcome == "unreachable"
    assert 29 < sum(naps) <= 30
    assert "`desk` does not answer" in result.why


def test_a_refusal_that_is_expected_is_not_repeated(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [said(503, "unavailable")]
    (result,) = play(fake, write("  - {as: commune/lao-cai, do: desk.work, refused: {status: 503}}\n"))
    assert (result.outcome, result.attempts) == ("ok", 1)


def test_eventually_asks_again_with_the_same_key_until_it_holds(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [
        said(403, "not-your-case"),
        httpx.ConnectError,
        said(409, "refused"),
        said(body={"n": 1}),
        said(body={"n": 2}),
    ]
    step = "  - {as: commune/lao-cai, eventually: desk.record, with: {case_id: c}, answer: {n: 2}, save: {N: n}}\n"
    (result,) = play(fake, write(step))
    assert (result.outcome, result.attempts) == ("ok", 5)
    assert len(set(keys(fake))) == 1


def test_eventually_may_wait_for_a_refusal(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.answers = [said(), said(409, "refused")]
    step = "  - {as: commune/lao-cai, eventually: desk.look, with: {case_id: c}, refused: {status: 409}}\n"
    assert play(fake, write(step))[0].attempts == 2


@pytest.mark.parametrize(("within", "seconds"), [("", 10), (", within: 3", 3)])
def test_eventually_is_given_up(fake: Fake, write: Write, naps: list[float], within: str, seconds: float) -> None:
    fake.answers = [said(body={"n": 1})]
    step = f"  - {{as: commune/lao-cai, eventually: desk.look, with: {{case_id: c}}, answer: {{n: 2}}{within}}}\n"
    (result,) = play(fake, write(step))
    assert result.outcome == "failed"
    assert sum(naps) == pytest.approx(seconds)
    assert (result.faults[0].path, result.faults[0].expected, result.faults[0].got) == ("n", "2", 1)


@pytest.mark.parametrize(
    ("refused", "outcome"),
    [
        ("status: 403", "ok"),
        ("status: 403, slug: not-your-case", "ok"),
        ("status: 403, detail: A reason.", "ok"),
        ("status: 404", "failed"),
        ("status: 403, slug: other", "failed"),
        ("status: 403, rule: B-1", "failed"),
    ],
)
def test_a_refusal_must_be_as_written(fake: Fake, write: Write, refused: str, outcome: str) -> None:
    fake.answers = [said(403, "not-your-case")]
    (result,) = play(fake, write(f"  - {{as: commune/lao-cai, do: desk.work, refused: {{{refused}}}}}\n"))
    assert result.outcome == outcome


def test_a_call_that_should_be_refused_and_is_not_fails(fake: Fake, write: Write) -> None:
    (result,) = play(fake, write("  - {as: commune/lao-cai, do: desk.work, refused: {status: 403}}\n"))
    assert result.faults[0].got == "accepted (200)"


def test_an_answer_that_is_not_json_does_not_hold(fake: Fake, write: Write) -> None:
    fake.answers = [httpx.Response(200, content=b"<html>")]
    (result,) = play(fake, write("  - {as: commune/lao-cai, do: desk.work, answer: {items: []}}\n"))
    assert result.outcome == "failed"


def test_stops_after_the_first_failure_and_tells_the_trace_of_the_service(fake: Fake, write: Write) -> None:
    fake.answers = [said(422, "invalid")]
    (result,) = play(fake, write(RECORD * 3))
    assert (result.outcome, result.status, result.trace_id) == ("failed", 422, "f" * 32)


def test_leaves_out_a_service_and_what_needs_its_answers(fake: Fake, write: Write) -> None:
    path = write(
        "  - {as: nobody/nowhere, do: gone.act, save: {G: id}}\n"
        + RECORD
        + "  - {as: commune/lao-cai, do: desk.look, with: {case_id: $G}}\n"
    )
    results = play(fake, path, {"gone"})
    assert [result.outcome for result in results] == ["skipped", "ok", "skipped"]
    assert results[0].why == "without gone"
    assert "$G" in results[2].why
    assert len(fake.seen) == 1


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("  - {as: commune/lao-cai, do: gone.act}\n", "--without gone"),
        ("  - {as: commune/lao-cai, do: desk.act}\n", "no operation `act`"),
        ("  - {as: commune/lao-cai, do: desk.look}\n", "`case_id` is needed"),
        ("  - {as: commune/nowhere, do: desk.work}\n", "does not sign in `commune/nowhere`"),
    ],
)
def test_does_nothing_of_a_file_that_cannot_be_played(fake: Fake, write: Write, step: str, reason: str) -> None:
    with pytest.raises(ScenarioWrong, match=reason) as refusal:
        play(fake, write(RECORD + step))
    assert "scenario.yaml:5: step 2" in str(refusal.value)
    assert fake.seen == []


def test_a_service_without_document_is_unreachable(fake: Fake, write: Write, naps: list[float]) -> None:
    fake.documents = False
    with pytest.raises(Unreachable, match="`desk` does not answer"):
        play(fake, write(RECORD))
