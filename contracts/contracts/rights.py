"""Who may do what: one pure table and one decision, default deny (design, "Who may see what"; digest 7).

An operation is granted to roles that stand in one of the named relations to the case. `kit.auth.authorize` is the
only caller; each service asks with its own copy of the `Standing`.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts.codes import Role, SealGroup
from contracts.standing import Standing


class Relation(StrEnum):
    """How an office stands to a case, or to one lane of it when a lane is asked about."""

    HOLDER = "holder"
    REPORTER = "reporter"
    PAST = "past"  # held or accepted a lane, now or before
    TERRITORY = "territory"  # the pack names its role in a lane of its own territory
    PROPOSED = "proposed"  # a hand-over waits for its answer
    SUPERVISOR = "supervisor"


class Grant(BaseModel):
    """Roles and relations that an operation needs; `relations` empty: no case is involved.

    `names`: the operation shows who the person is, so the territory alone suffices for `COMPETENT` roles only.
    `ends`: the operation ends the whole case, which one lane of support or shelter does not carry (`CLOSING_LANES`).
    `services`: which services may call it as themselves.
    """

    model_config = ConfigDict(frozen=True)

    roles: frozenset[str]
    relations: frozenset[Relation] = frozenset()
    names: bool = False
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
        Role.PROCURACY,
        Role.HEALTH_AUTHORITY,
        Role.LABOUR_AUTHORITY,
        Role.FACILITY,
        Role.HOTLINE_111,
        Role.MISSION,
        Role.CONSULAR,
    }
)
CASE_ROLES = REPORT_TAKERS | {Role.LEGAL_AID}
OVERSIGHT = frozenset({Role.STEERING_COMMITTEE})
SUPPORT_AUTHORITIES = frozenset({Role.HEALTH_AUTHORITY, Role.LABOUR_AUTHORITY})
VERIFIERS = frozenset({Role.PROVINCIAL_POLICE, Role.DISTRICT_POLICE, Role.BORDER_GUARD, Role.COAST_GUARD})
PROTECTORS = VERIFIERS | SUPPORT_AUTHORITIES | {Role.COMMUNE, Role.PROCURACY, Role.FACILITY, Role.MISSION}
SUPPORTERS = SUPPORT_AUTHORITIES | {Role.COMMUNE, Role.FACILITY, Role.LEGAL_AID, Role.MISSION, Role.BORDER_GUARD}
COMPETENT = frozenset({Role.PROVINCIAL_POLICE, Role.DISTRICT_POLICE, *SUPPORT_AUTHORITIES})
"""Roles that may open names in their territory before it is their turn. The pack names many more for some later step;
those learn whom it is about when they report, hold a lane, or accept a hand-over."""
SEALING = frozenset({"intake", "casework", "verification", "protection", "support"})
"""Services that have text about persons to seal. The answer tells of other cases of the same identity."""
PROVIDERS = frozenset({Role.PROVIDER, Role.FACILITY, Role.LEGAL_AID})
PARTIES = frozenset({R.HOLDER, R.REPORTER, R.PAST, R.TERRITORY, R.SUPERVISOR})
ACTING = frozenset({R.HOLDER, R.REPORTER, R.TERRITORY})

OPERATIONS: dict[str, Grant] = {
    "intake.submit_report": Grant(roles=REPORT_TAKERS),
    "intake.record_screening": Grant(roles=CASE_ROLES, relations=ACTING),
    "intake.resolve_duplicate": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.REPORTER})),
    "intake.get_report": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}),
    "casework.get_case": Grant(roles=CASE_ROLES | OVERSIGHT, relations=PARTIES),
    "casework.list_timeline": Grant(roles=CASE_ROLES | OVERSIGHT, relations=PARTIES),
    "casework.explain_clock": Grant(roles=CASE_ROLES | OVERSIGHT, relations=PARTIES),
    "casework.list_work": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.list_handovers": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.record_fact": Grant(roles=CASE_ROLES, relations=ACTING),
    "casework.correct_fact": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}),
    "casework.acknowledge": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.propose_handover": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.answer_handover": Grant(roles=CASE_ROLES, relations=frozenset({R.PROPOSED})),
    "casework.list_transfers": Grant(roles=CASE_ROLES | OVERSIGHT),
    "casework.propose_transfer": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.answer_transfer": Grant(roles=CASE_ROLES, relations=frozenset({R.PROPOSED})),
    "casework.record_person_moved": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST})),
    "casework.record_file_received": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST})),
    "casework.close_transfer": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST})),
    "casework.pause_clock": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.resume_clock": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "casework.close_case": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}, ends=True),
    "casework.reopen_case": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER, R.PAST, R.REPORTER})),
    "vault.seal": Grant(roles=frozenset(), services=SEALING),
    "vault.read_identity": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}, names=True),
    "vault.read_text": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}, names=True),
    "vault.access_log": Grant(roles=CASE_ROLES, relations=frozenset({R.HOLDER})),
    "verification.record_initial_check": Grant(roles=SUPPORT_AUTHORITIES, relations=ACTING),
    "verification.request_verification": Grant(roles=SUPPORT_AUTHORITIES, relations=ACTING),
    "verification.extend_verification": Grant(roles=VERIFIERS, relations=ACTING),
    "verification.add_evidence": Grant(roles=CASE_ROLES, relations=ACTING),
    "verification.decide_identification": Grant(roles=VERIFIERS, relations=ACTING),
    "verification.get_file": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}),
    "verification.verify_paper": Grant(roles=frozenset(Role)),
    "protection.request_protection": Grant(roles=CASE_ROLES, relations=ACTING),
    "protection.file_paper": Grant(roles=CASE_ROLES, relations=ACTING),
    "protection.start_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.decide_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.change_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.end_protection": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.place_in_shelter": Grant(roles=PROTECTORS, relations=ACTING),
    "protection.get_protection": Grant(roles=CASE_ROLES, relations=ACTING),
    "support.list_entitlements": Grant(roles=CASE_ROLES, relations=ACTING | {R.PAST}),
    "support.assess_needs": Grant(roles=SUPPORTERS, relations=ACTING),
    "support.request_support": Grant(roles=SUPPORTERS, relations=ACTING),
    "support.decide_support": Grant(roles=SUPPORT_AUTHORITIES | {Role.COMMUNE}, relations=ACTING),
    "support.list_requests": Grant(roles=CASE_ROLES, relations=ACTING),
    "support.refer": Grant(roles=SUPPORTERS, relations=ACTING),
    "support.answer_referral": Grant(roles=PROVIDERS),
    "support.list_referrals": Grant(roles=SUPPORTERS | PROVIDERS),
    "support.list_providers": Grant(roles=CASE_ROLES | PROVIDERS),
    "support.record_delivery": Grant(roles=SUPPORTERS | PROVIDERS),
    "support.end_support": Grant(roles=SUPPORTERS | PROVIDERS),
    "notify.list_inbox": Grant(roles=frozenset(Role)),
    "notify.mark_read": Grant(roles=frozenset(Role)),
    "notify.register_webhook": Grant(roles=frozenset(Role)),
    "notify.list_webhooks": Grant(roles=frozenset(Role)),
    "notify.rotate_webhook_secret": Grant(roles=frozenset(Role)),
    "notify.delete_webhook": Grant(roles=frozenset(Role)),
    "notify.list_deliveries": Grant(roles=frozenset(Role)),
}
"""Every operation of every service, by `<service>.<operationId>`. What is not here is denied."""

_ID, _CONTACT, _TEXT = SealGroup.IDENTITY, SealGroup.CONTACT, SealGroup.STATEMENT
_CARE = {SealGroup.HEALTH, SealGroup.SUPPORT}
READABLE: dict[str, frozenset[SealGroup]] = {
    Role.COMMUNE: frozenset({_ID, _CONTACT, SealGroup.NOTE, SealGroup.SUPPORT}),
    Role.COMMUNE_POLICE: frozenset({_ID, _CONTACT, _TEXT, SealGroup.NOTE}),
    Role.DISTRICT_POLICE: frozenset({_ID, _CONTACT, _TEXT, SealGroup.EVIDENCE, SealGroup.NOTE, SealGroup.REPORTER}),
    Role.PROVINCIAL_POLICE: frozenset({_ID, _CONTACT, _TEXT, SealGroup.EVIDENCE, SealGroup.NOTE, SealGroup.REPORTER}),
    Role.BORDER_GUARD: frozenset({_ID, _CONTACT, _TEXT, SealGroup.EVIDENCE, SealGroup.NOTE, SealGroup.REPORTER}),
    Role.COAST_GUARD: frozenset({_ID, _CONTACT, _TEXT, SealGroup.EVIDENCE, SealGroup.NOTE, SealGroup.REPORTER}),
    Role.IMMIGRATION: frozenset({_ID, SealGroup.EVIDENCE, SealGroup.NOTE}),
    Role.PROCURACY: frozenset({_ID, _TEXT, SealGroup.EVIDENCE}),
    Role.HEALTH_AUTHORITY: frozenset({_ID, _CONTACT, _TEXT, SealGroup.NOTE, *_CARE}),
    Role.LABOUR_AUTHORITY: frozenset({_ID, _CONTACT, _TEXT, SealGroup.NOTE, *_CARE}),
    Role.FACILITY: frozenset({_ID, _CONTACT, SealGroup.NOTE, *_CARE}),
    Role.HOTLINE_111: frozenset({_ID, _CONTACT, _TEXT, SealGroup.REPORTER}),
    Role.MISSION: frozenset({_ID, _CONTACT, _TEXT, SealGroup.NOTE}),
    Role.CONSULAR: frozenset({_ID, SealGroup.NOTE}),
    Role.LEGAL_AID: frozenset({_ID, _CONTACT, _TEXT}),
}
"""Groups of sealed text that a role may open (digest 7, "Who may see what"); a role not named opens none."""

PROTECTIVE_LANES = ("protection", "shelter")
"""Lanes whose holder may open the group of protection."""
IDENTIFICATION = "identification"
"""The lane whose holder and territory carry the case as a whole."""
CLOSING_LANES = (IDENTIFICATION, "child", "crime", "return")
"""Lanes whose holder may close the case."""


def relations(office: str, standing: Standing, lane: str | None = None) -> frozenset[Relation]:
    """How `office` (`role/territory`) stands to a case, or to one lane of it.

    Reporter, past and supervisor always speak of the whole case; holder and territory of `lane` where one is given.
    """
    role, _, territory = office.partition("/")
    lanes = [standing.lanes[lane]] if lane in standing.lanes else [] if lane else list(standing.lanes.values())
    found = {
        Relation.HOLDER: any(one.holder == office for one in lanes),
        Relation.TERRITORY: any(one.territory == territory and role in one.may_act for one in lanes),
        Relation.REPORTER: standing.reporter == office,
        Relation.PAST: office in standing.past,
        Relation.PROPOSED: office in standing.proposed,
        Relation.SUPERVISOR: office in standing.supervisors,
    }
    return frozenset(relation for relation, holds in found.items() if holds)


def decide(
    office: str | None,
    operation: str,
    standing: Standing | None = None,
    *,
    lane: str | None = None,
    service: str | None = None,
) -> bool:
    """True when the operation is allowed; anything not granted is denied.

    Args:
        office: `role/territory` of the signed-in office; None for a service token.
        operation: `<service>.<operationId>`.
        standing: the case's standing; None where no case is involved.
        lane: the lane that the operation is about, where it is about one.
        service: name of the calling service when it signs in as itself.
    """
    grant = OPERATIONS.get(operation)
    if grant is None:
        return False
    if service is not None or office is None:
        return office is None and service in grant.services
    if office.partition("/")[0] not in grant.roles:
        return False
    if not grant.relations:
        return True
    if standing is None:
        return False
    if grant.ends:
        return _may_end(office, standing)
    held = _named(office, standing, lane) if grant.names else relations(office, standing, lane)
    return bool(held & grant.relations)


def _may_end(office: str, standing: Standing) -> bool:
    """Whether an office holds one of `CLOSING_LANES`, or is the support authority where the identification lane is.

    That authority must stand to the case, by any lane: the pack names nobody any more in a lane that has ended.
    """
    role, _, territory = office.partition("/")
    lane = standing.lanes.get(IDENTIFICATION)
    if role in SUPPORT_AUTHORITIES and lane is not None and lane.territory == territory:
        return bool(relations(office, standing) & (ACTING | {Relation.PAST}))
    return any(code in standing.lanes and standing.lanes[code].holder == office for code in CLOSING_LANES)


def _named(office: str, standing: Standing, lane: str | None = None) -> frozenset[Relation]:
    """The relations that let an office open names: without the territory where its role is not `COMPETENT`."""
    held = relations(office, standing, lane)
    return held if office.partition("/")[0] in COMPETENT else held - {Relation.TERRITORY}


def readable_groups(office: str, standing: Standing) -> frozenset[SealGroup]:
    """Groups of sealed text that an office may open in a case.

    An office whose part is over (past, or the reporter of a case that left it; neither holder nor named by the pack)
    keeps the identity only: it must be able to say whom it handed over, not to follow the person's later life. What
    protects a person is for who holds the protection or the shelter now, whatever its role.
    """
    groups = READABLE.get(office.partition("/")[0], frozenset())
    if any(Relation.HOLDER in relations(office, standing, lane) for lane in PROTECTIVE_LANES):
        groups |= {SealGroup.PROTECTION}
    standing_now = _named(office, standing)
    acting = standing_now & ACTING
    if acting - {Relation.REPORTER} or (acting and not _left(office, standing)):
        return groups
    over = standing_now & {Relation.PAST, Relation.REPORTER}
    return groups & {SealGroup.IDENTITY} if over else frozenset()


def _left(office: str, standing: Standing) -> bool:
    """Whether the case left its reporter: it goes on in another territory, or with an office that took it over."""
    lane = standing.lanes.get(IDENTIFICATION)
    if lane is None:
        return False
    return lane.territory != office.partition("/")[2] or lane.holder in standing.accepted
