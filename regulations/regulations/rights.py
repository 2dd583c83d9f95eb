"""Who may do what: one pure table and one decision. What the table does not grant is denied.

The table grants an operation to roles that have one of the named relations to the case. The packs say which sealed text
a role may open (`confidentiality.toml`). A service makes one `Rights` at its start and passes `Rights.decide` to its
HTTP layer, which calls it for each request.
"""

from collections.abc import Container, Iterable, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts.codes import Role, SealGroup
from contracts.ids import role_of
from contracts.standing import Standing
from regulations.case import OPEN_AFTER_CLOSING
from regulations.catalogue import Sight
from regulations.library import Library
from regulations.model import StateSpec
from regulations.pack import Pack
from regulations.standings import IDENTIFICATION, SUPPORT_AUTHORITIES
from regulations.world import NoPack


class Relation(StrEnum):
    """How an office is related to a case, or to one of its lanes."""

    HOLDER = "holder"
    REPORTER = "reporter"
    PAST = "past"  # holds or held a lane, or accepted one
    ENDED = "ended"  # holds a lane that ended where the case no longer is: it may do what it owes there, and not look
    LEFT = "left"  # reported the case, which has left it since: it may act as before, and look at nothing later
    ACTING = "acting"  # has a role at the place of a lane that the pack names in it: it may act there
    COMPETENT = "competent"  # ACTING, and the pack gives the role full sight: it may also look
    PROPOSED = "proposed"  # must answer a hand-over
    SUPERVISOR = "supervisor"


class Grant(BaseModel):
    """Roles and relations that an operation needs. With empty `relations` it is not about a case.

    `ends`: the operation ends the whole case, so only the holder of one of `CLOSING_LANES` may do it, or the support
    authority there. `services`: services that may call it with their own token.
    """

    model_config = ConfigDict(frozen=True)

    roles: frozenset[str]
    relations: frozenset[Relation] = frozenset()
    ends: bool = False
    services: frozenset[str] = frozenset()


R = Relation
REPORT_TAKERS = frozenset(
    {
        Role.COMMUNE,
        Role.COMMUNE_POLICE,
        Role.DISTRICT_POLICE,
        Role.PROVINCIAL_POLICE,
        Role.BORDER_GUARD,
        Role.COAST_GUARD,
        Role.IMMIGRATION,
        Role.IMMIGRATION_DEPARTMENT,
        Role.PROCURACY,
        Role.HEALTH_AUTHORITY,
        Role.LABOUR_AUTHORITY,
        Role.FACILITY,
        Role.HOTLINE_111,
        Role.MISSION,
        Role.CONSULAR,
    }
)
CASE_ROLES = REPORT_TAKERS | {Role.LEGAL_AID, Role.FOREIGN_AFFAIRS}
OVERSIGHT = frozenset({Role.STEERING_COMMITTEE})
VERIFIERS = frozenset({Role.PROVINCIAL_POLICE, Role.DISTRICT_POLICE, Role.BORDER_GUARD, Role.COAST_GUARD})
ISSUERS = VERIFIERS | {
    Role.COMMUNE_POLICE,
    Role.IMMIGRATION,
    Role.IMMIGRATION_DEPARTMENT,
    Role.MISSION,
    Role.PROCURACY,
}
"""Roles that the law lets issue a certificate, and cancel one that proves wrong. The pack says at which step."""
PROTECTORS = VERIFIERS | SUPPORT_AUTHORITIES | {Role.COMMUNE, Role.PROCURACY, Role.FACILITY, Role.MISSION}
SUPPORTERS = SUPPORT_AUTHORITIES | {Role.COMMUNE, Role.FACILITY, Role.LEGAL_AID, Role.MISSION, Role.BORDER_GUARD}
S = SealGroup
SEALS: dict[str, frozenset[SealGroup]] = {
    "intake": frozenset({S.IDENTITY, S.CONTACT, S.REPORTER, S.STATEMENT, S.EVIDENCE, S.NOTE}),
    "casework": frozenset({S.NOTE}),
    "verification": frozenset({S.STATEMENT, S.EVIDENCE, S.NOTE}),
    "protection": frozenset({S.PROTECTION}),
    "support": frozenset({S.SUPPORT}),
}
"""Service → groups in which it may seal text. What is not here is denied."""
IDENTIFYING = "intake"
"""The service that takes reports. Only it begins a case in the vault and gets cases with the same identity."""
ISSUER = "issuer"
"""The development issuer. It asks which offices there are, and nothing else."""
PROVIDERS = frozenset({Role.PROVIDER, Role.FACILITY, Role.LEGAL_AID})
ACTING = frozenset({R.HOLDER, R.REPORTER, R.ACTING, R.ENDED, R.LEFT})
"""Who may state a step."""
OWING = frozenset({R.HOLDER, R.ENDED})
"""Who holds a lane, wherever it is. It must acknowledge its turn, and its duties may be paused."""
INSIDE = frozenset({R.HOLDER, R.REPORTER, R.COMPETENT})
"""Who may look at a case. An office that may only act sees the clock of its own duty and nothing else."""
PARTIES = INSIDE | {R.PAST, R.SUPERVISOR}

COLLECTOR = Grant(roles=frozenset(), services=frozenset({"vault"}))
"""It fetches the entries of every service and chains them (ADR 0034)."""
OPERATIONS: dict[str, Grant] = {
    "intake.submit_report": Grant(roles=REPORT_TAKERS),
    "intake.record_screening": Grant(roles=CASE_ROLES, relations=INSIDE),
    "intake.resolve_duplicate": Grant(roles=CASE_ROLES, relations=OWING | {R.REPORTER, R.LEFT}),
    "intake.get_report": Grant(roles=CASE_ROLES, relations=INSIDE | {R.PAST}),
    "intake.find_report": Grant(roles=REPORT_TAKERS),
    "casework.get_case": Grant(roles=CASE_ROLES | OVERSIGHT, relations=PARTIES),
    "casework.find_case": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.list_timeline": Grant(roles=CASE_ROLES | OVERSIGHT, relations=PARTIES),
    "casework.explain_clock": Grant(roles=CASE_ROLES | OVERSIGHT, relations=PARTIES | {R.ACTING}),
    "casework.list_work": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.count_work": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.take_work": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.return_work": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.give_work": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.list_handovers": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.record_fact": Grant(roles=CASE_ROLES, relations=ACTING),
    "casework.correct_fact": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}),
    "casework.acknowledge": Grant(roles=CASE_ROLES, relations=OWING),
    "casework.propose_handover": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.propose_step": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST, R.REPORTER})),
    "casework.assign_lane": Grant(roles=OVERSIGHT, relations=frozenset({R.SUPERVISOR})),
    "casework.answer_handover": Grant(roles=CASE_ROLES, relations=frozenset({R.PROPOSED})),
    "casework.list_transfers": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.propose_transfer": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.answer_transfer": Grant(roles=CASE_ROLES, relations=frozenset({R.PROPOSED})),
    "casework.record_person_moved": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST})),
    "casework.record_file_received": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST})),
    "casework.close_transfer": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST})),
    "casework.pause_clock": Grant(roles=CASE_ROLES, relations=OWING),
    "casework.resume_clock": Grant(roles=CASE_ROLES, relations=OWING),
    "casework.close_case": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}, ends=True),
    "casework.reopen_case": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST, R.REPORTER})),
    "casework.sign_step": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.refuse_step": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.take_back_step": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.list_signings": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.propose_amendment": Grant(roles=OVERSIGHT),
    "casework.list_amendments": Grant(roles=OVERSIGHT),
    "casework.get_amendment": Grant(roles=OVERSIGHT),
    "casework.preview_amendment": Grant(roles=OVERSIGHT),
    "casework.sign_amendment": Grant(roles=OVERSIGHT),
    "casework.withdraw_amendment": Grant(roles=OVERSIGHT),
    "casework.get_office": Grant(roles=frozenset(Role), services=frozenset({ISSUER})),
    "casework.change_office": Grant(roles=frozenset(Role)),
    "casework.list_members": Grant(roles=frozenset(Role)),
    "casework.import_members": Grant(roles=frozenset(Role)),
    "casework.state_absence": Grant(roles=frozenset(Role)),
    "vault.seal": Grant(roles=frozenset(), services=frozenset(SEALS)),
    "vault.list_unconfirmed": Grant(roles=frozenset(), services=frozenset({IDENTIFYING})),
    "vault.settle_unconfirmed": Grant(roles=frozenset(), services=frozenset({IDENTIFYING})),
    "vault.read_identity": Grant(roles=CASE_ROLES, relations=INSIDE | {R.PAST}),
    "vault.read_text": Grant(roles=CASE_ROLES, relations=INSIDE | {R.PAST}),
    "vault.access_log": Grant(roles=CASE_ROLES | OVERSIGHT, relations=frozenset({R.HOLDER, R.SUPERVISOR})),
    "vault.list_looks": Grant(roles=frozenset(Role)),
    "verification.record_initial_check": Grant(roles=SUPPORT_AUTHORITIES, relations=ACTING),
    "verification.request_verification": Grant(roles=SUPPORT_AUTHORITIES, relations=ACTING),
    "verification.extend_verification": Grant(roles=VERIFIERS, relations=ACTING),
    "verification.add_evidence": Grant(roles=CASE_ROLES, relations=ACTING),
    "verification.decide_identification": Grant(roles=ISSUERS, relations=ACTING),
    "verification.cancel_paper": Grant(roles=ISSUERS, relations=ACTING),
    "verification.get_file": Grant(roles=CASE_ROLES, relations=INSIDE | {R.PAST}),
    "verification.verify_paper": Grant(roles=frozenset(Role)),
    "protection.request_protection": Grant(roles=CASE_ROLES, relations=ACTING),
    "protection.file_paper": Grant(roles=CASE_ROLES, relations=ACTING),
    "protection.start_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.decide_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.change_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.end_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.place_in_shelter": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.get_protection": Grant(roles=CASE_ROLES, relations=INSIDE),
    "support.list_entitlements": Grant(roles=CASE_ROLES, relations=INSIDE | {R.PAST}),
    "support.assess_needs": Grant(roles=SUPPORTERS, relations=ACTING),
    "support.request_support": Grant(roles=SUPPORTERS, relations=ACTING),
    "support.decide_support": Grant(roles=SUPPORT_AUTHORITIES | {Role.COMMUNE}, relations=ACTING),
    "support.list_requests": Grant(roles=CASE_ROLES, relations=INSIDE),
    "support.refer": Grant(roles=SUPPORTERS, relations=ACTING),
    "support.answer_referral": Grant(roles=PROVIDERS),
    "support.list_referrals": Grant(roles=SUPPORTERS | PROVIDERS),
    "support.list_providers": Grant(roles=CASE_ROLES | PROVIDERS),
    "support.record_delivery": Grant(roles=SUPPORTERS | PROVIDERS),
    "support.end_support": Grant(roles=SUPPORTERS | PROVIDERS),
    "notify.list_inbox": Grant(roles=frozenset(Role)),
    "notify.mark_read": Grant(roles=frozenset(Role)),
    "notify.register_webhook": Grant(roles=frozenset(Role)),
    "notify.confirm_webhook": Grant(roles=frozenset(Role)),
    "notify.list_webhooks": Grant(roles=frozenset(Role)),
    "notify.rotate_webhook_secret": Grant(roles=frozenset(Role)),
    "notify.delete_webhook": Grant(roles=frozenset(Role)),
    "notify.list_deliveries": Grant(roles=frozenset(Role)),
    **dict.fromkeys((f"{service}.hand_over_looks" for service in (*SEALS, "notify", "vault")), COLLECTOR),
}
"""`<service>.<operationId>` → what it needs, for every operation. What is not here is denied."""

SHELTER = "shelter"
"""The lane that says where a person is placed."""
PROTECTIVE_LANES = ("protection", SHELTER)
"""Lanes whose holder may open the group of protection."""
CLOSING_LANES = (IDENTIFICATION, "child", "crime", "return")
"""Lanes whose holder may close the case."""


class Rights:
    """The one decision on rights. It reads the pack of the case.

    Args:
        library: of the packs that cases are pinned to.
    """

    def __init__(self, library: Library) -> None:
        self.library = library

    def decide(
        self,
        office: str | None,
        operation: str,
        standing: Standing | None = None,
        *,
        lane: str | None = None,
        service: str | None = None,
    ) -> bool:
        """Whether the operation is allowed. What is not granted is denied.

        Args:
            office: the signed-in office; None for a service token.
            operation: `<service>.<operationId>`.
            standing: of the case; None if the operation is not about a case.
            lane: the lane that the operation is about; None if it is about the whole case.
            service: name of the calling service if it uses its own token.
        """
        grant = OPERATIONS.get(operation)
        if grant is None:
            return False
        if service is not None or office is None:
            return office is None and service in grant.services
        if role_of(office) not in grant.roles:
            return False
        if not grant.relations:
            return True
        if standing is None:
            return False
        if grant.ends:
            return self._may_end(office, standing)
        return bool(self.relations(office, standing, lane) & grant.relations)

    def relations(self, office: str, standing: Standing, lane: str | None = None) -> frozenset[Relation]:
        """How `office` is related to a case, or to one lane of it.

        Reporter, past, proposed and supervisor are always about the whole case. Holder, ended, acting and competent are
        about `lane` if one is given. A lane that ended where the case no longer is makes its holder ended and past, and
        nobody competent. A reporter whom the case has left is left and past, and not the reporter. A dissolved office
        may state what it did; it reads only while it is `LaneStanding.entering`.
        """
        dissolved = office in standing.dissolved
        gone = standing.reporter == office and (standing.left or dissolved)
        codes = [code for code in standing.lanes if not lane or code == lane]
        behind = {code for code in codes if self._is_behind(standing, code)}
        held = {code for code in codes if office in (standing.lanes[code].holder, standing.lanes[code].entering)}
        acting = {code for code in codes if office in standing.lanes[code].acting}
        had_part = gone or bool(held & behind) or office in standing.past
        found = {
            Relation.HOLDER: bool(held - behind),
            Relation.ENDED: bool(held & behind),
            Relation.ACTING: bool(acting) or any(office in standing.lanes[code].former for code in codes),
            Relation.COMPETENT: bool(acting - behind) and self._is_competent(role_of(office), standing),
            Relation.REPORTER: standing.reporter == office and not gone,
            Relation.LEFT: gone,
            Relation.PAST: had_part and not dissolved,
            Relation.PROPOSED: office in standing.proposed,
            Relation.SUPERVISOR: office in standing.supervisors,
        }
        return frozenset(relation for relation, holds in found.items() if holds)

    def allowed(self, office: str, operation: str, standings: Mapping[str, Standing]) -> frozenset[str]:
        """Ids of the cases in which an office may do an operation.

        A list shows only these cases and does not say that it leaves out others.

        Args:
            office: the signed-in office.
            operation: `<service>.<operationId>`.
            standings: case id → standing.
        """
        return frozenset(case_id for case_id, one in standings.items() if self.decide(office, operation, one))

    def readable_groups(self, office: str, standing: Standing) -> frozenset[SealGroup]:
        """Groups of sealed text that an office may open in a case, by the table in the pack of the case.

        If the part of the office is over, so that it is only past, it may open the identity only: it must be able to
        say which person it handed over, and must not follow the later life of the person. The group of protection is
        for the office that holds the protection or the shelter lane now; a lane that has ended does not count.
        """
        sight = self._sight(role_of(office), standing)
        if sight is None:
            return frozenset()
        groups = sight.opens
        if sight.protects and any(self._protects(office, standing, lane) for lane in PROTECTIVE_LANES):
            groups |= {SealGroup.PROTECTION}
        related = self.relations(office, standing)
        if related & {Relation.HOLDER, Relation.REPORTER}:
            return groups
        if Relation.COMPETENT in related:
            return sight.full
        return groups & {SealGroup.IDENTITY} if Relation.PAST in related else frozenset()

    def protectors_hidden_from(self, office: str, standing: Standing) -> frozenset[str]:
        """Offices of which an office must not learn, because they have a part only by protecting or sheltering.

        None for an office that holds a protective lane or is competent where it is. A facility counts also after its
        lane passed to another one.
        """
        seeing = {Relation.HOLDER, Relation.COMPETENT}
        seen = {
            lane
            for lane in PROTECTIVE_LANES
            if lane in standing.lanes and self.relations(office, standing, lane) & seeing
        }
        if seen:
            return frozenset()
        protecting = {one.holder for code, one in standing.lanes.items() if code in PROTECTIVE_LANES}
        known = {one.holder for code, one in standing.lanes.items() if code not in PROTECTIVE_LANES}
        sheltering = {one for one in standing.past if role_of(one) == Role.FACILITY}
        return frozenset(one for one in protecting | sheltering if one) - known - {office, standing.reporter}

    def _may_end(self, office: str, standing: Standing) -> bool:
        """Whether an office holds one of `CLOSING_LANES`, or is the support authority where the identification lane is.

        A lane that has ended gives no right, except the identification lane: its holder carries the case to the end.
        The support authority must have a part in the case, or the pack must name it in a lane at its place.
        """
        if office in standing.support:
            return bool(self.relations(office, standing) & (ACTING | {Relation.PAST}))
        held = [code for code in CLOSING_LANES if code in standing.lanes and standing.lanes[code].holder == office]
        return any(code == IDENTIFICATION or not self._has_ended(standing, code) for code in held)

    def _protects(self, office: str, standing: Standing, lane: str) -> bool:
        """Whether an office holds a protective lane that has not ended."""
        found = standing.lanes.get(lane)
        if found is None or found.holder != office or self._state(standing, lane) is None:
            return False
        return not self._has_ended(standing, lane)

    def _is_behind(self, standing: Standing, lane: str) -> bool:
        """Whether a lane ended, or was ended by the closing, where the case no longer is."""
        if lane == IDENTIFICATION or not standing.lanes[lane].elsewhere:
            return False
        return self._has_ended(standing, lane) or (standing.status == "closed" and lane not in OPEN_AFTER_CLOSING)

    def _has_ended(self, standing: Standing, lane: str) -> bool:
        """Whether a lane has ended: as the fold found it, or by its state in a standing of an older release."""
        ended, state = standing.lanes[lane].ended, self._state(standing, lane)
        return ended if ended is not None else state is not None and state.terminal

    def _state(self, standing: Standing, lane: str) -> StateSpec | None:
        """The state of a lane, as the pack describes it; None if the case or the pack does not know it."""
        pack, found = self._pack(standing, lane), standing.lanes.get(lane)
        return pack.lanes[lane].by_code.get(found.state) if pack and found and lane in pack.lanes else None

    def _is_competent(self, role: str, standing: Standing) -> bool:
        """Whether a role may look at a case at its place, with names, before it has a part in the case.

        The pack names many more roles for later steps. They may state their step. They see the case when they report,
        hold a lane, or accept a hand-over.
        """
        sight = self._sight(role, standing)
        return sight is not None and bool(sight.full)

    def _sight(self, role: str, standing: Standing) -> Sight | None:
        """What the pack of the case lets a role open; None if the pack is not installed or does not name the role."""
        pack = self._pack(standing)
        return pack.confidentiality.get(role) if pack else None

    def _pack(self, standing: Standing, lane: str = "") -> Pack | None:
        """The pack of the case, or the one that governs a lane of it; None if it is not installed."""
        try:
            return self.library.pack_of_lane(standing, lane)
        except NoPack:
            return None


def may_seal(service: str | None, groups: Iterable[SealGroup]) -> bool:
    """Whether a service may seal text in all of these groups (`SEALS`); False for None, which is no service."""
    return service is not None and set(groups) <= SEALS.get(service, frozenset())


def took_over(office: str, holder: str | None, accepted: Container[str]) -> bool:
    """Whether a lane that `office` had is held by another office, which accepted a hand-over (one of `accepted`)."""
    return holder is not None and holder != office and holder in accepted
