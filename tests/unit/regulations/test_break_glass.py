"""Break-glass: never outlives its instant, opens two groups alone, and only to the two persons (ADR 0039)."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import SealGroup
from contracts.standing import OpenedCase, Standing
from regulations import break_glass
from regulations.restricted import Person, digest_of
from regulations.rights import OPERATIONS
from tests.library import LIBRARY, RIGHTS
from tests.unit.regulations.test_restricted import BUDGET, HEALTH, NOW, held, restriction

CLINIC, OTHER, ABOVE = "facility/ha-noi", "commune/ha-noi", "steering_committee/ha-noi"
GLASS = "glass_" + "b" * 26
REASON = "text_" + "c" * 26
INSTANTS = st.integers(-24 * 60, 48 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


def opened(since: datetime, minutes: int = 30, **more: object) -> Standing:
    """A case of Lào Cai that a clinic of Hà Nội opened."""
    one = OpenedCase(
        break_glass_id=GLASS,
        office=CLINIC,
        persons=tuple(digest_of(GLASS, subject) for subject in ("asker", "second")),
        since=since,
        until=since + timedelta(minutes=minutes),
        reviewer=ABOVE,
        reasons=(REASON,),
    )
    return held(None, opened=(one,), **more)


@BUDGET
@given(INSTANTS, INSTANTS, st.integers(1, 240), st.sampled_from(sorted(OPERATIONS)))
def test_it_never_outlives_its_instant(since: datetime, at: datetime, minutes: int, operation: str) -> None:
    standing, person = opened(since, minutes), Person("asker")
    ended = not since <= at < since + timedelta(minutes=minutes)
    without = RIGHTS.decide(CLINIC, operation, held(None), person=person, at=at)
    now = RIGHTS.decide(CLINIC, operation, standing, person=person, at=at)
    assert now is (without or (operation == "vault.read_identity" and not ended))
    allowed = {} if ended else dict.fromkeys(break_glass.GROUPS, break_glass.PURPOSES)
    assert break_glass.purposes(standing, CLINIC, person, at) == allowed


def test_only_the_two_persons_read_and_only_with_their_office() -> None:
    standing = opened(NOW)
    for office, subject, may in (
        (CLINIC, "asker", True),
        (CLINIC, "second", True),
        (CLINIC, "colleague", False),
        (OTHER, "asker", False),
        (ABOVE, "asker", False),
    ):
        assert RIGHTS.decide(office, "vault.read_identity", standing, person=Person(subject), at=NOW) is may
    assert not RIGHTS.decide(CLINIC, "vault.read_identity", standing, person=None, at=NOW)
    assert not RIGHTS.decide(CLINIC, "vault.read_identity", standing, person=Person("asker"), at=None)


def test_it_opens_who_she_is_and_how_she_is_reached_and_nothing_of_protection() -> None:
    assert {SealGroup.IDENTITY, SealGroup.CONTACT} == break_glass.GROUPS
    for operation in OPERATIONS:
        if operation.startswith(("protection.", "support.", "verification.")):
            standing, person = opened(NOW), Person("asker")
            assert RIGHTS.decide(CLINIC, operation, standing, person=person, at=NOW) is RIGHTS.decide(
                CLINIC, operation, held(None), person=person, at=NOW
            )


def test_the_office_that_reviews_reads_the_reason_and_no_other_text() -> None:
    standing, person = opened(NOW), Person("chair")
    late = NOW + timedelta(days=9)
    assert RIGHTS.decide(ABOVE, "vault.read_text", standing, person=person, at=late)
    assert break_glass.reasons(standing, ABOVE, person) == {REASON}
    assert RIGHTS.readable_groups(ABOVE, standing) == frozenset()
    assert not RIGHTS.decide(ABOVE, "vault.read_identity", standing, person=person, at=NOW)
    assert break_glass.reasons(standing, CLINIC, Person("asker")) == frozenset()
    assert not RIGHTS.decide(ABOVE, "vault.read_text", held(None), person=person, at=NOW)


def test_it_goes_through_a_closed_case_but_never_to_who_is_shut_out() -> None:
    for found, may in (
        (restriction(closed=True, members={HEALTH: ["lan", "minh"]}), True),
        (restriction(persons=["asker"]), False),
        (restriction(offices=[CLINIC]), False),
    ):
        standing = opened(NOW).model_copy(update={"restriction": found})
        assert RIGHTS.decide(CLINIC, "vault.read_identity", standing, person=Person("asker"), at=NOW) is may
        assert bool(break_glass.purposes(standing, CLINIC, Person("asker"), NOW)) is may


def test_every_pack_has_a_number_of_minutes() -> None:
    for pack in LIBRARY.packs().values():
        assert 0 < pack.operational.default.break_glass_minutes <= 240
    assert LIBRARY.pack("law-53-2024").operational.default.break_glass_minutes == 30
