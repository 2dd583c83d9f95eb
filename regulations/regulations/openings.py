"""Which lanes a report opens. The openings of the pack depend on the route and on the role of the reporter."""

from collections.abc import Mapping

from contracts.events.intake import AgeBand
from contracts.ids import role_of
from contracts.problems import Invalid
from regulations.case import OPENING_FACT, Fact, Opening
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.model import ANY, OpeningRule
from regulations.pack import Pack

ADULT = 18


class UnknownRoute(Invalid):
    """The pack has no such route."""

    slug, title = "unknown-route", "The regulation of this date knows no such route"


def is_under(age_band: AgeBand, limit: int) -> bool:
    """Whether a person counts as younger than `limit` (16 or 18). An unknown age counts as 17."""
    return age_band == "under_16" or (limit == ADULT and age_band in ("under_18", "unknown"))


def opening_lanes(pack: Pack, opening: Opening) -> dict[str, OpeningRule]:
    """Lane → the opening rule that opens it. A rule that names the role comes before a rule for every other role.

    Raises:
        UnknownRoute: the pack does not know the route.
    """
    if opening.route not in pack.routes:
        raise UnknownRoute(route=opening.route)
    role = role_of(opening.reporter)
    matching = [rule for rule in pack.openings if opening.route in rule.routes]
    chosen: dict[str, OpeningRule] = {}
    for reporters in (role, ANY):
        for rule in matching:
            if reporters in rule.reporters and rule.lane not in chosen and _fits(rule, opening):
                chosen[rule.lane] = rule
    return chosen


def opening_facts(opening: Opening, rules: Mapping[str, OpeningRule]) -> list[Fact]:
    """The facts that the report itself states: the first state of each lane that it opens.

    Args:
        opening: the accepted report.
        rules: lane → the rule that opens it, from `opening_lanes`.
    """
    return [
        Fact(
            fact_id=OPENING_FACT,
            seq=-1,
            lane=lane,
            state=rule.state,
            occurred_at=opening.occurred_at,
            recorded_at=opening.recorded_at,
            office=opening.reporter,
        )
        for lane, rule in rules.items()
    ]


def _fits(rule: OpeningRule, opening: Opening) -> bool:
    unknown = rule.unknown_age and opening.age_band == "unknown"
    if rule.age_under is not None and not (unknown or is_under(opening.age_band, rule.age_under)):
        return False
    return rule.companions or not opening.accompanies


def begins_at(directory: Directory, opening: Opening) -> str:
    """The place at which the lanes of a report open (`Directory.begins_at`).

    A commune or a reporter that had ended by that day counts as what followed it: a merger is signed on its day or
    later, so some reports of the former commune are of a day after its end.
    """
    day = legal_date(opening.occurred_at)
    commune = directory.places.now(opening.commune, day) if opening.commune else None
    reporter = directory.living(opening.reporter, day) or opening.reporter
    return directory.begins_at(opening.province, commune.code if commune else opening.commune, reporter, day)
