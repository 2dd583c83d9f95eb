"""The AsyncAPI 3.0 document of a service, from the contract: what it sends by its outbox, what its durables receive."""

from typing import Any

from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from contracts.envelope import Envelope, Event
from contracts.events import EVENTS
from contracts.limits import EVERY_SERVICE
from contracts.topology import durables_of, stream_of

CONTENT_TYPE = "application/cloudevents+json"


def asyncapi(service: str) -> dict[str, Any]:
    """The document; channels are keyed by the event's name and version."""
    sent = [event for event in EVENTS if event.producer in (service, EVERY_SERVICE)]
    received = durables_of(service)
    events = {_key(event): event for event in [*sent, *(durable.event for durable in received)]}
    envelopes = {key: _envelope(event) for key, event in events.items()}
    operations = {
        **{f"send {_key(event)}": _operation("send", event, {}) for event in sent},
        **{
            f"receive {durable.name}": _operation("receive", durable.event, {"x-durable": durable.name})
            for durable in received
        },
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": service, "version": "1"},
        "defaultContentType": CONTENT_TYPE,
        "channels": {key: _channel(event, envelopes[key]) for key, event in events.items()},
        "operations": operations,
        "components": {"schemas": _schemas(list(envelopes.values()))},
    }


def _key(event: type[Event]) -> str:
    return f"{event.producer}.{event.name}.v{event.version}"


def _envelope(event: type[Event]) -> type[BaseModel]:
    return create_model(f"{event.__name__}V{event.version}Envelope", __base__=Envelope, data=(event, ...))


def _channel(event: type[Event], envelope: type[BaseModel]) -> dict[str, Any]:
    return {
        "address": event.nats_subject(),
        "x-stream": stream_of(event.producer),
        "messages": {
            event.name: {
                "name": event.event_type(),
                "contentType": CONTENT_TYPE,
                "payload": {"$ref": f"#/components/schemas/{envelope.__name__}"},
            }
        },
    }


def _operation(action: str, event: type[Event], more: dict[str, Any]) -> dict[str, Any]:
    channel = f"#/channels/{_key(event)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.name}"}],
        **more,
    }


def _schemas(models: list[type[BaseModel]]) -> dict[str, Any]:
    _, document = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    return document.get("$defs", {})
