"""The chain of the access log: a change, a removal, an insertion and a move are found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.chain import GENESIS, Entry, Outcome, first_broken

CASE = "case_" + "a" * 26
START = datetime(2026, 11, 20, 3, 4, 5, 678901, UTC)


def chain(length: int) -> list[tuple[Entry, str]]:
    """A sound log of a case."""
    links: list[tuple[Entry, str]] = []
    previous = GENESIS
    for seq in range(1, length + 1):
        entry = Entry(
            case_id=CASE,
            seq=seq,
            at=START + timedelta(minutes=seq),
            caller="provincial_police/lao-cai",
            actor="officer-1",
            on_behalf_of=None,
            operation="vault.read_identity",
            outcome=Outcome.DONE,
            purpose="verification",
            items=("full_name", "phone"),
            previous=previous,
        )
        previous = entry.digest()
        links.append((entry, previous))
    return links


@given(st.integers(0, 12))
def test_a_sound_chain_holds(length: int) -> None:
    assert first_broken(chain(length)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": START},
        {"caller": "provincial_police/ha-noi"},
        {"actor": "officer-2"},
        {"on_behalf_of": "commune/lao-cai"},
        {"operation": "vault.read_text"},
        {"outcome": Outcome.DENIED},
        {"purpose": None},
        {"items": ("full_name",)},
        {"items": ("phone", "full_name")},
        {"case_id": "case_" + "b" * 26},
    ],
)
@given(st.integers(0, 4))
def test_a_changed_entry_is_found(change: dict[str, object], place: int) -> None:
    links = chain(5)
    entry, digest = links[place]
    links[place] = (replace(entry, **change), digest)
    assert first_broken(links) == place + 1


@given(st.integers(0, 3))
def test_a_changed_entry_with_its_own_hash_breaks_the_next(place: int) -> None:
    links = chain(5)
    changed = replace(links[place][0], actor="officer-2")
    links[place] = (changed, changed.digest())
    assert first_broken(links) == place + 2


@given(st.integers(0, 3))
def test_a_removed_entry_is_found(place: int) -> None:
    links = chain(5)
    del links[place]
    assert first_broken(links) == place + 1


@given(st.permutations(range(4)))
def test_only_the_true_order_holds(order: list[int]) -> None:
    links = chain(4)
    assert (first_broken([links[place] for place in order]) is None) is (order == [0, 1, 2, 3])


def test_the_hash_does_not_depend_on_the_zone_of_the_instant() -> None:
    entry, digest = chain(1)[0]
    assert replace(entry, at=entry.at.astimezone(timezone(timedelta(hours=7)))).digest() == digest
    assert len(digest) == 64
