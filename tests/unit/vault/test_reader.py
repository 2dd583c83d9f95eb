"""What a reader of the access log sees of a reason on which an opening stands."""

from datetime import UTC, datetime

from contracts.codes import SealGroup
from vault.audit.schemas import EntryOut
from vault.chain import GENESIS, Entry, Outcome
from vault.reader import Reader
from vault.why import REASON

POLICE, COMMUNE = "provincial_police/lao-cai", "commune/lao-cai"
REASON_ID, DIGEST = "reason_" + "a" * 26, "0" * 64
BOTH = frozenset({SealGroup.IDENTITY, SealGroup.REPORTER})


def entry(*items: str, operation: str = "vault.read_identity", caller: str = POLICE) -> Entry:
    """One opening."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Entry("case_x", 2, at, caller, "act_1", None, operation, Outcome.DONE, "verification", items, GENESIS)


def seen(one: Entry, *groups: SealGroup, hidden: frozenset[str] = frozenset()) -> EntryOut:
    """The entry as an office sees it that may open these groups."""
    reader = Reader(COMMUNE, frozenset(groups), hidden)
    return EntryOut.of(one, reader.shown(one, {REASON_ID: BOTH}), DIGEST)


def test_who_may_open_all_groups_of_the_reason_gets_its_id() -> None:
    shown = seen(entry("full_name", "reporter_name", REASON + REASON_ID), *BOTH)
    assert (shown.reason_given, shown.reason_id, shown.items) == (True, REASON_ID, ("full_name", "reporter_name"))


def test_who_may_open_one_of_them_sees_that_there_is_one() -> None:
    shown = seen(entry("full_name", "reporter_name", REASON + REASON_ID), SealGroup.IDENTITY)
    assert (shown.reason_given, shown.reason_id, shown.items) == (True, None, ("full_name",))
    assert (shown.caller, shown.purpose) == (POLICE, "verification")


def test_of_what_is_hidden_nothing_is_told() -> None:
    for one in (
        seen(entry("reporter_name", REASON + REASON_ID), SealGroup.IDENTITY),
        seen(entry("full_name", REASON + REASON_ID), *BOTH, hidden=frozenset({POLICE})),
    ):
        assert (one.caller, one.reason_given, one.reason_id, one.purpose, one.items) == ("hidden", None, None, None, ())


def test_that_no_reason_was_given_is_told() -> None:
    shown = seen(entry("full_name"), *BOTH)
    assert (shown.reason_given, shown.reason_id) == (False, None)


def test_what_is_no_opening_has_no_reason() -> None:
    for operation in ("vault.seal", "vault.access_log"):
        assert seen(entry("identity.full_name", operation=operation), *BOTH).reason_given is None


def test_who_may_read_a_reason() -> None:
    reader = Reader(COMMUNE, frozenset({SealGroup.IDENTITY}), frozenset({"facility/lao-cai"}))
    assert reader.may_read(POLICE, frozenset({SealGroup.IDENTITY}))
    assert not reader.may_read(POLICE, BOTH)
    assert not reader.may_read("facility/lao-cai", frozenset({SealGroup.IDENTITY}))
