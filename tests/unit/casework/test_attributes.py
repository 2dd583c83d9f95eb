"""What may be stated with a step: what the lane declares, and nothing else, for it is kept in the clear."""

import pytest

from casework.domain.who_may_record import attributes_fit
from tests.library import LIBRARY


@pytest.mark.parametrize(
    ("law", "lane", "given", "fits"),
    [
        ("law-66-2011", "return", {}, True),
        ("law-66-2011", "return", {"entry_on": "2025-03-26"}, True),
        ("law-66-2011", "return", {"entry_on": "2025-03-26", "entry_by_air": True}, True),
        ("law-66-2011", "return", {"entry_by_land_or_sea": False}, True),
        ("law-66-2011", "return", {"entry_on": "tomorrow"}, False),
        ("law-66-2011", "return", {"entry_on": "0001-01-01"}, False),
        ("law-66-2011", "return", {"entry_on": "9999-12-31"}, False),
        ("law-66-2011", "return", {"entry_on": True}, False),
        ("law-66-2011", "return", {"entry_by_air": "2025-03-26"}, False),
        ("law-66-2011", "return", {"entry_on": "2025-03-26", "flight": "VN1"}, False),
        ("law-66-2011", "return", {"RETURN_APPROVED": True}, False),
        ("law-66-2011", "identification", {"entry_on": "2025-03-26"}, False),
        ("law-66-2011", "identification", {"holds_paper": True}, True),
        ("law-66-2011", "identification", {"adult_identified_on": "2025-06-20"}, True),
        ("law-66-2011", "identification", {"adult_identified_on": "in June"}, False),
        ("law-53-2024", "identification", {"identified_on": "2025-06-20"}, True),
        ("law-66-2011", "return", {"adult_identified_on": "2025-06-20"}, False),
        ("law-53-2024", "return", {"entry_on": "2025-07-26"}, False),
        ("law-53-2024", "crime", {"urgent": True}, True),
        ("law-53-2024", "crime", {"urgent": 1}, False),
    ],
)
def test_only_declared_attributes_are_taken(law: str, lane: str, given: dict[str, object], fits: bool) -> None:
    assert attributes_fit(LIBRARY.pack(law), lane, given) is fits
