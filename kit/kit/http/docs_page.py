"""The pages `/docs` and `/asyncapi`: a service's two documents as plain HTML, made here, with nothing from elsewhere.

No script, no font, no image; the one style is allowed by its hash. Everything of a document is escaped. The documents
themselves stand beside them: `/openapi.json` and `/asyncapi.json`.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, cast

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.responses import Response

Document = Mapping[str, Any]
METHODS = ("get", "post")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "h2{font-size:1.1rem;margin:2rem 0 .2rem}h2 code{font-weight:400}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ddd}"
    "caption{text-align:left;font-weight:600;padding-top:.6rem}code{font-family:ui-monospace,monospace;font-size:.9em}"
    "@media(prefers-color-scheme:dark){body{background:#141414;color:#e8e8e8}td,th{border-color:#444}a{color:#9cf}}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def docs_router(openapi: Callable[[], Document], asyncapi: Callable[[], Document]) -> APIRouter:
    """Routes of both pages and of the AsyncAPI document; none of them shows in the OpenAPI document.

    Args:
        openapi, asyncapi: give the documents; asked when a page is asked for.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs() -> Response:
        return _page(openapi(), _operations(openapi()), ("/openapi.json", "/asyncapi"))

    @router.get("/asyncapi")
    async def events() -> Response:
        return _page(asyncapi(), _messages(asyncapi()), ("/asyncapi.json", "/docs"))

    @router.get("/asyncapi.json")
    async def document() -> Response:
        return Response(to_json(asyncapi()), media_type="application/json")

    _ = docs, events, document
    return router


def _page(document: Document, parts: Iterator[str], links: tuple[str, ...]) -> Response:
    kind = "OpenAPI" if "openapi" in document else "AsyncAPI"
    title = escape(f"{document['info']['title']} · {kind}")
    about = "".join(f"<p>{escape(text)}</p>" for text in [document["info"].get("description")] if text)
    shown = " · ".join(f'<a href="{link}">{link}</a>' for link in links)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{shown}</p>{about}{''.join(parts)}</body></html>"
    )
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": POLICY})


def _operations(document: Document) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield from _operation(document, method, path, item[method])


def _operation(document: Document, method: str, path: str, operation: Document) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f'<h2 id="{name}">{name} <code>{method.upper()} {escape(path)}</code></h2>'
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    yield _table("Parameters", [_parameter(document, one) for one in operation.get("parameters", [])])
    body = _schema(operation.get("requestBody", {}))
    yield _table("Body", list(_fields(document, body)))
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield _table(f"Answer {status}", list(_fields(document, _schema(answer))))
    refusals = [(status, "", one["description"]) for status, one in operation["responses"].items() if status >= "4"]
    yield _table("Refusals", refusals)


def _messages(document: Document) -> Iterator[str]:
    for name, operation in document["operations"].items():
        channel = document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        yield f"<h2>{escape(name)} <code>{escape(channel['address'])}</code></h2>"
        yield f"<p>Stream <code>{escape(channel['x-stream'])}</code>"
        yield f", durable <code>{escape(operation['x-durable'])}</code>.</p>" if "x-durable" in operation else ".</p>"
        for message in channel["messages"].values():
            envelope = _resolved(document, message["payload"])
            data = envelope.get("properties", {}).get("data", {})
            yield f"<p>{escape(str(_resolved(document, data).get('description', '')))}</p>"
            yield _table("Data", list(_fields(document, data)))


def _parameter(document: Document, parameter: Document) -> tuple[str, str, str]:
    name = parameter["name"] + ("" if parameter.get("required") else "?")
    return name, f"{parameter['in']}, {_type(document, parameter['schema'])}", parameter.get("description", "")


def _schema(content: Document) -> Document:
    """The schema of the first media type of a body or an answer."""
    media: list[Document] = list(content.get("content", {}).values())
    return cast(Document, media[0].get("schema", {})) if media else {}


def _fields(document: Document, schema: Document) -> Iterator[tuple[str, str, str]]:
    """(name, type, description) of each field; `?` marks what may be left out."""
    found = _resolved(document, schema)
    required = found.get("required", ())
    for name, field in found.get("properties", {}).items():
        yield name + ("" if name in required else "?"), _type(document, field), field.get("description", "")


def _type(document: Document, schema: Document) -> str:
    """A type in one line; a nested model by its fields."""
    if "anyOf" in schema:
        return " | ".join(_type(document, one) for one in schema["anyOf"])
    found = _resolved(document, schema)
    if "enum" in found:
        return " | ".join(map(str, found["enum"]))
    if "const" in found:
        return str(found["const"])
    if found.get("type") == "array":
        return f"[{_type(document, found.get('items', {}))}]"
    if "properties" in found:
        return "{" + ", ".join(found["properties"]) + "}"
    return str(found.get("format") or found.get("type") or "any")


def _resolved(document: Document, schema: Document) -> Document:
    """What a `$ref` of this document stands for."""
    if "$ref" not in schema:
        return schema
    return cast(Document, document["components"]["schemas"].get(schema["$ref"].rpartition("/")[2], {}))


def _table(caption: str, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(text)}</td></tr>"
        for name, kind, text in rows
    )
    return f"<table><caption>{caption}</caption>{cells}</table>"
