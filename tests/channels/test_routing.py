"""Which mailbox writes to an office: the topic's wish, what the office has, what PEC can carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urp.channels.routing import (
    PEC_LIMIT,
    Addresses,
    NoRoute,
    Route,
    TooLargeForPec,
    encoded_size,
    fits_pec,
    route,
)

BOTH = Addresses("ufficio@pec.ente.example", "ufficio@ente.example")
ONLY_PEC = Addresses(pec="ufficio@pec.ente.example")
ONLY_PEO = Addresses(peo="ufficio@ente.example")
NONE = Addresses()
HOUSE = Addresses("protocollo@pec.ente.example", "urp@ente.example")

PEC = Route("pec", "ufficio@pec.ente.example")
PEO = Route("peo", "ufficio@ente.example")


@pytest.mark.parametrize(
    ("channel", "office", "expected"),
    [
        (None, BOTH, PEC),
        ("pec", BOTH, PEC),
        ("peo", BOTH, PEO),
        (None, ONLY_PEO, PEO),
        ("pec", ONLY_PEO, PEO),
        ("peo", ONLY_PEC, PEC),
        (None, NONE, Route("pec", "protocollo@pec.ente.example")),
        ("peo", NONE, Route("peo", "urp@ente.example")),
    ],
)
def test_the_topics_wish_then_what_the_office_has_then_the_house(
    channel: str | None, office: Addresses, expected: Route
) -> None:
    assert route(channel, office, HOUSE) == expected  # type: ignore[arg-type]


def test_an_office_without_any_address_and_no_fallback_has_no_route() -> None:
    with pytest.raises(NoRoute):
        route("pec", NONE)


def test_the_limit_of_pec_counts_each_recipient() -> None:
    assert fits_pec(PEC_LIMIT)
    assert not fits_pec(PEC_LIMIT + 1)
    assert not fits_pec(PEC_LIMIT // 2 + 1, recipients=2)


def test_a_letter_too_large_for_pec_goes_by_ordinary_mail() -> None:
    assert route("pec", BOTH, size_bytes=PEC_LIMIT) == PEC
    assert route("pec", BOTH, size_bytes=PEC_LIMIT + 1) == PEO


def test_a_letter_too_large_for_an_office_with_only_pec_is_a_named_error_and_goes_nowhere_else() -> None:
    with pytest.raises(TooLargeForPec):
        route(None, ONLY_PEC, HOUSE, size_bytes=PEC_LIMIT + 1)


@given(st.lists(st.integers(0, 50_000_000), max_size=10))
def test_the_encoded_size_is_never_less_than_base64_makes_of_it(sizes: list[int]) -> None:
    assert encoded_size(sizes) >= sum(-(-size // 3) * 4 for size in sizes)


ADDRESS = st.none() | st.just("a@b.example")


@given(st.sampled_from([None, "pec", "peo"]), ADDRESS, ADDRESS, st.integers(0, 2 * PEC_LIMIT))
def test_a_route_leads_to_an_address_of_its_own_kind(
    channel: str | None, pec: str | None, peo: str | None, size: int
) -> None:
    office = Addresses(pec and f"pec-{pec}", peo and f"peo-{peo}")
    try:
        found = route(channel, office, size_bytes=size)  # type: ignore[arg-type]
    except NoRoute:
        assert not pec
        assert not peo
    except TooLargeForPec:
        assert not peo
        assert size > PEC_LIMIT
    else:
        assert found.recipient.startswith(found.mailbox)
        assert found.mailbox == "peo" or size <= PEC_LIMIT
