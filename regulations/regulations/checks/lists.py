"""Checks of the lists of a pack: entitlements, measures, forms, report dates, who reads what."""

from collections.abc import Container, Iterator, Set

from contracts.codes import SealGroup
from regulations.checks.endings import ending_mistakes
from regulations.checks.purposes import purpose_mistakes
from regulations.model import BINDING, Verified
from regulations.pack import Pack

SUPPORT = "support:"


def list_mistakes(pack: Pack, roles: Set[str]) -> dict[str, Iterator[str]]:
    """File → its mistakes. `roles`: codes of the directory."""
    return {
        "entitlements.toml": _entitlements(pack),
        "measures.toml": _measures(pack, roles),
        "forms.toml": _forms(pack),
        "reporting.toml": _reporting(pack, roles),
        "confidentiality.toml": _confidentiality(pack, roles),
        "purposes.toml": purpose_mistakes(pack, roles),
        "endings.toml": _endings(pack, roles),
    }


def _entitlements(pack: Pack) -> Iterator[str]:
    kinds = {lane.removeprefix(SUPPORT) for lane in pack.lanes if lane.startswith(SUPPORT)}
    if odd := sorted(kinds ^ pack.entitlements.keys()):
        yield f"kinds without a lane, or lanes without an entitlement: {odd}"
    for spec in pack.entitlements.values():
        if spec.ceiling_rule is not None and spec.ceiling_rule not in pack.rules:
            yield f"{spec.kind}: unknown rule {spec.ceiling_rule}"


def _measures(pack: Pack, roles: Set[str]) -> Iterator[str]:
    for measure in pack.measures.values():
        if unknown := sorted(set(measure.decides) - roles):
            yield f"{measure.code}: unknown roles {unknown}"


def _forms(pack: Pack) -> Iterator[str]:
    for form in pack.forms.values():
        if form.lane.endswith(":*"):
            lanes = [spec for code, spec in pack.lanes.items() if code.startswith(form.lane.removesuffix("*"))]
        else:
            lanes = [pack.lanes[form.lane]] if form.lane in pack.lanes else []
        known = {state for lane in lanes for state in lane.by_code}
        if unknown := sorted(set(form.states) - known):
            yield f"{form.code}: unknown states of {form.lane}: {unknown}"


def _reporting(pack: Pack, roles: Set[str]) -> Iterator[str]:
    for report in pack.reporting.values():
        if unknown := sorted({*report.by, report.to} - roles):
            yield f"{report.id}: unknown roles {unknown}"
        if (report.before is None) == (report.every_months is None):
            yield f"{report.id}: either a day of the year or a number of months"
        if report.id in pack.rules:
            yield f"{report.id}: a rule of this id stands in a lane"
        yield from reading_mistakes(pack.readings, report.id, report)


def reading_mistakes(readings: Container[str], name: str, row: Verified) -> Iterator[str]:
    """A row that somebody compared with a text says by which reading and when. No other row says so."""
    said = (row.verified_by is not None, row.verified_on is not None)
    if said != (row.confidence in BINDING, row.confidence in BINDING):
        yield f"{name}: verified text, and no other, names verified_by and verified_on"
    if row.verified_by is not None and row.verified_by not in readings:
        yield f"{name}: verified_by {row.verified_by}, which is none of the readings of the pack"


def _endings(pack: Pack, roles: Set[str]) -> Iterator[str]:
    yield from ending_mistakes(pack, roles)
    for name, row in {**pack.endings, **pack.goes_on}.items():
        yield from reading_mistakes(pack.readings, name, row)


def _confidentiality(pack: Pack, roles: Set[str]) -> Iterator[str]:
    if odd := sorted(pack.confidentiality.keys() ^ roles):
        yield f"roles without a row, or rows of unknown roles: {odd}"
    for sight in pack.confidentiality.values():
        if missing := sorted(set(SealGroup) - sight.sees.keys()):
            yield f"{sight.role}: says nothing of {missing}"
        if sight.sees.get(SealGroup.PROTECTION) in ("full", "summary"):
            yield f"{sight.role}: what protects a person is opened by who protects it (own), or not at all (none)"
    for role in sorted(_protectors(pack) & pack.confidentiality.keys()):
        if pack.confidentiality[role].sees.get(SealGroup.PROTECTION) != "own":
            yield f"{role}: may order a measure of protection, but not open what protects the person"
    for duty in pack.secrecy.values():
        yield from reading_mistakes(pack.readings, duty.code, duty)


def supplement_mistakes(pack: Pack, roles: Set[str]) -> Iterator[str]:
    """Mistakes in the rows of `supplements.toml` that a pack is read with. `roles`: codes of the directory."""
    if unknown := sorted(pack.certifying_routes.keys() - set(pack.routes)):
        yield f"unknown routes {unknown}"
    if unknown := sorted(pack.receiving_roles.keys() - roles):
        yield f"unknown roles {unknown}"
    for name, row in {**pack.certifying_routes, **pack.receiving_roles, **pack.pause_texts}.items():
        yield from reading_mistakes(pack.readings, name, row)
    yield from _pause_mistakes(pack)


def _pause_mistakes(pack: Pack) -> Iterator[str]:
    """A basis of a pause stops a limit only by a text that somebody read."""
    if odd := sorted(pack.pause_bases.keys() ^ pack.pause_texts.keys()):
        yield f"bases of a pause without a row, or rows without a basis: {odd}"
    for text in pack.pause_texts.values():
        limits = {rule.id for rule in pack.rules.values() if rule.amount is not None and rule.kind != "lead_time"}
        if unknown := sorted(set(text.stops) - limits):
            yield f"{text.code}: no limits that a pause can stop: {unknown}"
        if text.stops and text.confidence not in BINDING:
            yield f"{text.code}: stops {list(text.stops)}, but is {text.confidence}: nobody read a text that says so"


def _protectors(pack: Pack) -> set[str]:
    return {role for measure in pack.measures.values() for role in measure.decides}
