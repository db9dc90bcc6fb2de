"""Public codes: said on the phone, typed with mistakes, checked before the database is asked."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urp.foundation.references import ALPHABET, hash_token, new_code, new_token, normalise_code

CODES = st.builds(lambda _: new_code(), st.integers(0, 10_000))


def test_a_code_has_the_shape_of_the_contract() -> None:
    for _ in range(200):
        code = new_code()
        prefix, first, second = code.split("-")
        assert (prefix, len(first), len(second)) == ("URP", 3, 3)
        assert set(first + second) <= set(ALPHABET)
        assert normalise_code(code) == code


def test_the_alphabet_has_no_look_alikes_and_no_letter_without_a_city() -> None:
    assert len(ALPHABET) == 25
    assert not set(ALPHABET) & set("01OIQHJKWXY")


@given(CODES, st.integers(0, 5), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_noticed(code: str, place: int, symbol: str) -> None:
    bare = list(code.replace("-", "")[3:])
    changed = bare[place] != symbol
    bare[place] = symbol

    assert (normalise_code("".join(bare)) is None) == changed


@given(CODES)
def test_two_neighbours_swapped_are_always_noticed(code: str) -> None:
    bare = code.replace("-", "")[3:]
    for place, (one, other) in enumerate(pairwise(bare)):
        swapped = bare[:place] + other + one + bare[place + 2 :]
        assert (normalise_code(swapped) is None) == (one != other)


@pytest.mark.parametrize(
    "dress",
    ["urp-{a}-{b}", "URP {a} {b}", "urp{a}{b}", "{a}{b}", "{a}-{b}", " Urp – {a} — {b} ", "URP‑{a}‑{b}", "urp_{a}.{b}",
     "U R P - {a} - {b}", "\tURP-{a}-{b}\n"],
)  # fmt: skip
def test_any_way_of_typing_a_code_is_understood(dress: str) -> None:
    for _ in range(50):
        code = new_code()
        typed = dress.format(a=code[4:7].lower(), b=code[8:].lower())
        assert normalise_code(typed) == code


def test_a_code_whose_symbols_spell_the_prefix_is_understood_without_it() -> None:
    beginning_with_urp = next(code for code in iter(new_code, "") if code[4] == "U")
    with_prefix_in_it = "URP" + "AB"
    found = next(
        normalise_code(with_prefix_in_it + last) for last in ALPHABET if normalise_code(with_prefix_in_it + last)
    )

    assert found is not None
    assert found.startswith("URP-URP-AB")
    assert normalise_code(beginning_with_urp[4:]) == beginning_with_urp


@pytest.mark.parametrize(
    "text",
    ["", " ", "URP", "URP-", "URP--", "\x00", "URP-000-000", "ＵＲＰ-７Ｍ３", "ß" * 6, "ﬁ" * 6, "1" * 2_000_000, "URP" * 5000,
     "'; DROP TABLE cases; --", "<script>", "\u202eURP", "🦊" * 6, "URP-7M3-T2C\x00", "٣" * 6],
)  # fmt: skip
def test_hostile_text_is_no_code(text: str) -> None:
    assert normalise_code(text) is None


@given(st.text())
def test_whatever_is_typed_gives_a_true_code_or_nothing(text: str) -> None:
    found = normalise_code(text)

    assert found is None or normalise_code(found) == found


def test_secrets_are_long_different_and_stored_as_a_hash() -> None:
    tokens = {new_token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert min(map(len, tokens)) >= 43  # 256 bits in base64
    assert {len(hash_token(token)) for token in tokens} == {32}
    assert len(set(map(hash_token, tokens))) == 1000
