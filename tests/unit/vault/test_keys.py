"""Keys: what is sealed opens in its own place only, and the master key file is its owner's alone."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.crypto import KeyFileTooOpen, KeyRing, Tampered
from vault.domain import IndexKind, Token
from vault.errors import Damaged
from vault.keys import CaseKey, IndexKey

CASE, OTHER = "case_" + "a" * 26, "case_" + "b" * 26
REF = "ref_" + "c" * 26
MASTER = KeyRing.fresh()
PLACE = {"ref": REF, "group": "identity", "name": "full_name"}


@given(st.text())
def test_what_is_sealed_opens(text: str) -> None:
    key, wrapped = CaseKey.new(MASTER, CASE)
    sealed = key.seal(text, **PLACE)
    assert CaseKey.unwrap(MASTER, CASE, wrapped).open(sealed, **PLACE) == text


def test_the_sealed_text_shows_nothing_and_is_never_the_same() -> None:
    key, _ = CaseKey.new(MASTER, CASE)
    one, two = (key.seal("Thử Thị Mẫu", **PLACE) for _ in range(2))
    assert one != two
    assert "Mẫu".encode() not in one


@pytest.mark.parametrize(
    "change", [{"ref": "ref_" + "d" * 26}, {"group": "contact"}, {"name": "phone"}, {"name": None}]
)
def test_a_sealed_text_opens_in_its_own_place_only(change: dict[str, str | None]) -> None:
    key, _ = CaseKey.new(MASTER, CASE)
    sealed = key.seal("Thử Thị Mẫu", **PLACE)
    with pytest.raises(Damaged):
        key.open(sealed, **PLACE | change)


@given(st.integers(0, 200))
def test_one_changed_byte_is_refused(place: int) -> None:
    key, _ = CaseKey.new(MASTER, CASE)
    sealed = bytearray(key.seal("Thử Thị Mẫu", **PLACE))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(Damaged):
        key.open(bytes(sealed), **PLACE)


def test_the_key_of_another_case_does_not_open() -> None:
    key, _ = CaseKey.new(MASTER, CASE)
    other, _ = CaseKey.new(MASTER, OTHER)
    with pytest.raises(Damaged):
        other.open(key.seal("Thử Thị Mẫu", **PLACE), **PLACE)


def test_a_wrapped_key_opens_for_its_case_and_master_only() -> None:
    _, wrapped = CaseKey.new(MASTER, CASE)
    with pytest.raises(Damaged):
        CaseKey.unwrap(MASTER, OTHER, wrapped)
    with pytest.raises(Damaged):
        CaseKey.unwrap(KeyRing.fresh(), CASE, wrapped)


def test_no_representation_shows_a_key() -> None:
    key, wrapped = CaseKey.new(MASTER, CASE)
    index = IndexKey.unwrap(MASTER, IndexKey.new(MASTER))
    assert repr(key) == f"CaseKey(case_id='{CASE}')"
    assert repr(index) == "IndexKey()"
    assert wrapped.hex() not in repr(MASTER)


def test_digests_depend_on_the_key_and_hide_the_value() -> None:
    token = Token("phone|0912345678", (IndexKind.PHONE,), (IndexKind.PHONE,))
    wrapped = IndexKey.new(MASTER)
    [(kind, digest)] = IndexKey.unwrap(MASTER, wrapped).stored([token])
    assert (kind, digest) == IndexKey.unwrap(MASTER, wrapped).sought([token])[0]
    assert digest != IndexKey.unwrap(MASTER, IndexKey.new(MASTER)).stored([token])[0][1]
    assert len(digest) == 32
    with pytest.raises(Tampered):
        IndexKey.unwrap(KeyRing.fresh(), wrapped)


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.json"
    first = KeyRing.load_private(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.load_private(path).keys == first.keys


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o622])
def test_a_key_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.json"
    KeyRing.load_private(path)
    path.chmod(mode)
    with pytest.raises(KeyFileTooOpen, match="chmod 600"):
        KeyRing.load_private(path)
