"""Casework as the commands on amendments see it, in memory: it keeps one amendment and says what a test wrote down."""

import json
import re
from typing import Any

import httpx
from fastapi import FastAPI

from client.services import Services
from neove.law.shared.amending import AmendmentRegister

ID = "amd_invented"
HASH = "ab" * 32
DONE = "2026-11-20T03:00:05Z"


def document() -> dict[str, Any]:
    """The OpenAPI document, as far as the commands use it."""
    app = FastAPI()

    @app.get("/v1/amendments", operation_id="list_amendments")
    def everything() -> None: ...

    @app.post("/v1/amendments", operation_id="propose_amendment")
    def propose(body: dict[str, Any]) -> None: ...

    @app.get("/v1/amendments/{amendment_id}", operation_id="get_amendment")
    def get(amendment_id: str) -> None: ...

    @app.get("/v1/amendments/{amendment_id}/preview", operation_id="preview_amendment")
    def preview(amendment_id: str, limit: int = 50, cursor: str | None = None) -> None: ...

    @app.post("/v1/amendments/{amendment_id}/sign", operation_id="sign_amendment")
    def sign(amendment_id: str, body: dict[str, Any]) -> None: ...

    @app.post("/v1/amendments/{amendment_id}/withdraw", operation_id="withdraw_amendment")
    def withdraw(amendment_id: str) -> None: ...

    return app.openapi()


def move(**given: Any) -> dict[str, Any]:
    """One line of a preview."""
    usual = {
        "case_id": "case_one",
        "lane": "crime",
        "rule": "C-INF-10",
        "clock_id": "clock_one",
        "office": "provincial_police/lao-cai",
        "from_at": "2026-11-24T17:00:00Z",
        "to_at": "2026-11-25T17:00:00Z",
        "effect": "later",
        "why": ["2026-11-23 off: Nghỉ bù"],
    }
    return usual | given


class Casework:
    """Answers over HTTP without sockets.

    Attributes:
        pages: of the preview. behind: cases behind, one answer of `get_amendment` after another; then it is applied.
        asked: (person, operation's path, query, body) of every request. chain: of the list.
    """

    def __init__(self) -> None:
        self.pages: list[list[dict[str, Any]]] = [[move()]]
        self.behind: list[int] = [2, 2, 1]
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.chain: dict[str, Any] = {"ok": True, "signed": 1, "broken_at": None}
        self.body: dict[str, Any] = {}
        self.signed_by = ""
        self.proposed_by = ""

    def register(self, actor: str = "1") -> AmendmentRegister:
        """The commands' way in, as `neove.law.shared.amending.register`."""
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        return AmendmentRegister(Services({"casework": "http://casework"}, "http://issuer", http, actor))

    def bodies(self, path: str) -> list[Any]:
        """Bodies that came to paths with this end."""
        return [body for _, asked, _, body in self.asked if asked.endswith(path)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        if request.url.host == "issuer":
            return httpx.Response(200, json={"access_token": f"person-{body['actor']}", "expires_in": 3600})
        if request.url.path == "/openapi.json":
            return httpx.Response(200, json=document())
        person = request.headers["Authorization"].removeprefix("Bearer person-")
        if request.method == "POST":
            assert len(request.headers["Idempotency-Key"]) > 16
        self.asked.append((person, request.url.path, dict(request.url.params), body))
        return self._of(re.sub(rf"^/v1/amendments(/{ID})?/?", "", request.url.path), request, person, body)

    def _of(self, what: str, request: httpx.Request, person: str, body: Any) -> httpx.Response:
        if what == "preview":
            return httpx.Response(200, json=self._page(int(request.url.params.get("cursor", "0"))))
        if what == "sign":
            return self._sign(person, body)
        if request.method == "POST" and what != "withdraw":
            self.body, self.proposed_by = body, person
            return httpx.Response(201, json=self.amendment())
        if request.url.path == "/v1/amendments":
            return httpx.Response(200, json={"items": [self.amendment()], "chain": self.chain})
        return httpx.Response(200, json=self._progress() | ({"state": "withdrawn"} if what == "withdraw" else {}))

    def _page(self, at: int) -> dict[str, Any]:
        items, last = self.pages[at], at + 1 == len(self.pages)
        moved = len({item["case_id"] for item in items})
        return {"cases": 50, "cases_moved": moved, "items": items, "next": None if last else str(at + 1)}

    def _sign(self, person: str, body: Any) -> httpx.Response:
        if person == self.proposed_by:
            return httpx.Response(403, json={"type": "/problems/same-person", "detail": "A second person must sign."})
        if body != {"content_hash": HASH}:
            return httpx.Response(409, json={"type": "/problems/other-content", "detail": "Another content."})
        self.signed_by = person
        return httpx.Response(200, json=self.amendment())

    def _progress(self) -> dict[str, Any]:
        behind = self.behind.pop(0) if self.signed_by and self.behind else 0
        counts = {"cases_open": 9, "cases_behind": behind, "cases_moved": 4, "clocks_moved": 5}
        return self.amendment(applied_at=DONE if self.signed_by and not behind else None) | counts

    def amendment(self, **given: Any) -> dict[str, Any]:
        """The one amendment."""
        whose = {"office": "steering_committee/ha-noi", "at": "2026-11-20T03:00:00Z"}
        usual = {
            "amendment_id": ID,
            "kind": "calendar",
            "state": "signed" if self.signed_by else "proposed",
            "content_hash": HASH,
            "decision": "QĐ 1/QĐ-TTg",
            "reason": "Bão",
            "rows": [{"date": "2026-11-23", "kind": "off", "name": "Nghỉ", "status": "confirmed"}],
            "pack_id": None,
            "pack_hash": None,
            "pack_version": "9" if "pack_id" in self.body else None,
            "proposed": whose | {"actor": self.proposed_by or "1"},
            "signed": whose | {"actor": self.signed_by} if self.signed_by else None,
            "withdrawn": None,
            "effective_seq": 1 if self.signed_by else None,
            "applied_at": None,
        }
        return usual | self.body | given
