"""Events: only safe fields, schemas current and growing only, goldens readable, somebody listens to each."""

import json
import subprocess
import types
import typing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, StringConstraints, ValidationError

from contracts.envelope import CaseEvent, Envelope, Event
from contracts.events import BY_TYPE, EVENTS
from contracts.events.casework import AmendmentApplied
from contracts.limits import LimitReached
from contracts.schemas import schema_of, text_of
from contracts.topology import DURABLES, STREAMS, stream_of

ROOT = Path(__file__).resolve().parents[2]
NAMES = [event.event_type() for event in EVENTS]
AMENDMENT, HEALTH = "amd_" + "a" * 26, "health_authority/lao-cai"
AT = datetime(2026, 11, 22, 1, 0, 5, tzinfo=UTC)
OF_NO_CASE = {AmendmentApplied, LimitReached}


def is_safe(annotation: object, metadata: list[object]) -> bool:
    """True when a value of this type cannot hold free text."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        inner, *more = typing.get_args(annotation)
        return is_safe(inner, [*metadata, *more])
    if origin in (typing.Union, types.UnionType, tuple, list, dict):
        return all(is_safe(one, []) for one in typing.get_args(annotation) if one not in (type(None), Ellipsis))
    if origin is typing.Literal:
        return True
    if annotation is str:
        return any(isinstance(one, StringConstraints) and one.pattern for one in metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return unsafe_fields(annotation) == []
    return annotation in (int, bool, date, datetime) or getattr(annotation, "__name__", "") == "AwareDatetime"


def unsafe_fields(model: type[BaseModel]) -> list[str]:
    """Fields of a model that could hold free text."""
    return [name for name, field in model.model_fields.items() if not is_safe(field.annotation, list(field.metadata))]


@pytest.mark.parametrize("event", EVENTS, ids=NAMES)
def test_no_field_can_hold_free_text(event: type[Event]) -> None:
    assert unsafe_fields(event) == []


def test_the_check_of_free_text_finds_a_plain_string() -> None:
    class Leaky(BaseModel):
        name: str
        names: list[str]

    assert unsafe_fields(Leaky) == ["name", "names"]


@pytest.mark.parametrize("event", EVENTS, ids=NAMES)
def test_schema_file_is_current(event: type[Event]) -> None:
    path = ROOT / "contracts/schemas" / event.dataschema()
    assert path.read_text() == text_of(schema_of(event)), "run: make schemas"


@pytest.mark.parametrize("event", EVENTS, ids=NAMES)
def test_schema_only_grows_within_a_version(event: type[Event]) -> None:
    path = f"contracts/schemas/{event.dataschema()}"
    shown = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=ROOT, capture_output=True, text=True, check=False)
    if shown.returncode:
        return  # a new event: nothing to be compatible with
    before, now = json.loads(shown.stdout), schema_of(event)
    assert set(before["properties"]) <= set(now["properties"])
    assert set(now.get("required", [])) <= set(before.get("required", []))


@pytest.mark.parametrize("event", EVENTS, ids=NAMES)
def test_golden_is_read_and_written_back(event: type[Event]) -> None:
    text = (ROOT / f"contracts/examples/{event.producer}.{event.name}.v{event.version}.json").read_text()
    envelope = Envelope.model_validate_json(text)
    assert BY_TYPE[envelope.type] is event
    data = event.model_validate(envelope.data)
    assert data.model_dump(mode="json") == envelope.data
    assert envelope.subject == data.about()


@pytest.mark.parametrize("event", EVENTS, ids=NAMES)
def test_only_what_concerns_a_case_has_a_case_id(event: type[Event]) -> None:
    if issubclass(event, CaseEvent):
        assert event.model_fields["case_id"].is_required()
    else:
        assert event in OF_NO_CASE
        assert "case_id" not in schema_of(event)["required"]


def test_an_applied_amendment_is_about_the_amendment() -> None:
    applied = AmendmentApplied(amendment_id=AMENDMENT, office=HEALTH, moved=5, cases=3, applied_at=AT)
    envelope = Envelope.wrap(applied, at=AT)
    assert not isinstance(applied, CaseEvent)
    assert envelope.subject == AMENDMENT
    assert envelope.data["amendment_id"] == AMENDMENT
    assert envelope.data["case_id"] == AMENDMENT, "receivers of the first release read it there"


def test_an_applied_amendment_of_the_first_release_is_read() -> None:
    sent = {"case_id": AMENDMENT, "office": HEALTH, "moved": 5, "cases": 3, "applied_at": AT.isoformat()}
    assert AmendmentApplied.model_validate_json(json.dumps(sent)).amendment_id == AMENDMENT


def test_an_applied_amendment_needs_an_id() -> None:
    with pytest.raises(ValidationError):
        AmendmentApplied.model_validate({"office": HEALTH, "moved": 5, "cases": 3, "applied_at": AT})


@pytest.mark.parametrize("event", EVENTS, ids=NAMES)
def test_somebody_listens(event: type[Event]) -> None:
    assert [durable.name for durable in DURABLES if durable.event is event]


def test_every_durable_has_a_stream_that_keeps_its_subject() -> None:
    for durable in DURABLES:
        assert durable.stream == stream_of(durable.event.producer)
        assert any(durable.subject.startswith(subject.removesuffix(">")) for subject in STREAMS[durable.stream])
        assert durable.name.startswith(f"{durable.service}__")


def test_an_event_refuses_personal_data_in_its_fields() -> None:
    opened = json.loads((ROOT / "contracts/examples/intake.case.opened.v1.json").read_text())["data"]
    for field in ("office", "territory", "route", "actor"):
        with pytest.raises(ValidationError):
            BY_TYPE["vn.neove.intake.case.opened.v1"].model_validate({**opened, field: "Trần Thị Ví Dụ"})
