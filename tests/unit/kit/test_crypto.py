"""Sealing: what opens, what does not, and that a key file is its owner's alone."""

import stat
from pathlib import Path

import pytest

from kit.crypto import KeyRing, Tampered, key_id_of, mac, new_key, open_sealed, same, seal

CONTEXT = b"case_a|identity"


def test_opens_what_it_sealed() -> None:
    key = new_key()
    sealed = seal(key, "Nguyễn Thị Bịa".encode(), key_id="k1", context=CONTEXT)
    assert open_sealed(key, sealed, context=CONTEXT).decode() == "Nguyễn Thị Bịa"
    assert key_id_of(sealed) == "k1"
    assert b"Nguy" not in sealed


def test_the_same_text_is_sealed_differently_each_time() -> None:
    key = new_key()
    assert len({seal(key, b"x", key_id="k1", context=b"") for _ in range(100)}) == 100


def test_no_byte_can_be_changed_nor_cut_off() -> None:
    key = new_key()
    sealed = seal(key, b"secret", key_id="k1", context=CONTEXT)
    changed = [sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :] for i in range(len(sealed))]
    cut = [sealed[:i] for i in range(len(sealed))]
    for bad in [*changed, *cut, sealed + b"\0", b""]:
        with pytest.raises(Tampered):
            open_sealed(key, bad, context=CONTEXT)


def test_a_value_cannot_be_moved_to_another_context_or_key() -> None:
    key = new_key()
    sealed = seal(key, b"secret", key_id="k1", context=CONTEXT)
    with pytest.raises(Tampered):
        open_sealed(key, sealed, context=b"case_b|identity")
    with pytest.raises(Tampered):
        open_sealed(new_key(), sealed, context=CONTEXT)


def test_a_ring_opens_old_values_after_a_rotation_and_none_after_the_key_is_gone() -> None:
    old = KeyRing.fresh("2026-01")
    sealed = old.seal(b"secret", context=CONTEXT)
    rotated = KeyRing("2026-07", {**old.keys, "2026-07": new_key()})
    assert rotated.open(sealed, context=CONTEXT) == b"secret"
    assert key_id_of(rotated.seal(b"x", context=CONTEXT)) == "2026-07"
    with pytest.raises(Tampered):
        KeyRing.fresh("2026-07").open(sealed, context=CONTEXT)


def test_a_wrapped_key_is_bound_to_its_context_and_is_no_sealed_text() -> None:
    ring, key = KeyRing.fresh(), new_key()
    wrapped = ring.wrap(key, context=CONTEXT)
    assert ring.unwrap(wrapped, context=CONTEXT) == key
    with pytest.raises(Tampered):
        ring.unwrap(wrapped, context=b"other")
    with pytest.raises(Tampered):
        ring.open(wrapped, context=CONTEXT)


def test_mac_depends_on_key_and_message() -> None:
    key = new_key()
    assert same(mac(key, b"a"), mac(key, b"a"))
    assert not same(mac(key, b"a"), mac(key, b"b"))
    assert not same(mac(key, b"a"), mac(new_key(), b"a"))


@pytest.mark.parametrize("short", [b"", b"x" * 16, b"x" * 33])
def test_refuses_keys_of_another_length(short: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(short, b"x", key_id="k", context=b"")


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "codec.key"
    ring = KeyRing.load_or_create(path)
    assert KeyRing.load_or_create(path) == ring
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["codec.key"]


def test_a_ring_does_not_show_its_keys() -> None:
    ring = KeyRing("k", {"k": b"\x07" * 32})
    assert "07" not in repr(ring)
