"""What must be true of the lists of a pack: entitlements, measures, evidence, forms, report dates."""

from collections.abc import Iterator

from contracts.regulations.pack import Pack
from contracts.regulations.world import load_world

FAMILY = "support:"


def list_mistakes(pack: Pack) -> dict[str, Iterator[str]]:
    """File → what is wrong in it."""
    return {
        "entitlements.toml": _entitlements(pack),
        "measures.toml": _measures(pack),
        "forms.toml": _forms(pack),
        "reporting.toml": _reporting(pack),
    }


def _entitlements(pack: Pack) -> Iterator[str]:
    kinds = {lane.removeprefix(FAMILY) for lane in pack.lanes if lane.startswith(FAMILY)}
    if odd := sorted(kinds ^ pack.entitlements.keys()):
        yield f"kinds without a lane, or lanes without an entitlement: {odd}"
    for spec in pack.entitlements.values():
        if spec.ceiling_rule is not None and spec.ceiling_rule not in pack.rules:
            yield f"{spec.kind}: unknown rule {spec.ceiling_rule}"


def _measures(pack: Pack) -> Iterator[str]:
    for measure in pack.measures.values():
        if unknown := sorted(set(measure.decides) - _roles()):
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


def _reporting(pack: Pack) -> Iterator[str]:
    for report in pack.reporting.values():
        if unknown := sorted({*report.by, report.to} - _roles()):
            yield f"{report.id}: unknown roles {unknown}"
        if (report.before is None) == (report.every_months is None):
            yield f"{report.id}: either a day of the year or a number of months"
        if report.id in pack.rules:
            yield f"{report.id}: a rule of this id stands in a lane"


def _roles() -> set[str]:
    return set(load_world().directory.roles)
