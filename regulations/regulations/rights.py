"""Who may do what: one pure table and one decision. What the table does not grant is denied.

The table grants an operation to roles that have one of the named relations to the case. The relations follow from the
parts of an office (`parts`), and so does what it sees (`sights`); `docs/rights.md` shows the whole table. A service
makes one `Rights` at its start and passes `Rights.decide` to its HTTP layer, which calls it for each request.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from contracts.codes import Role, SealGroup
from contracts.ids import role_of
from contracts.standing import Standing
from regulations import break_glass, restricted
from regulations.library import Library
from regulations.parts import INSIDE, Relation, has_ended, parts_of, relations_of
from regulations.restricted import Person
from regulations.sights import ended_at, groups_of, looks, protectors_hidden_from, sees_lane, sees_protection
from regulations.standings import IDENTIFICATION, SUPPORT_AUTHORITIES


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
    "casework.restrict_case": Grant(roles=CASE_ROLES | OVERSIGHT, relations=frozenset({R.HOLDER, R.SUPERVISOR})),
    "casework.lift_restriction": Grant(roles=CASE_ROLES | OVERSIGHT, relations=frozenset({R.HOLDER, R.SUPERVISOR})),
    "casework.break_glass": Grant(roles=CASE_ROLES),
    "casework.confirm_break_glass": Grant(roles=CASE_ROLES),
    "casework.get_break_glass": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.review_break_glass": Grant(roles=CASE_ROLES | OVERSIGHT),
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
    "vault.read_reason": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "vault.access_log": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
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
        person: Person | None = None,
        at: datetime | None = None,
    ) -> bool:
        """Whether the operation is allowed. What is not granted is denied.

        A restricted case, and break-glass, are decided by the person as well as by the office.

        Args:
            office: the signed-in office; None for a service token.
            operation: `<service>.<operationId>`.
            standing: of the case; None if the operation is not about a case.
            lane: the lane that the operation is about; None if it is about the whole case.
            service: name of the calling service if it uses its own token.
            person: who is signed in; None: casework itself acts for the office.
            at: instant of the call; None: break-glass gives nothing.
        """
        grant = OPERATIONS.get(operation)
        if grant is None:
            return False
        if service is not None or office is None:
            return office is None and service in grant.services
        if standing is not None and break_glass.allows(standing, operation, office, person, at):
            return True
        if role_of(office) not in grant.roles:
            return False
        if standing is not None and not restricted.admits(standing, office, person, operation):
            return False
        if not grant.relations:
            return True
        if standing is None:
            return False
        if grant.ends:
            return self._may_end(office, standing)
        return bool(self.relations(office, standing, lane) & grant.relations)

    def relations(self, office: str, standing: Standing, lane: str | None = None) -> frozenset[Relation]:
        """How `office` is related to a case, or to one lane of it (`parts.relations_of`)."""
        return relations_of(parts_of(self.library, office, standing), office, standing, lane or None)

    def allowed(
        self, office: str, operation: str, standings: Mapping[str, Standing], *, person: Person | None = None
    ) -> frozenset[str]:
        """Ids of the cases in which an office, by this person, may do an operation.

        A list shows only these cases and does not say that it leaves out others.

        Args:
            office: the signed-in office.
            operation: `<service>.<operationId>`.
            standings: case id → standing.
            person: as for `decide`.
        """
        return frozenset(
            case_id for case_id, one in standings.items() if self.decide(office, operation, one, person=person)
        )

    def readable_groups(self, office: str, standing: Standing) -> frozenset[SealGroup]:
        """Groups of sealed text that an office may open in a case (`sights.groups_of`)."""
        return groups_of(self.library, office, standing)

    def protectors_hidden_from(self, office: str, standing: Standing) -> frozenset[str]:
        """Offices of which an office must not learn (`sights.protectors_hidden_from`)."""
        return protectors_hidden_from(self.library, office, standing)

    def looks(self, office: str, standing: Standing) -> bool:
        """Whether an office has a present part that lets it look at the case (`sights.looks`)."""
        return looks(self.library, office, standing)

    def ended_at(self, office: str, standing: Standing) -> datetime | None:
        """When the last part of an office ended, if it is over and that is known (`sights.ended_at`)."""
        return ended_at(self.library, office, standing)

    def sees_protection(self, office: str, standing: Standing) -> bool:
        """Whether an office sees how a person is protected (`sights.sees_protection`)."""
        return sees_protection(self.library, office, standing)

    def sees_lane(self, office: str, standing: Standing, lane: str) -> bool:
        """Whether an office sees a protective lane by its part in it (`sights.sees_lane`)."""
        return sees_lane(self.library, office, standing, lane)

    def _may_end(self, office: str, standing: Standing) -> bool:
        """Whether an office holds one of `CLOSING_LANES`, or is the support authority where the identification lane is.

        A lane that has ended gives no right, except the identification lane: its holder carries the case to the end.
        The support authority must have a part in the case, or the pack must name it in a lane at its place.
        """
        if office in standing.support:
            return bool(self.relations(office, standing) & (ACTING | {Relation.PAST}))
        held = [code for code in CLOSING_LANES if code in standing.lanes and standing.lanes[code].holder == office]
        return any(code == IDENTIFICATION or not has_ended(self.library, standing, code) for code in held)


def may_seal(service: str | None, groups: Iterable[SealGroup]) -> bool:
    """Whether a service may seal text in all of these groups (`SEALS`); False for None, which is no service."""
    return service is not None and set(groups) <= SEALS.get(service, frozenset())


def took_over(office: str, holder: str | None, accepted: Container[str]) -> bool:
    """Whether a lane that `office` had is held by another office, which accepted a hand-over (one of `accepted`)."""
    return holder is not None and holder != office and holder in accepted
