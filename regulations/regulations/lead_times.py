"""How sure the last day of a lead time is: no surer than its rule, than the term before whose end it is, and than the
text by which it moved.
"""

from datetime import datetime

from regulations.case import Clock
from regulations.legal_time import Due, midnight
from regulations.model import BINDING, Confidence, RollRule, Rule

INFERRED: Confidence = "inferred"


def sureness(rule: Rule, by_analogy: bool, end: Due, roll: RollRule, target: Clock | None) -> dict[str, object]:
    """The fields of a clock of a lead time that say how sure it is and whether it only reminds.

    Args:
        rule: of the lead time.
        by_analogy: whether the rule applies by analogy only.
        end: of the lead time.
        roll: by which it was counted.
        target: the clock before whose end it is; None before a stated date.
    """
    own = INFERRED if by_analogy else rule.confidence
    if target is not None and own in BINDING and target.confidence not in BINDING:
        own = target.confidence
    reminds = own not in BINDING or rule.unit == "none" or rule.conditional
    moved = end.rolled_by is not None and roll.lead_confidence is None
    return {"confidence": INFERRED if moved and own in BINDING else own, "reminder": reminds}


def warned_from(end: Due, usual: datetime) -> datetime:
    """When the holder is warned: on the last working day at the latest, if the last day is a day off."""
    return min(usual, midnight(end.warned_on)) if end.warned_on else usual
