"""One further step in cases of each kind: by the office whose turn it is, at the instant of the dump."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stack.trial import Trial

EACH = 2
"""Cases in which a step is taken, of those that stand alike."""
FACTS = (
    ("identification", "AT_COMMUNE", "SUPPORT_AGENCY_NOTIFIED"),
    ("identification", "SUPPORT_AGENCY_RECEIVED", "INITIAL_CHECK_DONE"),
    ("crime", "CRIME_INFO_RECEIVED", "CRIME_INFO_CLASSIFIED"),
    ("crime", "CRIME_INFO_ASSIGNED", "CRIME_INFO_EXTENDED_1"),
    ("child", "INFO_RECEIVED", "SENT_TO_COMMUNE"),
    ("child", "SENT_TO_COMMUNE", "CHILD_RISK_ASSESSED"),
    ("return", "ABROAD_RESCUED", "VERIFICATION_REQUESTED_BY_MISSION"),
    ("shelter", "IN_FACILITY", "FACILITY_LEFT"),
)
"""Lane, where it stands, the next step."""
ENDED = "district_police/"
"""Its duties have gone to the provincial police."""
HEALTH = "health_authority/lao-cai"


@dataclass(frozen=True)
class Step:
    """One call that must be accepted."""

    office: str
    service: str
    path: str
    body: Mapping[str, Any]


class Steps:
    """The steps for the cases of a dump.

    Args:
        running: the upgraded stack.
        recorded: what was recorded with the dump.
    """

    def __init__(self, running: Trial, recorded: Mapping[str, Any]) -> None:
        self._running, self._at = running, recorded["dumped_at"]
        self._cases: Mapping[str, Any] = recorded["cases"]

    def all(self) -> Iterator[Step]:
        """Every step, each in a case of its own."""
        special = list(self._special())
        taken = {step.path.split("/")[3] for step in special if step.path.startswith("/v1/cases/")}
        yield from special
        for row in FACTS:
            found = {case_id: step for case_id, step in self._facts(*row) if case_id not in taken}
            assert found, f"no case stands at {row}"
            chosen = sorted(found)[:EACH]
            taken |= {*chosen}
            yield from (found[case_id] for case_id in chosen)

    def _facts(self, lane: str, stands: str, state: str) -> Iterator[tuple[str, Step]]:
        for case_id, case in self._cases.items():
            for office, seen in case["seen_by"].items():
                at = seen["lanes"].get(lane) if seen else None
                if at and (at["state"], at["holder"]) == (stands, office) and not office.startswith(ENDED):
                    fact = {"lane": lane, "state": state, "note": "Ghi chú bịa ra."}
                    yield case_id, self._step(office, "casework", f"/v1/cases/{case_id}/facts", **fact)

    def _special(self) -> Iterator[Step]:
        case_id = self._of("a clock paused")
        yield self._step(HEALTH, "casework", f"/v1/cases/{case_id}/clocks/resume", rule="B-SELF-04")
        case_id = self._of("closed and opened again")
        fact = {"lane": "identification", "state": "INITIAL_CHECK_DONE"}
        yield self._step(HEALTH, "casework", f"/v1/cases/{case_id}/facts", **fact)
        case_id = self._of("decided-on-signs, left after 5 steps")
        evidence = {"source": "b", "summary": "Biên bản bịa ra."}
        yield self._step("provincial_police/tay-ninh", "verification", f"/v1/cases/{case_id}/evidence", **evidence)
        yield from self._moves()
        yield from self._protections()
        yield from self._supports()

    def _moves(self) -> Iterator[Step]:
        case_id = self._of("16-handover-declined-then-accepted, left after 5 steps")
        seen = self._cases[case_id]["seen_by"].values()
        (handover,) = next(one["handovers"] for one in seen if one["handovers"])
        yield self._step(handover["to"], "casework", f"/v1/handovers/{handover['handover_id']}/answer", accept=True)
        for steps, name, by in ((12, "person-moved", "from"), (14, "file-received", "to"), (16, "close", "from")):
            case_id = self._of(f"transfer-between-provinces, left after {steps} steps")
            seen = self._cases[case_id]["seen_by"].values()
            transfers = next((one["transfers"] for one in seen if one["transfers"]), [])
            (transfer,) = (one for one in transfers if one["state"] != "declined")
            yield self._step(transfer[by], "casework", f"/v1/transfers/{transfer['transfer_id']}/{name}")

    def _protections(self) -> Iterator[Step]:
        for steps, name, more in ((2, "start", {}), (9, "end", {"reason": "Nguy cơ bịa ra không còn."})):
            case_id = self._of(f"protection-urgent, left after {steps} steps")
            police = "provincial_police/lang-son"
            (found,) = self._get("protection", f"/v1/cases/{case_id}/protection", police)["protections"]
            yield self._step(police, "protection", f"/v1/protections/{found['protection_id']}/{name}", **more)

    def _supports(self) -> Iterator[Step]:
        health, case_id = "health_authority/tay-ninh", self._of("foreign-victim, left after 5 steps")
        (request,) = self._get("support", f"/v1/cases/{case_id}/requests", health)["items"]
        yield self._step(health, "support", f"/v1/requests/{request['request_id']}/decision", outcome="granted")
        health, case_id = "health_authority/lang-son", self._of("support-declined-then-fallback, left after 15 steps")
        referral = self._get("support", f"/v1/cases/{case_id}/requests", health)["referrals"][-1]
        yield self._step("facility/lang-son", "support", "/v1/deliveries", referral_id=referral["referral_id"])

    def _of(self, kind: str) -> str:
        return next(case_id for case_id, case in self._cases.items() if case["kind"] == kind)

    def _get(self, service: str, path: str, office: str) -> Any:
        with self._running.client(office, service) as client:
            return client.get(path).raise_for_status().json()

    def _step(self, office: str, service: str, path: str, **body: Any) -> Step:
        return Step(office, service, path, {**body, "occurred_at": self._at})
