"""Why somebody opens text: what a purpose opens, and what a reason in words is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.codes import Purpose, SealGroup
from contracts.problems import Forbidden
from contracts.sealing import FIELD_GROUPS
from vault.errors import PurposeNotAllowed
from vault.schemas import IdentityIn
from vault.why import Why

Allowed = dict[SealGroup, frozenset[Purpose]]
GROUPS = st.sets(st.sampled_from(SealGroup))
TABLES = st.dictionaries(st.sampled_from(SealGroup), st.frozensets(st.sampled_from(Purpose)))
SUPPORT, RETURN, LEGAL_AID = Purpose.SUPPORT, Purpose.RETURN, Purpose.LEGAL_AID


def why(purpose: Purpose, allowed: Allowed) -> Why:
    """An opening by a person, with a reason."""
    return Why("commune/lao-cai", "act_1", True, purpose, "Lý do bịa để thử", allowed)


@given(TABLES, st.sampled_from(Purpose), GROUPS)
def test_only_what_the_table_gives_for_this_purpose_passes(allowed: Allowed, purpose: Purpose, groups: set[SealGroup]):
    fits = bool(groups) and all(group in allowed and purpose in allowed[group] for group in groups)
    try:
        why(purpose, allowed).check(groups)
    except PurposeNotAllowed as refusal:
        assert not fits
        told = set(refusal.extra["purposes"])
        assert told == {one for one in Purpose if all(one in allowed[group] for group in groups)}
    except Forbidden:
        assert not groups or not groups <= allowed.keys()  # then nothing is told of what is allowed
    else:
        assert fits


@given(TABLES, st.sampled_from(Purpose))
def test_without_fields_what_the_purpose_opens(allowed: Allowed, purpose: Purpose) -> None:
    expected = [name for name, group in FIELD_GROUPS.items() if purpose in allowed.get(group, ())]
    if expected:
        assert why(purpose, allowed).fields() == expected
        why(purpose, allowed).check({FIELD_GROUPS[name] for name in expected})
    else:
        with pytest.raises((Forbidden, PurposeNotAllowed)):
            why(purpose, allowed).fields()


def test_the_refusal_names_what_is_allowed_for_all_that_was_asked() -> None:
    allowed = {SealGroup.IDENTITY: frozenset({SUPPORT, RETURN}), SealGroup.CONTACT: frozenset({SUPPORT})}
    with pytest.raises(PurposeNotAllowed) as refusal:
        why(LEGAL_AID, allowed).check({SealGroup.IDENTITY, SealGroup.CONTACT})
    assert refusal.value.extra == {"purposes": [SUPPORT]}
    with pytest.raises(PurposeNotAllowed) as refusal:
        why(LEGAL_AID, allowed).fields()
    assert refusal.value.extra == {"purposes": [RETURN, SUPPORT]}


@pytest.mark.parametrize("words", ["Gọi lại cho người nhà", "  Lập hồ sơ hỗ trợ  ", "x " * 250])
def test_a_reason_is_some_words(words: str) -> None:
    assert IdentityIn(purpose=SUPPORT, reason=words).reason == words.strip()


@pytest.mark.parametrize(
    "words",
    ["", "    ", "Hỗ trợ", "1234567890 12", "xxxxxxxxxxxxxxx", "......... .........", "Lời bịa\x07 để thử", "x " * 260],
)
def test_what_is_no_reason_is_refused_without_an_echo(words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        IdentityIn(purpose=SUPPORT, reason=words)
    assert not words.strip() or words.strip() not in str(refusal.value)


def test_the_words_do_not_show_where_the_object_is_printed() -> None:
    assert "bịa" not in repr(why(SUPPORT, {}))
