"""Links and seals with a key: an entry changed, missing, swapped or cut off at the end is found, and said to be so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.audit.chain import Finding, Head, Link, Seal, heads_of, wrong_in_chain, wrong_in_seals
from vault.chain import GENESIS

KEY, OTHER = b"k" * 32, b"o" * 32
CASE = "case_" + "a" * 26
START = datetime(2026, 11, 29, 3, 4, 5, 678901, UTC)
Links = list[tuple[Link, str]]
UNHURRIED = settings(deadline=None)
"""A busy machine is slow, and not wrong."""


def chain(length: int, key: bytes = KEY, begin: Head = (0, GENESIS)) -> Links:
    """A sound chain of a case."""
    links: Links = []
    seq, previous = begin
    for number in range(1, length + 1):
        link = Link(
            chain=CASE,
            seq=seq + number,
            look=f"look_{number}",
            service="casework",
            number=number,
            at=START + timedelta(minutes=number),
            caller="provincial_police/lao-cai",
            actor="officer-1",
            on_behalf_of=None,
            operation="casework.get_case",
            part=None,
            several=None,
            items=("full_name", "phone"),
            ground=("holder",),
            purpose="verification",
            answer=200,
            refusal=None,
            previous=previous,
        )
        previous = link.digest(key)
        links.append((link, previous))
    return links


def end(links: Links) -> Head:
    return links[-1][0].seq, links[-1][1]


def wrong(links: Links, sealed: Head | None, begin: Head = (0, GENESIS)) -> list[Finding]:
    return wrong_in_chain(KEY, CASE, links, begin, sealed)


@UNHURRIED
@given(st.integers(1, 12), st.integers(0, 5))
def test_a_sound_chain_holds(length: int, older: int) -> None:
    begin = (older, "f" * 64 if older else GENESIS)
    links = chain(length, begin=begin)
    assert wrong(links, end(links), begin) == []


@pytest.mark.parametrize(
    "change",
    [
        {"at": START},
        {"caller": "provincial_police/ha-noi"},
        {"actor": "officer-2"},
        {"on_behalf_of": "commune/lao-cai"},
        {"operation": "casework.list_timeline"},
        {"part": "protection"},
        {"several": 3},
        {"items": ("full_name",)},
        {"ground": ()},
        {"purpose": None},
        {"answer": 403},
        {"refusal": "not-your-case"},
        {"look": "look_9"},
        {"service": "vault"},
        {"number": 99},
        {"chain": "case_" + "b" * 26},
    ],
)
@UNHURRIED
@given(st.integers(0, 4))
def test_a_changed_entry_is_found(change: dict[str, object], place: int) -> None:
    links = chain(5)
    link, stored = links[place]
    links[place] = (replace(link, **change), stored)
    assert wrong(links, end(links)) == [Finding(CASE, place + 1, "changed")]


@UNHURRIED
@given(st.integers(0, 4))
def test_who_has_no_key_cannot_write_a_link_that_holds(place: int) -> None:
    """Written anew from there on, as whoever owns the database could, with hashes of another key."""
    sound = chain(5)
    forged: Links = sound[:place]
    for link, _ in sound[place:]:
        changed = replace(link, actor="officer-2", previous=forged[-1][1] if forged else GENESIS)
        forged.append((changed, changed.digest(OTHER)))
    assert Finding(CASE, place + 1, "changed") in wrong(forged, end(sound))


@UNHURRIED
@given(st.integers(0, 3))
def test_a_removed_entry_is_missing(place: int) -> None:
    links = chain(5)
    sealed = end(links)
    del links[place]
    assert wrong(links, sealed) == [Finding(CASE, place + 1, "missing")]


@UNHURRIED
@given(st.integers(0, 4), st.integers(0, 4))
def test_two_swapped_entries_are_found(one: int, other: int) -> None:
    links = chain(5)
    sealed = end(links)
    first, second = links[one], links[other]
    links[one] = (replace(second[0], seq=one + 1), second[1])
    links[other] = (replace(first[0], seq=other + 1), first[1])
    found = wrong(links, sealed)
    if one == other:
        assert found == []
    else:
        assert {Finding(CASE, one + 1, "swapped"), Finding(CASE, other + 1, "swapped")} <= set(found)


@UNHURRIED
@given(st.integers(0, 4))
def test_a_chain_that_is_cut_off_at_its_end_is_found(left: int) -> None:
    links = chain(5)
    assert Finding(CASE, left + 1, "cut off") in wrong(links[:left], end(links))


def test_a_link_that_no_seal_knows_is_found() -> None:
    links = chain(5)
    assert wrong(links, end(links[:4])) == [Finding(CASE, 5, "added")]
    assert wrong(links, None) == [Finding(CASE, 5, "added")]


def seals(count: int) -> list[tuple[Seal, str]]:
    """Sound seals: of each round one, with a chain that grew."""
    made: list[tuple[Seal, str]] = []
    previous = GENESIS
    for number in range(1, count + 1):
        seal = Seal(number, START, number, {CASE: (number, f"{number:064x}")}, previous)
        previous = seal.digest(KEY)
        made.append((seal, previous))
    return made


def test_sound_seals_hold_and_say_where_the_chains_end() -> None:
    sound = seals(4)
    assert wrong_in_seals(KEY, sound, (3, sound[2][1])) == []
    assert heads_of(seal for seal, _ in sound) == {CASE: (4, f"{4:064x}")}


@pytest.mark.parametrize(
    "change", [{"links": 9}, {"heads": {}}, {"heads": {CASE: (1, GENESIS)}}, {"at": START + timedelta(1)}]
)
@UNHURRIED
@given(st.integers(0, 3))
def test_a_changed_seal_is_found(change: dict[str, object], place: int) -> None:
    changed = seals(4)
    changed[place] = (replace(changed[place][0], **change), changed[place][1])
    assert wrong_in_seals(KEY, changed) == [Finding("seals", place + 1, "changed")]


@UNHURRIED
@given(st.integers(0, 2))
def test_a_removed_seal_is_missing(place: int) -> None:
    left = seals(4)
    del left[place]
    assert Finding("seals", place + 1, "missing") in wrong_in_seals(KEY, left)


def test_seals_that_are_cut_off_are_found_by_who_kept_one() -> None:
    sound = seals(4)
    assert wrong_in_seals(KEY, sound[:3]) == []
    assert wrong_in_seals(KEY, sound[:3], (4, sound[3][1])) == [Finding("seals", 4, "cut off")]
    assert wrong_in_seals(KEY, sound, (4, GENESIS)) == [Finding("seals", 4, "changed")]
