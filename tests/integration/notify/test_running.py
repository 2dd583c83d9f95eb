"""On the running services: a step of a case reaches the next office's inbox and its own system, signed."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from stack.trial import Trial
from tests.integration.intake.reports import report
from tests.integration.notify.house import COMMUNE, HEALTH
from tests.integration.waiting import eventually

pytestmark = pytest.mark.stack

STEP = {
    "lane": "identification",
    "state": "SUPPORT_AGENCY_NOTIFIED",
    "occurred_at": "2026-11-20T09:30:00+07:00",
}


def test_a_step_reaches_the_next_office_and_its_system(stack: Trial, sample: Any, tmp_path: Path) -> None:
    secrets, path = list[str](), tmp_path / "received.db"
    receiver = sample.server(0, secrets, sample.Store(path))
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    try:
        with stack.client(HEALTH, "notify") as health:
            hook = health.post("/v1/webhooks", json={"url": url}).json()
            secrets.append(hook["secret"])
            with stack.client("steering_committee/lao-cai", "notify") as above:
                assert above.post(f"/v1/webhooks/{hook['webhook_id']}/confirm").status_code == 200
            case_id = notified_case(stack)
            found = eventually(lambda: [one for one in inbox(health) if one["case_id"] == case_id])
            assert [(one["kind"], one["lane"]) for one in found if one["kind"] == "new_work"] == [
                ("new_work", "identification")
            ]
            eventually(lambda: received(path, case_id))
            assert health.post(f"/v1/webhooks/{hook['webhook_id']}/delete").status_code == 200
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join(5)


def notified_case(stack: Trial) -> str:
    """A case that the commune reported and handed over to the health authority."""
    with stack.client(COMMUNE, "intake") as client:
        case_id: str = client.post("/v1/reports", json=report()).json()["cases"]["A"]
    with stack.client(COMMUNE, "casework") as client:
        path = f"/v1/cases/{case_id}/facts"
        eventually(lambda: client.post(path, json=STEP).status_code == 200)
    return case_id


def inbox(client: Any) -> list[dict[str, Any]]:
    """The newest of the office's inbox."""
    return client.get("/v1/inbox").json()["items"]


def received(path: Path, case_id: str) -> list[Any]:
    """What the sample kept of a case."""
    with sqlite3.connect(path) as db:
        return db.execute("SELECT id FROM received WHERE event LIKE ?", (f"%{case_id}%",)).fetchall()
