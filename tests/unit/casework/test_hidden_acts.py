"""Of an act that an office may not know, a breach shows only when it came."""

import pytest

from casework.domain.breaches import breaches
from casework.domain.consequences import consequences_of
from casework.service.visibility import visibility_of
from tests.library import RIGHTS
from tests.unit.casework.test_breaches import LATER, RULE, breached, checked, stored
from tests.unit.casework.test_consequences import COMMUNE, HEALTH


@pytest.mark.parametrize(("office", "knows"), [(HEALTH, True), (COMMUNE, False)])
def test_who_may_not_know_the_act_learns_neither_its_kind_nor_its_office(office: str, knows: bool) -> None:
    file = stored(consequences_of(breached(), checked(breached(), "2026-11-18T09:00:00+07:00"), LATER))
    seen = visibility_of(RIGHTS, file, office, LATER)
    hidden = frozenset[str]() if knows else frozenset({"identification"})
    [one] = [one for one in breaches(file) if one.rule == RULE]
    about = one if knows else one.model_copy(update={"office": office, "lane": "crime"})
    [shown] = type(seen)(**{**vars(seen), "hidden": hidden}).breaches([about])
    assert (shown.act, shown.changed_by, shown.changed_office) == (
        (one.act, one.changed_by, HEALTH) if knows else (None, None, None)
    )
    assert shown.changed_at == one.changed_at is not None
